"""Audit files that were asked for: put in line, made by one worker at a time, kept for some days, thrown away.

What is in them and who may have them is not known here.

.. setting_name: CME_AUDIT_FILE_DAYS
.. setting_default: 30
.. setting_description: Days for which a made audit file can be downloaded. It can be made again at any time. Raises
    ImproperlyConfigured where it is no whole number from 1 to 3650.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import router, transaction
from django.db.models import Q

from cme_xblock.records.models import AuditFile, AuditPiece
from cme_xblock.records.models.base import utc

__all__ = ["ask", "days", "expire", "expires_at", "fail", "finish", "forget", "progress", "read", "take"]

State = AuditFile.State
OPEN = (State.WAITING, State.WORKING)
_PIECE = 1_000_000
_SETTING, _DAYS, _MOST_DAYS = "CME_AUDIT_FILE_DAYS", 30, 3650
# A worker says every few seconds that it is there.
_DEAD = timedelta(minutes=10)


def days() -> int:
    """For how many days a made file is kept."""
    found = getattr(settings, _SETTING, _DAYS)
    if type(found) is not int or not 1 <= found <= _MOST_DAYS:
        raise ImproperlyConfigured(f"{_SETTING} is a whole number of days from 1 to {_MOST_DAYS}.")
    return found


def expires_at(file: AuditFile) -> datetime | None:
    """Until when a file can be downloaded; None where it is not made."""
    return file.done_at + timedelta(days=days()) if file.done_at else None


def ask(activity_key: str, *, by: str, reason: str, now: datetime) -> AuditFile:
    """Put a file in line; where one of that activity is not made yet, that one. Raises ValueError without a reason."""
    if not by or not reason.strip():
        raise ValueError("Say what the audit file is for: it is kept beside it.")
    waiting = AuditFile.objects.filter(activity_key=activity_key, state__in=OPEN, asked_at__gt=now - _DEAD).first()
    return waiting or AuditFile.objects.create(
        activity_key=activity_key, by=by[:255], reason=reason.strip()[:500], asked_at=utc(now)
    )


def take(*, now: datetime, uuid: str = "") -> AuditFile | None:
    """The oldest file that nobody makes, or that one, taken; None where there is none. One worker gets it."""
    at = utc(now)
    free = Q(state=State.WAITING) | Q(state=State.WORKING, begun_at__lt=at - _DEAD)
    rows = AuditFile.objects.filter(free, uuid=uuid) if uuid else AuditFile.objects.filter(free)
    for one in rows.order_by("pk")[:10]:
        mine = AuditFile.objects.filter(pk=one.pk, state=one.state, begun_at=one.begun_at)
        if mine.update(state=State.WORKING, begun_at=at):
            one.refresh_from_db()
            return one
    return None


def progress(file: AuditFile, *, done: int, learners: int, now: datetime) -> bool:
    """Say how far it is, and that the worker is there. False where somebody else has it now."""
    mine = AuditFile.objects.filter(pk=file.pk, state=State.WORKING, begun_at=file.begun_at)
    if not mine.update(done=done, learners=learners, begun_at=utc(now)):
        return False
    file.begun_at = utc(now)
    return True


def finish(file: AuditFile, stream: BinaryIO, *, missing: int, now: datetime) -> bool:
    """Keep the made file. False where somebody else has it now, and nothing is kept. Memory does not grow with it."""
    with transaction.atomic(using=router.db_for_write(AuditFile)):
        mine = AuditFile.objects.filter(pk=file.pk, state=State.WORKING, begun_at=file.begun_at)
        if not mine.update(state=State.DONE, done_at=utc(now), missing=missing):
            return False
        whole, size, number = hashlib.sha256(), 0, 0
        stream.seek(0)
        while piece := stream.read(_PIECE):
            number += 1
            whole.update(piece)
            size += len(piece)
            AuditPiece.objects.create(file_id=file.pk, number=number, content=piece)
        AuditFile.objects.filter(pk=file.pk).update(size=size, sha256=whole.hexdigest())
    return True


def fail(file: AuditFile, detail: str, *, now: datetime) -> None:
    """Say that it could not be made, and why."""
    mine = AuditFile.objects.filter(pk=file.pk, state=State.WORKING, begun_at=file.begun_at)
    mine.update(state=State.FAILED, done_at=utc(now), detail=detail[:500])


def read(file: AuditFile) -> Iterator[bytes]:
    """The file, a piece at a time. It ends where its pieces go while it is read."""
    number = 0
    while True:
        number += 1
        piece = AuditPiece.objects.filter(file_id=file.pk, number=number).values_list("content", flat=True).first()
        if piece is None:
            return
        yield bytes(piece)


def expire(*, now: datetime) -> int:
    """Throw away the files whose time is over; how many."""
    return _drop(AuditFile.objects.filter(state=State.DONE, done_at__lt=utc(now) - timedelta(days=days())))


def forget(activity_keys: Collection[str]) -> int:
    """Throw away the files of these activities, also those that are being made: one of their learners was retired."""
    wanted = AuditFile.objects.filter(activity_key__in=list(activity_keys))
    return _drop(wanted.filter(state__in=(State.DONE, *OPEN)))


def _drop(files: object) -> int:
    pks = list(files.values_list("pk", flat=True))  # type: ignore[attr-defined]
    with transaction.atomic(using=router.db_for_write(AuditFile)):
        AuditFile.objects.filter(pk__in=pks).update(state=State.EXPIRED)
        AuditPiece.objects.filter(file_id__in=pks).delete()
    return len(pks)
