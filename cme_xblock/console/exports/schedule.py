"""Exports that somebody keeps, and those among them that go by themselves: at their time, with their owner's
permissions of that day, as a link by mail or as a file in a folder. Never a file by mail.
"""

from __future__ import annotations

import calendar
import logging
from datetime import datetime, timedelta
from typing import Any

from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.urls import reverse

from cme_xblock.activity.message import N_, Message
from cme_xblock.console.access import Forbidden
from cme_xblock.console.exports import folders, jobs
from cme_xblock.console.exports.definition import Definition, DefinitionError, loads
from cme_xblock.console.exports.jobs import Asked
from cme_xblock.host import address, language, mail, roles
from cme_xblock.host.mail import Left
from cme_xblock.host.roles import Reader
from cme_xblock.records.models import ExportJob, SavedExport

__all__ = ["following", "mine", "save", "start_due", "tell"]

log = logging.getLogger(__name__)

Every = SavedExport.Every
_MOST, _LONGEST = 100, 100
SUBJECT = N_("Your export is ready: {name}")
BODY = N_(
    "The export “{name}” is ready. Sign in to download it within {days} days:\n\n{link}\n\n"
    "You get this mail because you ordered it. Change or end it on the page of exports."
)


def save(
    definition: Definition, asked: Asked, *, provider_key: str, name: str, every: str = "", folder: str = ""
) -> SavedExport:
    """Keep an export under a name, and let it go by itself where `every` says how often.

    Raises DefinitionError for what cannot be kept, Forbidden where the reader may export none of it.
    """
    problems: dict[str, Message] = {}
    if not name.strip() or len(name.strip()) > _LONGEST or not name.strip().isprintable():
        problems["name"] = Message(N_("Give it a name of 1 to 100 letters."))
    if every not in Every.values:
        problems["every"] = Message(N_("Choose how often: never, every day, week or month."))
    if folder and folder not in folders.known(provider_key):
        problems["folder"] = Message(N_("There is no such folder: the site's operator names them."))
    if every and not asked.why.strip():
        problems["why"] = Message(N_("Say what the export is for: it stands in the access log."))
    if mine(asked.reader).count() >= _MOST:
        problems["name"] = Message(N_("You keep 100 exports already: delete one first."))
    if problems:
        raise DefinitionError(problems)
    if not jobs.allowed(definition, asked, provider_key):
        raise Forbidden
    return SavedExport.objects.create(
        name=name.strip(), provider_key=provider_key, definition=definition.dumps(), reader_id=asked.reader.id,
        reader_name=asked.reader.name[:255], why=asked.why.strip()[:500], every=every, folder=folder,
        next_at=following(asked.now, every) if every else None, created_at=asked.now,
    )  # fmt: skip


def mine(reader: Reader) -> QuerySet[SavedExport]:
    """What this reader keeps."""
    return SavedExport.objects.filter(reader_id=reader.id).order_by("name", "pk")


def start_due(*, now: datetime, limit: int = 100) -> int:
    """Begin what is due; how many were begun. Of several workers one begins each."""
    begun = 0
    for saved in list(SavedExport.objects.filter(next_at__lte=now).order_by("next_at", "pk")[:limit]):
        after = saved.next_at or now
        while after <= now:
            after = following(after, saved.every or Every.DAY)
        # What was missed while no worker ran is not made up for: the rows would be the same.
        mine_ = SavedExport.objects.filter(pk=saved.pk, next_at=saved.next_at)
        if not mine_.update(next_at=after, last_at=now):
            continue
        trouble = _begin(saved, now)
        SavedExport.objects.filter(pk=saved.pk).update(trouble=trouble[:500])
        begun += not trouble
    return begun


def _begin(saved: SavedExport, now: datetime) -> str:
    reader = roles.of_id(saved.reader_id)
    try:
        jobs.begin(
            loads(saved.definition), Asked(reader, saved.why, now), provider_key=saved.provider_key, saved=saved,
            folder=saved.folder,
        )  # fmt: skip
    except Forbidden:
        return "Its owner may not export all of this any more: nothing was made."
    except DefinitionError as error:
        return str(error)
    return ""


def following(at: datetime, every: str) -> datetime:
    """The next time after `at`: a day, a week, or a month later, on the month's last day where there is no such day."""
    if every == Every.DAY:
        return at + timedelta(days=1)
    if every == Every.WEEK:
        return at + timedelta(days=7)
    year, month = (at.year + 1, 1) if at.month == 12 else (at.year, at.month + 1)
    return at.replace(year=year, month=month, day=min(at.day, calendar.monthrange(year, month)[1]))


def tell(job: ExportJob) -> None:
    """Mail the owner of a scheduled export the link to it. Where that fails, the file is on the page all the same."""
    saved: Any = job.saved
    if saved is None or not saved.every or saved.folder:
        return
    to, site = mail.address(job.reader_id), address.named()
    if not to or not site:
        trouble = "No mail was sent: " + ("your account has no address." if not to else "CME_PUBLIC_URL is not set.")
        SavedExport.objects.filter(pk=saved.pk).update(trouble=trouble)
        return
    gettext = language.of_learner(job.reader_id).gettext
    link = site + reverse("cme_xblock:console-export", args=[job.uuid])
    values = {"name": saved.name, "link": link, "days": str(jobs.days())}
    subject = " ".join(Message(SUBJECT, values).format(gettext).split())
    if mail.deliver(EmailMessage(subject, Message(BODY, values).format(gettext), to=[to])) is not Left.SENT:
        SavedExport.objects.filter(pk=saved.pk).update(trouble="The mail server did not take the mail with the link.")
