"""Mail to a learner: the platform knows the address, and nothing of ours keeps it."""

from __future__ import annotations

import logging
import smtplib

from django.core.mail import EmailMessage

from cme_xblock.activity.message import N_, Message
from cme_xblock.host import language

log = logging.getLogger(__name__)

SUBJECT = N_("Your certificate {number} no longer counts")
BODY = N_(
    "The provider has withdrawn the credit of your certificate {number}.\n\n"
    "Reason: {reason}\n\n"
    "The certificate now says that it is void. Write to the provider if you think that this is not right."
)

INCIDENT = N_("A correction to what you were told before: {title}")
INCIDENT_BODY = N_(
    "You took part in: {title}\n\n"
    "What you were told before it was wrong: {reason}\n\n"
    "The activity has been corrected. Your credit stays as it is. Write to the provider if you have a question."
)


def address(learner_id: str) -> str:
    """The e-mail address of an active account of the platform; empty where there is none (workbench, retired)."""
    from django.contrib.auth import get_user_model

    if not learner_id.isdecimal() or len(learner_id) > 18:
        return ""
    user = get_user_model().objects.filter(pk=int(learner_id), is_active=True).first()
    return str(getattr(user, "email", "") or "")


def withdrawn(learner_id: str, *, number: str, reason: str) -> bool:
    """Tell a learner that their credit was withdrawn. False where there is no address, or mail does not work."""
    return _send(learner_id, SUBJECT, BODY, {"number": number, "reason": reason})


def incident(learner_id: str, *, title: str, reason: str) -> bool:
    """Tell a learner that what they were shown before an activity was wrong. False as `withdrawn`."""
    return _send(learner_id, INCIDENT, INCIDENT_BODY, {"title": title, "reason": reason})


def _send(learner_id: str, subject: str, body: str, params: dict[str, str]) -> bool:
    to = address(learner_id)
    if not to:
        return False
    gettext = language.current().gettext
    # A title may hold a line's end, and a subject may not.
    line = " ".join(Message(subject, params).format(gettext).split())
    try:
        return EmailMessage(line, Message(body, params).format(gettext), to=[to]).send() == 1
    except (OSError, smtplib.SMTPException):
        log.exception("A learner could not be told by mail.")
        return False
