"""From author's data to the edition that is open: parsed once per process, judged once per day, recorded once.

A block finding keeps an activity closed, whatever was published before: what accreditation forbids is not shown on the
strength of an older edition.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from cme_xblock.activity import canonical, richtext
from cme_xblock.activity.canonical import ActivityError
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.host.published import PublishedBlock
from cme_xblock.participation import progress
from cme_xblock.participation.entries import Entry
from cme_xblock.participation.progress import Progress
from cme_xblock.records import editions, keys
from cme_xblock.reporting import republishing
from cme_xblock.rules import amounts, check, credit_system
from cme_xblock.rules.finding import Finding, Severity


@dataclass(frozen=True)
class Described:
    """An activity and the hash that names it; to compare the hash is enough, and the activity is large."""

    sha256: str
    activity: Activity = field(compare=False)


@dataclass(frozen=True)
class Published:
    """The edition that learners get now. `source` is the `cme` block it came from, as `type@block_id`."""

    sha256: str
    activity: Activity
    source: str = ""


def described(data: Mapping[str, Any]) -> Described:
    """The activity in a block's field. Raises ActivityError for data that is none."""
    try:
        # Only a name for what was read before: not canonical, but a tenth of the work, and this is done at every view.
        raw = json.dumps(data)
    except (TypeError, ValueError, RecursionError):
        raw = canonical.dumps(dict(data)).decode()
    return _described(raw)


@lru_cache(maxsize=256)
def _described(raw: str) -> Described:
    activity = canonical.from_data(canonical.loads(raw))
    return Described(sha256=canonical.sha256(activity), activity=activity)


@lru_cache(maxsize=512)
def _findings(one: Described, today: date) -> tuple[Finding, ...]:
    return check.check(one.activity, today=today)


@dataclass(frozen=True)
class Standing:
    """The edition that applies to one learner now, and what their entries add up to under it."""

    activity: Activity
    edition: str
    progress: Progress


def standing(published: Published, entries: tuple[Entry, ...], *, now: datetime) -> Standing:
    """How somebody with these entries stands. One query where they name an older edition that is not cached."""
    older = {entry.edition for entry in entries} - {published.sha256}
    known = {published.sha256: published.activity, **(editions.load(older) if older else {})}
    edition = progress.choose_edition(published.sha256, entries, editions=known, now=now)
    activity = known[edition]
    return Standing(activity, edition, progress.fold(activity, entries, edition=edition, editions=known, now=now))


def findings(one: Described, *, now: datetime) -> tuple[Finding, ...]:
    """What the rules say of the activity today."""
    return _findings(one, _today(one.activity, now))


def collision(one: Described, *, course_key: str, source: str) -> tuple[Finding, ...]:
    """That another block of the course has given learners an activity of this id: they can only have one of the two.

    Asked of what was published, so it shows in the block whose edition learners do not get. `source` is this block.
    """
    if not source or not is_name(one.activity.activity_id):
        return ()
    current = editions.current(course_key, one.activity.activity_id)
    if current is None or current.source in ("", source):
        return ()
    params = {"id": one.activity.activity_id, "other": current.source}
    return (
        Finding(
            code="activity_id_taken",
            severity=Severity.WARN,
            where="activity_id",
            message=Message(ID_TAKEN, params),
            source=OURS,
            source_url="",
            fix=Message(ID_TAKEN_FIX, params),
        ),
    )


def of_author_data(data: Mapping[str, Any], *, course_key: str, source: str, now: datetime) -> Published | None:
    """The activity of a `cme` block as an open edition, recorded if it was not; None while it is closed.

    A view makes it the current edition only for the block that is current already: where two blocks of a course
    describe the same activity, their views would otherwise replace each other's edition for ever.
    """
    one = _open(data, now)
    if one is None:
        return None
    current = editions.current(course_key, one.activity.activity_id)
    if current is None or (current.source == source and current.sha256 != one.sha256):
        editions.publish(course_key, one.activity, source=source, now=now)
    elif current.sha256 != one.sha256:
        editions.record(course_key, one.activity, now=now)
    return Published(sha256=one.sha256, activity=one.activity, source=source)


def record_published(block: PublishedBlock) -> None:
    """Make a block's edition the current one when its course is published, if no finding keeps it closed."""
    now = datetime.now(UTC)
    one = _open(block.data, now)
    if one is not None:
        editions.publish(block.course_key, one.activity, source=block.local_id, now=now)
        republishing.after_publishing(block.course_key, one.activity.activity_id, now=now)


def _open(data: Mapping[str, Any], now: datetime) -> Described | None:
    """The activity, where there is one and no finding keeps it closed."""
    if not data:
        return None
    try:
        one = described(data)
    except ActivityError:
        return None
    return one if check.is_open(findings(one, now=now)) else None


def published(course_key: str, activity_id: str, *, now: datetime) -> Published | None:
    """The current edition of an activity that another block describes; None while there is none, or it is closed."""
    if not is_name(activity_id):
        return None
    current = editions.current(course_key, activity_id)
    if current is None:
        return None
    activity = editions.load(current.sha256)[current.sha256]
    if not check.is_open(findings(Described(current.sha256, activity), now=now)):
        return None
    return Published(sha256=current.sha256, activity=activity, source=current.source)


def is_name(activity_id: object) -> bool:
    """Whether an activity can have this id. A block that only points to an activity may hold anything."""
    return isinstance(activity_id, str) and 0 < len(activity_id) <= keys.MAX_LENGTH and "\0" not in activity_id


def public_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """What anybody may know of the activity, as JSON: no items, no names."""
    try:
        activity = described(data).activity
    except ActivityError:
        return {}
    return {
        "activity_id": activity.activity_id,
        "title": activity.title,
        "format": activity.format.value,
        "language": activity.language,
        "estimated_minutes": activity.estimated_minutes,
        "release": activity.release.isoformat() if activity.release else None,
        "expiry": activity.expiry.isoformat() if activity.expiry else None,
        "time_zone": activity.time_zone,
        "credit": [
            {"system": one.system, "maximum": amounts.number(one.amount)}
            for one in activity.offerings
            if one.amount is not None and one.system in credit_system.load()
        ],
    }


def search_words(data: Mapping[str, Any]) -> dict[str, str]:
    """Words by which the activity is found: what the overview says, never an item."""
    try:
        activity = described(data).activity
    except ActivityError:
        return {}
    return {
        "title": activity.title,
        "description": richtext.plain(activity.description),
        "objectives": " ".join(one.text for one in activity.objectives),
    }


def _today(activity: Activity, now: datetime) -> date:
    try:
        return now.astimezone(ZoneInfo(activity.time_zone)).date()
    except (ValueError, LookupError, OSError):
        return now.date()


OURS = "How this software names an activity"
ID_TAKEN = N_("Another block of this course, {other}, has published an activity with the same id, {id}.")
ID_TAKEN_FIX = N_(
    "Learners get one of the two, and what they did in either counts for both. Give this activity an id of its own, "
    "or delete the other block if this one takes its place."
)
