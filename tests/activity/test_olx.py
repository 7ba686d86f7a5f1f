"""OLX: lossless, reviewable, and the same after the platform has parsed and printed it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from cme_xblock.activity import canonical, olx
from cme_xblock.activity.fields import Value
from cme_xblock.activity.model import Activity, Baseline, Claim, Item, Option
from tests.activity.strategies import activities, texts

CASES = Path(__file__).parent / "cases"
GOLDEN = CASES / "golden.xml"
PLATFORM = {"url_name": "abc123", "display_name": "Pain & more", "xblock-family": "xblock.v1", "graded": "true"}


def through_the_platform(source: str) -> etree._Element:
    """As export and import do it: parsed without blank text, printed with indentation, twice."""
    for _ in range(2):
        parser = etree.XMLParser(dtd_validation=False, load_dtd=False, remove_blank_text=True, encoding="utf-8")
        printed = etree.tostring(etree.fromstring(source.encode("utf-8"), parser), pretty_print=True, encoding="utf-8")
        source = printed.decode("utf-8")
    return etree.fromstring(source.encode("utf-8"))


@settings(max_examples=150, deadline=None)
@given(activities())
def test_an_activity_survives_olx_and_back(activity: Activity) -> None:
    source = olx.to_xml(activity)
    again = olx.from_xml(source)
    assert again == activity
    assert olx.to_xml(again) == source
    assert olx.from_xml(source.encode("utf-8")) == activity
    assert olx.from_element(olx.to_element(activity)) == activity


@settings(max_examples=100, deadline=None)
@given(activities())
def test_an_activity_survives_the_platforms_parser_and_printer(activity: Activity) -> None:
    assert olx.from_element(through_the_platform(olx.to_xml(activity))) == activity


@settings(max_examples=100, deadline=None)
@given(activities())
def test_an_activity_survives_inside_a_course(activity: Activity) -> None:
    course = etree.Element("vertical")
    element = olx.to_element(activity)
    for name, value in PLATFORM.items():
        element.set(name, value)
    course.append(element)
    printed = through_the_platform(etree.tostring(course, encoding="unicode"))
    assert olx.from_element(printed[0], ignore=PLATFORM) == activity


@settings(max_examples=100, deadline=None)
@given(activities())
def test_olx_to_data_to_olx_keeps_the_hash(activity: Activity) -> None:
    data = canonical.to_data(olx.from_xml(olx.to_xml(activity)))
    assert canonical.digest(data) == canonical.sha256(activity)
    assert canonical.sha256(olx.from_xml(olx.to_xml(canonical.from_data(data)))) == canonical.sha256(activity)


@settings(max_examples=100, deadline=None)
@given(activities(), st.randoms(use_true_random=False))
def test_the_order_of_different_elements_is_free(activity: Activity, random: Any) -> None:
    root = olx.to_element(activity)
    for element in root.iter(etree.Element):
        tags = sorted({str(child.tag) for child in element})
        random.shuffle(tags)
        element[:] = sorted(element, key=lambda child: tags.index(str(child.tag)))
    assert olx.from_element(root) == activity


@settings(max_examples=100, deadline=None)
@given(texts(), texts())
def test_any_text_survives_in_an_attribute_and_in_an_element(one: str, other: str) -> None:
    activity = Activity(activity_id=one, title=other, baseline=Baseline(introduction=one))
    assert olx.from_element(through_the_platform(olx.to_xml(activity))) == activity


def test_the_golden_file_has_no_field_with_its_default() -> None:
    """So that the golden hash guards every field there is; a new field of the model must be added to it."""
    lacking: set[str] = set()
    seen: set[str] = set()

    def look(value: Value) -> None:
        for field in dataclasses.fields(value):
            given = getattr(value, field.name)
            name = f"{type(value).__name__}.{field.name}"
            (lacking if given == field.default else seen).add(name)
            for one in given if isinstance(given, tuple) else (given,):
                if isinstance(one, Value):
                    look(one)

    look(olx.from_xml(GOLDEN.read_bytes()))
    assert not lacking - seen


def test_an_empty_activity_is_an_empty_element() -> None:
    assert olx.to_xml(Activity()) == "<activity/>\n"
    assert olx.from_xml("<activity/>") == Activity()


def test_what_is_written_is_indented_and_in_the_order_of_the_model() -> None:
    options = (Option(id="a", correct=True, text="< 50 MME"), Option(id="b"))
    item = Item(id="q1", stem="Which dose?", options=options, references=("r1",))
    activity = Activity(activity_id="x", title="Pain", baseline=Baseline(items=(item,)))
    assert olx.to_xml(activity) == (
        '<activity activity_id="x">\n'
        "  <title>Pain</title>\n"
        "  <baseline>\n"
        '    <item id="q1">\n'
        "      <stem>Which dose?</stem>\n"
        '      <option id="a" correct="true">&lt; 50 MME</option>\n'
        '      <option id="b"/>\n'
        "      <cite>r1</cite>\n"
        "    </item>\n"
        "  </baseline>\n"
        "</activity>\n"
    )


def test_an_empty_text_is_not_the_default_where_the_default_is_not_empty() -> None:
    activity = Activity(language="", time_zone="", claim=Claim(window_days=0))
    assert olx.from_xml(olx.to_xml(activity)) == activity


def test_comments_and_processing_instructions_are_skipped_and_lose_no_text() -> None:
    inside = "<?b c?><title>one<!-- d --> and <?e?>two</title><!-- f --><people><!-- g --></people>"
    assert olx.from_xml(f"<!-- a --><activity>{inside}</activity><!-- h -->") == Activity(title="one and two")


def test_empty_elements_say_the_same_as_none() -> None:
    assert olx.from_xml("<activity><title/><people></people><provider/><baseline> </baseline></activity>") == Activity()


def test_spaces_around_a_value_do_not_count() -> None:
    source = (
        '<activity release=" 2026-01-02 " format=" live">'
        "<audience><profession> MD\n</profession></audience>"
        "</activity>"
    )
    same = '<activity release="2026-01-02" format="live"><audience><profession>MD</profession></audience></activity>'
    assert olx.from_xml(source) == olx.from_xml(same)


def test_only_named_attributes_of_the_platform_are_skipped() -> None:
    source = '<activity url_name="a" display_name="b" format="live"/>'
    assert olx.from_xml(source, ignore={"url_name", "display_name"}).format == "live"
    with pytest.raises(olx.OlxError, match="there is no attribute display_name"):
        olx.from_xml(source, ignore={"url_name"})


def test_a_field_of_the_activity_is_read_also_when_the_platform_has_that_name() -> None:
    assert olx.from_xml('<activity format="live"/>', ignore={"format"}).format == "live"


def test_the_tag_can_be_another() -> None:
    source = olx.to_xml(Activity(title="Pain"), "draft")
    assert source.startswith("<draft>")
    assert olx.from_xml(source, tag="draft").title == "Pain"
    with pytest.raises(olx.OlxError, match="expected <activity> as the outermost element"):
        olx.from_xml(source)
