"""Celery's way to the engine: the fast one. The guaranteed one is `manage.py cme_deliver`; both do the same.

Loaded by Celery alone, where it is installed. Tasks carry names of endpoints and nothing else, are short, and may run
twice, at the same time or one after another: what is owed, when to try again and who has it in hand is in the table.
So nothing depends on the queue: a task that is lost, or comes twice, changes nothing.

`acks_late` with `reject_on_worker_lost` gives a killed worker's task to another one; leases say how far it had come.
No countdowns and no retries of Celery's: Redis would hand a waiting task out again after its visibility time-out.
"""

from __future__ import annotations

import os
import secrets
import socket
from datetime import UTC, datetime, timedelta

from celery import shared_task

from cme_xblock.console.exports import working
from cme_xblock.reporting import clock, engine

# So many rows are done in one task, which takes seconds, or minutes with a slow receiver: far less than the hour after
# which Redis would hand it out again.
_ROWS = 50


@shared_task(name="cme_xblock.deliver", acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def deliver(endpoint: str = "") -> int:
    """Do what is due, of that endpoint or of all; how many leases were taken. Let the beat call it every minute."""
    owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(8)}"
    only = [endpoint] if endpoint else None
    counts = engine.run_once(now=clock.of_the_database(), owner=owner, limit=_ROWS, only=only)
    if counts.worked >= _ROWS and not counts.failed:
        deliver.delay(endpoint)
    return counts.worked


# One task works so long, far less than the hour after which Redis would hand it out again.
_EXPORT_MINUTES = 5


@shared_task(name="cme_xblock.export", acks_late=True, reject_on_worker_lost=True, ignore_result=True)
def export(uuid: str = "") -> int:
    """Make that export, or whatever waits; how many were finished. What is not done in time is done by the next one."""
    owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(8)}"
    until = datetime.now(UTC) + timedelta(minutes=_EXPORT_MINUTES)
    worked = working.run(now=lambda: datetime.now(UTC), owner=owner, until=until, only=uuid)
    if worked.left:
        export.delay(uuid)
    return worked.finished
