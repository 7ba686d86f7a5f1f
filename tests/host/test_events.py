"""Tracking events: each step of the way tells one, of the documented form, and none tells a name or an answer."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
from workbench.runtime import WorkbenchRuntime

from cme_xblock.host.events import EVENTS, SILENT
from cme_xblock.participation.entries import Kind
from tests.blocks import course
from tests.blocks.clock import NOON, Clock
from tests.blocks.way import IDENTITY, Way
from tests.host import told as documented
from tests.rules import sample

pytestmark = pytest.mark.django_db(transaction=True)

AGAIN = "write page and schema anew: python -m tests.host.told"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """The tracking events, in order."""
    heard: list[tuple[str, dict[str, Any]]] = []

    def publish(self: Any, block: Any, event: str, data: dict[str, Any]) -> None:
        if event.startswith("xblock."):
            heard.append((event, data))

    monkeypatch.setattr(WorkbenchRuntime, "publish", publish)
    Clock(monkeypatch).at(NOON)
    course.install()
    return heard


def test_each_step_is_told_once_in_the_documented_form(told) -> None:
    way = Way("ana")
    way.acknowledge()
    way.baseline()
    way.content()
    way.assessment(pass_it=False)
    way.assessment()
    way.evaluation()
    way.claim("0.5")
    assert [name for name, _ in told] == [
        f"xblock.cme.{one}"
        for one in (
            "disclosure.acknowledged",
            "baseline.submitted",
            "content.completed",
            "assessment.submitted",
            "assessment.submitted",
            "evaluation.submitted",
            "credit.claimed",
        )
    ]
    for name, data in told:
        jsonschema.validate({"name": name, "data": data}, documented.schema())
    attempts = [data for name, data in told if name.endswith("assessment.submitted")]
    assert [(one["attempt"], one["correct"], one["passed"]) for one in attempts] == [(1, 0, False), (2, 3, True)]


def test_no_name_no_answer_and_no_number_is_in_any(told) -> None:
    way = Way("ana")
    way.all_before_claim()
    way.claim("0.5")
    text = json.dumps(told)
    assert len(told) >= 5
    secrets = [one for one in IDENTITY.values() if one]
    words = [item.stem for item in (*sample.activity().baseline.items, *sample.activity().assessment.items)]
    assert [one for one in (*secrets, *words, "My answer", "responses") if one in text] == []


def test_what_is_refused_and_what_makes_no_entry_tells_nothing(told) -> None:
    way = Way("ana")
    assert way.submit("assessment", responses={}).status >= 400
    assert told == []
    course.call(course.ACTIVITY, "ana", "show", {})
    course.call(course.ACTIVITY, "ana", "save_draft", {"part": "overview"})
    assert told == []


def test_every_kind_of_entry_is_told_or_kept_silent() -> None:
    assert set(EVENTS) | SILENT == set(Kind)
    assert not set(EVENTS) & SILENT


def test_names_are_of_the_platforms_form() -> None:
    names = [one.full_name for one in EVENTS.values()]
    assert len(set(names)) == len(names)
    assert [one for one in names if not re.fullmatch(r"xblock\.cme\.[a-z]+\.[a-z]+ed", one)] == []


def test_page_and_schema_are_what_the_program_tells() -> None:
    assert documented.SCHEMA.read_text(encoding="utf-8") == documented.schema_text(), AGAIN
    assert documented.PAGE.read_text(encoding="utf-8") == documented.page(), AGAIN
    jsonschema.Draft202012Validator.check_schema(documented.schema())


@pytest.mark.parametrize(
    "data",
    [
        {"name": "xblock.cme.baseline.submitted", "data": {"activity_id": "a", "edition": "e", "test": False, "x": 1}},
        {"name": "xblock.cme.baseline.submitted", "data": {"activity_id": "a", "edition": "e"}},
        {"name": "xblock.cme.baseline.answered", "data": {"activity_id": "a", "edition": "e", "test": False}},
    ],
)
def test_the_schema_refuses_what_is_of_another_form(data) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, documented.schema())
