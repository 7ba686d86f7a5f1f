"""What Tutor does for cme-xblock: the requirement, the settings, a delivery worker, a schedule, and a doctor.

Settings go into the files that LMS and Studio read at their start (`lms-env`, `cms-env`), so that the package's own
settings see them. Only the LMS gets keys. Nothing that an operator put into CME_SETTINGS is replaced.
"""

from __future__ import annotations

import base64
import importlib.resources
import json
from collections.abc import Mapping
from typing import Any

import click
from tutor import hooks

# Asked for once, and kept: whoever loses them loses what they encrypted.
_KEPT = [
    ("CME_IDENTIFIER_SECRET", "{{ 32|random_string }}"),
    ("CME_PSEUDONYM_SECRET", "{{ 40|random_string }}"),
]
_DEFAULTS: list[tuple[str, Any]] = [
    # What pip installs: a version, an address, or a path in the image.
    ("CME_REQUIREMENT", "cme-xblock"),
    # Debian's packages with fonts for certificates in letters that the built-in ones lack.
    ("CME_FONT_PACKAGES", "fonts-noto-core fonts-noto-cjk"),
    # Any setting of docs/reference/settings.md, for LMS and Studio; stands above what this plugin sets.
    ("CME_SETTINGS", {}),
    # Environment variables that endpoints name (password_env, secret_env): the LMS's processes alone get them.
    ("CME_ENVIRONMENT", {}),
    ("CME_DELIVERY_INTERVAL", 30),
    ("CME_NIGHTLY_HOUR", 3),
    # True lets monitors outside reach /cme/metrics; the token is asked for all the same.
    ("CME_METRICS_OUTSIDE", False),
    # What content libraries offer; `cme_content` has children, which they do not take.
    ("CME_LIBRARY_BLOCKS", ["cme", "cme_part"]),
]
_SECRET = ("CME_IDENTIFIER_KEYS", "CME_BADGE_KEYS", "CME_EVIDENCE_KEYS", "CME_PSEUDONYM_KEY", "CME_METRICS_TOKEN")


def lms_settings(*, secret: str, pseudonyms: str, address: str, more: Mapping[str, Any]) -> str:
    """The LMS's settings as lines of YAML, one setting each."""
    key = base64.urlsafe_b64encode(secret.encode()).decode()
    ours: dict[str, Any] = {
        "CME_IDENTIFIER_KEYS": [{"id": "tutor-1", "key": key}],
        "CME_PSEUDONYM_KEY": pseudonyms,
        "CME_PUBLIC_URL": address,
        "CME_DELIVER_BY_CELERY": True,
        "CME_FONT_PATHS": ["/usr/share/fonts/truetype/noto", "/usr/share/fonts/opentype/noto"],
    }
    return _lines({**ours, **more})


def cms_settings(*, address: str, more: Mapping[str, Any]) -> str:
    """Studio's settings: the same without anything secret."""
    return _lines({"CME_PUBLIC_URL": address, **{name: one for name, one in more.items() if name not in _SECRET}})


def environment(more: Mapping[str, str]) -> str:
    """Lines of Python that set what endpoints read from the environment, where it is not set already."""
    return "\n".join(f"os.environ.setdefault({name!r}, {str(value)!r})" for name, value in sorted(more.items()))


def _lines(settings: Mapping[str, Any]) -> str:
    # JSON is YAML, and stays on one line whatever is in it.
    return "\n".join(f"{name}: {json.dumps(value)}" for name, value in settings.items())


@click.command(name="cme-doctor", help="Examine cme-xblock: settings, keys, endpoints, queue, fonts, and each gate")
@click.option("--repair", is_flag=True, help="Make stale gates anew")
def doctor(repair: bool) -> list[tuple[str, str]]:
    """The command that `tutor local do cme-doctor` runs in the LMS."""
    return [("lms", "./manage.py lms cme_doctor" + (" --repair" if repair else ""))]


hooks.Filters.CONFIG_UNIQUE.add_items(_KEPT)
hooks.Filters.CONFIG_DEFAULTS.add_items(_DEFAULTS)
hooks.Filters.ENV_TEMPLATE_VARIABLES.add_items(
    [("cme_lms_settings", lms_settings), ("cme_cms_settings", cms_settings), ("cme_environment", environment)]
)
_HERE = importlib.resources.files("tutor_cme") / "templates"
hooks.Filters.ENV_TEMPLATE_ROOTS.add_item(str(_HERE))
hooks.Filters.ENV_TEMPLATE_TARGETS.add_items([("cme/apps", "plugins")])
hooks.Filters.CLI_DO_COMMANDS.add_item(doctor)
for _patch in sorted((_HERE / "cme" / "patches").iterdir(), key=lambda one: one.name):
    hooks.Filters.ENV_PATCHES.add_item((_patch.name, _patch.read_text(encoding="utf-8")))
