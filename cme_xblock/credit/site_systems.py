"""The setting CME_CREDIT_SYSTEMS: a site's own credit systems, taken when the app starts and looked at by `check`.

Knows the setting; what the files must say is `rules/credit_system_site.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from cme_xblock.rules import credit_system
from cme_xblock.rules.data import DataError

SETTING = "CME_CREDIT_SYSTEMS"


def take() -> None:
    """Use the site's credit systems. Raises ImproperlyConfigured, with file, key and reason, and then nothing starts.

    .. setting_name: CME_CREDIT_SYSTEMS
    .. setting_default: []
    .. setting_description: Files, or folders of TOML files, with credit systems of the site: added to those that ship,
        or in their place. See docs/how-to/credit-systems.md. Source: spec part 0, conclusion 1.
    """
    given = _given()
    try:
        credit_system.use(given)
    except DataError as error:
        message = f"{SETTING}: {error}"
        raise ImproperlyConfigured(message) from error


def look(app_configs: Any, **details: Any) -> list[checks.CheckMessage]:
    """Django's system check: what is wrong with the files as they are now, and which profiles nobody has confirmed.

    The files are taken anew, so that a check never speaks of others than those in use.
    """
    try:
        credit_system.use(_given())
    except DataError as error:
        hint = "Mend the file, or take it out of the setting. docs/how-to/credit-systems.md has an example."
        return [checks.Error(f"{SETTING}: {error}", hint=hint, id="cme_xblock.E001")]
    own = set(credit_system.versions()) - set(credit_system.shipped())
    return [
        checks.Warning(
            f"{SETTING}: nobody has confirmed the credit system {one.code!r} ({one.confidence}).",
            hint='Compare it with the accreditor\'s own page, then give it verified = true and confidence = "S".',
            id="cme_xblock.W001",
        )
        for one in sorted(own, key=lambda system: (system.code, system.effective_from))
        if not one.verified
    ]


def _given() -> Sequence[str]:
    found: Sequence[str] = getattr(settings, SETTING, ())
    return found
