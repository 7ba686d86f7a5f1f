"""Charts: what a reader of the drawing gets, from either side, and nothing that an author's text could break."""

from __future__ import annotations

from lxml import etree

from cme_xblock.activity.message import Message
from cme_xblock.outcomes import charts
from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.shapes import Cell, Chart, Form, Mark

SVG = {"s": "http://www.w3.org/2000/svg"}


def chart(label: str = "Which dose?") -> Chart:
    said = (Cell(Form.PERCENT, 25.0), Cell(Form.PERCENT, 75.0))
    mark = Mark(Message("{text}", {"text": label}), (0.25, 0.75), ((0.2, 0.3), (0.7, 0.8)), said)
    return Chart("dots", Message("Before and after"), Message("A circle and a square."), (mark,))


def drawn(one: Chart, **how: object) -> etree._Element:
    return etree.fromstring(charts.draw(one, Numbers(), id_="c", **how))  # type: ignore[arg-type]


def test_authors_text_stays_text() -> None:
    """Markup in a question is letters of the label."""
    root = drawn(chart("<script>&"))
    assert "<script>&" in [one.text for one in root.findall("s:text", SVG)]
    assert root.findall(".//s:script", SVG) == []


def test_before_is_left_of_after_and_right_of_it_from_right_to_left() -> None:
    """The scale is mirrored as a whole."""

    def places(*, is_rtl: bool) -> tuple[float, float]:
        root = drawn(chart(), is_rtl=is_rtl)
        before, after = root.find("s:circle", SVG).get("cx"), root.find("s:svg", SVG).get("x")
        return float(before.rstrip("%")), float(after.rstrip("%"))

    left, right = places(is_rtl=False), places(is_rtl=True)
    assert left == (26.0, 74.0)
    assert right == (74.0, 26.0)


def test_paper_has_fixed_places_and_texts_of_its_own() -> None:
    """Who prints sets the letters: an SVG knows one font."""
    made = charts.for_paper(chart(), Numbers())
    root = etree.fromstring(made.svg)
    assert root.get("viewBox") == "0 0 640 68"
    assert "%" not in "".join(value for one in root.iter() for value in one.attrib.values())
    assert root.findall(".//s:text", SVG) == []
    assert [(one.text, one.anchor) for one in made.texts[:2]] == [
        ("Which dose?", "start"),
        ("25.0\u00a0% → 75.0\u00a0%", "end"),
    ]


def test_a_long_label_leaves_room_for_its_numbers() -> None:
    """On 320 pixels a line has room for about 40 letters; on a page for more, and its style shows one of the two."""
    label, long, said = [one.text for one in drawn(chart("word " * 40)).findall("s:text", SVG)][:3]
    assert len(label) + len(said) <= 42
    assert len(label) < len(long) < 100
    assert label.endswith("…")
    names = [one.get("class") for one in drawn(chart()).findall("s:text", SVG)]
    assert names[:3] == ["cme-narrow", "cme-wide", None]
