"""The learner's whole way, and that each part opens in its turn only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import verify
from cme_xblock.participation.progress import Part, Status
from tests.participation.ledger import PARTICIPATION, Ledger
from tests.rules import sample

NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)


def statuses(ledger: Ledger, now: datetime = NOW) -> dict[Part, Status]:
    return {one.part: one.status for one in ledger.progress(now).parts}


def test_the_whole_way_ends_in_a_claim() -> None:
    ledger = Ledger(sample.activity())
    for step, part in (
        (lambda: ledger.acknowledge(NOW), Part.OVERVIEW),
        (lambda: ledger.baseline(NOW, sample.right_baseline()), Part.BASELINE),
        (lambda: ledger.content(NOW, sample.SECTION), Part.CONTENT),
        (lambda: ledger.assessment(NOW, sample.right_assessment()), Part.ASSESSMENT),
        (lambda: ledger.claim(NOW), Part.CLAIM),
    ):
        assert ledger.progress(NOW).current is part
        needed = [one.part for one in ledger.progress(NOW).parts if one.status is Status.OPEN and not one.optional]
        assert needed == [part]
        step()
        assert statuses(ledger)[part] is Status.DONE
    assert ledger.progress(NOW).current is Part.CERTIFICATE
    assert ledger.claims == [
        Attestation(
            edition=ledger.published,
            system="ama_pra_1",
            amount=Decimal("0.50"),
            profession="md",
            completed_on=date(2026, 6, 1),
            completed_at=NOW,
            statement=(
                "I completed the parts of this activity for which I am claiming credit. I claim 0.5 AMA PRA Category 1 "
                "Credits™, which matches the time I took part and does not exceed 0.5."
            ),
            wording=ledger.claims[0].wording,
        )
    ]
    assert verify(PARTICIPATION, ledger.entries) == ()


def test_credit_is_dated_by_the_pass_and_not_by_a_later_click() -> None:
    ledger = Ledger(sample.activity())
    ledger.acknowledge(NOW)
    ledger.baseline(NOW, sample.right_baseline())
    ledger.content(NOW, sample.SECTION)
    ledger.assessment(NOW + timedelta(days=1), sample.wrong_assessment())
    ledger.assessment(NOW + timedelta(days=2), sample.right_assessment())
    ledger.claim(NOW + timedelta(days=9))
    assert ledger.claims[0].completed_on == date(2026, 6, 3)
    assert [(one.correct, one.total, one.passed) for one in ledger.progress(NOW).attempts] == [
        (1, 3, False),
        (3, 3, True),
    ]
