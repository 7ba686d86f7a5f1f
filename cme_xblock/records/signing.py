"""The site's keys that sign: Ed25519, one list for each purpose. Nothing in here logs, no error says a key.

A key of one purpose never signs for another: badges have CME_BADGE_KEYS, audit files, anchors and certificates of
deletion have CME_EVIDENCE_KEYS.

.. setting_name: CME_EVIDENCE_KEYS
.. setting_default: []
.. setting_description: Ed25519 keys that sign this site's audit files, anchors and certificates of deletion: a list of
    {"id": a name such as "2026-1", "private_key": 32 random bytes in base64url}. The first one signs, all of them
    verify. A key that signs no more is kept as {"id", "public_key"} as long as what it signed is to be verified: six
    years and more. Without a key there are no audit files, and anchors are not signed. Make one with
    `python -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables

__all__ = ["EVIDENCE", "Key", "base64url", "evidence", "load", "signs"]

EVIDENCE = "CME_EVIDENCE_KEYS"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BYTES = 32


@dataclass(frozen=True)
class Key:
    """One key. `private` is None for a key that signs no more."""

    id: str
    public: bytes
    private: Ed25519PrivateKey | None = field(repr=False)


def base64url(content: bytes) -> str:
    """Base64 for addresses, without padding, as RFC 7515 wants it."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def evidence() -> tuple[Key, ...]:
    """The keys of audit files, anchors and certificates of deletion. Raises ImproperlyConfigured as `load` does."""
    return load(EVIDENCE)


def signs(setting: str = EVIDENCE) -> bool:
    """Whether this site has a key for that purpose."""
    return bool(getattr(settings, setting, None))


@sensitive_variables()
def load(setting: str) -> tuple[Key, ...]:
    """The keys of one setting. Raises ImproperlyConfigured, naming the entry and never what is in it."""
    keys: list[Key] = []
    for number, entry in enumerate(getattr(settings, setting, None) or ()):
        key = _key(entry, f"{setting}[{number}]")
        if key.id in {one.id for one in keys}:
            raise ImproperlyConfigured(f"{setting}[{number}]: the id is that of another key.")
        keys.append(key)
    if keys and keys[0].private is None:
        raise ImproperlyConfigured(f"{setting}[0] must have a private_key: it is the one that signs.")
    return tuple(keys)


@sensitive_variables()
def _key(entry: Any, where: str) -> Key:
    allowed = ({"id", "private_key"}, {"id", "public_key"})
    if not isinstance(entry, Mapping) or set(entry) not in allowed:
        raise ImproperlyConfigured(f'{where} must be {{"id": …, "private_key": …}} or {{"id": …, "public_key": …}}.')
    if not isinstance(entry["id"], str) or not _ID.fullmatch(entry["id"]):
        raise ImproperlyConfigured(f"{where}: the id must have 1 to 64 letters, digits, hyphens or underscores.")
    if "public_key" in entry:
        public = _bytes(entry["public_key"], f"{where}.public_key")
        Ed25519PublicKey.from_public_bytes(public)
        return Key(entry["id"], public, None)
    private = Ed25519PrivateKey.from_private_bytes(_bytes(entry["private_key"], f"{where}.private_key"))
    return Key(entry["id"], private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw), private)


@sensitive_variables()
def _bytes(text: Any, where: str) -> bytes:
    try:
        content = base64.urlsafe_b64decode(str(text) + "=" * (-len(str(text)) % 4))
    except (binascii.Error, ValueError):
        content = b""
    if len(content) != _BYTES:
        raise ImproperlyConfigured(f"{where} must be {_BYTES} bytes in base64url.")
    return content
