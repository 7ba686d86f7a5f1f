"""`cme_demo_page`: one page of the demonstration's content. In a course its place is taken by ordinary HTML blocks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from web_fragments.fragment import Fragment
from xblock.core import XBlock
from xblock.fields import Scope, String

CONTENT = Path(__file__).resolve().parent / "content"
_FILE = re.compile(r"[0-9a-z-]+\.html")


class CmeDemoPage(XBlock):
    """Shows the file that `page` names."""

    display_name = String(scope=Scope.settings, default="Page")
    page = String(scope=Scope.content, default="")

    def student_view(self, context: Mapping[str, Any] | None = None) -> Fragment:
        """The page as it stands in demo/content. Its style comes with the demonstration's own pages."""
        if not _FILE.fullmatch(self.page):
            raise ValueError(f"cme_demo_page: {self.page!r} is not the name of a file in demo/content")
        return Fragment((CONTENT / self.page).read_text(encoding="utf-8"))

    author_view = student_view
