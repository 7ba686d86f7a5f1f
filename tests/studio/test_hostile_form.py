"""Whatever is posted: an answer, a message at each field, no exception."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cme_xblock.activity import richtext
from cme_xblock.activity.model import Activity, Assessment, Item, Person
from cme_xblock.studio import values
from cme_xblock.studio.parse import MOST_FIELDS, STALE, parse
from tests import hanging

EMPTY = values.of(Activity())
FULL = values.of(Activity(people=(Person(name="A"), Person(name="B"))))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=20,
)
PATHS = st.sampled_from(sorted(FULL)) | st.from_regex(r"[a-z_0-9.]{0,30}", fullmatch=True)


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(JSON)
def test_anything_that_json_can_say_is_answered(sent: Any) -> None:
    assert parse(sent).activity is None


@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(PATHS, st.text(max_size=12) | st.booleans() | st.none() | st.integers(), max_size=6))
def test_a_form_with_anything_in_it_is_read_or_refused_with_reasons(changes: dict[str, Any]) -> None:
    parsed = parse({**FULL, **changes})
    assert (parsed.activity is None) == bool(parsed.errors or parsed.problem)
    assert all(str(message) for message in parsed.errors.values())
    assert parsed.errors.keys() <= {**FULL, **changes}.keys()


@pytest.mark.parametrize(
    ("path", "sent", "says"),
    [
        ("expiry", "31.12.2027", "year-month-day"),
        ("expiry", "2027-02-30", "a day that exists"),
        ("estimated_minutes", "an hour", "whole number"),
        ("estimated_minutes", "1.5", "whole number"),
        ("assessment.pass_mark", "three of four", "per cent"),
        ("assessment.pass_mark", "1e3", "per cent"),
        ("format", "podcast", "expected one of"),
        ("title", "A\x00B", "U+0000"),
        ("description", "<p>" + "x" * 30_000, "too long"),
        ("description", "<ul><li>" * 100, "deep"),
    ],
)
def test_a_value_that_cannot_be_read_is_told_at_its_field(path: str, sent: str, says: str) -> None:
    parsed = parse({**EMPTY, path: sent})
    assert parsed.activity is None
    assert parsed.problem is None
    assert list(parsed.errors) == [path]
    assert says in str(parsed.errors[path])


def test_all_mistakes_are_told_together_also_those_of_members() -> None:
    sent = {**FULL, "people.1.disclosed_on": "soon", "release": "now"}
    assert set(parse(sent).errors) == {"people.1.disclosed_on", "release"}


def without(name: str) -> dict[str, Any]:
    return {path: value for path, value in FULL.items() if path != name}


@pytest.mark.parametrize(
    "sent",
    [
        without("title"),
        without("people.0.name"),
        {**FULL, "titel": "x"},
        {**FULL, "people.3.name": "A gap before it"},
        {**FULL, "people.01.name": "x"},
        {**FULL, "title.more": "x"},
        {**FULL, "people": "x"},
        {**FULL, "people.0": "x"},
        {**FULL, "title": True},
        {**FULL, "assessment.shuffle_items": "yes"},
        {**FULL, "need.types.0": True},
        {**FULL, "__class__": "x"},
        {**FULL, "a." * 20 + "a": "x"},
        dict.fromkeys((f"x{number}" for number in range(MOST_FIELDS + 1)), ""),
        {},
        [],
        None,
    ],
    ids=lambda sent: str(len(sent)) if sent else str(sent),
)
def test_a_page_that_does_not_fit_is_refused_whole_so_that_no_field_is_lost(sent: Any) -> None:
    assert parse(sent).problem == STALE


def test_two_megabytes_of_markup_are_no_hurdle() -> None:
    deep = (richtext.DEEPEST - 2) // 2
    nested = "<p>" + "<ul><li>" * deep + "x" + "</li></ul>" * deep + "</p>"
    sent = values.of(Activity(assessment=Assessment(items=(Item(),) * 200)))
    text = nested * (4_500 // len(nested))
    sent |= {path: text for path in sent if path.endswith((".stem", ".rationale"))}
    with hanging.computing():
        assert parse(sent).activity is not None
