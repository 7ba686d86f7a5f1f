"""How the receiver can be told to misbehave, and which request meets which trouble. PURE.

A rule says what goes wrong, with which kind of request, how often, and for which record if not for all. A record is
named by its key at the desk: a CreditID, a statement's id, a webhook's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

SAVE, STATUS = "save", "status"


class Trouble(StrEnum):
    """What can go wrong on the far side."""

    REFUSE = "refuse"
    REFUSE_LATER = "refuse_later"
    ERROR_INSIDE_200 = "error_inside_200"
    ERROR_500 = "error_500"
    STORE_THEN_500 = "store_then_500"
    CONFLICT_409 = "conflict_409"
    GONE_410 = "gone_410"
    TOO_LARGE_413 = "too_large_413"
    BUSY_429 = "busy_429"
    BUSY_503 = "busy_503"
    STORE_THEN_SILENCE = "store_then_silence"
    STORE_THEN_DROP = "store_then_drop"
    DROP_BEFORE_STORING = "drop_before_storing"
    DROP_THEN_STORE = "drop_then_store"
    SLOW = "slow"
    DRIP = "drip"
    HALF_BODY = "half_body"
    WRONG_TYPE = "wrong_type"
    TRUNCATED = "truncated"
    DOUBLE_ESCAPED = "double_escaped"
    HUGE = "huge"
    REDIRECT = "redirect"
    NONSENSE = "nonsense"
    BARE_404 = "bare_404"
    WRONG_CREDIT = "wrong_credit"
    UNAUTHORIZED = "unauthorized"
    FORGET = "forget"


LABELS: Mapping[Trouble, str] = MappingProxyType(
    {
        Trouble.REFUSE: "Refuse at once (400), with the text below",
        Trouble.REFUSE_LATER: "Take it, reject it later, with the text below",
        Trouble.ERROR_INSIDE_200: "Answer 200 with an error inside, with the text below",
        Trouble.ERROR_500: "Answer 500 and keep nothing",
        Trouble.STORE_THEN_500: "Keep it, then answer 500",
        Trouble.CONFLICT_409: "Answer 409 and keep nothing",
        Trouble.GONE_410: "Answer 410 and keep nothing",
        Trouble.TOO_LARGE_413: "Answer 413 and keep nothing",
        Trouble.BUSY_429: "Answer 429 with Retry-After",
        Trouble.BUSY_503: "Answer 503 with Retry-After",
        Trouble.STORE_THEN_SILENCE: "Keep it, then say nothing",
        Trouble.STORE_THEN_DROP: "Keep it, then drop the connection",
        Trouble.DROP_BEFORE_STORING: "Drop the connection and keep nothing",
        Trouble.DROP_THEN_STORE: "Drop the connection, keep it some seconds later",
        Trouble.SLOW: "Wait some seconds, then do as usual",
        Trouble.DRIP: "Answer one byte at a time",
        Trouble.HALF_BODY: "Keep it, break off in the middle of the answer",
        Trouble.WRONG_TYPE: "Keep it, answer as an image",
        Trouble.TRUNCATED: "Keep it, answer half of the XML or JSON",
        Trouble.DOUBLE_ESCAPED: "Keep it, answer XML or JSON escaped twice",
        Trouble.HUGE: "Keep it, answer much too much",
        Trouble.REDIRECT: "Answer 302 to another address",
        Trouble.NONSENSE: "Answer 200 with a web page",
        Trouble.BARE_404: "Answer 404 without a word",
        Trouble.WRONG_CREDIT: "Keep it, answer for another record",
        Trouble.UNAUTHORIZED: "Answer 401",
        Trouble.FORGET: "Take it, then forget everything",
    }
)

# What keeps the record although the answer is bad; only for saving.
KEEPS = frozenset(
    {
        Trouble.REFUSE_LATER, Trouble.STORE_THEN_500, Trouble.STORE_THEN_SILENCE, Trouble.STORE_THEN_DROP,
        Trouble.HALF_BODY, Trouble.WRONG_TYPE, Trouble.TRUNCATED, Trouble.DOUBLE_ESCAPED, Trouble.HUGE,
        Trouble.WRONG_CREDIT, Trouble.DRIP, Trouble.FORGET,
    }
)  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """One instruction. `times` None means always; `seconds` is the Retry-After or the wait, whichever applies."""

    trouble: Trouble
    on: str = SAVE
    times: int | None = 1
    key: str = ""
    seconds: float = 2.0
    text: str = "No match was found for this learner."


class RuleError(ValueError):
    """The instruction can't be understood; the message says what is wanted."""


def parse(data: Mapping[str, object]) -> Rule:
    """A rule from a form or from JSON: trouble, on, times ("" for always), key, seconds, text.

    Raises RuleError.
    """
    try:
        trouble = Trouble(str(data.get("trouble", "")))
    except ValueError:
        raise RuleError(f"trouble must be one of: {', '.join(Trouble)}") from None
    on = str(data.get("on") or SAVE)
    if on not in (SAVE, STATUS):
        raise RuleError("on must be save or status")
    times, seconds = data.get("times", 1), data.get("seconds", 2)
    try:
        number = None if times in ("", None) else int(str(times))
        wait = 2.0 if seconds in ("", None) else float(str(seconds))
    except ValueError:
        raise RuleError("times and seconds must be numbers") from None
    if (number is not None and not 1 <= number <= 10_000) or not 0 <= wait <= 3600:
        raise RuleError("times must be 1 to 10000, seconds 0 to 3600")
    text = str(data.get("text") or Rule.text)[:500]
    key = str(data.get("key") or data.get("credit_id") or "")[:300]
    return Rule(trouble, on, number, key, wait, text)
