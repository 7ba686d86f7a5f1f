"""Files of exports that are kept for some days: read piece by piece, and thrown away.

What is in them and who may have them is not known here.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.db import router, transaction

from cme_xblock.records.models import ExportJob, ExportPart

__all__ = ["drop", "expire", "forget", "pieces", "read"]

State = ExportJob.State
# One row of the table; several make a file.
_PIECE = 1_000_000
_LISTED = timedelta(days=365)


def pieces(job: ExportJob, content: bytes, *, after: int, packed: bool) -> list[ExportPart]:
    """The rows that hold this content, behind the piece of that number. `packed`: it is compressed already."""
    return [
        ExportPart(
            job=job, number=number, packed=not packed,
            content=content[begin : begin + _PIECE] if packed else zlib.compress(content[begin : begin + _PIECE], 1),
        )
        for number, begin in enumerate(range(0, len(content), _PIECE), start=after + 1)
    ]  # fmt: skip


def read(job: ExportJob) -> Iterator[bytes]:
    """The file, a piece at a time. It ends where its pieces go while it is read."""
    number = 0
    while True:
        number += 1
        found = ExportPart.objects.filter(job_id=job.pk, number=number).values_list("packed", "content").first()
        if found is None:
            return
        packed, content = found
        yield zlib.decompress(content) if packed else bytes(content)


def expire(*, now: datetime, limit: int = 500) -> int:
    """Delete the files whose time is over, and their rows a year later; how many files went."""
    over = ExportJob.objects.filter(expires_at__lte=now).exclude(state=State.EXPIRED)
    pks = list(over.order_by("expires_at").values_list("pk", flat=True)[:limit])
    for pk in pks:
        drop(pk, State.EXPIRED)
    ExportJob.objects.filter(expires_at__lte=now - _LISTED).delete()
    return len(pks)


def forget(activity_keys: Collection[str]) -> int:
    """Delete the files about single learners of these activities, for one of them was retired; how many went.

    Also one that is being made: whoever asked begins anew, without that learner.
    """
    wanted, gone = set(activity_keys), 0
    if not wanted:
        return 0
    jobs = ExportJob.objects.filter(identified=True, state__in=(State.WAITING, State.RUNNING, State.DONE, State.FAILED))
    for pk, activities in list(jobs.values_list("pk", "activities")):
        if wanted & set(json.loads(activities)):
            drop(pk, State.EXPIRED)
            gone += 1
    return gone


def drop(pk: int, state: str) -> None:
    """Delete the pieces of an export, and say in its row what it is now."""
    with transaction.atomic(using=router.db_for_write(ExportJob)):
        ExportJob.objects.filter(pk=pk).update(state=state, secret="", lease_owner="", lease_until=None)
        ExportPart.objects.filter(job_id=pk).delete()
