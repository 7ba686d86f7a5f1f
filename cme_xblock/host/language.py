"""The reader's language: its code, its direction, and our own catalogue for it.

One way for LMS, Studio and workbench: Django knows the reader's language in all three, and the catalogues ship in
`translations/<locale>/LC_MESSAGES/text.mo`.
"""

from __future__ import annotations

import gettext as stdlib_gettext
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cme_xblock.activity.message import Catalogue

_CATALOGUES = Path(__file__).resolve().parent.parent / "translations"


@dataclass(frozen=True)
class Language:
    """The reader's language. `code` as in HTML's lang attribute, `direction` as in its dir attribute.

    `gettext` is a `Catalogue`: a text with a number in it is said by `Plural.of` or `Message.format`, which ask it.
    """

    code: str
    direction: str
    gettext: Callable[[str], str]


def current() -> Language:
    """The language that Django has active for this request."""
    from django.utils import translation

    return _language(translation.get_language() or "en")


def named(code: str) -> Language:
    """The language of that code, whoever reads: for what is printed in the activity's own."""
    return _language(code)


def of_learner(learner_id: str) -> Language:
    """The language that this person chose on the platform, or the site's own: for what is sent to them."""
    from django.apps import apps
    from django.conf import settings

    code = ""
    if apps.is_installed("openedx.core.djangoapps.user_api") and learner_id.isdecimal():
        from openedx.core.djangoapps.user_api.models import UserPreference

        chosen = UserPreference.objects.filter(user_id=int(learner_id), key="pref-lang")
        code = str(chosen.values_list("value", flat=True).first() or "")
    return _language(code or str(settings.LANGUAGE_CODE))


def _near(locale: str) -> list[str]:
    """The locales whose catalogue serves a reader of this one: its own, its language's, and any other of it.

    A reader in Spain is better served by the Spanish of Latin America than by English.
    """
    spoken = locale.split("_", maxsplit=1)[0]
    return [locale, spoken, *sorted(one.name for one in _CATALOGUES.glob(f"{spoken}_*"))]


@lru_cache(maxsize=64)
def _language(code: str) -> Language:
    from django.utils import translation

    locale = translation.to_locale(code)
    catalogue = stdlib_gettext.translation("text", str(_CATALOGUES), _near(locale), fallback=True)
    with translation.override(code):
        direction = "rtl" if translation.get_language_bidi() else "ltr"

    return Language(code=code, direction=direction, gettext=Catalogue(catalogue))
