"""Telling the task queue that an export waits, once it is committed. Only a nudge: `manage.py cme_export` is the
guarantee. The task carries the export's number and nothing else.
"""

from __future__ import annotations

import logging
from importlib.util import find_spec

from django.conf import settings
from django.db import router, transaction

from cme_xblock.records.models import ExportJob

__all__ = ["soon"]

log = logging.getLogger(__name__)


def soon(uuid: str) -> None:
    """After the commit, have that export made. Does nothing where Celery is not to be used (CME_DELIVER_BY_CELERY)."""
    if getattr(settings, "CME_DELIVER_BY_CELERY", False) and find_spec("celery") is not None:
        transaction.on_commit(lambda: _send(uuid), using=router.db_for_write(ExportJob), robust=True)


def _send(uuid: str) -> None:
    from cme_xblock import tasks

    app = tasks.export.app
    # Somebody waits for the page: where the broker is down, one quick try is enough.
    impatient = {**app.conf.broker_transport_options, "max_retries": 0, "interval_start": 0, "socket_timeout": 1}
    try:
        with app.connection_for_write(connect_timeout=1, transport_options=impatient) as connection:
            tasks.export.apply_async((uuid,), connection=connection, retry=False)
    except Exception as error:  # noqa: BLE001 - the export is made by the next run all the same
        log.warning("Export %s: made by the next run of cme_export (%s).", uuid, type(error).__name__)
