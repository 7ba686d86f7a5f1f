"""Keeping what a provider measured: each file as it was brought, with who brought it, when and from where.

Nothing is changed: a later file stands in place of an earlier one, and one without measures takes it back. What the
measures are is `outcomes.performance`; here they are data. Source: spec 5.1; promise 5.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cme_xblock.activity import canonical
from cme_xblock.activity.fields import clean
from cme_xblock.activity.message import N_, Message
from cme_xblock.records.models import PerformanceData, PublishedEdition
from cme_xblock.records.models.base import utc

__all__ = ["Brought", "Origin", "Refused", "bring", "current", "history", "take_back"]

_LONGEST = 255
_MOST_WORDS = 2000
_LEVELS = ("5", "6")


class Refused(ValueError):  # noqa: N818 - says what is the case
    """The data can't be kept; `message` says why and what to do."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


@dataclass(frozen=True)
class Origin:
    """Whose numbers they are. `level`: Moore's, 5 or 6; `period`: what before and after mean; `by`: who brings them."""

    level: str
    source: str
    by: str
    period: str = ""


@dataclass(frozen=True)
class Brought:
    """One file as it was brought. `measures` as of `outcomes.performance.to_data`; `replaces` the uuid of another."""

    uuid: str
    level: str
    source: str
    period: str
    brought_by: str
    at: datetime
    edition: str
    measures: Sequence[Mapping[str, str | int]]
    sha256: str
    replaces: str
    reason: str


def bring(
    activity_key: str,
    measures: Sequence[Mapping[str, str | int]],
    origin: Origin,
    *,
    content: bytes,
    now: datetime,
    replaces: str = "",
) -> Brought:
    """Keep measures of an activity (keys.activity_key) that was published. `now`: aware.

    `content`: the file's bytes, of which the hash is kept; `replaces`: the uuid of what they stand in place of. Raises
    Refused.
    """
    if not measures:
        raise Refused(Message(N_("There are no measures in it. Give at least one.")))
    reason = "A newer file stands in its place." if replaces else ""
    return _write(activity_key, list(measures), origin, content=content, now=now, why=(replaces, reason))


def take_back(activity_key: str, uuid: str, *, by: str, reason: str, now: datetime) -> Brought:
    """Take back what was brought, for a reason; it stays on record. Raises Refused where it does not count any more."""
    found = next((one for one in current(activity_key) if one.uuid == uuid), None)
    if found is None:
        raise Refused(Message(N_("There is no such file of this activity that still counts.")))
    if not reason.strip():
        raise Refused(Message(N_("Say why it is taken back: it stays on record.")))
    origin = Origin(found.level, found.source, by, found.period)
    return _write(activity_key, [], origin, content=b"", now=now, why=(uuid, reason))


def current(activity_key: str) -> tuple[Brought, ...]:
    """What counts now, in the order in which it was brought. One query."""
    rows = history(activity_key)
    gone = {one.replaces for one in rows}
    return tuple(one for one in rows if one.uuid not in gone and one.measures)


def history(activity_key: str) -> tuple[Brought, ...]:
    """Everything that was ever brought, what was replaced and taken back among it. One query."""
    rows = PerformanceData.objects.filter(activity_key=activity_key).select_related("edition").order_by("pk")
    return tuple(_brought(one) for one in rows)


def _write(
    activity_key: str,
    measures: list[Mapping[str, str | int]],
    origin: Origin,
    *,
    content: bytes,
    now: datetime,
    why: tuple[str, str],
) -> Brought:
    """`why`: the uuid of what it stands in place of, and the reason; both empty where it is new."""
    replaces, reason = why
    published = PublishedEdition.objects.filter(activity_key=activity_key).select_related("edition").first()
    if published is None:
        raise Refused(Message(N_("This activity was never published, so nothing can have come of it.")))
    if origin.level not in _LEVELS:
        raise Refused(Message(N_("The level is 5, what is done in practice, or 6, patients' health.")))
    if replaces and replaces not in {one.uuid for one in current(activity_key)}:
        raise Refused(Message(N_("What it is to stand in place of is not there, or does not count any more.")))
    row = PerformanceData(
        activity_key=activity_key,
        edition=published.edition,
        level=origin.level,
        source=_kept(origin.source, _LONGEST),
        period=_kept(origin.period, _LONGEST),
        brought_by=_kept(origin.by, _LONGEST),
        at=utc(now),
        measures=canonical.dumps([dict(one) for one in measures]).decode(),
        sha256=hashlib.sha256(content).hexdigest(),
        replaces=replaces,
        reason=_kept(reason, _MOST_WORDS),
    )
    if not row.source or not row.brought_by:
        raise Refused(Message(N_("Say where the numbers are from, and who brings them: it is evidence.")))
    row.save()
    return _brought(row)


def _kept(text: str, most: int) -> str:
    try:
        kept = clean(text)
    except ValueError:
        raise Refused(Message(N_("There is a character in it that can't be kept. Type it again."))) from None
    if len(kept) > most:
        raise Refused(Message(N_("This is longer than {most} characters. Shorten it."), {"most": str(most)}))
    return kept


def _brought(one: PerformanceData) -> Brought:
    return Brought(
        uuid=one.uuid,
        level=one.level,
        source=one.source,
        period=one.period,
        brought_by=one.brought_by,
        at=one.at,
        edition=one.edition.sha256,
        measures=tuple(json.loads(one.measures)),
        sha256=one.sha256,
        replaces=one.replaces,
        reason=one.reason,
    )
