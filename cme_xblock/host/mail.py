"""Mail to a learner: the platform knows the address, and nothing of ours keeps it."""

from __future__ import annotations

import logging
import smtplib
import socket
from enum import StrEnum

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


class Left(StrEnum):
    """What became of a mail. `unknown`: it may have arrived, or will never; either way it is not to be sent again."""

    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


def deliver(message: EmailMessage) -> Left:
    """Send one mail. `failed` only where the mail server surely did not take it, and may do so another time."""
    try:
        return Left.SENT if message.send() == 1 else Left.FAILED
    except smtplib.SMTPRecipientsRefused as refused:
        _log(refused)
        passing = all(400 <= code < 500 for code, _ in refused.recipients.values())
        return Left.FAILED if passing else Left.UNKNOWN
    except _NOT_TAKEN as error:
        _log(error)
        return Left.FAILED
    except OSError as error:
        # smtplib's own errors among them: a connection that ended after the text was sent, say.
        _log(error)
        return Left.UNKNOWN


def enrolled(learner_id: str, course_key: str) -> bool:
    """Whether a link into that course leads this person anywhere; yes where the host has no enrolments."""
    try:
        from common.djangoapps.student.models import CourseEnrollment
        from opaque_keys.edx.keys import CourseKey
    except ImportError:
        return True
    key = CourseKey.from_string(course_key)
    found = CourseEnrollment.objects.filter(course_id=key, is_active=True, user_id=int(learner_id))
    return bool(found.exists())


# The server said no before it had the mail.
_NOT_TAKEN = (
    smtplib.SMTPConnectError,
    smtplib.SMTPHeloError,
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPNotSupportedError,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPDataError,
    ConnectionRefusedError,
    socket.gaierror,
)


def _log(error: Exception) -> None:
    # Not its text: a server's answer may quote the address.
    log.warning("A mail to a learner could not be sent (%s).", type(error).__name__)


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
    except OSError as error:
        _log(error)
        return False
