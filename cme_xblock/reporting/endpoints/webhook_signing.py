"""Signatures of Standard Webhooks over the exact bytes that are sent. PURE.

A secret is text: `whsec_` and base64 of 24 to 64 bytes for HMAC-SHA256 (v1), `whsk_` and base64 of a 32-byte seed for
ed25519 (v1a). Several secrets give several signatures, so that a receiver may have changed to the new one or not.
Source: standard-webhooks/spec, Signature scheme.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SYMMETRIC, ASYMMETRIC = "whsec_", "whsk_"
_SHORTEST, _LONGEST, _SEED = 24, 64, 32


class SecretError(ValueError):
    """The text is no secret of webhooks; the message says what is wanted and quotes nothing."""


@dataclass(frozen=True)
class Key:
    """One secret, ready to sign with."""

    is_asymmetric: bool
    value: bytes = field(repr=False)

    def signature(self, signed: bytes) -> str:
        """One signature as the header has it: `v1,<base64>` or `v1a,<base64>`."""
        if self.is_asymmetric:
            made = Ed25519PrivateKey.from_private_bytes(self.value).sign(signed)
            return "v1a," + base64.b64encode(made).decode()
        return "v1," + base64.b64encode(hmac.new(self.value, signed, hashlib.sha256).digest()).decode()


def keys(text: str) -> tuple[Key, ...]:
    """The secrets in a text, parted by spaces. Raises SecretError for none, or for what is none."""
    found = tuple(_key(one) for one in text.split())
    if not found:
        raise SecretError("there is no secret in it; write whsec_ and base64, or whsk_ and base64")
    return found


def headers(message_id: str, body: bytes, *, at: int, with_keys: Sequence[Key]) -> Mapping[str, str]:
    """The three headers. `at`: seconds since 1970, of this attempt."""
    signed = f"{message_id}.{at}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(one.signature(signed) for one in with_keys),
    }


def _key(text: str) -> Key:
    for prefix in (SYMMETRIC, ASYMMETRIC):
        if text.startswith(prefix):
            return _decoded(text.removeprefix(prefix), is_asymmetric=prefix == ASYMMETRIC)
    raise SecretError("a secret must begin with whsec_ (HMAC) or whsk_ (ed25519)")


def _decoded(text: str, *, is_asymmetric: bool) -> Key:
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SecretError("a secret is not base64") from None
    if is_asymmetric and len(value) != _SEED:
        raise SecretError(f"an ed25519 secret (whsk_) must have {_SEED} bytes")
    if not is_asymmetric and not _SHORTEST <= len(value) <= _LONGEST:
        raise SecretError(f"a secret (whsec_) must have {_SHORTEST} to {_LONGEST} bytes")
    return Key(is_asymmetric, value)
