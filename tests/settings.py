"""Settings of the tests: the workbench's own, our app, and the database that CME_TEST_DATABASE names."""

from __future__ import annotations

import os
from pathlib import Path

from workbench.settings import *  # noqa: F403
from workbench.settings import INSTALLED_APPS

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
VAR.mkdir(exist_ok=True)

INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "djpyfs"] + ["cme_xblock.apps.CmeXBlockConfig"]

_DATABASES = {
    "sqlite": {
        "ENGINE": "tests.sqlite",
        "NAME": str(VAR / "test.sqlite3"),
        # A file, not memory: threads and other processes open it too.
        "TEST": {"NAME": str(VAR / f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}.sqlite3")},
        "OPTIONS": {"timeout": 30},
    },
    # The process's number in the name lets two test runs share a server.
    "postgres": {
        "ENGINE": "tests.postgres",
        "NAME": os.environ.get("CME_TEST_NAME", "test"),
        "USER": os.environ.get("PGUSER", "postgres"),
        "HOST": os.environ.get("PGHOST", "127.0.0.1"),
        "TEST": {"NAME": f"cme_xblock_test_{os.getpid()}"},
    },
    "mariadb": {
        "ENGINE": "django.db.backends.mysql",
        "NAME": os.environ.get("CME_TEST_NAME", "test"),
        "USER": os.environ.get("MYSQL_USER", "root"),
        "PASSWORD": os.environ.get("MYSQL_PASSWORD", ""),
        "HOST": os.environ.get("MYSQL_HOST", "127.0.0.1"),
        "OPTIONS": {"charset": "utf8mb4"},
        "TEST": {"NAME": f"cme_xblock_test_{os.getpid()}", "CHARSET": "utf8mb4"},
    },
}
DATABASES = {"default": _DATABASES[os.environ.get("CME_TEST_DATABASE", "sqlite")]}
SECRET_KEY = "not a secret: tests only"
LOGGING = {"version": 1, "disable_existing_loggers": False}
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
CME_IDENTIFIER_KEYS = [
    # 32 bytes in base64url. The first one encrypts; the second one is there to read what it encrypted once.
    {"id": "test-2", "key": "dGVzdHMgb25seTogdGhlIG5ld2VyIG9mIHR3byBrZXk="},
    {"id": "test-1", "key": "dGVzdHMgb25seTogdGhlIG9sZGVyIG9mIHR3byBrZXk="},
]
# All tests come from one address; those of the limit itself set their own.
CME_LOOKUP_LIMIT = {"requests": 100_000, "seconds": 60}
ROOT_URLCONF = "tests.urls"
