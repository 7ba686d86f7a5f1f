"""The mails of the desk: who asks, what for, the link and its end. Never a company's name: mails lie about.

Marked in the database before it leaves, so that a crash sends it never rather than twice. A reminder has the same link.
"""

from __future__ import annotations

from datetime import datetime

from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation

from cme_xblock.activity.message import N_, Message
from cme_xblock.console.desk import words
from cme_xblock.host import language, mail
from cme_xblock.records import desk_links
from cme_xblock.records.models import DeskInvitation, DeskPerson


def link(invitation: DeskInvitation, *, site: str) -> str:
    """The address of the form. `site`: as of `host.address`."""
    return site + reverse("cme_xblock:desk-form", args=[desk_links.token(invitation)])


def invite(person: DeskPerson, *, by: str, site: str, now: datetime) -> mail.Left:
    """A new link, sent to the person's address. Call it outside any transaction."""
    invitation = desk_links.invite(person, by=by, by_mail=True, now=now)
    left = mail.deliver(compose(invitation, site=site, subject=SUBJECT))
    desk_links.settle(invitation, left.value)
    return left


def remind(invitation: DeskInvitation, *, site: str, now: datetime) -> mail.Left | None:
    """The same link once more; None where another worker sends it."""
    if not desk_links.mark(invitation, now=now):
        return None
    return mail.deliver(compose(invitation, site=site, subject=REMINDER))


def compose(invitation: DeskInvitation, *, site: str, subject: str) -> EmailMessage:
    """The mail, in the person's language where it is known."""
    person = invitation.person
    speaks = language.named(person.language) if person.language else language.current()
    # A line's end of somebody's text would be a header of its own.
    provider, name = (" ".join(one.split()) for one in (person.provider_name, person.name))
    with translation.override(speaks.code):
        until = words.day(invitation.expires_at.date())
    params = {"provider": provider, "name": name, "until": until}

    def say(text: str) -> str:
        return Message(text, params).format(speaks.gettext)

    body = [say(GREETING), say(WHY), link(invitation, site=site), say(UNTIL), say(NOT_YOU)]
    headers = {"Auto-Submitted": "auto-generated"}
    return EmailMessage(say(subject), "\n\n".join(body) + "\n", to=[person.email], headers=headers)


SUBJECT = N_("Please disclose your financial relationships ({provider})")
REMINDER = N_("Reminder: please disclose your financial relationships ({provider})")
GREETING = N_("Dear {name},")
WHY = N_(
    "You help to plan, write or teach continuing education of {provider}. The accreditor asks the provider to collect "
    "the financial relationships of everybody in control of content, before they begin. If you have none, say so: that "
    "takes a minute. No account is needed, and the form keeps what you have typed."
)
UNTIL = N_("The link is yours alone and works until {until}. It can be answered once.")
NOT_YOU = N_("If this is not meant for you, write to {provider}, and do not open the link.")
