"""The keys that sign badges, and how others find them: a did:web document. Nothing in here logs, no error says a key.

.. setting_name: CME_BADGE_KEYS
.. setting_default: []
.. setting_description: Ed25519 keys of this site's badges: a list of {"id": a name such as "2026-1", "private_key": 32
    random bytes in base64url}. The first one signs, all of them verify. A key that signs no more may be kept as {"id",
    "public_key"}; it has to stay as long as badges that it signed are to be valid, and its id is never used again.
    Without a key there are no badges. Make one with
    `python -c "import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())"`.
.. setting_warning: Badges carry the site's address (CME_PUBLIC_URL) in the name of their issuer: when it changes, they
    can no longer be verified.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables

from cme_xblock.activity import canonical

SETTING = "CME_BADGE_KEYS"
DOCUMENT = "did.json"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BYTES = 32


@dataclass(frozen=True)
class Key:
    """One key. `private` is None for a key that signs no more."""

    id: str
    public: bytes
    private: Ed25519PrivateKey | None = field(repr=False)


@dataclass(frozen=True)
class Issuer:
    """Who signs: the site as a did:web, and its keys, the one that signs first."""

    did: str
    keys: tuple[Key, ...]

    def sign(self, payload: Mapping[str, Any], *, kind: str) -> str:
        """The payload as a compact JWS (RFC 7515) by EdDSA (RFC 8037). `kind` is the header's `typ`.

        The same payload gives the same text: canonical JSON, and a signature that takes no random number.
        """
        key = self.keys[0]
        assert key.private is not None  # noqa: S101 - load() has seen to it
        header = {"alg": "EdDSA", "kid": f"{self.did}#{key.id}", "typ": kind}
        signed = f"{base64url(canonical.dumps(header))}.{base64url(canonical.dumps(dict(payload)))}"
        return f"{signed}.{base64url(key.private.sign(signed.encode()))}"

    def document(self) -> dict[str, Any]:
        """The DID document, to stand at the address that the DID says."""
        methods = [
            {
                "id": f"{self.did}#{one.id}",
                "type": "JsonWebKey2020",
                "controller": self.did,
                "publicKeyJwk": {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "x": base64url(one.public)},
            }
            for one in self.keys
        ]
        return {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"],
            "id": self.did,
            "verificationMethod": methods,
            "assertionMethod": [one["id"] for one in methods],
        }


def base64url(content: bytes) -> str:
    """Base64 for addresses, without padding, as RFC 7515 wants it."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def issuer(document: str) -> Issuer | None:
    """The site as an issuer, or None where no key is configured. `document`: the absolute address of its did.json.

    Raises ImproperlyConfigured where a key is not usable.
    """
    keys = load()
    return Issuer(did_of(document), keys) if keys else None


def did_of(document: str) -> str:
    """The did:web whose document is at this address. "https://a.org:8443/cme/did.json" > "did:web:a.org%3A8443:cme"."""
    parts = urlsplit(document)
    folders = [one for one in parts.path.removesuffix(DOCUMENT).split("/") if one]
    return ":".join(["did:web", parts.netloc.replace(":", "%3A"), *(quote(one, safe="") for one in folders)])


def is_configured() -> bool:
    """Whether this site signs badges."""
    return bool(getattr(settings, SETTING, None))


@sensitive_variables()
def load() -> tuple[Key, ...]:
    """The configured keys. Raises ImproperlyConfigured, naming the entry and never what is in it."""
    keys: list[Key] = []
    for number, entry in enumerate(getattr(settings, SETTING, None) or ()):
        key = _key(entry, f"{SETTING}[{number}]")
        if key.id in {one.id for one in keys}:
            raise ImproperlyConfigured(f"{SETTING}[{number}]: the id is that of another key.")
        keys.append(key)
    if keys and keys[0].private is None:
        raise ImproperlyConfigured(f"{SETTING}[0] must have a private_key: it is the one that signs.")
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
