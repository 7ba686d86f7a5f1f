"""Statements are the mandated formulas with nothing changed but the places, and a released text never changes."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from cme_xblock.activity.codes import Format
from cme_xblock.activity.model import Activity, MocOffering
from cme_xblock.rules import credit_system, statements, texts
from tests.rules import sample
from tests.rules.variant import cases, vary

HERE = Path(__file__).parent / "cases"
CASES = cases(HERE / "statements.toml")
SYSTEMS = credit_system.load()


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['statement']}: {case['name']}")
def test_a_statement_is_its_formula_letter_for_letter(case: dict[str, Any]) -> None:
    activity = vary(case["set"])
    if case["statement"] == "accreditation":
        assert statements.accreditation(activity) == case["text"]
    else:
        assert statements.designation(activity, activity.offerings[0]) == case["text"]


def test_every_format_has_the_name_the_ama_gives_it() -> None:
    names = {statements.format_name(vary({"format": one.value})) for one in Format}
    assert names == {
        "live activity",
        "enduring material",
        "journal-based CME activity",
        "test-item writing activity",
        "manuscript review activity",
        "PI CME activity",
        "internet point-of-care activity",
        "Other activity (Internet: text and questions)",
    }
    assert statements.format_name(Activity(format=Format.OTHER)) == "Other activity"


@pytest.mark.parametrize("code", sorted(SYSTEMS))
def test_every_system_has_its_statement_attestation_and_certificate(code: str) -> None:
    offering = {"system": code, "amount": "2", "statement": "Word for word."}
    activity = vary({"offerings.0": offering})
    system, one = SYSTEMS[code], activity.offerings[0]
    printed = [
        # Points are registered under a credit, and so is their statement.
        statements.moc(activity, MocOffering(system.board, Decimal("2")))
        if system.family == "moc"
        else statements.designation(activity, one),
        statements.attestation_shown(activity, one, system),
        statements.attestation_recorded(activity, one, system, amount=Decimal("1.5")),
        statements.certificate(activity, system, learner="Zoë Ng", amount=Decimal("1.5"), completed_on="June 1, 2026"),
    ]
    assert all("{" not in text for text in printed)
    assert printed[0] or code == "participation"
    assert "AMA PRA" not in " ".join(printed[:1] + printed[3:]) or code == "ama_pra_1"
    assert "1.5" in printed[3]


def test_a_sentence_on_conversion_is_shown_only_while_the_agreement_is_known_to_hold() -> None:
    activity = vary({"format": "live", "offerings.0": {"system": "eaccme_live", "amount": "1"}})
    offering = activity.offerings[0]
    assert "may convert" in statements.conversion(activity, offering, today=date(2025, 12, 31))
    assert statements.conversion(activity, offering, today=date(2026, 1, 1)) == ""
    assert statements.conversion(activity, offering, today=date(2021, 12, 31)) == ""
    assert statements.conversion(sample.activity(), sample.activity().offerings[0], today=date(2025, 1, 1)) == ""


def test_the_statement_on_moc_names_points_type_and_board() -> None:
    moc = {"board": "abim", "points": "0.5", "credit_types": ["medical_knowledge", "patient_safety"]}
    activity = vary({"offerings.0.moc.+": moc})
    text = statements.moc(activity, activity.offerings[0].moc[0])
    assert (
        "up to 0.5 medical knowledge and patient safety MOC points in the American Board of Internal Medicine" in text
    )
    assert text.endswith("for the purpose of granting ABIM MOC credit.")
    for changes in ({"board": "abxyz"}, {"points": "none!"}):
        other = vary({"offerings.0.moc.+": {**moc, **{k: None if v == "none!" else v for k, v in changes.items()}}})
        assert statements.moc(other, other.offerings[0].moc[0]) == ""


def certificate(system: str) -> str:
    return statements.certificate(
        sample.activity(),
        SYSTEMS[system],
        learner="Zoë Ng",
        amount=Decimal("0.25"),
        completed_on="June 1, 2026",
    )


def test_the_certificate_of_a_physician_awards_the_amount_claimed() -> None:
    assert certificate("ama_pra_1") == (
        "The University of Example certifies that Zoë Ng has participated in the enduring material titled Hand hygiene "
        "on the ward on June 1, 2026 and is awarded 0.25 AMA PRA Category 1 Credits™."
    )


def test_the_certificate_of_participation_states_hours_and_awards_no_ama_credit() -> None:
    text = certificate("participation")
    assert text.endswith("on June 1, 2026: 0.25 hours of participation.")
    assert not re.search(r"awarded|AMA PRA Category 1 Credit", text)


def test_both_attestations_name_amount_and_maximum() -> None:
    activity = sample.activity()
    offering = activity.offerings[0]
    shown = statements.attestation_shown(activity, offering, SYSTEMS["ama_pra_1"])
    assert "AMA PRA Category 1 Credit(s)™ that I chose above" in shown
    assert shown.endswith("does not exceed 0.5.")
    recorded = statements.attestation_recorded(activity, offering, SYSTEMS["participation"], amount=Decimal("0.25"))
    assert recorded == (
        "I took part in this activity for 0.25 hours of participation, which matches the time I took part and does not "
        "exceed 0.5."
    )


def test_an_edition_keeps_the_wording_of_the_day_of_its_review(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = (
        texts.Text("key", date(year, 1, 1), None, f"text of {year}", "source", "", "D") for year in (2020, 2026)
    )
    monkeypatch.setattr(texts, "load", lambda: {"key": (old, new)})
    assert texts.on("key", date(2025, 12, 31)) is old
    assert texts.on("key", date(2026, 1, 1)) is new
    assert texts.on("key", date(2019, 1, 1)) is old
    assert texts.on("key", None) is new


def test_a_released_text_is_never_changed() -> None:
    """Append the new line of a new text; a line that no longer matches means that a text was edited in place."""
    lines = [
        f"{hashlib.sha256(one.text.encode()).hexdigest()} {one.key} {one.valid_from.isoformat()}"
        for key in sorted(texts.load())
        for one in texts.load()[key]
    ]
    assert (HERE / "texts.sha256").read_text(encoding="utf-8").splitlines() == lines
