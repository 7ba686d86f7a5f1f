"""The vault: identifiers of learners, encrypted at rest, opened only to be sent to the accreditor who needs them.

AES-256-GCM rather than Fernet: it takes associated data, so that a ciphertext is tied to its learner, kind and key and
cannot be moved to another row; and the key's id is stored beside it, so that an operator can see what still needs an
old key. Nothing in here logs, and no error says a value. Source: spec R-6.8.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import IntegrityError, router, transaction
from django.views.decorators.debug import sensitive_variables

from cme_xblock.records import blind_index, contention, keyring
from cme_xblock.records.keyring import Key
from cme_xblock.records.models import Identifier

__all__ = [
    "BIRTH_MONTH_DAY",
    "VaultError",
    "delete",
    "find",
    "kinds_of",
    "masked",
    "resealed",
    "reveal",
    "reveal_all",
    "store",
]

BIRTH_MONTH_DAY = "birth_month_day"
LONGEST = 500

_KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")
_LEARNER_KEY = re.compile(r"[0-9a-f]{64}")
_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})", re.ASCII)
_NONCE_BYTES = 12
_DOTS = "••••"
_SHOWN = 4
# Shorter ones would be half told by their last four characters.
_SHORTEST_SHOWN = 8
# A leap year, so that a birthday on 29 February is one.
_LEAP_YEAR = 2000


class VaultError(RuntimeError):
    """A stored identifier cannot be opened: its key is not configured any more, or the row was changed."""


@sensitive_variables()
def store(learner_key: str, kind: str, value: str, *, now: datetime) -> None:
    """Encrypt and keep this identifier of the learner, in place of an earlier one of the same kind.

    Raises as `seal` does, and LedgerBusy.
    """
    sealed = seal(learner_key, kind, value)
    contention.run(
        lambda: _put(learner_key, kind, {**sealed, "at": now}),
        using=router.db_for_write(Identifier),
    )


@sensitive_variables()
def seal(learner_key: str, kind: str, value: str) -> Mapping[str, object]:
    """The columns that hold this identifier, for `store` and `answers.store`.

    `learner_key`: `keys.learner_key`. `kind`: a short code (lower case, digits, underscore). `value`: 1 to 500
    characters; for "birth_month_day" MM-DD and nothing that has a year in it (promise 9, spec R-6.3).

    Raises ValueError for a value that must not be kept, ImproperlyConfigured without usable keys.
    """
    _check(learner_key, kind)
    if not value or len(value) > LONGEST:
        message = f"An identifier has 1 to {LONGEST} characters."
        raise ValueError(message)
    if kind == BIRTH_MONTH_DAY:
        _check_month_day(value)
    try:
        clear = value.encode()
    except UnicodeEncodeError:
        message = "An identifier is Unicode text; this one has half a character in it."
        raise ValueError(message) from None
    return _sealed(learner_key, kind, clear, key=keyring.load()[0])


def reveal(learner_key: str, kind: str) -> str | None:
    """The learner's identifier of that kind in the clear, or None where there is none. One query.

    For sending it to whoever the learner agreed to, never for a screen, a log or an event.

    Raises VaultError where it cannot be opened, ImproperlyConfigured without usable keys.
    """
    _check(learner_key, kind)
    row = Identifier.objects.filter(learner_key=learner_key, kind=kind).first()
    return None if row is None else _opened(row, keyring.load())


@sensitive_variables()
def reveal_all(learner_keys: Iterable[str], kinds: Iterable[str]) -> Mapping[str, Mapping[str, str] | VaultError]:
    """What those learners have of these kinds in the clear, by learner; the error for one whose row does not open.

    One query. Raises ImproperlyConfigured without usable keys.
    """
    wanted = list(learner_keys)
    found: dict[str, dict[str, str] | VaultError] = {learner: {} for learner in wanted}
    if not wanted:
        return found
    keys = keyring.load()
    rows = Identifier.objects.filter(learner_key__in=wanted, kind__in=list(kinds))
    for learner, kind, key_id, ciphertext in rows.values_list("learner_key", "kind", "key_id", "ciphertext"):
        mine = found[learner]
        if isinstance(mine, dict):
            try:
                mine[kind] = _clear(learner, kind, key_id, ciphertext, keys=keys)
            except VaultError as error:
                found[learner] = error
    return found


@sensitive_variables()
def masked(learner_key: str, kind: str) -> str | None:
    """The identifier as a screen may show it: `••••1234`, dots alone where it is short, None where there is none.

    Raises as `reveal` does.
    """
    value = reveal(learner_key, kind)
    if value is None:
        return None
    return _DOTS + value[-_SHOWN:] if len(value) >= _SHORTEST_SHOWN else _DOTS


def kinds_of(learner_key: str, kinds: Iterable[str]) -> frozenset[str]:
    """Which of these kinds there is something of. One query, which opens nothing."""
    rows = Identifier.objects.filter(learner_key=learner_key, kind__in=list(kinds))
    return frozenset(rows.values_list("kind", flat=True))


def delete(learner_key: str, kind: str) -> bool:
    """Forget the identifier; whether there was one."""
    _check(learner_key, kind)
    return bool(Identifier.objects.filter(learner_key=learner_key, kind=kind).delete()[0])


@sensitive_variables()
def find(kind: str, value: str) -> tuple[str, ...]:
    """The keys of the learners who have this identifier, in whatever way it is written. One query, which opens none.

    Two accounts of one person are two of them (spec part 7, case 26). Raises ValueError for a kind without an index
    (`blind_index.KINDS`), ImproperlyConfigured without usable keys.
    """
    if not blind_index.normal(kind, value):
        return ()
    # Until all rows are rotated, a value may be indexed under an older key.
    tags = [blind_index.tag(key, kind, value) for key in keyring.load()]
    rows = Identifier.objects.filter(kind=kind, lookup__in=tags).order_by("learner_key")
    return tuple(rows.values_list("learner_key", flat=True))


@sensitive_variables()
def resealed(row: Identifier, *, keys: list[Key]) -> Mapping[str, object] | None:
    """The columns of that row under the first key, its index too; None where they are. For `rotation` alone.

    Opens the row in any case, so that one that cannot be opened is found. Raises VaultError.
    """
    clear = _opened(row, keys)
    key = keys[0]
    wanted = key.id if row.kind in blind_index.KINDS else ""
    if (row.key_id, row.lookup_key_id) == (key.id, wanted):
        return None
    return _sealed(row.learner_key, row.kind, clear.encode(), key=key)


@sensitive_variables()
def _sealed(learner_key: str, kind: str, clear: bytes, *, key: Key) -> Mapping[str, object]:
    """The columns that hold a value."""
    nonce = os.urandom(_NONCE_BYTES)
    bound = _bound(learner_key, kind, key.id)
    return {
        "ciphertext": nonce + AESGCM(key.secret).encrypt(nonce, clear, bound),
        "key_id": key.id,
        "lookup": blind_index.tag(key, kind, clear.decode()),
        "lookup_key_id": key.id if kind in blind_index.KINDS else "",
    }


@sensitive_variables()
def _opened(row: Identifier, keys: list[Key]) -> str:
    return _clear(row.learner_key, row.kind, row.key_id, row.ciphertext, keys=keys)


@sensitive_variables()
def _clear(learner_key: str, kind: str, key_id: str, ciphertext: bytes | memoryview, *, keys: list[Key]) -> str:
    key = next((one for one in keys if one.id == key_id), None)
    if key is None:
        message = f"An identifier needs the key {key_id!r}, which is not in {keyring.SETTING}: put it back at its end."
        raise VaultError(message)
    sealed = bytes(ciphertext)
    bound = _bound(learner_key, kind, key_id)
    try:
        return AESGCM(key.secret).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound).decode()
    except (InvalidTag, ValueError):
        message = (
            f"An identifier of kind {kind!r} does not open with the key {key_id!r}: the row was changed, or "
            f"the key of that id in {keyring.SETTING} was. The learner has to give it again."
        )
        raise VaultError(message) from None


def _put(learner_key: str, kind: str, values: Mapping[str, object]) -> None:
    rows = Identifier.objects.filter(learner_key=learner_key, kind=kind)
    if rows.update(**values):
        return
    try:
        with transaction.atomic(using=router.db_for_write(Identifier)):
            Identifier.objects.create(learner_key=learner_key, kind=kind, **values)
    except IntegrityError:
        rows.update(**values)


def _bound(learner_key: str, kind: str, key_id: str) -> bytes:
    """What the ciphertext is tied to."""
    return "\0".join(("cme_xblock.identifier.1", learner_key, kind, key_id)).encode()


def _check(learner_key: str, kind: str) -> None:
    if not _LEARNER_KEY.fullmatch(learner_key):
        message = "The learner is named by keys.learner_key: 64 hex digits."
        raise ValueError(message)
    if not _KIND.fullmatch(kind):
        message = f"A kind of identifier is 1 to 64 lower-case letters, digits and underscores, not {kind[:80]!r}."
        raise ValueError(message)


@sensitive_variables()
def _check_month_day(value: str) -> None:
    match = _MONTH_DAY.fullmatch(value)
    try:
        if match is None:
            raise ValueError
        date(_LEAP_YEAR, int(match[1]), int(match[2]))
    except ValueError:
        message = "A birthday is kept as MM-DD, a real day and never with a year: write 02-29 for 29 February."
        # From None: the error before it would quote what the learner typed.
        raise ValueError(message) from None
