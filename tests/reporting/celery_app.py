"""A Celery as Open edX has one, on the tests' database: for `celery -A tests.reporting.celery_app worker`."""

from __future__ import annotations

import os

import django
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.reporting.worker_settings")
django.setup()

app = Celery("cme_xblock_tests", broker=os.environ["CME_TEST_BROKER"])
app.conf.task_default_queue = os.environ["CME_TEST_QUEUE"]
# A killed worker's task comes back after this; the LMS has an hour.
app.conf.broker_transport_options = {"visibility_timeout": 2}
app.conf.worker_prefetch_multiplier = 1
app.conf.broker_connection_retry_on_startup = True
app.autodiscover_tasks(["cme_xblock"])
