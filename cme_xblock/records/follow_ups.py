"""Keeping what became of commitments, and which mails were sent about them.

A mail is marked in a transaction of its own before it leaves: a crash in between sends it never rather than twice, and
the commitment is in the course all the same. Source: docs/decisions/0030; spec 5.3, rule 13; R-6.4.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, router, transaction
from django.db.models import QuerySet

from cme_xblock.participation.commitments import Given, Held, Outcome
from cme_xblock.records import consents, contention, keys
from cme_xblock.records.models import Commitment, CommitmentAnswer, FollowUpMail, Participation
from cme_xblock.records.models.base import instant_text, utc

__all__ = ["MAIL", "Due", "answer", "forget", "held", "mark", "may_mail", "permit", "settle", "stop", "to_mail"]

# The purpose of the consent: asked about commitments by mail. A learner's last word counts for all activities.
MAIL = "follow_up_mail"
# A day that nobody was mailed of for so long is not mailed any more: who installs this late must not wake the past.
WINDOW = timedelta(days=30)
_PAGE = 200

State = FollowUpMail.State


@dataclass(frozen=True)
class Due:
    """One mail that may be owed: to whose participation, of which day, and the commitments it is about (not empty)."""

    participation: Participation
    day: int
    commitments: tuple[Held, ...]


def held(participation_key: str) -> tuple[Held, ...]:
    """A learner's commitments in one activity with their answers, in the order in which they were made. Two queries."""
    return tuple(_held(one) for one in _commitments().filter(participation__key=participation_key))


def answer(participation_key: str, given: Sequence[Given], *, now: datetime) -> bool:
    """Keep answers, all or none. False where one of them was answered meanwhile. `now`: aware."""
    using = router.db_for_write(CommitmentAnswer)
    names = [one.name for one in given]

    def work() -> None:
        found = Commitment.objects.select_for_update().filter(participation__key=participation_key, uuid__in=names)
        rows = dict(found.order_by("pk").values_list("uuid", "pk"))
        CommitmentAnswer.objects.bulk_create(
            CommitmentAnswer(
                commitment_id=rows[one.name], day=one.day, outcome=one.outcome.value, reason=one.reason, at=utc(now)
            )
            for one in given
        )

    try:
        contention.run(work, using=using)
    except (IntegrityError, KeyError):
        return False
    return True


def may_mail(participation: Participation) -> bool:
    """Whether this learner's last word on these mails, in whatever activity, is yes. Read it at the time of sending."""
    return participation.sealed_at is None and consents.last_word(participation.learner_key, MAIL) is True


def permit(participation: Participation, *, text: str, granted: bool, now: datetime) -> None:
    """Write that the learner wants these mails, or no more of them, in the words that were shown."""
    consents.record(participation, MAIL, text=text, granted=granted, now=now)


def to_mail(days: Collection[int], *, now: datetime) -> Iterator[Due]:
    """What may be mailed now, read a page at a time: due, not answered, not mailed, no test, no retired account.

    Whether the learner agrees and has an address is asked at the time of sending. `days`: 30, 60, 90.
    """
    for day in days:
        since, until = (instant_text(now - timedelta(days=day) - each) for each in (WINDOW, timedelta(0)))
        made = Commitment.objects.filter(made_at__gt=since, made_at__lte=until)
        alive = made.filter(participation__sealed_at=None, participation__is_test=False).order_by()
        last = 0
        while page := list(
            alive.filter(participation_id__gt=last)
            .order_by("participation_id")
            .values_list("participation_id", flat=True)
            .distinct()[:_PAGE]
        ):
            last = page[-1]
            yield from _due(page, day, now)


def mark(due: Due, *, now: datetime) -> str | None:
    """Mark a mail as about to leave, and give the code that stops further ones; None where it is another's to send.

    A transaction of its own: call it outside any other, and send only after it.
    """
    code = secrets.token_urlsafe(24)
    fresh = {"key": keys.text_sha(code), "state": State.MARKED, "at": utc(now)}
    mine = FollowUpMail.objects.filter(participation_id=due.participation.pk, day=due.day)

    def work() -> bool:
        if mine.filter(state=State.FAILED).update(**fresh):
            return True
        if mine.exists():
            return False
        FollowUpMail.objects.create(participation_id=due.participation.pk, day=due.day, **fresh)
        return True

    try:
        return code if contention.run(work, using=router.db_for_write(FollowUpMail)) else None
    except IntegrityError:
        return None


def settle(code: str, state: State) -> None:
    """What became of a marked mail."""
    FollowUpMail.objects.filter(key=keys.text_sha(code)).update(state=state)


def known(code: str) -> bool:
    """Whether a mail with that code was ever sent, to somebody whose account is still there."""
    return FollowUpMail.objects.filter(key=keys.text_sha(code), participation__sealed_at=None).exists()


def stop(code: str, *, text: str, now: datetime) -> bool:
    """No more of these mails to whoever got the mail with this code; False where there is none. May be done twice."""
    with transaction.atomic(using=router.db_for_write(Participation)):
        mail = FollowUpMail.objects.select_related("participation").filter(key=keys.text_sha(code)).first()
        if mail is None or mail.participation.sealed_at is not None:
            return False
        if consents.last_word(mail.participation.learner_key, MAIL) is not False:
            permit(mail.participation, text=text, granted=False, now=now)
    return True


def forget(participations: Collection[int]) -> None:
    """What was mailed to retired learners goes; their answers go with their commitments."""
    FollowUpMail.objects.filter(participation_id__in=participations).delete()


def _due(participations: list[int], day: int, now: datetime) -> Iterator[Due]:
    settled = FollowUpMail.objects.filter(participation_id__in=participations, day=day).exclude(state=State.FAILED)
    done = set(settled.values_list("participation_id", flat=True))
    rows = [one for one in participations if one not in done]
    found: dict[int, list[Held]] = {}
    for one in _commitments().filter(participation_id__in=rows):
        each = _held(one)
        if each.due_day(now) == day:
            found.setdefault(one.participation_id, []).append(each)
    people = Participation.objects.in_bulk(list(found))
    for pk, commitments in found.items():
        yield Due(people[pk], day, tuple(commitments))


def _commitments() -> QuerySet[Commitment]:
    return Commitment.objects.prefetch_related("answers").order_by("pk")


def _held(one: Commitment) -> Held:
    return Held(
        name=one.uuid,
        objective=one.objective,
        text=one.text,
        days=tuple(int(day) for day in one.days.split(",") if day.isdigit()),
        made_at=one.made_at,
        answers={each.day: Outcome(each.outcome) for each in one.answers.all()},
    )
