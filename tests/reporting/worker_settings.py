"""Settings of a worker in a process of its own: the tests' database, the tests' receiver, and nothing slow to load."""

from __future__ import annotations

import json
import os

INSTALLED_APPS = ["cme_xblock.apps.CmeXBlockConfig"]
DATABASES = {"default": json.loads(os.environ["CME_WORKER_DATABASE"])}
CME_ENDPOINTS = json.loads(os.environ["CME_WORKER_ENDPOINTS"])
CME_IDENTIFIER_KEYS = json.loads(os.environ["CME_WORKER_KEYS"])
SECRET_KEY = "not a secret: tests only"
USE_TZ = True
