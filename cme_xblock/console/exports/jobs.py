"""Exports as rows: begun, looked at, broken off, and forgotten when their time is over.

Whoever begins one must be permitted; `begin` asks. Each beginning and each download is an entry in the access log of
the provider. The work itself is done by `working`.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import router, transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from cme_xblock.activity.message import N_, NP_, Message
from cme_xblock.console.access import Forbidden, May
from cme_xblock.console.exports import nudge, permitted, presets
from cme_xblock.console.exports.datasets import KINDS
from cme_xblock.console.exports.definition import Definition, DefinitionError, loads
from cme_xblock.console.exports.scope import Scope, highest, total
from cme_xblock.host.roles import Reader
from cme_xblock.records import access_log, exports
from cme_xblock.records.models import ActivityIndex, ExportJob, SavedExport

__all__ = ["Asked", "allowed", "begin", "cancel", "days", "downloaded", "of_reader", "scope_of", "wants"]

State = ExportJob.State
OPEN = (State.WAITING, State.RUNNING)
_DAYS, _MOST_OPEN = 7, 20


@dataclass(frozen=True)
class Asked:
    """Who asks for an export, and why. `why` stands in the access log."""

    reader: Reader
    why: str
    now: datetime


def begin(
    definition: Definition, asked: Asked, *, provider_key: str, saved: SavedExport | None = None, folder: str = ""
) -> ExportJob:
    """Put an export among the work to be done. One entry in the access log; the count is that of the participations.

    Raises Forbidden where the reader may export none of what is asked for, DefinitionError where something else stands
    against it.
    """
    if not asked.why.strip():
        raise DefinitionError({"why": Message(N_("Say what the export is for: it stands in the access log."))})
    rows = _chosen(definition, asked, provider_key)
    capacity = permitted.role(asked.reader, wants(definition), rows[0].activity_key, now=asked.now)
    waiting = ExportJob.objects.filter(reader_id=asked.reader.id, state__in=OPEN).count()
    if waiting >= _MOST_OPEN:
        text = NP_(
            "{count} of your exports is not done yet. Wait for it, or cancel it.",
            "{count} of your exports are not done yet. Wait for one, or cancel it.",
        )
        raise DefinitionError({"kind": Message(text, {"count": str(waiting)})})
    job = ExportJob(
        provider_key=provider_key, kind=definition.kind, form=definition.form, definition=definition.dumps(),
        activities=json.dumps([one.activity_key for one in rows]), identified=May.EXPORT in wants(definition),
        saved=saved, folder=folder, reader_id=asked.reader.id, reader_name=asked.reader.name[:255],
        role=str(capacity), why=asked.why.strip()[:500], last=highest(), secret=secrets.token_hex(32),
        created_at=asked.now, expires_at=asked.now + timedelta(days=days()),
    )  # fmt: skip
    job.total = total(scope_of(job))
    with transaction.atomic(using=router.db_for_write(ExportJob)):
        job.save()
        _note(job, asked, f"export:{job.kind}"[:100], count=job.total)
        nudge.soon(job.uuid)
    return job


def _chosen(definition: Definition, asked: Asked, provider_key: str) -> list[ActivityIndex]:
    """The activities that are asked for, of that provider and permitted. Raises Forbidden where any is not."""
    allowed = {
        one.activity_key: one
        for one in permitted.activities(asked.reader, wants(definition), now=asked.now)
        if one.provider_key == provider_key
    }
    if not allowed or not set(definition.activities) <= allowed.keys():
        raise Forbidden
    if definition.endpoint and definition.endpoint not in permitted.receivers(allowed.values()):
        raise Forbidden
    return [one for key, one in allowed.items() if not definition.activities or key in definition.activities]


def allowed(definition: Definition, asked: Asked, provider_key: str) -> bool:
    """Whether the reader may export all of this."""
    try:
        return bool(_chosen(definition, asked, provider_key))
    except Forbidden:
        return False


def wants(definition: Definition) -> tuple[May, ...]:
    """What its reader must be permitted."""
    preset = presets.PRESETS.get(definition.preset)
    dataset = KINDS.get(definition.kind)
    own = (dataset.may,) if dataset else (May.EXPORT,)
    return tuple(dict.fromkeys((*own, *(preset.may if preset else ()))))


def scope_of(job: ExportJob) -> Scope:
    """What the rows of that export are."""
    found = loads(job.definition)
    preset = presets.PRESETS.get(found.preset)
    # Half of the key is in the row and half in the settings: neither of them alone leads back to anybody.
    secret = salted_hmac("cme_xblock.export", job.secret, algorithm="sha256").digest() if job.secret else b""
    return Scope(
        activities=tuple(json.loads(job.activities)),
        filters=found.filters,
        tests=bool(preset and preset.tests),
        sealed=bool(preset and preset.sealed),
        last=job.last,
        secret=secret,
        minimum=minimum(),
    )


def minimum() -> int:
    """The smallest group that a number may tell of: CME_SMALLEST_GROUP, as in the outcomes reports."""
    from cme_xblock.outcomes import suppression

    wanted = getattr(settings, "CME_SMALLEST_GROUP", suppression.MINIMUM)
    if not isinstance(wanted, int) or wanted < suppression.MINIMUM:
        raise ImproperlyConfigured("CME_SMALLEST_GROUP must be a whole number from 5 on, such as 10.")
    return wanted


def days() -> int:
    """For how many days the file of an export is kept.

    .. setting_name: CME_EXPORT_DAYS
    .. setting_default: 7
    .. setting_description: Days after which the file of an export is deleted, 1 to 90. That there was one stays in the
        list for a year, and in the access log for good.
    """
    wanted = getattr(settings, "CME_EXPORT_DAYS", _DAYS)
    if type(wanted) is not int or not 1 <= wanted <= 90:
        raise ImproperlyConfigured("CME_EXPORT_DAYS is a whole number of days from 1 to 90: correct the setting.")
    return wanted


def of_reader(uuid: str, reader: Reader, *, now: datetime) -> ExportJob | None:
    """The export of that number, where it is this reader's own and still permitted; None otherwise."""
    job = ExportJob.objects.filter(uuid=uuid, reader_id=reader.id).first() if reader.known else None
    return job if job is not None and still_permitted(job, reader, now=now) else None


def still_permitted(job: ExportJob, reader: Reader, *, now: datetime) -> bool:
    """Whether the reader may still export all of what is in it: a role that was taken back takes its files along."""
    try:
        asked = wants(loads(job.definition))
    except DefinitionError:
        asked = (May.EXPORT,)
    allowed = {one.activity_key for one in permitted.activities(reader, asked, now=now)}
    return set(json.loads(job.activities)) <= allowed


def cancel(job: ExportJob) -> bool:
    """Break it off, or throw its file away; False where it was over."""
    changed = ExportJob.objects.filter(pk=job.pk, state__in=(*OPEN, State.DONE)).update(state=State.CANCELLED)
    if changed:
        exports.drop(job.pk, State.CANCELLED)
    return bool(changed)


def downloaded(job: ExportJob, asked: Asked) -> None:
    """Write that its file leaves: one entry in the access log for each time."""
    with transaction.atomic(using=router.db_for_write(ExportJob)):
        ExportJob.objects.filter(pk=job.pk).update(downloads=F("downloads") + 1)
        _note(job, asked, "export:download", count=job.done)


def _note(job: ExportJob, asked: Asked, what: str, *, count: int) -> None:
    keys = json.loads(job.activities)
    access_log.append(
        access_log.Look(
            chain=job.provider_key or access_log.SITE, reader_id=asked.reader.id, reader_name=asked.reader.name,
            role=job.role, what=what, count=count, why=f"{asked.why.strip()} (export {job.uuid})",
            activity_key=keys[0] if len(keys) == 1 else "",
        ),
        now=asked.now,
    )  # fmt: skip
