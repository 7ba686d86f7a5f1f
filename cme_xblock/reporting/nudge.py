"""Telling the task queue that something is owed, once it is committed. Only a nudge: the sweep is the guarantee."""

from __future__ import annotations

import logging
from importlib.util import find_spec

from django.conf import settings
from django.db import router, transaction

from cme_xblock.records.models import Delivery

__all__ = ["soon"]

log = logging.getLogger(__name__)


def soon(endpoints: set[str]) -> None:
    """After the commit, have each of these endpoints looked at. Does nothing where Celery is not to be used.

    .. setting_name: CME_DELIVER_BY_CELERY
    .. setting_default: False
    .. setting_description: True where Celery runs and may send what is owed right after a claim. The beat, or
        `manage.py cme_deliver` from cron, is needed all the same, for retries and for what a lost task left.
    """
    if not endpoints or not getattr(settings, "CME_DELIVER_BY_CELERY", False) or find_spec("celery") is None:
        return
    transaction.on_commit(lambda: _send(endpoints), using=router.db_for_write(Delivery), robust=True)


def _send(endpoints: set[str]) -> None:
    from cme_xblock import tasks

    app = tasks.deliver.app
    # A learner waits for this: where the broker is down, one quick try is enough.
    impatient = {**app.conf.broker_transport_options, "max_retries": 0, "interval_start": 0, "socket_timeout": 1}
    try:
        with app.connection_for_write(connect_timeout=1, transport_options=impatient) as connection:
            for name in sorted(endpoints):
                tasks.deliver.apply_async((name,), connection=connection, retry=False)
    except Exception as error:  # noqa: BLE001 - a claim must not fail because a queue is down
        log.warning("%s: looked at by the next sweep (%s).", ", ".join(sorted(endpoints)), type(error).__name__)
