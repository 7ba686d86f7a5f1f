"""Remedies: what staff may give a learner on the way to credit. Attempts anew; and that somebody is only testing.

Decides and describes. Another key is `regrading.py`, claimed credit `correction.py`. Source: spec part 7, cases 6, 18.
"""

from __future__ import annotations

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.participation.progress import Progress
from cme_xblock.participation.refusal import Refusal


def reset_attempts(progress: Progress, activity: Activity, *, reason: str, by: str) -> Draft | Refusal:
    """The entry that gives all attempts of this edition anew; those made before stay in the record. Case 6."""
    if progress.attempts_left is None:
        return Refusal("no_limit", Message(N_("This activity has no limit of attempts, so there is nothing to reset.")))
    if progress.passed:
        return Refusal("passed", Message(N_("This learner has passed the assessment already.")))
    if progress.attempts_left == activity.assessment.max_attempts:
        return Refusal("unused", Message(N_("This learner has all attempts left.")))
    if not reason.strip():
        return Refusal("no_reason", Message(N_("Give a reason: it is kept in the record.")), field="reason")
    return Draft(Kind.ATTEMPTS_RESET, progress.edition, {"reason": reason, "by": by})


def mark_test(progress: Progress, *, test: bool, by: str, reason: str) -> Draft | Refusal:
    """The entry that says that all of this is a test, or is none after all. Case 18."""
    if progress.is_test is test:
        same = N_("This is marked as a test already.") if test else N_("This is not marked as a test.")
        return Refusal("unchanged", Message(same))
    if not reason.strip():
        return Refusal("no_reason", Message(N_("Give a reason: it is kept in the record.")), field="reason")
    return Draft(Kind.TEST_MARKED, progress.edition, {"test": test, "by": by, "reason": reason})


def begin_as_test(edition: str) -> Draft:
    """The first entry of a participation of which the host says that it is a test."""
    return Draft(Kind.TEST_MARKED, edition, {"test": True, "by": "host", "reason": "The platform names it a test."})
