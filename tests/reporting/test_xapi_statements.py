"""Statements: word for word as agreed, valid by the schema, never with a person or an evaluation's answer in them."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest

from cme_xblock.reporting.endpoints import data, xapi_statements
from cme_xblock.reporting.sandbox import xapi_checks
from tests.reporting import statements
from tests.reporting.statements import KEYS, SECRET

CASES = Path(__file__).parent / "cases"
SCHEMA = json.loads((CASES / "xapi-statement.schema.json").read_text(encoding="utf-8"))
SITE = xapi_statements.Site("lrs", "https://lms.example.org", data.defaults("xapi"))


def made(name: str, **changes: object) -> list[dict]:
    return list(xapi_statements.of(statements.of(name, **changes), SITE))


def plain(name: str, **changes: object) -> list[dict]:
    """The statements as whoever reads the JSON has them."""
    return [json.loads(xapi_statements.encode(one)) for one in made(name, **changes)]


@pytest.mark.parametrize("name", KEYS)
def test_the_statements_are_as_agreed(name):
    path = CASES / f"xapi-{name}.json"
    text = json.dumps(plain(name), indent=1, ensure_ascii=False) + "\n"
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("operation", ["add", "delete"])
@pytest.mark.parametrize("name", KEYS)
def test_every_statement_is_valid(name, operation):
    for one in plain(name, operation=operation):
        jsonschema.validate(one, SCHEMA, format_checker=jsonschema.FormatChecker())
        xapi_checks.read(json.dumps(one).encode())


@pytest.mark.parametrize("name", KEYS)
def test_no_person_and_no_answer_of_an_evaluation_leaves(name):
    text = json.dumps(plain(name))
    for secret in ("mbox", "Avery", "Sample", SECRET, "AB12-CD34", "11111111-2222"):
        assert secret not in text
    assert {one["actor"]["account"]["name"] for one in plain(name)} == {statements.LEARNER}


def test_ids_are_the_same_for_ever():
    assert xapi_statements.statement_id("lrs", "claim:7", "earned", 1) == "394fbadf-6a01-5927-be99-35a93a0395c1"
    assert len({xapi_statements.statement_id("lrs", "claim:7", "earned", one) for one in (1, 2)}) == 2
    other = replace(SITE, home_page="https://elsewhere.example.org", wire={**SITE.wire, "profile": "urn:other"})
    payload = statements.of("assessment_submitted")
    ids = [one["id"] for one in made("assessment_submitted")]
    assert [one["id"] for one in xapi_statements.of(payload, other)] == ids


def test_no_two_statements_share_an_id():
    ids = [one["id"] for name in KEYS for operation in ("add", "delete") for one in made(name, operation=operation)]
    assert len(set(ids)) == len(ids)


def test_a_failed_test_says_so():
    results = {"correct": 1, "total": 3, "scaled": Decimal("0.3333"), "passed": False}
    whole, judged, *_ = plain("assessment_submitted", results=results)
    assert (judged["verb"]["id"].rpartition("/")[2], judged["result"]["success"]) == ("failed", False)
    assert whole["result"]["score"] == {"raw": 1, "min": 0, "max": 3, "scaled": 0.3333}


def test_items_may_stay_at_home():
    quiet = replace(SITE, wire={**SITE.wire, "items": False})
    found = xapi_statements.of(statements.of("assessment_submitted"), quiet)
    assert [one["verb"]["id"].rpartition("/")[2] for one in found] == ["completed", "passed"]


def test_a_deletion_voids_every_statement_and_names_no_learner():
    voiding = plain("assessment_submitted", operation="delete")
    assert [one["object"]["id"] for one in voiding] == [one["id"] for one in made("assessment_submitted")]
    assert statements.LEARNER not in json.dumps(voiding)


def test_a_credit_given_again_says_which_time_it_is():
    (first,), (second,) = plain("claim"), plain("claim", revision=2)
    name = SITE.extension("revision")
    assert name not in first["context"]["extensions"]
    assert second["context"]["extensions"][name] == "2"


CHANGES = [
    (lambda one: one["actor"]["account"].update(name="another"), False),
    (lambda one: one["verb"].update(id="http://adlnet.gov/expapi/verbs/failed"), False),
    (lambda one: one["object"].update(id="https://lms.example.org/other"), False),
    (lambda one: one["result"]["score"].update(raw=Decimal(1)), False),
    (lambda one: one["context"]["extensions"].clear(), False),
    (lambda one: one.update(timestamp="2026-03-02T15:30:00.124Z"), False),
    (lambda one: one.update(timestamp="yesterday"), False),
    (lambda one: one.pop("context"), False),
    (lambda one: one.update(stored="2026-03-03T00:00:00Z", authority={"mbox": "a@b.example"}, version="1.0.0"), True),
    (lambda one: one.update(timestamp="2026-03-02T16:30:00.123000+01:00"), True),
    (lambda one: one["verb"].update(display={"de": "bestanden"}), True),
    (lambda one: one["object"].update(definition={"name": {"en": "Another name"}}), True),
    (lambda one: one["result"]["score"].update(raw=Decimal("2.0")), True),
]


@pytest.mark.parametrize(("change", "same"), CHANGES)
def test_what_an_lrs_adds_makes_no_difference_and_what_it_changes_does(change, same):
    ours = made("assessment_submitted")[0]
    theirs = xapi_statements.decode(xapi_statements.encode(ours))
    change(theirs)
    assert xapi_statements.same(ours, theirs) is same


def test_a_voiding_statement_may_get_its_time_from_the_lrs():
    (ours,) = made("claim", operation="delete")
    assert xapi_statements.same(ours, {**ours, "timestamp": "2026-03-02T15:30:00Z"})


@pytest.mark.parametrize("text", ["1e999999999", "-1e-999999999", '{"a": [1e400]}'])
def test_a_strangers_number_does_not_fill_the_memory(text):
    assert len(xapi_statements.encode(xapi_statements.decode(text))) < 100


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "[" * 100_000, '"', b"\xff"])
def test_what_is_no_json_is_a_value_error(text):
    with pytest.raises(ValueError):
        xapi_statements.decode(text)
