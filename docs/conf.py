"""How the documentation is built: `make docs`, with warnings as errors."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

project = "cme_xblock"
author = "the cme_xblock authors"
copyright = f"2026 {author}"
release = re.search(r'"([^"]+)"', (ROOT / "cme_xblock" / "__init__.py").read_text(encoding="utf-8"))[1]

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"cme_xblock {release}"
html_copy_source = False
html_show_sourcelink = False
# Long code lines are commands to copy; a highlighter that does not know a language must not break the build.
highlight_language = "none"
suppress_warnings = ["misc.highlighting_failure"]
