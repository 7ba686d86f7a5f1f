"""One credit for each diplomate, activity and day: what a board counts by its own number, not by our accounts.

A learner with two accounts has two participations, so the database lets both claim; the board takes one. It is said
when the number is given, because a refusal weeks later costs the learner a deadline. A number that was purged, or that
two requests give at the same instant, is not seen here: then the board's own answer says so. Source: spec R-4.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django.views.decorators.debug import sensitive_variables

from cme_xblock.activity.codes import Format
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.records import keys, vault
from cme_xblock.records.models import Claim
from cme_xblock.rules.credit_system import CreditSystem

__all__ = ["problems"]

TAKEN = N_(
    "With this number the points of this activity were claimed for the same day, from another account ({system}). The "
    "board gives them once. Leave these points out, or write to the provider to have your accounts put together."
)


@sensitive_variables()
def problems(
    activity: Activity,
    claimed: Iterable[tuple[CreditSystem, date]],
    numbers: Mapping[str, str],
    *,
    course_key: str,
    learner_id: str,
) -> dict[str, Message]:
    """What stands against these credits, by the kind of the number that they are counted by; {} where nothing does.

    `claimed`: each credit with its day of completion; `numbers`: what the learner typed now, by kind. Where nothing was
    typed, what is on file counts. At most three queries for each credit that is counted by a number, none for others.
    Raises ImproperlyConfigured without usable keys.
    """
    found: dict[str, Message] = {}
    learner_key = keys.learner_key(learner_id)
    activity_key = keys.activity_key(course_key, activity.activity_id)
    for system, day in claimed:
        kind = system.once_for
        # Articles are the exception: a diplomate may be given several of one journal in a day.
        if not kind or activity.format is Format.JOURNAL:
            continue
        number = numbers.get(kind) or _kept(learner_key, kind)
        others = set(vault.find(kind, number)) - {learner_key} if number else set()
        if others and _is_held(others, system.code, activity_key, day):
            found[kind] = Message(TAKEN, {"system": system.short_name})
    return found


@sensitive_variables()
def _kept(learner_key: str, kind: str) -> str | None:
    """What is on file; None where it does not open, for then the report waits until the learner gives it again."""
    try:
        return vault.reveal(learner_key, kind)
    except vault.VaultError:
        return None


def _is_held(learners: Iterable[str], system: str, activity_key: str, day: date) -> bool:
    return Claim.objects.filter(
        live__isnull=False,
        system=system,
        completed_on=day,
        participation__activity_key=activity_key,
        participation__learner_key__in=list(learners),
    ).exists()
