"""How a provider's certificates look: its own template, logo and text. Never a company's.

.. setting_name: CME_CERTIFICATES
.. setting_default: {}
.. setting_description: By the provider's name as activities have it, or "*" for all others, a dict of

    template  path of a Typst file to use instead of ours (`credit/templates/certificate.typ` says what it is given)
    logo      path of the provider's logo, PNG, JPEG, GIF or SVG; beside the template or below it, where one is named
    text      the provider's own sentence under the statements, up to 500 characters

.. setting_warning: The logo and the text are the accredited provider's. Those of a company that makes or sells what
    patients use may not be on a certificate; a text that names a supporter of the activity is left out.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from cme_xblock.activity.model import Activity
from cme_xblock.credit import pdf

SETTING = "CME_CERTIFICATES"
_KEYS = frozenset({"template", "logo", "text"})
_PICTURES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".svg": "image/svg+xml",
}  # fmt: skip
_LONGEST = 500
_OURS = "certificate.typ"


@dataclass(frozen=True)
class Appearance:
    """A template with the folder that it may read, the logo's path in that folder ("" for none), and a text."""

    template: Path
    folder: Path
    logo: str
    text: str


def of(activity: Activity) -> Appearance:
    """What the site wants for the activity's provider. Raises ImproperlyConfigured, naming the setting and the key."""
    every = getattr(settings, SETTING, None) or {}
    name = activity.provider.name if activity.provider.name in every else "*"
    entry = every.get(name)
    if entry is None:
        return ours()
    found = _read(entry, f"{SETTING}[{name!r}]")
    return replace(found, text="") if _names_supporter(found.text, activity) else found


def ours() -> Appearance:
    """Our template, with nothing of the provider's."""
    return Appearance(pdf.TEMPLATES / _OURS, pdf.TEMPLATES, "", "")


def logo_address(looks: Appearance) -> str:
    """The logo as a data: address for a web page, or empty. It needs no server of its own in six years."""
    if not looks.logo:
        return ""
    path = looks.folder / looks.logo.lstrip("/")
    return f"data:{_PICTURES[path.suffix.lower()]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _read(entry: Any, where: str) -> Appearance:
    if not isinstance(entry, Mapping) or not set(entry) <= _KEYS:
        raise ImproperlyConfigured(f"{where} must be a dict with the keys {', '.join(sorted(_KEYS))} and no others.")
    text = str(entry.get("text") or "")
    if len(text) > _LONGEST:
        raise ImproperlyConfigured(f"{where}['text'] has {len(text)} characters; {_LONGEST} fit.")
    template, logo = _file(entry, "template", where), _file(entry, "logo", where)
    if logo is not None and logo.suffix.lower() not in _PICTURES:
        raise ImproperlyConfigured(f"{where}['logo'] must be one of {', '.join(sorted(_PICTURES))}.")
    if template is None:
        return replace(ours(), folder=logo.parent if logo else pdf.TEMPLATES, logo=_inside(logo, logo), text=text)
    if logo is not None and not logo.is_relative_to(template.parent):
        raise ImproperlyConfigured(f"{where}['logo'] must lie beside the template or below it: {template.parent}.")
    return Appearance(template, template.parent, _inside(logo, template), text)


def _file(entry: Mapping[str, Any], key: str, where: str) -> Path | None:
    if not entry.get(key):
        return None
    path = Path(str(entry[key])).resolve()
    if not path.is_file():
        raise ImproperlyConfigured(f"{where}['{key}'] names {path}, and there is no such file.")
    return path


def _inside(path: Path | None, beside: Path | None) -> str:
    """The path as Typst wants it: from the folder that it may read."""
    return f"/{path.relative_to(beside.parent).as_posix()}" if path and beside else ""


def _names_supporter(text: str, activity: Activity) -> bool:
    folded = text.casefold()
    return any(one.company.casefold() in folded for one in activity.support.sources if one.company)
