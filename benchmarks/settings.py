"""Django settings of the benchmarks: the workbench's own, as the SDK ships them, with what a production server changes.

Debug is off, because with it on Django keeps every query and a block would pay for each one twice; nothing is logged.
The database is the file that CME_BENCH_DATABASE names.
"""

from __future__ import annotations

import os

from workbench.settings import *  # noqa: F403
from workbench.settings import INSTALLED_APPS, TEMPLATES

DEBUG = False
ALLOWED_HOSTS = ["testserver"]
SECRET_KEY = "not a secret: benchmarks only"
ROOT_URLCONF = "benchmarks.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "cme_xblock.apps.CmeXBlockConfig"]
TEMPLATES = [{**TEMPLATES[0], "OPTIONS": {**TEMPLATES[0]["OPTIONS"], "debug": False}}]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["CME_BENCH_DATABASE"],
        "OPTIONS": {"timeout": 30},
    }
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"none": {"class": "logging.NullHandler"}},
    "root": {"handlers": ["none"], "level": "ERROR"},
}

CME_IDENTIFIER_KEYS = [{"id": "bench", "key": "dGVzdHMgb25seTogdGhlIG5ld2VyIG9mIHR3byBrZXk="}]
# Claims owe a report to somebody, as they do in earnest. Nothing is sent: no worker runs here.
CME_ENDPOINTS = [
    {
        "name": "pars",
        "kind": "pars_learners",
        "label": "PARS",
        "url": "http://127.0.0.1:9/",
        "provider_id": "0000000",
        "provider_name": "Benchmark provider",
        "user": "bench",
        "password_env": "CME_BENCH_PARS_PASSWORD",
        "ccid_domain": "bench.example.org",
        "allow_insecure_loopback": True,
        "wire": {"namespaces": {"extension": "urn:rehearsal:accme-extension"}},
    }
]
os.environ.setdefault("CME_BENCH_PARS_PASSWORD", "rehearsal")
