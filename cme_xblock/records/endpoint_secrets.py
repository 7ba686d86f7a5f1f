"""Secrets of endpoints, encrypted at rest under the vault's keys, opened only to be sent to that endpoint.

As in `vault`: AES-256-GCM, tied to the endpoint's name, the field and the key, so that a ciphertext can't be moved to
another provider's row. Nothing in here logs, and no error says a value.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.views.decorators.debug import sensitive_variables

from cme_xblock.records import keyring
from cme_xblock.records.keyring import Key
from cme_xblock.records.models import EndpointSecret, EndpointSetting
from cme_xblock.records.vault import VaultError

__all__ = ["LONGEST", "delete", "opened", "resealed", "store"]

LONGEST = 2000
_NONCE_BYTES = 12


@sensitive_variables()
def store(endpoint: EndpointSetting, field: str, value: str) -> None:
    """Encrypt and keep it in place of an earlier one.

    Raises ValueError for an empty or overlong value, ImproperlyConfigured without usable keys.
    """
    if not value or len(value) > LONGEST:
        message = f"A secret has 1 to {LONGEST} characters."
        raise ValueError(message)
    columns = _sealed(endpoint.name, field, value, key=keyring.load()[0])
    EndpointSecret.objects.update_or_create(endpoint=endpoint, field=field, defaults=columns)


def delete(endpoint: EndpointSetting, field: str) -> bool:
    """Forget it; whether there was one."""
    return bool(EndpointSecret.objects.filter(endpoint=endpoint, field=field).delete()[0])


@sensitive_variables()
def opened(name: str, row: EndpointSecret, keys: list[Key] | None = None) -> str:
    """The secret of the endpoint of that name in the clear. No query.

    Raises VaultError where it does not open, ImproperlyConfigured without usable keys.
    """
    known = {key.id: key for key in (keyring.load() if keys is None else keys)}
    key = known.get(row.key_id)
    if key is None:
        message = f"A secret needs the key {row.key_id!r}, which is not in {keyring.SETTING}: put it back at its end."
        raise VaultError(message)
    sealed = bytes(row.ciphertext)
    try:
        bound = _bound(name, row.field, row.key_id)
        return AESGCM(key.secret).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound).decode()
    except (InvalidTag, ValueError):
        message = f"The {row.field} of the endpoint {name!r} does not open with the key {row.key_id!r}: enter it again."
        raise VaultError(message) from None


@sensitive_variables()
def resealed(row: EndpointSecret, *, keys: list[Key]) -> Mapping[str, object] | None:
    """The columns of that row under the first key; None where they are. For `rotation` alone. Raises VaultError."""
    value = opened(row.endpoint.name, row, keys)
    if row.key_id == keys[0].id:
        return None
    return _sealed(row.endpoint.name, row.field, value, key=keys[0])


@sensitive_variables()
def _sealed(name: str, field: str, value: str, *, key: Key) -> Mapping[str, object]:
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key.secret).encrypt(nonce, value.encode(), _bound(name, field, key.id))
    return {"ciphertext": nonce + sealed, "key_id": key.id}


def _bound(name: str, field: str, key_id: str) -> bytes:
    return "\0".join(("cme_xblock.endpoint_secret.1", name, field, key_id)).encode()
