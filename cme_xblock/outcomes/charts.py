"""Charts as SVG, made here: no script, readable in grey, on paper and by a screen reader, from right to left as well.

Places are percentages of the width, so that letters keep their size on a narrow screen; for paper they are fixed, and
the letters are left to whoever prints. The table beside a chart says the same in numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.shapes import Chart, Form, Mark

_ROW = 46
_TEXT = 13
_AXIS = 22
_INK, _SOFT, _FILL = "#1c2733", "#67788a", "#4a5866"
# Letters of a label and its numbers in one line: of 320 pixels, and of a page.
_NARROW, _WIDE = 36, 84
_LETTERS = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Text:
    """One text of a drawing for paper: where its line stands in the drawing's pixels, and which end of it is there."""

    text: str
    x: float
    y: float
    anchor: str
    is_bold: bool = False
    size: int = _TEXT
    direction: str = ""


@dataclass(frozen=True)
class Paper:
    """A drawing for paper: its shapes as SVG, its texts beside them: who prints knows more fonts than an SVG does."""

    svg: str
    width: int
    height: int
    texts: tuple[Text, ...]


def draw(chart: Chart, numbers: Numbers, *, id_: str, is_rtl: bool = False) -> str:
    """The SVG element for a page. `id_` is unique on the page."""
    place = _Place(is_rtl=is_rtl, width=None)
    height = _ROW * len(chart.marks) + _AXIS
    lines = [*_shapes(chart, place), *map(_text, _texts(chart, place, numbers))]
    title, told = (escape(one.format(numbers.gettext)) for one in (chart.title, chart.description))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="{height}" role="img" '
        f'aria-labelledby="{id_}-t {id_}-d" font-family="sans-serif" fill="{_INK}">'
        f'<title id="{id_}-t">{title}</title><desc id="{id_}-d">{told}</desc>{"".join(lines)}</svg>'
    )


def for_paper(chart: Chart, numbers: Numbers, *, is_rtl: bool = False, width: int = 640) -> Paper:
    """The drawing in fixed places, `width` pixels wide."""
    place = _Place(is_rtl=is_rtl, width=width)
    height = _ROW * len(chart.marks) + _AXIS
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" fill="{_INK}">{"".join(_shapes(chart, place))}</svg>'
    )
    texts = tuple(
        Text(one.text, float(one.x), one.y, one.anchor, one.weight == "bold", one.size, one.direction)
        for one in _texts(chart, place, numbers)
    )
    return Paper(svg, width, height, texts)


def _shapes(chart: Chart, place: _Place) -> list[str]:
    drawn = _bar if chart.kind == "bars" else _dots
    return [line for number, mark in enumerate(chart.marks) for line in drawn(mark, number * _ROW + 30, place)]


@dataclass(frozen=True)
class _Line:
    """A line of text; `x` as the place writes it, `name` the class by which a page's style shows it or not."""

    text: str
    x: str
    anchor: str
    y: int
    weight: str = "normal"
    direction: str = ""
    name: str = ""
    size: int = _TEXT
    fill: str = ""


def _texts(chart: Chart, place: _Place, numbers: Numbers) -> list[_Line]:
    found: list[_Line] = []
    for number, mark in enumerate(chart.marks):
        found += _label(mark, number * _ROW, place, numbers)
    return [*found, *_axis(_ROW * len(chart.marks) + _AXIS, place)]


class _Place:
    """Where something stands across: a share of the scale, mirrored from right to left."""

    def __init__(self, *, is_rtl: bool, width: int | None) -> None:
        self.is_rtl = is_rtl
        self._width = width
        self.letters = ((_NARROW, "cme-narrow"), (_WIDE, "cme-wide")) if width is None else ((_WIDE, ""),)

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


def _label(mark: Mark, top: int, place: _Place, numbers: Numbers) -> list[_Line]:
    """The beginning of the label on one side, what was found on the other.

    On a screen there are two of the beginning, of which the page's style shows one: a drawing can't cut its own text.
    """
    said = " → ".join(numbers.cell(one) for one in mark.said)
    # Words between numbers run as the reader's do; numbers alone stand from left to right.
    has_words = place.is_rtl and any(one.form is Form.SHARE for one in mark.said)
    if place.is_rtl:
        said = " ← ".join(numbers.cell(one) for one in (mark.said if has_words else reversed(mark.said)))
    label = mark.label.format(numbers.gettext)
    direction = "rtl" if place.is_rtl else ""
    found = [
        _Line(_isolated(_cut(label, most - len(said)), mark), *place.start, top + 16, direction=direction, name=name)
        for most, name in place.letters
    ]
    return [*found, _Line(said, *place.end, top + 16, weight="bold", direction="rtl" if has_words else "ltr")]


def _isolated(label: str, mark: Mark) -> str:
    """An author's words run their own way, also with a number in front and in a reader's other direction."""
    return f"\u2068{label}\u2069" if mark.author and _LETTERS.search(label) else label


def _cut(label: str, most: int) -> str:
    return label if len(label) <= most else label[: max(most - 1, 8)].rstrip() + "…"


def _text(one: _Line) -> str:
    # An anchor follows the direction of the letters; ours is said for left to right.
    turned = {"start": "end", "end": "start", "middle": "middle"}
    anchor = turned[one.anchor] if one.direction == "rtl" else one.anchor
    told = f' direction="{one.direction}"' if one.direction else ""
    told += f' class="{one.name}"' if one.name else ""
    told += f' fill="{one.fill}"' if one.fill else ""
    return (
        f'<text x="{one.x}" y="{one.y}" text-anchor="{anchor}" font-weight="{one.weight}" font-size="{one.size}"{told}>'
        f"{escape(one.text)}</text>"
    )


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


def _axis(height: int, place: _Place) -> list[_Line]:
    """0, 50 and 100 percent."""
    y = height - 6
    ends: Sequence[tuple[str, tuple[str, str]]] = (
        ("0 %", place.start), ("50 %", (place.across(50), "middle")), ("100 %", place.end),
    )  # fmt: skip
    return [_Line(text, x, anchor, y, direction="ltr", size=11, fill=_FILL) for text, (x, anchor) in ends]
