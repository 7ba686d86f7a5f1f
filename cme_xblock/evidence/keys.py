"""Public keys and signatures: Ed25519 (RFC 8032), and what a person compares: the fingerprint.

Reads what strangers hand in. Secret keys are not known here: whoever signs has them in the site's settings.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

ALGORITHM = "Ed25519"
_BYTES = 32
_PRINT = re.compile(r"(?:sha256:)?((?:[0-9a-f]{2}[: ]?){31}[0-9a-f]{2})", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9_-]{43}=?")


class KeyUnreadable(ValueError):  # noqa: N818 - says what is the case
    """What was given as a public key is none; the message says what would be one."""

    def __init__(self) -> None:
        super().__init__(
            "This is no public key: give the file from the provider's key address (JSON or PEM), the key itself in "
            "base64url, or its fingerprint of 64 hex digits."
        )


@dataclass(frozen=True)
class Trusted:
    """What a verifier was given to believe in: the fingerprints of one or several public keys."""

    prints: frozenset[str]

    def has(self, public: bytes) -> bool:
        """Whether that key is among them."""
        return fingerprint(public) in self.prints


def fingerprint(public: bytes) -> str:
    """SHA-256 of a public key's 32 bytes: 64 lower-case hex digits."""
    return sha256(public).hexdigest()


def spelled(print_: str) -> str:
    """A fingerprint as a person reads it over the telephone: sixteen groups of four."""
    return " ".join(print_[place : place + 4] for place in range(0, len(print_), 4))


def encode(content: bytes) -> str:
    """Base64 for addresses, without padding (RFC 4648, 5)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decode(text: object, *, size: int) -> bytes | None:
    """So many bytes out of such a text; None where it is none."""
    if not isinstance(text, str):
        return None
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    # One text for one value: what is left over of the last letter must be nothing.
    return content if len(content) == size and encode(content) == text.rstrip("=") else None


def is_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether whoever has the secret key to `public` signed `message`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def trusted(given: str) -> Trusted:
    """What a provider publishes or says on the telephone, as keys to believe in. Raises KeyUnreadable.

    Taken are: the JSON of the key address with several keys; PEM; 32 bytes in base64url; a fingerprint in hex.
    """
    text = given.strip()
    found = _PRINT.fullmatch(text)
    if found:
        return Trusted(frozenset({re.sub(r"[: ]", "", found[1]).lower()}))
    if _BASE64.fullmatch(text):
        public = decode(text.rstrip("="), size=_BYTES)
        if public is not None:
            return Trusted(frozenset({fingerprint(public)}))
    prints = frozenset(_pem(text) or _json(text))
    if not prints:
        raise KeyUnreadable
    return Trusted(prints)


def _pem(text: str) -> set[str]:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm, UnicodeEncodeError):
        return set()
    if not isinstance(key, Ed25519PublicKey):
        return set()
    return {fingerprint(key.public_bytes(Encoding.Raw, PublicFormat.Raw))}


def _json(text: str) -> set[str]:
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        return set()
    listed = data.get("keys") if isinstance(data, dict) else None
    keys = [one.get("public_key") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    found = [decode(one, size=_BYTES) for one in keys]
    return {fingerprint(one) for one in found if one is not None}
