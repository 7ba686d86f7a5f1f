"""Receipts that come by themselves: the next business day, as a file, from a receiver that nobody can ask.

What is parked, or may have arrived, is settled by them; everything else stays as it is. What a receipt names that fits
no open delivery, or several, settles nothing and is said. Source: spec endpoints, part 1 (receipt rule).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import config, facts, leases, moves, order
from cme_xblock.reporting.endpoints import xml
from cme_xblock.reporting.endpoints.base import Outcome, Record, Result
from cme_xblock.reporting.endpoints.cebroker import CeBroker

__all__ = ["NotRead", "Read", "read"]

BYTES_MAX = 16_777_216
_OPEN = (State.PENDING, State.UNKNOWN)
_SECONDS = 60.0


class NotRead(ValueError):  # noqa: N818 - says what is the case
    """The file can't be read as a receipt of that endpoint; the message says why, and what to do."""


@dataclass(frozen=True)
class Read:
    """What came of one receipt. `settled`: deliveries by uuid, with the state that they have now (or would have).

    `strange`: what it names that settled nothing, in words without a person. `open`: how many are open still.
    """

    settled: tuple[tuple[str, str, str], ...]
    strange: tuple[str, ...]
    open: int


def read(endpoint: str, content: bytes, *, now: datetime, dry_run: bool = False) -> Read:
    """Settle what this receipt speaks of. Reading it a second time changes nothing. Raises NotRead."""
    its = config.endpoints().get(endpoint)
    if not isinstance(its, CeBroker):
        known = ", ".join(name for name, one in config.endpoints().items() if isinstance(one, CeBroker)) or "none"
        raise NotRead(f"{endpoint} is no endpoint whose receipts come as files. Known: {known}.")
    if len(content) > BYTES_MAX:
        raise NotRead("The file is longer than 16 MB: a receipt is not. Look what it is.")
    rows = list(Delivery.objects.filter(endpoint=endpoint, state__in=_OPEN).select_related(*facts.RELATED))
    gathered = facts.payloads(rows, its, asking=True)
    records = [one for row in rows if isinstance(one := gathered[row.pk], Record)]
    try:
        outcomes, strange = its.receipt(content, records)
    except xml.XmlError as error:
        raise NotRead(f"This is no receipt of {its.config.label}: {error}. Save it as it came.") from error
    by_key = {row.credit_id: row for row in rows}
    settled = _settled(
        [(by_key[key], one) for key, one in outcomes.items() if one.result in (Result.ACCEPTED, Result.REFUSED)],
        its,
        now=now,
        dry_run=dry_run,
    )
    return Read(settled, strange, len(rows) - len(settled))


def _settled(
    pairs: Sequence[tuple[Delivery, Outcome]], endpoint: CeBroker, *, now: datetime, dry_run: bool
) -> tuple[tuple[str, str, str], ...]:
    found: list[tuple[str, str, str]] = []
    owner = f"receipt {secrets.token_hex(8)}"
    for row, outcome in pairs:
        if not dry_run:
            lease = leases.seize(row, owner=owner, now=now, seconds=_SECONDS)
            if lease is None:
                continue  # somebody has it in hand, or has settled it; the file can be read again
            move = moves.after(outcome, lease, endpoint, now=now, chance=lambda: 0.0)
            if not leases.settle(lease, move, now=now):
                continue
            order.wake(row.endpoint, [row.order_key], now=now)
        state = State.ACCEPTED if outcome.result is Result.ACCEPTED else State.REFUSED
        found.append((row.uuid, str(state), outcome.reason))
    return tuple(found)
