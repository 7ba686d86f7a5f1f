"""The blind index: finding who has an identifier without opening one.

Beside a ciphertext stands a keyed hash of the identifier in one normal form. Whoever asks has to bring the value; a
dump of the table answers nothing without the key, and a list of all ten million NPIs does not help. Which kinds have an
index is a short list: of a birthday there are 366, so that an index of it would only sort learners by birthday, and
names are looked up in claims. Source: spec R-6.8.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.views.decorators.debug import sensitive_variables

from cme_xblock.records.keyring import Key

__all__ = ["KINDS", "normal", "tag"]

_PURPOSE = b"cme_xblock.blind_index.1"
_BYTES = 32
_NOT_DIGIT = re.compile(r"[^0-9]")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]")


def _digits(value: str) -> str:
    return _NOT_DIGIT.sub("", unicodedata.normalize("NFKC", value))


def _alphanumeric(value: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", unicodedata.normalize("NFKC", value)).upper()


# What is the same number, however it was typed. A kind that is not here cannot be looked up; one that is added here
# gets its index by the next `cme_rotate_keys`.
KINDS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "npi": _digits,
        "licence_number": _alphanumeric,
        "nabp_eprofile": _digits,
        "aafp": _alphanumeric,
        "aoa": _alphanumeric,
        "arrt": _alphanumeric,
        # A board that gives one credit a day counts by its own number, not by our accounts.
        "board_abp": _alphanumeric,
        "cdr": _alphanumeric,
        "cfpc": _alphanumeric,
        "gmc": _alphanumeric,
        "oe_tracker": _alphanumeric,
    }
)


def normal(kind: str, value: str) -> str:
    """The one form of an identifier that is compared; empty where nothing of it could be told apart.

    Raises ValueError for a kind that has no index.
    """
    if kind not in KINDS:
        message = f"Identifiers of kind {kind[:80]!r} cannot be looked up: the kinds that can are {', '.join(KINDS)}."
        raise ValueError(message)
    return KINDS[kind](value)


@sensitive_variables()
def tag(key: Key, kind: str, value: str) -> str:
    """What stands in the table for this value under this key: 64 hex digits, or "" where the kind has no index.

    HMAC-SHA256 with a key of its own, derived by HKDF: what the index tells of its key tells nothing of the one that
    encrypts.
    """
    if kind not in KINDS or not (found := normal(kind, value)):
        return ""
    derived = HKDF(algorithm=hashes.SHA256(), length=_BYTES, salt=None, info=_PURPOSE).derive(key.secret)
    return hmac.digest(derived, f"{kind}\0{found}".encode(), "sha256").hex()
