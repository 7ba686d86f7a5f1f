"""Doing exports: taken by lease, a step at a time, each step in one transaction with the place to go on from.

Any number of workers may run, by `manage.py cme_export` or by Celery. A killed one leaves an export whose lease runs
out; the next one goes on behind the last step that was committed, so that no row is missing and none is there twice.
Who comes back with an old fence writes nothing. The same order of things as `reporting.leases`.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import router
from django.db.models import F, Q, QuerySet

from cme_xblock.console.exports import folders, jobs, schedule, steps
from cme_xblock.console.exports.definition import DefinitionError, loads
from cme_xblock.console.exports.scope import Moved
from cme_xblock.console.exports.steps import Step
from cme_xblock.console.exports.zip_segments import TooLargeError
from cme_xblock.host import roles
from cme_xblock.records import contention, exports, faults
from cme_xblock.records.models import ExportJob, ExportPart

__all__ = ["LEASE", "Worked", "run"]

log = logging.getLogger(__name__)

State = ExportJob.State
# A step takes a second, the report of a large activity some.
LEASE = 300.0
# So many workers may end, or give up their lease, over one export before it is given up.
_MOST_STARTS = 20
NOT_ANY_MORE = "Its owner may not export all of this any more: it was put nowhere."


class _Lost(Exception):  # noqa: N818 - says what is the case
    """Another worker has it now, or somebody cancelled it."""


@dataclass
class Worked:
    """What one run did."""

    finished: int = 0
    failed: int = 0
    steps: int = 0
    left: bool = False


def run(*, now: Callable[[], datetime], owner: str, until: datetime, only: str = "", lease: float = LEASE) -> Worked:
    """Do what is waiting, the oldest first, or that export alone, until that moment. `now`: gives aware datetimes.

    `left`: something is there still.
    """
    worked = Worked()
    while now() < until:
        job = _take(owner=owner, now=now(), only=only, lease=lease)
        if job is None:
            return worked
        _work(job, worked, now=now, until=until, lease=lease)
    worked.left = _due(now(), only).exists()
    return worked


def _due(now: datetime, only: str) -> QuerySet[ExportJob]:
    free = Q(state=State.WAITING) | Q(state=State.RUNNING, lease_until__lte=now)
    found = ExportJob.objects.filter(free, expires_at__gt=now)
    return found.filter(uuid=only) if only else found


def _take(*, owner: str, now: datetime, only: str, lease: float) -> ExportJob | None:
    """The oldest export that nobody holds, held from now on; None where there is none."""
    for job in _due(now, only).order_by("created_at", "pk")[:10]:
        mine = ExportJob.objects.filter(pk=job.pk, state=job.state, fence=job.fence)
        values = {
            "state": State.RUNNING, "lease_owner": owner, "lease_until": now + timedelta(seconds=lease),
            "fence": job.fence + 1, "starts": F("starts") + 1,
        }  # fmt: skip
        if mine.update(**values):
            return ExportJob.objects.get(pk=job.pk)
    return None


def _work(job: ExportJob, worked: Worked, *, now: Callable[[], datetime], until: datetime, lease: float) -> None:
    try:
        if job.starts > _MOST_STARTS:
            _fail(job, "Its workers ended before it was done, again and again: ask the site's operator to look at the "
                  "log. Fewer activities in one export may help.", worked, now=now())  # fmt: skip
            return
        place = json.loads(job.place)
        for step in steps.of(loads(job.definition), jobs.scope_of(job), place):
            _keep(job, step, now=now(), lease=lease)
            worked.steps += 1
            if step.last:
                _finish(job, now=now())
                worked.finished += 1
                return
            if now() >= until:
                _let_go(job)
                return
    except _Lost:
        log.info("Export %s is another worker's now, or was cancelled.", job.uuid)
    except (DefinitionError, Moved, TooLargeError) as error:
        _fail(job, str(error), worked, now=now())
    except Exception as error:  # noqa: BLE001 - whatever it is, its text may quote a row
        # Its text may quote a row, so the log has its place and not its text.
        log.error("Export %s failed (%s).", job.uuid, faults.place(error))
        _fail(job, f"It could not be made ({type(error).__name__}). Start it again; if that fails too, ask the site's "
              f"operator to look for {job.uuid} in the log.", worked, now=now())  # fmt: skip


def _keep(job: ExportJob, step: Step, *, now: datetime, lease: float) -> None:
    """Write one step: rows of the file, and where to go on. Raises _Lost."""
    made = exports.pieces(job, step.content, after=job.parts, packed=step.packed)

    def work() -> None:
        ours = ExportJob.objects.filter(pk=job.pk, state=State.RUNNING, fence=job.fence)
        changed = ours.update(
            done=step.done, rows=F("rows") + step.rows, size=F("size") + len(step.content),
            parts=job.parts + len(made), place=json.dumps(step.place), lease_until=now + timedelta(seconds=lease),
        )  # fmt: skip
        if not changed:
            raise _Lost
        for piece in made:
            piece.pk = None
        ExportPart.objects.bulk_create(made)

    contention.run(work, using=router.db_for_write(ExportJob))
    job.parts += len(made)


def _finish(job: ExportJob, *, now: datetime) -> None:
    """Say that the file is whole, with its hash; and put it where it was wanted besides."""
    whole = hashlib.sha256()
    for piece in exports.read(job):
        whole.update(piece)
    ours = ExportJob.objects.filter(pk=job.pk, state=State.RUNNING, fence=job.fence)
    values = {"state": State.DONE, "sha256": whole.hexdigest(), "finished_at": now, "secret": "", "lease_owner": "",
              "lease_until": None, "total": F("done")}  # fmt: skip
    if not ours.update(**values):
        raise _Lost
    job.refresh_from_db()
    if job.folder:
        # It leaves at this moment, which may be long after it was begun.
        may = jobs.still_permitted(job, roles.of_id(job.reader_id), now=now)
        trouble = folders.put(job) if may else NOT_ANY_MORE
        if trouble:
            ExportJob.objects.filter(pk=job.pk).update(trouble=trouble[:500])
    schedule.tell(job)


def _let_go(job: ExportJob) -> None:
    """The time is over: the next run goes on at once."""
    ours = ExportJob.objects.filter(pk=job.pk, state=State.RUNNING, fence=job.fence)
    # That nobody failed does not count towards giving up.
    ours.update(state=State.WAITING, lease_owner="", lease_until=None, starts=F("starts") - 1)


def _fail(job: ExportJob, trouble: str, worked: Worked, *, now: datetime) -> None:
    ours = ExportJob.objects.filter(pk=job.pk, state=State.RUNNING, fence=job.fence)
    if ours.update(trouble=trouble[:500], finished_at=now):
        exports.drop(job.pk, State.FAILED)
        worked.failed += 1
