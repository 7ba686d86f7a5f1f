"""Charts as SVG, made here: no script, readable in grey, on paper and by a screen reader, from right to left as well.

Places are percentages of the width, so that letters keep their size on a narrow screen; with `width` the drawing has
fixed places, for paper. The table beside a chart says the same in numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.shapes import Chart, Mark

_ROW = 46
_TEXT = 13
_AXIS = 22
_INK, _SOFT, _FILL = "#1c2733", "#67788a", "#4a5866"
# Letters of a label and its numbers in one line: of 320 pixels, and of a page.
_NARROW, _WIDE = 36, 84


def draw(chart: Chart, numbers: Numbers, *, id_: str, is_rtl: bool = False, width: int | None = None) -> str:
    """The SVG element. `id_` is unique on the page; `width` in pixels makes it a drawing of that size for print."""
    place = _Place(is_rtl=is_rtl, width=width)
    height = _ROW * len(chart.marks) + _AXIS
    lines: list[str] = []
    for number, mark in enumerate(chart.marks):
        top = number * _ROW
        draw_mark = _bar if chart.kind == "bars" else _dots
        lines += [*_label(mark, number + 1, top, place, numbers), *draw_mark(mark, top + 30, place)]
    lines += _axis(height, place)
    title, told = (escape(one.format(numbers.gettext)) for one in (chart.title, chart.description))
    size = f'width="100%" height="{height}"' if width is None else (
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    )  # fmt: skip
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="{id_}-t {id_}-d" '
        f'font-family="sans-serif" font-size="{_TEXT}" fill="{_INK}">'
        f'<title id="{id_}-t">{title}</title><desc id="{id_}-d">{told}</desc>{"".join(lines)}</svg>'
    )


class _Place:
    """Where something stands across: a share of the scale, mirrored from right to left."""

    def __init__(self, *, is_rtl: bool, width: int | None) -> None:
        self.is_rtl = is_rtl
        self._width = width
        self.letters = _NARROW if width is None else _WIDE

    def x(self, share: float) -> str:
        """The place of a share of 1, a little inside the edges."""
        percent = 2 + 96 * share
        return self.across(100 - percent if self.is_rtl else percent)

    def across(self, percent: float) -> str:
        """A place or a length, in percent of the width."""
        return f"{percent:.2f}%" if self._width is None else f"{percent * self._width / 100:.1f}"

    @property
    def start(self) -> tuple[str, str]:
        """Where a line of text begins, and its anchor."""
        return (self.across(98), "end") if self.is_rtl else (self.across(2), "start")

    @property
    def end(self) -> tuple[str, str]:
        """Where a line of text ends, and its anchor."""
        return (self.across(2), "start") if self.is_rtl else (self.across(98), "end")


def _label(mark: Mark, number: int, top: int, place: _Place, numbers: Numbers) -> list[str]:
    """The number and the beginning of the label on one side, what was found on the other."""
    said = " → ".join(numbers.cell(one) for one in mark.said)
    if place.is_rtl:
        said = " ← ".join(numbers.cell(one) for one in reversed(mark.said))
    label = mark.label.format(numbers.gettext)
    most = place.letters - len(said)
    short = label if len(label) <= most else label[: max(most - 1, 8)].rstrip() + "…"
    named = f"{number}. {short}" if len(mark.values) > 1 else short
    return [
        _text(named, place.start, top + 16, direction="rtl" if place.is_rtl else ""),
        _text(said, place.end, top + 16, weight="bold", direction="ltr"),
    ]


def _text(text: str, where: tuple[str, str], y: int, *, weight: str = "normal", direction: str = "") -> str:
    x, anchor = where
    # An anchor follows the direction of the letters; ours is said for left to right.
    turned = {"start": "end", "end": "start"}[anchor] if direction == "rtl" else anchor
    told = f' direction="{direction}"' if direction else ""
    return f'<text x="{x}" y="{y}" text-anchor="{turned}" font-weight="{weight}"{told}>{escape(text)}</text>'


def _bar(mark: Mark, y: int, place: _Place) -> list[str]:
    share = mark.values[0] or 0.0
    left = place.across(98 - 96 * share) if place.is_rtl else place.across(2)
    return [
        _line(place.x(0), place.x(1), y, _SOFT, 1),
        f'<rect x="{left}" y="{y - 6}" width="{place.across(96 * share)}" height="12" fill="{_FILL}"/>',
    ]


def _dots(mark: Mark, y: int, place: _Place) -> list[str]:
    lines = [_line(place.x(0), place.x(1), y, "#c5cdd6", 1)]
    for interval, shift in zip(mark.intervals, (-4, 4), strict=False):
        if interval is not None:
            ends = [place.x(end) for end in interval]
            dashes = ' stroke-dasharray="3 2"' if shift < 0 else ""
            lines.append(_line(ends[0], ends[1], y + shift, _FILL, 2, more=dashes))
    before, after = mark.values
    has = any(mark.intervals)
    if after is not None:
        x, at = place.x(after), y + (4 if has else 0)
        lines.append(_square(x, at))
    if before is not None:
        at = y - (4 if has else 0)
        lines.append(f'<circle cx="{place.x(before)}" cy="{at}" r="5" fill="#fff" stroke="{_INK}" stroke-width="2"/>')
    return lines


def _square(x: str, y: int) -> str:
    """A square around a place that may be a percentage: a line as thick as it is long, drawn from its middle."""
    inner = f'<rect x="-5" y="-5" width="10" height="10" fill="{_INK}"/>'
    return f'<svg x="{x}" y="{y}" overflow="visible" width="1" height="1">{inner}</svg>'


def _line(first: str, last: str, y: int, colour: str, thick: int, more: str = "") -> str:
    return f'<line x1="{first}" x2="{last}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="{thick}"{more}/>'


def _axis(height: int, place: _Place) -> list[str]:
    """0, 50 and 100 percent."""
    y = height - 6
    ends: Sequence[tuple[str, tuple[str, str]]] = (
        ("0 %", place.start), ("50 %", (place.across(50), "middle")), ("100 %", place.end),
    )  # fmt: skip
    return [
        f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{_FILL}" font-size="11" direction="ltr">{text}</text>'
        for text, (x, anchor) in ends
    ]
