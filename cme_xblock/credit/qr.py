"""A QR code as SVG, for a page and for paper."""

from __future__ import annotations

import io

import segno

# Four modules of white around: without them scanners fail on coloured paper.
_BORDER = 4
_LEVEL = "m"


def inline(text: str) -> str:
    """SVG to stand inside HTML. It has no size of its own and no name: say beside it what it holds."""
    return str(segno.make(text, error=_LEVEL, micro=False).svg_inline(border=_BORDER, omitsize=True))


def document(text: str) -> str:
    """SVG as a file of its own."""
    out = io.BytesIO()
    segno.make(text, error=_LEVEL, micro=False).save(out, kind="svg", border=_BORDER, xmldecl=False)
    return out.getvalue().decode()
