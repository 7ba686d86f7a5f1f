"""When to try again: growing waits with jitter, and what the receiver itself asked for. PURE.

Source: Standard Webhooks' schedule; RFC 9110, 10.2.3 (Retry-After as seconds or as a date). Chance is passed in, as the
time is, so that a test can hold both still.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Seconds before the second, third … sending: 5 s, 5 min, 30 min, 2, 5, 10, 14, 20, 24 hours.
SENDING = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
# Seconds between questions about a record that waits for a board's answer ("normally within 24 h", spec pars 1.4).
ASKING = (30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 86_400)
# A receiver may ask for patience, but one bad header must not park a credit for a year.
RETRY_AFTER_MAX = 86_400
JITTER = 0.25


def wait(steps: Sequence[float], number: int, *, chance: Callable[[], float]) -> timedelta:
    """How long to wait after try `number` (1 is the first), up to a quarter longer by chance (0 to 1).

    Beyond the last step the last step repeats. The jitter only adds, so that no wait is shorter than promised.
    """
    step = steps[min(max(number, 1), len(steps)) - 1]
    return timedelta(seconds=step * (1 + JITTER * chance()))


def retry_after(header: str, *, now: datetime) -> timedelta | None:
    """The wait that a Retry-After header asks for, between 0 and a day; None where the header can't be read."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        seconds = float(min(int(text[:12]), RETRY_AFTER_MAX))
        return timedelta(seconds=seconds)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max(until - now, timedelta()), timedelta(seconds=RETRY_AFTER_MAX))
