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

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings

from cme_xblock.activity import canonical
from cme_xblock.records import signing
from cme_xblock.records.signing import Key, base64url

__all__ = ["DOCUMENT", "SETTING", "Issuer", "Key", "base64url", "did_of", "is_configured", "issuer", "load"]

SETTING = "CME_BADGE_KEYS"
DOCUMENT = "did.json"


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


def load() -> tuple[Key, ...]:
    """The configured keys. Raises ImproperlyConfigured, naming the entry and never what is in it."""
    return signing.load(SETTING)
