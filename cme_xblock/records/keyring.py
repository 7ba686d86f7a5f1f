"""The keys of the vault, as the settings give them. Nothing in here logs, and no error says a key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables

__all__ = ["SETTING", "Key", "load"]

SETTING = "CME_IDENTIFIER_KEYS"

_URL_SAFE = str.maketrans("-_", "+/")
_KEY_BYTES = 32


@dataclass(frozen=True)
class Key:
    """One key: its name, which is stored beside what it encrypted, and its 32 bytes, which are shown nowhere."""

    id: str
    secret: bytes = field(repr=False)


@sensitive_variables()
def load() -> list[Key]:
    """The configured keys, the one that encrypts first. Raises ImproperlyConfigured where one is not usable.

    .. setting_name: CME_IDENTIFIER_KEYS
    .. setting_default: []
    .. setting_description: Keys that encrypt learners' identifiers (NPI, licence, birth month and day): a list of
        {"id": a name, "key": 32 random bytes in base64}. The first key encrypts, all of them decrypt; put a new key in
        front, run `cme_rotate_keys`, and take the old one away when that says that nothing needs it any more. Without a
        key identifiers are refused, never stored in the clear. Make a key with
        `python -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"`.
    .. setting_warning: Whoever has the keys and the database can read the identifiers; keep the keys out of backups of
        the database. Identifiers whose key is lost are lost.
    """
    configured = getattr(settings, SETTING, None)
    if not configured or not isinstance(configured, list | tuple):
        message = f"Learners' identifiers need a key: set {SETTING} to [{{'id': …, 'key': 32 bytes in base64}}]."
        raise ImproperlyConfigured(message)
    found = [_key(number, one) for number, one in enumerate(configured, start=1)]
    if len({key.id for key in found}) < len(found):
        message = f"Two keys in {SETTING} have the same id: give each its own."
        raise ImproperlyConfigured(message)
    return found


@sensitive_variables()
def _key(number: int, configured: object) -> Key:
    given = configured if isinstance(configured, Mapping) else {}
    name, text = given.get("id"), given.get("key")
    secret = b""
    if isinstance(text, str):
        try:
            # Both alphabets of base64 are about; a key is the same key in either.
            secret = base64.b64decode(text.translate(_URL_SAFE).encode(), validate=True)
        except (binascii.Error, ValueError):
            secret = b""
    if not isinstance(name, str) or not 0 < len(name) <= 64 or len(secret) != _KEY_BYTES:
        message = (
            f"Key number {number} in {SETTING} is not usable: it needs an 'id' of 1 to 64 characters and a 'key' of "
            f"{_KEY_BYTES} bytes in base64."
        )
        # From None, and without the key: this ends in a log.
        raise ImproperlyConfigured(message) from None
    return Key(name, secret)
