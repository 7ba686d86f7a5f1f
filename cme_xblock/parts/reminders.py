"""Reminders by mail: one message to each provider's contact, with every date that is to be told today.

Which dates those are is decided in `rules/currency.py`. A message says what an author wrote of an activity, and nothing
of a learner. No author's text stands in a header, except the address, which must be one and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.records import editions
from cme_xblock.rules import currency
from cme_xblock.rules.currency import Notice


@dataclass(frozen=True)
class Entry:
    """What is to be told of one activity."""

    course_key: str
    activity: Activity
    notices: tuple[Notice, ...]


@dataclass
class Collected:
    """All that is to be told today: by the contact's address, and what cannot be told, with the reason."""

    by_address: dict[str, list[Entry]] = field(default_factory=dict)
    untold: list[Message] = field(default_factory=list)


def collect(*, today: date, since: date | None, days: Collection[int]) -> Collected:
    """Go over the current edition of every activity. An edition that cannot be read keeps no other from being told."""
    found = Collected()
    for one in editions.all_published():
        params = {"activity": one.activity_id, "course": one.course_key}
        try:
            activity = editions.load(one.sha256)[one.sha256]
        except (editions.EditionDamaged, ValueError):
            found.untold.append(Message(UNREADABLE, params))
            continue
        notices = currency.reminders(activity, today=today, since=since, days=days)
        if not notices:
            continue
        address = activity.provider.contact_email
        if not _is_address(address):
            found.untold.append(Message(NO_ADDRESS, {**params, "dates": str(len(notices))}))
            continue
        # The part after the @ knows no case, and nobody gives two people addresses that differ by case only.
        found.by_address.setdefault(address.lower(), []).append(Entry(one.course_key, activity, notices))
    return found


def compose(address: str, entries: Sequence[Entry], *, gettext: Callable[[str], str]) -> EmailMessage:
    """The message to one contact."""

    def say(text: str, **values: str) -> str:
        return Message(text, values).format(gettext)

    count = sum(len(one.notices) for one in entries)
    lines = [say(GREETING), ""]
    for entry in sorted(entries, key=lambda one: (one.notices[0].date, one.activity.title)):
        title = _line(entry.activity.title) or entry.activity.activity_id
        lines.append(say(HEADING, title=title, activity=entry.activity.activity_id, course=entry.course_key))
        lines += [f"- {_line(one.message.format(gettext))}" for one in entry.notices]
        lines.append("")
    lines.append(say(CLOSING))
    return EmailMessage(subject=say(SUBJECT, count=str(count)), body="\n".join(lines), to=[address])


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    # Django's own check lets a quoted local part hold almost anything; a contact's address never needs that.
    return '"' not in text and text.isprintable()


def _line(text: str) -> str:
    return " ".join(text.split())


SUBJECT = N_("CME activities: dates that come due ({count})")
GREETING = N_("These dates of your activities come due, or have come due:")
HEADING = N_("{title} ({activity}, in {course})")
CLOSING = N_("You get this message because you are named as the provider's contact of these activities.")
UNREADABLE = N_("{activity} in {course}: the published edition cannot be read. Run cme_verify.")
NO_ADDRESS = N_(
    "{activity} in {course}: {dates} dates to tell, but the provider's contact has no usable e-mail address."
)
