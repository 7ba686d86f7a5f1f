"""Payloads for the LRS and the webhook: one of each kind of entry and a credit, of an invented learner."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.model import Activity, Assessment, Baseline, Item, Option
from cme_xblock.reporting import results
from cme_xblock.reporting.endpoints.base import Event, Record
from tests.reporting import world

AT = datetime(2026, 3, 2, 15, 30, 0, 123456, tzinfo=UTC)
EDITION = "e" * 64
LEARNER = "0123456789abcdef0123456789abcdef"
KEYS = {
    name: f"{number:08d}-0000-5000-8000-000000000000"
    for number, name in enumerate(
        ("claim", "disclosure_acknowledged", "baseline_submitted", "assessment_submitted", "evaluation_submitted",
         "credit_claimed")
    )
}  # fmt: skip
# Whatever a learner may have written or chosen in an evaluation: never to be seen outside.
SECRET = "the dosing table confused me"


def _item(name: str, right: str, pair: str = "") -> Item:
    options = tuple(Option(one, correct=one == right, text=f"Option {one}") for one in "abc")
    return Item(name, ItemKind.SINGLE, pair_id=pair, stem="A stem", options=options)


def activity() -> Activity:
    """An activity with two paired items, and one that only says how sure somebody is."""
    sure = Item("sure", ItemKind.CONFIDENCE, stem="How sure?", options=(Option("1"), Option("5")))
    return replace(
        world.activity(),
        baseline=Baseline(items=(_item("pre-1", "a", "one"), _item("pre-2", "b", "two"), sure)),
        assessment=Assessment(
            pass_mark=Decimal("0.5"),
            items=(_item("post-1", "a", "one"), _item("post-2", "b", "two"), _item("post-3", "c")),
        ),
    )


PAYLOADS = {
    "disclosure_acknowledged": {"disclosure": "d" * 64},
    "baseline_submitted": {"responses": {"pre-1": ["a"], "pre-2": ["c"], "sure": ["5"]}},
    "assessment_submitted": {"attempt": 2, "responses": {"post-1": ["a"], "post-2": ["b"], "post-3": ["a"]}},
    "evaluation_submitted": {"answers": {"comment": [SECRET]}, "mode": "named"},
    "credit_claimed": {
        "claim": "c" * 32, "system": "ama_pra_1", "amount": "1.50", "profession": "md", "completed_on": "2026-03-02",
        "wording": "f" * 64,
    },
}  # fmt: skip


def event(kind: str, **changes: object) -> Event:
    """The entry of that kind."""
    payload = PAYLOADS[kind]
    made = Event(
        operation="add",
        key=KEYS[kind],
        kind=kind,
        learner=LEARNER,
        at=AT,
        seq=1,
        participation="11111111-2222-4333-8444-555555555555",
        payload=payload,
        results=results.of(activity(), kind, payload),
        activity=activity(),
        activity_id="opioids",
        course_key=world.COURSE,
        edition=EDITION,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def record(**changes: object) -> Record:
    """A credit as an endpoint without identifiers gets it."""
    made = Record(
        operation="add",
        credit_id=KEYS["claim"],
        kind="earned",
        system="ama_pra_1",
        amount=Decimal("1.50"),
        profession="md",
        completed_on=date(2026, 3, 2),
        completed_at=AT,
        claimed_at=AT,
        activity=activity(),
        activity_id="opioids",
        course_key=world.COURSE,
        edition=EDITION,
        activity_title="Safe Opioid Tapering: A Case Series",
        provider_name="Example Academic Medical Center",
        certificate_code="AB12-CD34",
        learner=LEARNER,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def of(name: str, **changes: object) -> Event | Record:
    """The payload of that name in `KEYS`."""
    return record(**changes) if name == "claim" else event(name, **changes)
