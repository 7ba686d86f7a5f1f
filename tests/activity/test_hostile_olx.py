"""Hostile and mistaken OLX: each file in `cases/olx` has its answer in `cases/olx.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from cme_xblock.activity import olx
from cme_xblock.activity.model import Activity
from cme_xblock.activity.source import LARGEST, OlxError, parse
from tests import hanging

CASES = Path(__file__).parent / "cases"
ANSWERS = tomllib.loads((CASES / "olx.toml").read_text(encoding="utf-8"))
GOLDEN = (CASES / "golden.xml").read_bytes()


def refusal(source: str | bytes) -> OlxError:
    with pytest.raises(OlxError) as caught:
        olx.from_xml(source)
    return caught.value


def test_every_case_has_a_file_and_every_file_an_answer() -> None:
    assert {path.stem for path in (CASES / "olx").iterdir()} == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_each_mistake_is_told_with_element_line_and_what_was_expected(name: str) -> None:
    answer = ANSWERS[name]
    with hanging.computing():
        error = refusal((CASES / "olx" / f"{name}.xml").read_bytes())
    assert answer["says"] in str(error.message)
    assert (error.line or 0, error.element) == (answer["line"], answer.get("element", ""))
    assert str(error.message) in str(error)
    assert len(str(error)) < 500
    assert "\n" not in str(error)


@pytest.mark.parametrize("name", [name for name in ANSWERS if name not in ("latin_1", "utf_16")])
def test_text_gets_the_same_answer_as_bytes(name: str) -> None:
    source = (CASES / "olx" / f"{name}.xml").read_bytes()
    assert str(refusal(source.decode("utf-8"))) == str(refusal(source))


def test_the_sentence_names_element_line_and_problem() -> None:
    error = refusal('<activity>\n<credit>\n<offering amount="abc"/></credit></activity>')
    assert str(error) == '<offering amount="abc"> in line 3: expected a decimal number such as 0.75'


def test_a_refusal_is_translated_with_the_hint_in_it() -> None:
    catalogue = {
        "{element} in line {line}: {problem}": "{element}, Zeile {line}: {problem}",
        "unknown element in {parent}: {hint}": "unbekannt in {parent}: {hint}",
        "expected one of {names}; did you mean {near}?": "erwartet: {names}. Gemeint: {near}?",
    }
    error = refusal("<activity><claim><completion_instruction/></claim></activity>")
    assert error.format(lambda text: catalogue.get(text, text)) == (
        "<completion_instruction>, Zeile 1: unbekannt in <claim>: "
        "erwartet: completion_instructions. Gemeint: completion_instructions?"
    )


def test_a_million_levels_are_refused_without_recursion() -> None:
    assert "well-formed" in str(refusal("<a>" * 300_000))
    assert refusal("<a>" * 100_000 + "</a>" * 100_000).line == 1


def test_text_over_the_limit_is_refused_before_it_is_parsed() -> None:
    assert "longer than 1000000 bytes" in str(refusal(b"<" * (LARGEST + 1)))
    # Counted as bytes: three for each of these.
    assert "longer than" in str(refusal("<activity><title>" + "€" * (LARGEST // 2) + "</title></activity>"))
    with pytest.raises(OlxError, match="longer than 10 bytes"):
        parse("<activity>     </activity>", largest=10)


def test_a_large_text_within_the_limit_is_read() -> None:
    gap = "words and more words. " * 40_000
    assert olx.from_xml(f"<activity><need><gap>{gap}</gap></need></activity>").need.gap == gap.strip()


def test_a_line_beyond_65535_is_named_right() -> None:
    assert refusal("<activity>" + "\n" * 70_000 + "<x/></activity>").line == 70_001


def test_half_a_surrogate_pair_in_text_is_refused() -> None:
    assert refusal("<activity>\n<title>\ud83d</title></activity>").line == 2


def test_utf_8_may_be_declared_in_text_and_in_bytes() -> None:
    source = '\ufeff<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<activity><title>Müller</title></activity>'
    assert olx.from_xml(source) == olx.from_xml(source.encode("utf-8")) == Activity(title="Müller")


def test_a_doctype_in_the_words_of_a_text_is_text() -> None:
    source = "<!--><!DOCTYPE a>--><activity><!-- <!DOCTYPE a> --><title><![CDATA[<!DOCTYPE html>]]></title></activity>"
    assert olx.from_xml(source).title == "<!DOCTYPE html>"


def test_an_entity_that_another_parser_left_standing_is_refused() -> None:
    lax = etree.XMLParser(resolve_entities=False)
    for inside in ("<title>&e;</title>", "&e;", "<people>&e;</people>"):
        element = etree.fromstring(f'<!DOCTYPE cme [<!ENTITY e "x">]><activity>{inside}</activity>', lax)
        with pytest.raises(OlxError, match="the entity &e; can't stand here"):
            olx.from_element(element)


def test_an_element_made_by_a_program_is_refused_without_a_line() -> None:
    element = etree.Element("activity", expiry="soon")
    with pytest.raises(OlxError) as caught:
        olx.from_element(element)
    assert caught.value.line is None
    assert str(caught.value) == '<activity expiry="soon">: expected a date as year-month-day, such as 2026-11-22'


# --- any bytes: an activity, or a refusal ---


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """The golden file after a few blows: cut, doubled, swapped, overwritten."""
    data = GOLDEN
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 60)))
        blows = [b"", data[start:end] * 2, b"<", b">", b'"', b"&", b"\x00", b"&#0;", b"<!--", b"<x/>", b"]]>"]
        piece = draw(st.sampled_from(blows) | st.binary(max_size=8))
        data = data[:start] + piece + data[end:]
    return data


def is_read_or_refused(source: str | bytes) -> bool:
    try:
        activity = olx.from_xml(source)
    except OlxError as error:
        sentence, line = str(error), error.line
        assert sentence.isprintable()
        assert line is None or line > 0
        return False
    assert olx.from_xml(olx.to_xml(activity)) == activity
    return True


@settings(max_examples=400, deadline=None)
@given(mutations())
def test_any_damage_gives_an_activity_or_a_refusal(source: bytes) -> None:
    is_read_or_refused(source)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60))
@example(b"<!----->")
@example(b"<!-->")
@example(b"<?>")
@example("<?xml?>")
@example('<?xml version="1.0" encoding="\x01UTF-8"?>')
@example(b"\xef\xbb\xbf")
@example(b"\xef\xbb\xbf\xef\xbb\xbf<activity/>")
def test_any_bytes_and_any_text_give_an_activity_or_a_refusal(source: str | bytes) -> None:
    is_read_or_refused(source)


NAMES = sorted({str(one.tag) for one in etree.fromstring(GOLDEN).iter(etree.Element)} | {"x", "xml", "url_name"})
ATTRIBUTES = sorted({str(name) for one in etree.fromstring(GOLDEN).iter(etree.Element) for name in one.attrib} | {"x"})
WORDS = st.sampled_from(["", "true", "1", "0.5", "2026-01-01", "live", "x", " "])


@st.composite
def elements(draw: st.DrawFn, depth: int = 0) -> etree._Element:
    made = etree.Element(draw(st.sampled_from(NAMES)) if depth else "activity")
    for name in draw(st.lists(st.sampled_from(ATTRIBUTES), max_size=2)):
        made.set(name, draw(WORDS))
    made.text = draw(WORDS)
    if depth < 4:
        for child in draw(st.lists(elements(depth=depth + 1), max_size=2)):
            child.tail = draw(WORDS)
            made.append(child)
    return made


@settings(max_examples=300, deadline=None)
@given(elements())
def test_any_tree_of_known_names_gives_an_activity_or_a_refusal(element: etree._Element) -> None:
    is_read_or_refused(etree.tostring(element))
