"""Django settings of the demonstration: the workbench's own, our app, and a receiver on this machine.

Everything that is written goes to one folder: `var/`, or the one that CME_DEMO_VAR names.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import tomllib
from pathlib import Path
from typing import Any

os.environ.setdefault("EXCLUDE_SAMPLE_XBLOCKS", "yes")

from workbench.settings import *  # noqa: F403
from workbench.settings import INSTALLED_APPS, MIDDLEWARE, TEMPLATES

from demo import course_file

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("CME_DEMO_VAR") or ROOT / "var")
VAR.mkdir(parents=True, exist_ok=True)


def _kept(name: str, make: Any) -> Any:
    """What the file of that name holds; made once, readable by its owner alone."""
    path = VAR / name
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(make(), file)
    return json.loads(path.read_text(encoding="utf-8"))


DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
SECRET_KEY = _kept("demo-secret.json", lambda: secrets.token_urlsafe(48))
ROOT_URLCONF = "demo.urls"
WSGI_APPLICATION = "demo.wsgi.application"
INSTALLED_APPS = [
    *(app for app in INSTALLED_APPS if app not in ("djpyfs", "django.contrib.admin", "debug_toolbar")),
    "cme_xblock.apps.CmeXBlockConfig",
    "demo.apps.DemoConfig",
]
TEMPLATES = [{**TEMPLATES[0], "DIRS": [str(ROOT / "demo" / "site" / "templates"), *TEMPLATES[0]["DIRS"]]}]
STATICFILES_DIRS = [str(ROOT / "demo" / "site" / "static")]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(VAR / "demo.sqlite3"),
        "OPTIONS": {"timeout": 30},
    }
}
LANGUAGE_CODE = "en"
# Our pages in the browser's language, as the LMS has them in the account's; the demonstration around them is English.
MIDDLEWARE = [*MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]
TIME_ZONE = "America/New_York"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # The workbench logs what it is told (scores, completion) at INFO.
    "loggers": {"workbench": {"level": "WARNING"}, "xblock": {"level": "WARNING"}},
}
WORKBENCH = {
    "reset_state_on_restart": False,
    "services": {"settings": "workbench.services.SettingsService", "user": "demo.people.DemoUserService"},
}

CME_WORKBENCH_LINKS = course_file.links()
CME_WORKBENCH_AUTHORS = ("author",)
CME_IDENTIFIER_KEYS = _kept(
    "demo-keys.json",
    lambda: [{"id": "demo-1", "key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}],
)
CME_READER = "demo.people.reader"
CME_ROLES = "demo.people.roles"
CME_ROLES_OF = "demo.people.roles_of"
EXPORTS = VAR / "exports"
EXPORTS.mkdir(mode=0o700, exist_ok=True)
CME_EXPORT_FOLDERS = {"registry": {"path": str(EXPORTS), "providers": ["*"]}}
CME_BADGE_KEYS = _kept(
    "demo-badge-keys.json",
    lambda: [{"id": "demo-1", "private_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}],
)
CME_EVIDENCE_KEYS = _kept(
    "demo-evidence-keys.json",
    lambda: [{"id": "demo-1", "private_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()}],
)
CME_ANCHOR_FILE = str(VAR / "anchors.jsonl")
# Where Debian's packages put them; without them a certificate says which letters it lacks.
_FONTS = ("/usr/share/fonts/truetype/noto", "/usr/share/fonts/opentype/noto")
CME_FONT_PATHS = [one for one in _FONTS if Path(one).is_dir()]

# Invented, and worth nothing: the receiver is on this machine and takes any password.
os.environ.setdefault("CME_DEMO_PARS_PASSWORD", "rehearsal")
RECEIVER_URL = os.environ.get("CME_DEMO_RECEIVER_URL", "http://127.0.0.1:8765")
# Somebody is watching: seconds, not minutes, between questions and until a killed worker is replaced.
_WATCHED = {
    "allow_insecure_loopback": True,
    "connect_timeout": 2.0,
    "read_timeout": 8.0,
    "total_timeout": 10.0,
    "lease_seconds": 20.0,
    "settle_seconds": 1.0,
    "send_waits": [2, 5, 10, 30],
    "ask_waits": [2, 3, 5, 10, 30],
}
CME_ENDPOINTS = [
    {
        **_WATCHED,
        "name": "pars",
        "kind": "pars_learners",
        "label": "PARS",
        "url": f"{RECEIVER_URL}/pars/",
        "provider_id": "0000000",
        "provider_name": "Lakeshore Academic Health (demonstration provider)",
        "user": "rehearsal",
        "password_env": "CME_DEMO_PARS_PASSWORD",
        "ccid_domain": "lakeshore.example.org",
        "wire": tomllib.loads((ROOT / "demo" / "pars-wire.toml").read_text(encoding="utf-8")),
    },
    # What a learner does on the way, as statements about a pseudonym; the credit itself is PARS' affair here.
    {
        **_WATCHED,
        "name": "lrs",
        "kind": "xapi_lrs",
        "label": "Learning Record Store",
        "url": f"{RECEIVER_URL}/xapi/xAPI",
        "user": "rehearsal",
        "password_env": "CME_DEMO_PARS_PASSWORD",
        "options": {
            "home_page": "http://127.0.0.1:8000",
            "send": ["disclosure_acknowledged", "baseline_submitted", "assessment_submitted", "credit_claimed"],
        },
    },
]
