"""The mail that asks what became of plans: whose activity, a link into the course, and a link that stops these mails.

Never the learner's own words: a mail lies open on phones and in clinics' inboxes, and a plan may tell of a practice or
a patient (docs/decisions/0030). Source: spec 5.3, rule 13 (every follow-up mail has an opt-out); R-6.4; RFC 8058.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.core.mail import EmailMessage
from django.urls import reverse

from cme_xblock.activity.codes import FollowUp
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.host import language, mail, place
from cme_xblock.host.language import Language
from cme_xblock.records import editions, follow_ups
from cme_xblock.records.follow_ups import Due
from cme_xblock.records.models import Participation


class Unsent(StrEnum):
    """Why a mail that is due is not sent: nothing is marked, and the plans are in the course all the same."""

    NO_CONSENT = "no_consent"
    NO_ADDRESS = "no_address"
    NO_COURSE = "no_course"
    TAKEN = "taken"


@dataclass(frozen=True)
class Reached:
    """How somebody is reached: their address, the way into the course, and the activity it is about."""

    activity: Activity
    to: str
    url: str
    language: Language


@dataclass(frozen=True)
class Ready:
    """A mail that may leave now."""

    due: Due
    reached: Reached


def due(now: datetime) -> Iterator[Due]:
    """What is to be mailed now (aware), the longest promised first."""
    return follow_ups.to_mail(sorted((int(one.value) for one in FollowUp), reverse=True), now=now)


def prepare(one: Due, *, site: str) -> Ready | Unsent:
    """What is needed to send it, asked at this moment; or why it is not sent. `site`: as of `host.address.named`."""
    if not follow_ups.may_mail(one.participation):
        return Unsent.NO_CONSENT
    found = reach(one.participation, site=site)
    return found if isinstance(found, Unsent) else Ready(one, found)


def reach(participation: Participation, *, site: str) -> Reached | Unsent:
    """How to reach a learner of an activity by mail, asked at this moment; or why not. `site`: as of `prepare`."""
    to = mail.address(participation.learner_id)
    if not to:
        return Unsent.NO_ADDRESS
    current = editions.current(participation.course_key, participation.activity_id)
    path = place.link_in(participation.course_key, current.source) if current else ""
    if current is None or not path or not mail.enrolled(participation.learner_id, participation.course_key):
        return Unsent.NO_COURSE
    try:
        activity = editions.load(current.sha256)[current.sha256]
    except (editions.EditionDamaged, ValueError):
        # `cme_verify` names it; others are mailed all the same.
        return Unsent.NO_COURSE
    return Reached(activity, to, site + path, language.of_learner(participation.learner_id))


def send(ready: Ready, *, site: str, now: datetime) -> mail.Left | Unsent:
    """Mark it, send it, and note what became of it. Call it outside any transaction."""
    code = follow_ups.mark(ready.due, now=now)
    if code is None:
        return Unsent.TAKEN
    left = mail.deliver(compose(ready, stop=site + reverse("cme_xblock:follow-up-stop", args=[code])))
    follow_ups.settle(code, follow_ups.State(left.value))
    return left


def compose(ready: Ready, *, stop: str) -> EmailMessage:
    """The mail. `stop`: the address that stops further ones; a program may do so with one POST (RFC 8058)."""
    reached = ready.reached

    def say(text: str, **values: str) -> str:
        return Message(text, values).format(reached.language.gettext)

    # A line's end of an author's text would be a header of its own.
    title, provider = (" ".join(one.split()) for one in (reached.activity.title, reached.activity.provider.name))
    body = [
        say(INTRODUCTION, days=str(ready.due.day), title=title, provider=provider),
        say(QUESTION),
        reached.url,
        say(PRIVACY),
        say(STOP),
        stop,
    ]
    return written(reached, say(SUBJECT, provider=provider), body, stop=stop)


def written(reached: Reached, subject: str, body: list[str], *, stop: str) -> EmailMessage:
    """A mail of these paragraphs that can be stopped at that address, by hand or by a mail program (RFC 8058)."""
    headers = {
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    return EmailMessage(subject, "\n\n".join(body) + "\n", to=[reached.to], headers=headers)


SUBJECT = N_("What became of your plans? ({provider})")
INTRODUCTION = N_("{days} days ago you evaluated an activity:\n{title}\n({provider})")
QUESTION = N_(
    "You wrote what you meant to do differently in your practice. Did it work out fully, partly, or not yet? Tell it "
    "here, it takes a minute:"
)
PRIVACY = N_(
    "Your words are not in this mail. You see them after signing in. Your answer changes nothing about your credit."
)
STOP = N_("You do not want these mails? This stops them for all activities, without signing in:")
