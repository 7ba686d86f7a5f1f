"""Evidence numbers: how an activity names the disclosure that it rests on. Random, readable aloud, never used twice.

16 letters and digits of Crockford's base 32 (no I, L, O and U): 80 bits, so that nobody finds one by trying.
"""

from __future__ import annotations

import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PATTERN = re.compile(r"D(?:-[0-9A-HJKMNP-TV-Z]{4}){4}", re.ASCII)


def of(random: bytes) -> str:
    """The number that ten random bytes make."""
    if len(random) != 10:
        raise ValueError("an evidence number is made of ten random bytes")
    value = int.from_bytes(random, "big")
    letters = "".join(ALPHABET[value >> shift & 31] for shift in range(75, -5, -5))
    return "-".join(("D", *(letters[start : start + 4] for start in range(0, 16, 4))))


def is_number(said: str) -> bool:
    """Whether a text is in the form of an evidence number of the desk. Other evidence is in other words."""
    return bool(PATTERN.fullmatch(said))
