"""The mail that says that the questions have come again: a link into the course, and a link that stops these mails.

Sent to who asked for it, by the way of the mails about plans (`follow_up_mail.py`), and with nothing of the learner's
answers in it. Source: docs/decisions/0030, 0037; R-6.4; RFC 8058.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.core.mail import EmailMessage
from django.urls import reverse

from cme_xblock.activity.message import N_, Message
from cme_xblock.host import mail
from cme_xblock.parts import follow_up_mail
from cme_xblock.parts.follow_up_mail import Reached, Unsent
from cme_xblock.records import retentions
from cme_xblock.records.models import RetentionMail


@dataclass(frozen=True)
class Ready:
    """A mail that may leave now."""

    due: RetentionMail
    reached: Reached


def due(now: datetime) -> Iterator[RetentionMail]:
    """What is to be mailed now (aware)."""
    return retentions.to_mail(now)


def prepare(one: RetentionMail, *, site: str) -> Ready | Unsent:
    """What is needed to send it, asked at this moment; or why it is not sent. `site`: as of `host.address.named`."""
    if not retentions.may_mail(one.participation):
        return Unsent.NO_CONSENT
    found = follow_up_mail.reach(one.participation, site=site)
    return found if isinstance(found, Unsent) else Ready(one, found)


def send(ready: Ready, *, site: str, now: datetime) -> mail.Left | Unsent:
    """Mark it, send it, and note what became of it. Call it outside any transaction."""
    code = retentions.mark(ready.due, now=now)
    if code is None:
        return Unsent.TAKEN
    left = mail.deliver(compose(ready.reached, stop=site + reverse("cme_xblock:retention-stop", args=[code])))
    retentions.settle(code, RetentionMail.State(left.value))
    return left


def compose(reached: Reached, *, stop: str) -> EmailMessage:
    """The mail. `stop`: the address that stops further ones."""

    def say(text: str, **values: str) -> str:
        return Message(text, values).format(reached.language.gettext)

    # A line's end of an author's text would be a header of its own.
    title, provider = (" ".join(one.split()) for one in (reached.activity.title, reached.activity.provider.name))
    body = [
        say(INTRODUCTION, title=title, provider=provider),
        say(QUESTION),
        reached.url,
        say(PRIVACY),
        say(follow_up_mail.STOP),
        stop,
    ]
    return follow_up_mail.written(reached, say(SUBJECT, provider=provider), body, stop=stop)


SUBJECT = N_("What has stayed? A few questions ({provider})")
INTRODUCTION = N_("You asked to be reminded of the questions of this activity:\n{title}\n({provider})")
QUESTION = N_(
    "They have come again today. What has stayed? It takes a few minutes, and changes nothing about your credit:"
)
PRIVACY = N_("Nothing that you answered is in this mail.")
