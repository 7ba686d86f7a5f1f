"""The canonical form: exact, one for equal activities, and strict about what comes in."""

from __future__ import annotations

import json
import tomllib
from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from cme_xblock.activity import canonical, olx
from cme_xblock.activity.canonical import ActivityError
from cme_xblock.activity.codes import Format, Role
from cme_xblock.activity.model import Activity, Assessment, Objective, Offering, Person
from tests.activity.strategies import activities

CASES = Path(__file__).parent / "cases"
BOUND = 2**53 - 1

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-BOUND, BOUND) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=3), inner, max_size=4),
    max_leaves=20,
)
# Whatever a JSON parser or a document store may hand over, and what Python code may by mistake.
any_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.characters(categories=["Cs", "Cc"])
    | st.just("9" * 5000)
    | st.dates()
    | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3) | st.integers(), inner, max_size=3),
    max_leaves=10,
)


def refusal(data: object) -> ActivityError:
    with pytest.raises(ActivityError) as caught:
        canonical.from_data(data)
    return caught.value


# --- round trip ---


@settings(max_examples=150, deadline=None)
@given(activities())
def test_an_activity_survives_data_bytes_and_back(activity: Activity) -> None:
    data = canonical.to_data(activity)
    assert canonical.from_data(data) == activity
    stored = canonical.dumps(data)
    assert canonical.loads(stored) == canonical.loads(stored.decode("utf-8")) == data
    again = canonical.from_data(json.loads(stored))
    assert again == activity
    assert canonical.sha256(again) == canonical.sha256(activity)
    assert stored == rfc8785.dumps(data)


@settings(max_examples=50, deadline=None)
@given(activities(), activities())
def test_two_activities_have_one_hash_only_when_they_are_equal(one: Activity, other: Activity) -> None:
    assert (canonical.sha256(one) == canonical.sha256(other)) == (one == other)


def test_the_golden_activity_keeps_its_bytes_and_its_hash() -> None:
    """A failure here means that no stored edition could be found by its hash any more. Keep the form; add a new one."""
    activity = olx.from_xml((CASES / "golden.xml").read_bytes())
    assert canonical.dumps(canonical.to_data(activity)) == (CASES / "golden.json").read_bytes()
    assert canonical.sha256(activity) == (CASES / "golden.sha256").read_text().strip()
    assert canonical.from_data(canonical.loads((CASES / "golden.json").read_bytes())) == activity


def test_every_field_is_written_also_an_empty_one() -> None:
    data = canonical.to_data(Activity())
    assert data["release"] is None
    assert data["people"] == []
    assert data["assessment"]["pass_mark"] is None
    assert data["claim"] == {"window_days": 30, "completion_instructions": ""}


def test_a_field_that_an_older_edition_did_not_have_takes_its_default() -> None:
    assert canonical.from_data({}) == Activity()
    assert canonical.from_data({"claim": {}, "people": [{"id": "p"}]}) == Activity(people=(Person(id="p"),))


# --- one form for equal values ---


@pytest.mark.parametrize("written", ["1", "1.0", "1.00", "1E0", "0.1E1", "10E-1", "1.000000000000000000"])
def test_an_amount_has_one_form_however_it_was_written(written: str) -> None:
    activity = Activity(offerings=(Offering(system="s", amount=Decimal(written)),))
    assert canonical.to_data(activity)["offerings"][0]["amount"] == "1"
    same = Activity(offerings=(Offering(system="s", amount=Decimal(1)),))
    assert canonical.sha256(activity) == canonical.sha256(same)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("0.250", "0.25"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("0E+999999", "0"),
        ("1E2", "100"),
        ("1200.50", "1200.5"),
        ("-1.5", "-1.5"),
        ("999999999999.999999999999", "999999999999.999999999999"),
        ("1E-12", "0.000000000001"),
    ],
)
def test_amounts_are_written_without_exponent_and_idle_zeros(given: str, kept: str) -> None:
    data = canonical.to_data(Activity(assessment=Assessment(pass_mark=Decimal(given))))
    assert data["assessment"]["pass_mark"] == kept
    assert canonical.from_data(data).assessment.pass_mark == Decimal(given)


def test_text_has_one_form_however_it_was_typed() -> None:
    typed = Activity(title=" A\u030angstro\u0308m\r\nand more ", audience=Activity().audience)
    kept = Activity(title="\u00c5ngstr\u00f6m\nand more")
    assert canonical.sha256(typed) == canonical.sha256(kept)
    assert canonical.sha256(canonical.from_data({"title": "A\u030angstro\u0308m\nand more"})) == canonical.sha256(kept)


@settings(max_examples=100, deadline=None)
@given(activities(), st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_count(activity: Activity, random: Any) -> None:
    def shuffled(value: Any) -> Any:
        if isinstance(value, dict):
            keys = list(value)
            random.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(one) for one in value] if isinstance(value, list) else value

    data = canonical.to_data(activity)
    assert canonical.dumps(shuffled(data)) == canonical.dumps(data)
    assert canonical.from_data(shuffled(data)) == activity


def test_the_order_of_lists_counts() -> None:
    one, two = Objective(id="1"), Objective(id="2")
    assert canonical.sha256(Activity(objectives=(one, two))) != canonical.sha256(Activity(objectives=(two, one)))


# --- RFC 8785 ---


@settings(max_examples=300, deadline=None)
@given(json_values)
def test_bytes_are_those_of_another_implementation_of_rfc_8785(value: Any) -> None:
    assert canonical.dumps(value) == rfc8785.dumps(value)
    assert canonical.loads(canonical.dumps(value)) == value


def test_keys_are_sorted_as_in_the_example_of_rfc_8785() -> None:
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = json.loads(canonical.dumps(dict.fromkeys(keys, 0)), object_pairs_hook=OrderedDict)
    assert list(written) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_text_is_escaped_as_in_the_example_of_rfc_8785() -> None:
    written = canonical.dumps("\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/")
    assert written == b'"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'
    assert canonical.dumps("\b\t\f\r\x7f") == b'"\\b\\t\\f\\r\x7f"'


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (0.5, "a JSON fraction is not exact"),
        ({"a": [1.0]}, "a JSON fraction is not exact"),
        (float("nan"), "a JSON fraction is not exact"),
        (BOUND + 1, "between -(2^53-1) and 2^53-1"),
        (-BOUND - 1, "between -(2^53-1) and 2^53-1"),
        ("\ud800", "half of a surrogate pair"),
        ({"\udfff": 1}, "half of a surrogate pair"),
        ({1: 2}, "expected text as the name of every field, found 1"),
        ({"a": Decimal(1)}, "expected JSON, found Decimal"),
        (date(2026, 1, 1), "expected JSON, found date"),
        (b"x", "expected JSON, found bytes"),
        ({"a"}, "expected JSON, found set"),
    ],
)
def test_what_json_cannot_keep_exactly_is_refused(value: object, says: str) -> None:
    with pytest.raises(ActivityError) as caught:
        canonical.dumps(value)
    assert says in str(caught.value)


def test_integers_up_to_the_bound_are_kept() -> None:
    assert canonical.loads(canonical.dumps([BOUND, -BOUND])) == [BOUND, -BOUND]


def test_deep_nesting_is_refused_in_every_direction() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ActivityError, match="no deeper than 64"):
        canonical.dumps(deep)
    with pytest.raises(ActivityError, match="no deeper than 64"):
        canonical.loads("[" * 100_000 + "]" * 100_000)
    assert refusal(deep).path == ""
    assert refusal({"title": deep}).path == "title"
    while deep:  # Python itself would free it by recursion.
        deep = deep.pop()


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "line 1, column 1"),
        ('{"a": 1,\n "a": 2}', 'the field "a" stands twice in one object'),
        ('{"a": 0.75}', "a JSON fraction is not exact"),
        ("[1e3]", "a JSON fraction is not exact"),
        ("[NaN]", "a JSON fraction is not exact"),
        ("[-Infinity]", "a JSON fraction is not exact"),
        ("9" * 5000, "between -(2^53-1) and 2^53-1"),
        ("9007199254740992", "between -(2^53-1) and 2^53-1"),
        ('"\\ud800"', "half of a surrogate pair"),
        (b"\xff", "expected JSON in UTF-8"),
        ("{} {}", "line 1, column 4"),
        ("{'a': 1}", "line 1, column 2"),
    ],
)
def test_json_text_that_would_not_be_kept_exactly_is_refused(source: str | bytes, says: str) -> None:
    with pytest.raises(ActivityError) as caught:
        canonical.loads(source)
    assert says in str(caught.value)


# --- strict and total ---


WRONG = tomllib.loads((CASES / "data.toml").read_text("utf-8"))["case"]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case["data"][:60])
def test_wrong_data_is_told_with_its_path_and_what_was_expected(case: dict[str, str]) -> None:
    error = refusal(json.loads(case["data"], strict=False))
    assert error.path == case["path"]
    assert case["says"] in str(error.message)
    assert str(error) == f"{case['path'] or 'activity'}: {error.message}"


@settings(max_examples=300, deadline=None)
@given(any_values)
def test_any_value_gives_an_activity_or_a_refusal(value: Any) -> None:
    accepted_or_refused(value)
    for name in ("title", "people", "release", "provider", "format", "estimated_minutes"):
        accepted_or_refused({name: value})
    accepted_or_refused({"people": [value]})


def test_a_number_too_long_to_print_is_refused_all_the_same() -> None:
    for data in ({"estimated_minutes": 10**5000}, {"title": -(10**5000)}, 10**5000, {10**5000: 1}):
        assert "found …" in str(refusal(data)) or "between" in str(refusal(data))


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """The data of an activity with some of its values replaced by anything."""
    data: Any = canonical.loads((CASES / "golden.json").read_bytes())
    for _ in range(draw(st.integers(1, 3))):
        place = data
        while True:
            key = draw(st.sampled_from(sorted(place, key=str) if isinstance(place, dict) else range(len(place))))
            if not isinstance(place[key], dict | list) or not place[key] or draw(st.booleans()):
                place[key] = draw(any_values)
                break
            place = place[key]
    return data


@settings(max_examples=300, deadline=None)
@given(damaged())
def test_any_damage_gives_an_activity_or_a_refusal(data: Any) -> None:
    accepted_or_refused(data)


def accepted_or_refused(data: Any) -> None:
    try:
        activity = canonical.from_data(data)
    except ActivityError as error:
        sentence = str(error)
        assert len(sentence.encode("utf-8")) < 1000
    else:
        assert canonical.from_data(canonical.to_data(activity)) == activity
        assert len(canonical.sha256(activity)) == 64


def test_wrong_types_put_in_by_a_program_are_refused_on_the_way_out() -> None:
    wrong: list[tuple[Any, str]] = [
        (Activity(offerings=(Offering(amount=0.75),)), "offerings[0].amount"),  # type: ignore[arg-type]
        (Activity(offerings=[]), "offerings"),  # type: ignore[arg-type]
        (Activity(release=datetime(2026, 1, 1, tzinfo=UTC)), "release"),
        (Activity(format="live"), "format"),  # type: ignore[arg-type]
        (Activity(title=Role.AUTHOR), "title"),
        (Activity(estimated_minutes=True), "estimated_minutes"),
        (Activity(estimated_minutes=BOUND + 1), "estimated_minutes"),
        (Activity(people=(Offering(),)), "people[0]"),  # type: ignore[arg-type]
        (None, ""),
    ]
    for activity, path in wrong:
        with pytest.raises(ActivityError) as caught:
            canonical.to_data(activity)
        assert caught.value.path == path


def test_a_change_of_any_field_changes_the_hash() -> None:
    activity = olx.from_xml((CASES / "golden.xml").read_bytes())
    default = Activity()
    hashes = {canonical.sha256(replace(activity, **{name: getattr(default, name)})) for name in vars(default)}
    assert len(hashes | {canonical.sha256(activity)}) == len(vars(default)) + 1
    assert canonical.sha256(replace(activity, format=Format.LIVE)) not in hashes
