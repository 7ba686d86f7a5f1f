"""Links to the disclosure form: signed, with an end, for one answer of one person, opened by nobody's look.

The link is the invitation's number and its end under the site's own signature: it can't be made up or prolonged, it is
kept nowhere, and a reminder makes the same one again. What it opens is decided by the row alone. Source: issue 7.
"""

from __future__ import annotations

import json
import uuid as uuids
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.core import signing
from django.core.exceptions import ImproperlyConfigured

from cme_xblock.records import desk
from cme_xblock.records.models import DeskInvitation, DeskPerson
from cme_xblock.records.models.base import utc
from cme_xblock.rules.desk import chain, given, numbers
from cme_xblock.rules.desk.chain import Draft, Entry, Kind
from cme_xblock.rules.desk.given import Given

__all__ = [
    "Answered",
    "Link",
    "Opens",
    "days",
    "due",
    "forget_over",
    "give",
    "invite",
    "keep_draft",
    "mark",
    "read",
    "settle",
    "token",
    "withdraw",
]

State, Mail = DeskInvitation.State, DeskInvitation.Mail
# The purpose is in the signature: nothing else that this site signs is a link of the desk.
_SALT = "cme_xblock.desk.invitation.1"
_LONGEST = 200
_SETTING = "CME_DESK_LINK_DAYS"
_DAYS = 30
# For so long after the answer, its link shows the copy for the person's own files.
COPY = timedelta(hours=1)
REMIND_EVERY = timedelta(days=7)
MOST_REMINDERS = 3


class Opens(StrEnum):
    """What a link opens. `nothing`: not ours, or of nobody who is still there."""

    FORM = "form"
    COPY = "copy"
    USED = "used"
    OVER = "over"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Link:
    """What one link opens at one moment; row and person are there but for `nothing`."""

    opens: Opens
    invitation: DeskInvitation | None = None


class Answered(Exception):  # noqa: N818 - says what is the case
    """The link was used, withdrawn or over before this answer: nothing was written."""


def days() -> int:
    """For how many days a link can be answered.

    .. setting_name: CME_DESK_LINK_DAYS
    .. setting_default: 30
    .. setting_description: Days for which the link to the disclosure form can be answered, 1 to 365. Raises
        ImproperlyConfigured for anything else.
    """
    configured = getattr(settings, _SETTING, _DAYS)
    if type(configured) is not int or not 1 <= configured <= 365:
        message = f"{_SETTING} is a whole number of days from 1 to 365: correct the setting."
        raise ImproperlyConfigured(message)
    return configured


def invite(person: DeskPerson, *, by: str, by_mail: bool, now: datetime) -> DeskInvitation:
    """A new invitation, in place of one that is open. `by_mail`: it is about to be mailed; else staff pass it on."""
    at = utc(now)
    made = DeskInvitation(
        person=person,
        sent_at=at,
        expires_at=(at + timedelta(days=days())).replace(microsecond=0),
        mail=Mail.MARKED if by_mail else Mail.NONE,
    )
    facts = {"invitation": made.uuid, "expires": made.expires_at.isoformat(), "mail": by_mail}

    def also() -> None:
        DeskInvitation.objects.filter(person_id=person.pk, state=State.OPEN).update(state=State.WITHDRAWN, draft="")
        made.save()

    desk.append(person, decide=lambda _: (Draft(Kind.INVITED, by, facts),), now=now, also=also)
    return made


def withdraw(person: DeskPerson) -> bool:
    """Shut the link that is open; whether there was one. The draft goes with it."""
    rows = DeskInvitation.objects.filter(person_id=person.pk, state=State.OPEN)
    return bool(rows.update(state=State.WITHDRAWN, draft=""))


def token(invitation: DeskInvitation) -> str:
    """What stands in the link."""
    plain = f"{uuids.UUID(invitation.uuid).hex}-{int(invitation.expires_at.timestamp()):x}"
    return signing.Signer(sep=".", salt=_SALT).sign(plain)


def read(said: str, *, now: datetime) -> Link:
    """What a link opens. One query where the signature holds, none where it does not; writes nothing."""
    found = _row(said)
    if found is None:
        return Link(Opens.NOTHING)
    if found.state == State.ANSWERED:
        fresh = found.answered_at is not None and utc(now) - found.answered_at <= COPY
        return Link(Opens.COPY if fresh else Opens.USED, found)
    if found.state != State.OPEN or utc(now) >= found.expires_at:
        return Link(Opens.OVER, found)
    return Link(Opens.FORM, found)


def keep_draft(invitation: DeskInvitation, form: Mapping[str, str]) -> bool:
    """Keep what was typed so far; False where the link was answered or withdrawn meanwhile. It is no evidence."""
    rows = DeskInvitation.objects.filter(pk=invitation.pk, state=State.OPEN)
    return bool(rows.update(draft=json.dumps(dict(form), ensure_ascii=False)))


def draft_of(invitation: DeskInvitation) -> Mapping[str, str]:
    """What was typed so far."""
    found = json.loads(invitation.draft) if invitation.draft else {}
    return {str(name): str(value) for name, value in found.items()}


def give(
    invitation: DeskInvitation, answer: Given, *, texts: Mapping[str, str], shown: Mapping[str, str], now: datetime,
    random: bytes, on: date,
) -> str:  # fmt: skip
    """Write the disclosure as given, and shut the link: both or nothing, and once. Gives the evidence number.

    `texts`: the version of each text that was shown, by its key; `shown`: the words themselves, in the person's
    language, and `language`. `random`: ten random bytes. `on`: the provider's civil date. Raises Answered.
    """
    number = numbers.of(random)
    facts = {
        "number": number,
        "disclosed_on": on.isoformat(),
        "invitation": invitation.uuid,
        "texts": dict(texts),
        "method": "form",
    }
    words = {**given.to_words(answer), "shown": dict(shown)}

    def decide(_: tuple[Entry, ...]) -> tuple[Draft, ...]:
        # The person's row is locked by now, and no link of theirs is answered without that lock.
        mine = DeskInvitation.objects.filter(pk=invitation.pk, state=State.OPEN, expires_at__gt=utc(now))
        if not mine.update(state=State.ANSWERED, answered_at=utc(now), draft=""):
            raise Answered
        return (Draft(Kind.GIVEN, chain.PERSON, facts, words),)

    desk.append(invitation.person, decide=decide, now=now)
    return number


def due(now: datetime) -> tuple[DeskInvitation, ...]:
    """Invitations to remind of: open, mailed, a week after the mail before, three times at most. One query."""
    rows = DeskInvitation.objects.filter(state=State.OPEN, expires_at__gt=utc(now), reminders__lt=MOST_REMINDERS)
    mailed = rows.exclude(mail__in=(Mail.NONE, Mail.FAILED)).exclude(person__email="").select_related("person")
    before = utc(now) - REMIND_EVERY
    return tuple(one for one in mailed.order_by("pk") if (one.reminded_at or one.sent_at) <= before)


def mark(invitation: DeskInvitation, *, now: datetime) -> bool:
    """Mark a reminder as about to leave; False where another worker's is. Call it outside any other transaction."""
    mine = DeskInvitation.objects.filter(pk=invitation.pk, state=State.OPEN, reminders=invitation.reminders)
    if not mine.update(reminders=invitation.reminders + 1, reminded_at=utc(now)):
        return False
    facts = {"invitation": invitation.uuid}
    desk.append(invitation.person, decide=lambda _: (Draft(Kind.REMINDED, "reminder", facts),), now=now)
    return True


def settle(invitation: DeskInvitation, mail: str) -> None:
    """What became of the mail."""
    DeskInvitation.objects.filter(pk=invitation.pk).update(mail=mail)


def forget_over(*, now: datetime) -> int:
    """Empty the drafts of links that are over; how many there were."""
    return DeskInvitation.objects.filter(expires_at__lte=utc(now)).exclude(draft="").update(draft="")


def _row(said: str) -> DeskInvitation | None:
    if not said or len(said) > _LONGEST:
        return None
    try:
        plain = signing.Signer(sep=".", salt=_SALT).unsign(said)
        name, _, end = plain.partition("-")
        uuid, until = str(uuids.UUID(hex=name)), datetime.fromtimestamp(int(end, 16), tz=UTC)
    except (signing.BadSignature, ValueError, OverflowError, OSError):
        return None
    found = DeskInvitation.objects.select_related("person").filter(uuid=uuid).first()
    return found if found is not None and found.expires_at == until else None
