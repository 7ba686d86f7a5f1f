"""Which edition applies to a learner, and what carries over from one to the next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity
from cme_xblock.participation.entries import Kind
from cme_xblock.participation.progress import Part, Status, choose_edition, fold
from cme_xblock.participation.refusal import Refusal
from tests.participation.steps import LAST, NEW_RELATION, NOW, OVER, statuses, walk, walked
from tests.rules import sample
from tests.rules.variant import vary


def test_who_has_only_acknowledged_moves_to_a_new_edition() -> None:
    ledger = walked(sample.activity(), until=Part.BASELINE)
    new = ledger.publish(vary({"title": "New"}))
    assert ledger.edition(NOW) == new


@pytest.mark.parametrize("until", [Part.CONTENT, Part.ASSESSMENT, Part.CLAIM, Part.CERTIFICATE])
def test_who_has_answered_stays_with_the_edition_that_was_seen(until: Part) -> None:
    ledger = walked(sample.activity(), until=until)
    old = ledger.published
    ledger.publish(vary({"assessment.pass_mark": "1", **NEW_RELATION}))
    before = statuses(ledger)
    assert ledger.edition(LAST) == old
    assert statuses(ledger, LAST) == before


def test_a_changed_pass_mark_does_not_change_what_was_seen() -> None:
    ledger = walked(sample.activity(), until=Part.ASSESSMENT)
    ledger.publish(vary({"assessment.pass_mark": "1"}))
    two_of_three = {**sample.right_assessment(), "a3": ["c"]}
    ledger.assessment(NOW, two_of_three)
    assert ledger.progress(NOW).passed


def extended(changes: dict[str, Any] | None = None) -> Activity:
    return vary({"last_review": "2027-12-01", "expiry": "2030-01-15", **(changes or {})})


def test_after_expiry_the_learner_moves_on_and_earns_under_the_new_edition() -> None:
    ledger = walked(sample.activity(), until=Part.ASSESSMENT, now=LAST)
    ledger.assessment(LAST, sample.wrong_assessment())
    new = ledger.publish(extended())
    assert ledger.edition(LAST) != new
    assert ledger.edition(OVER) == new
    # The baseline was taken and is not taken again; content and assessment belong to the edition.
    assert statuses(ledger, OVER) == "ddollll"
    assert ledger.progress(OVER).baseline is not None
    assert [one.number for one in ledger.progress(OVER).attempts] == [1]
    walk(ledger, until=Part.CERTIFICATE, now=OVER)
    assert [one.number for one in ledger.progress(OVER).attempts] == [1, 2]
    assert ledger.progress(OVER).completed_at == OVER
    assert ledger.claims[0].edition == new


def test_an_attempt_under_an_older_edition_never_completes_a_newer_one() -> None:
    ledger = walked(sample.activity(), until=Part.CLAIM, now=LAST)
    new = extended()
    ledger.publish(new)
    gone = LAST + timedelta(days=31)
    assert ledger.edition(gone) == ledger.published
    assert statuses(ledger, gone) == "ddollll"
    walk(ledger, until=Part.ASSESSMENT, now=gone)
    assert statuses(ledger, gone) == "dddolll"
    assert ledger.progress(gone).completed_at is None
    assert [one.passed for one in ledger.progress(gone).attempts] == [True]


def test_who_completed_in_time_stays_until_the_window_to_claim_is_over() -> None:
    ledger = walked(sample.activity(), until=Part.CLAIM, now=LAST)
    old = ledger.published
    ledger.publish(extended())
    assert ledger.edition(LAST + timedelta(days=30)) == old
    assert not isinstance(ledger.claim(LAST + timedelta(days=30)), Refusal)
    assert ledger.edition(LAST + timedelta(days=999)) == old
    assert ledger.claims[0].edition == old


def test_attempts_of_an_older_edition_are_not_counted_against_a_newer_one() -> None:
    limit = {"assessment.max_attempts": 1}
    ledger = walked(vary(limit), until=Part.ASSESSMENT, now=LAST)
    ledger.assessment(LAST, sample.wrong_assessment())
    ledger.publish(extended(limit))
    walk(ledger, until=Part.ASSESSMENT, now=OVER)
    assert ledger.progress(OVER).attempts_left == 1


@pytest.mark.parametrize("sections", [[sample.SECTION], []])
def test_a_baseline_is_never_taken_after_the_content(sections: list[str]) -> None:
    ledger = walked(vary({"baseline.items": [], "content.sections": sections}), until=Part.ASSESSMENT, now=LAST)
    ledger.assessment(LAST, sample.wrong_assessment())
    ledger.publish(extended())
    progress = ledger.progress(OVER)
    state = progress.state(Part.BASELINE)
    assert (state.status, str(state.reason)) == (Status.DONE, "Skipped: you had begun the content before.")
    assert progress.baseline is None
    ledger.force(Kind.BASELINE_SUBMITTED, {"responses": sample.right_baseline()}, OVER)
    assert ledger.progress(OVER).baseline is None


def test_an_attempt_is_scored_under_its_own_edition() -> None:
    ledger = walked(sample.activity(), until=Part.ASSESSMENT, now=LAST)
    ledger.assessment(LAST, {**sample.right_assessment(), "a1": ["b"]})
    flipped = {
        "assessment.items.0.options.0.correct": False,
        "assessment.items.0.options.1.correct": True,
        "assessment.pass_mark": "1",
    }
    ledger.publish(extended(flipped))
    attempt = ledger.progress(OVER).attempts[0]
    assert (attempt.correct, attempt.total, attempt.passed) == (2, 3, True)


def test_an_unknown_edition_among_the_entries_scores_nothing_and_is_not_chosen() -> None:
    ledger = walked(sample.activity(), until=Part.ASSESSMENT)
    payload = {"attempt": 1, "responses": sample.right_assessment()}
    ledger.force(Kind.ASSESSMENT_SUBMITTED, payload, NOW, edition="f" * 64)
    assert ledger.edition(NOW) == ledger.published
    attempt = ledger.progress(NOW).attempts[0]
    assert (attempt.correct, attempt.total, attempt.passed) == (0, 0, False)
    ledger.force(Kind.CREDIT_CLAIMED, {"system": "ama_pra_1", "amount": "0.5"}, NOW, edition="f" * 64)
    assert ledger.edition(NOW) == ledger.published


def test_the_edition_of_the_first_visit_is_the_published_one() -> None:
    sha = canonical.sha256(sample.activity())
    assert choose_edition(sha, (), editions={}, now=NOW) == sha


def test_a_fold_needs_no_other_edition_than_its_own() -> None:
    ledger = walked(sample.activity(), until=Part.CERTIFICATE)
    progress = fold(sample.activity(), ledger.entries, edition=ledger.published, editions={}, now=NOW)
    assert progress == ledger.progress(NOW)
    assert progress.claimed == ("ama_pra_1",)
