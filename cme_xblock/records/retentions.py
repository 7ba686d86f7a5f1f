"""Who is to be asked the same questions again by mail, and what became of the mail. The check itself is an entry.

A mail is marked in a transaction of its own before it leaves, as those about plans are (`follow_ups.py`): a crash in
between sends it never rather than twice, and the questions are in the course all the same. Source: docs/decisions/0030,
0037; R-6.4.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.db import router, transaction
from django.db.models import Exists, OuterRef

from cme_xblock.participation.entries import Kind
from cme_xblock.records import consents, contention, keys
from cme_xblock.records.models import EntryRow, Participation, RetentionMail
from cme_xblock.records.models.base import instant_text, utc

__all__ = ["MAIL", "agree", "forget", "known", "mark", "may_mail", "permit", "settle", "stop", "to_mail", "wants"]

# The purpose of the consent: to be asked again by mail. A learner's last word counts for all activities.
MAIL = "retention_mail"
# What nobody was mailed of for so long is not mailed any more.
WINDOW = timedelta(days=30)
_PAGE = 200

State = RetentionMail.State
_OPEN = (State.WAITING, State.FAILED)


def agree(participation: Participation, due_at: datetime, *, text: str, now: datetime) -> None:
    """The learner wants to be mailed when the questions come again, at `due_at`; in the words that were shown."""
    with transaction.atomic(using=router.db_for_write(RetentionMail)):
        permit(participation, text=text, granted=True, now=now)
        RetentionMail.objects.get_or_create(
            participation=participation, defaults={"due_at": utc(due_at), "at": utc(now)}
        )


def permit(participation: Participation, *, text: str, granted: bool, now: datetime) -> None:
    """Write that the learner wants these mails, or no more of them, in the words that were shown."""
    consents.record(participation, MAIL, text=text, granted=granted, now=now)


def wants(participation: Participation) -> bool:
    """Whether a mail is to come about this activity."""
    return may_mail(participation) and RetentionMail.objects.filter(participation=participation).exists()


def may_mail(participation: Participation) -> bool:
    """Whether this learner's last word on these mails, in whatever activity, is yes. Read it at the time of sending."""
    return participation.sealed_at is None and consents.last_word(participation.learner_key, MAIL) is True


def to_mail(now: datetime) -> Iterator[RetentionMail]:
    """What may be mailed now, read a page at a time: due, not answered, not mailed, no test, no retired account."""
    answered = EntryRow.objects.filter(participation_id=OuterRef("participation_id"), kind=Kind.RETENTION_SUBMITTED)
    rows = RetentionMail.objects.filter(
        ~Exists(answered),
        state__in=_OPEN,
        due_at__lte=instant_text(now),
        due_at__gt=instant_text(now - WINDOW),
        participation__sealed_at=None,
        participation__is_test=False,
    )
    last = 0
    while page := list(rows.filter(pk__gt=last).select_related("participation").order_by("pk")[:_PAGE]):
        last = page[-1].pk
        yield from page


def mark(mail: RetentionMail, *, now: datetime) -> str | None:
    """Mark a mail as about to leave, and give the code that stops further ones; None where it is another's to send.

    A transaction of its own: call it outside any other, and send only after it.
    """
    code = secrets.token_urlsafe(24)

    def work() -> bool:
        mine = RetentionMail.objects.filter(pk=mail.pk, state__in=_OPEN)
        return bool(mine.update(state=State.MARKED, key=keys.text_sha(code), at=utc(now)))

    return code if contention.run(work, using=router.db_for_write(RetentionMail)) else None


def settle(code: str, state: State) -> None:
    """What became of a marked mail."""
    RetentionMail.objects.filter(key=keys.text_sha(code)).update(state=state)


def known(code: str) -> bool:
    """Whether a mail with that code was ever sent, to somebody whose account is still there."""
    return RetentionMail.objects.filter(key=keys.text_sha(code), participation__sealed_at=None).exists()


def stop(code: str, *, text: str, now: datetime) -> bool:
    """No more of these mails to whoever got the mail with this code; False where there is none. May be done twice."""
    with transaction.atomic(using=router.db_for_write(Participation)):
        mail = RetentionMail.objects.select_related("participation").filter(key=keys.text_sha(code)).first()
        if mail is None or mail.participation.sealed_at is not None:
            return False
        if consents.last_word(mail.participation.learner_key, MAIL) is not False:
            permit(mail.participation, text=text, granted=False, now=now)
    return True


def forget(participations: Collection[int]) -> None:
    """Whom retired learners wanted to be mailed by goes."""
    RetentionMail.objects.filter(participation_id__in=participations).delete()
