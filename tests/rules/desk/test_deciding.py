"""What the provider's staff may write, and what is refused with its next step."""

from __future__ import annotations

import pytest

from cme_xblock.rules.desk import deciding
from cme_xblock.rules.desk.deciding import Refused
from tests.rules.desk.sample import (
    ACTIVITY,
    CONSULTANT,
    EMPLOYEE,
    TODAY,
    about,
    assigned,
    decided,
    disclosed,
    dossier_of,
)

ASKED = dossier_of(disclosed(CONSULTANT), assigned())
RELEVANT = dossier_of(disclosed(CONSULTANT), assigned(), decided("ineligible", "relevant"))
STEP = {**about(), "method": "peer_review", "on": "2026-11-21", "note": ""}


def decide(changes: dict[str, str]):
    return deciding.decision(ASKED, {**about(), "verdict": "relevant", **changes}, by="staff", today=TODAY)


def mitigate(changes: dict[str, str], *, dossier=RELEVANT):
    return deciding.mitigation(dossier, {**STEP, **changes}, by="staff", today=TODAY)


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("eligible", ("eligible", "not_relevant")),
        ("not_relevant", ("ineligible", "not_relevant")),
        ("relevant", ("ineligible", "relevant")),
    ],
)
def test_a_verdict_is_both_decisions_with_its_day(verdict: str, expected: tuple[str, str]) -> None:
    made = decide({"verdict": verdict})
    assert (made.facts["eligibility"], made.facts["relevance"]) == expected
    assert (made.facts["on"], made.by) == ("2026-11-22", "staff")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"verdict": ""}, "verdict"),
        ({"number": "D-0000-0000-0000-0009"}, "number"),
        ({"relationship": "r9"}, "relationship"),
        ({"activity": "b" * 64}, "activity"),
        ({"note": "\0"}, "note"),
        ({"note": "x" * 2001}, "note"),
    ],
)
def test_a_decision_on_nothing_is_refused(changes: dict[str, str], field: str) -> None:
    with pytest.raises(Refused) as refused:
        decide(changes)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"method": "prayer"}, "method"),
        ({"method": "other"}, "note"),
        ({"on": ""}, "on"),
        ({"on": "2026-11-23"}, "on"),
        ({"on": "22.11.2026"}, "on"),
    ],
)
def test_mitigation_has_a_known_method_and_a_day_that_was(changes: dict[str, str], field: str) -> None:
    assert mitigate({}).facts["method"] == "peer_review"
    with pytest.raises(Refused) as refused:
        mitigate(changes)
    assert refused.value.field == field


def test_only_what_is_relevant_is_mitigated() -> None:
    with pytest.raises(Refused, match="Only a relevant relationship"):
        mitigate({}, dossier=ASKED)


def test_an_exception_needs_its_reason_and_taking_it_back_needs_none() -> None:
    dossier = dossier_of(disclosed(EMPLOYEE), assigned())
    form = {"activity": ACTIVITY, "exception": "technician", "note": ""}
    with pytest.raises(Refused, match="Write why"):
        deciding.exception(dossier, form, by="staff")
    with pytest.raises(Refused, match="three exceptions"):
        deciding.exception(dossier, {**form, "exception": "friend", "note": "x"}, by="staff")
    assert deciding.exception(dossier, {**form, "exception": "none"}, by="staff").facts["exception"] == "none"


def test_an_assignment_has_known_roles() -> None:
    form = {"course_key": "c", "activity_id": "a", "title": "T", "role_started_on": ""}
    made = deciding.assignment(form, activity=ACTIVITY, roles=["faculty", "planner"], by="staff")
    assert made.facts["roles"] == ["planner", "faculty"]
    for roles in ([], ["king"], ["faculty", "king"]):
        with pytest.raises(Refused) as refused:
            deciding.assignment(form, activity=ACTIVITY, roles=roles, by="staff")
        assert refused.value.field == "roles"
