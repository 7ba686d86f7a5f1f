"""Editions: what learners saw, recorded once, and which one is current.

An edition is named by the SHA-256 of its canonical text. Nothing here judges an activity; an edition with findings is
recorded like any other, because a learner may have seen it.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, router, transaction

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity
from cme_xblock.records import contention, keys
from cme_xblock.records.models import Edition, PublishedEdition
from cme_xblock.records.prepared import Prepared

__all__ = [
    "Current",
    "EditionDamaged",
    "EditionMissing",
    "Listed",
    "all_published",
    "current",
    "load",
    "publish",
    "published",
    "record",
    "row",
]

_CACHED = 128
_PAGE = 500


class EditionMissing(LookupError):  # noqa: N818 - says what is the case
    """An edition that something refers to is not recorded."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"Edition {sha256} is not recorded. Record it before anything refers to it.")


class EditionDamaged(RuntimeError):  # noqa: N818 - says what is the case
    """A recorded edition's text is no longer what its hash says."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"Edition {sha256} was changed in the database: its text has another hash. Run cme_verify.")


class _Cache:
    """The last editions used, parsed. An edition never changes, so an entry is never out of date."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[str, Activity] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, sha256: str) -> Activity | None:
        with self._lock:
            if sha256 in self._kept:
                self._kept.move_to_end(sha256)
            return self._kept.get(sha256)

    def put(self, sha256: str, activity: Activity) -> None:
        with self._lock:
            self._kept[sha256] = activity
            self._kept.move_to_end(sha256)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


_cache = _Cache(_CACHED)


def record(course_key: str, activity: Activity, *, now: datetime) -> str:
    """Keep this state of the activity as an edition, and give its SHA-256. Does nothing where it is kept already.

    `now`: an aware datetime. Raises ValueError for keys that cannot be stored, and LedgerBusy.
    """
    edition = contention.run(lambda: _recorded(course_key, activity, now), using=router.db_for_write(Edition))
    return edition.sha256


def publish(course_key: str, activity: Activity, *, source: str, now: datetime) -> str:
    """Make this state of the activity the current edition, recorded if it was not, and give its SHA-256.

    `source`: the block it came from, as `type@block_id`, for links back to it. The last publisher wins. Raises as
    `record` does.
    """

    def work() -> str:
        edition = _recorded(course_key, activity, now)
        _point(edition, source=source, now=now)
        return edition.sha256

    return contention.run(work, using=router.db_for_write(Edition))


def published(course_key: str, activity_id: str) -> tuple[str, Activity] | None:
    """The current edition's SHA-256 and content, or None before the first. One query, two where it is not cached."""
    pointers = PublishedEdition.objects.filter(activity_key=keys.activity_key(course_key, activity_id))
    sha256 = pointers.values_list("edition__sha256", flat=True).first()
    if sha256 is None:
        return None
    return sha256, load(sha256)[sha256]


@dataclass(frozen=True)
class Current:
    """Which edition is current, and what published it."""

    sha256: str
    source: str


_CURRENT = Prepared(
    PublishedEdition,
    lambda key: PublishedEdition.objects.filter(activity_key=key).values_list("edition__sha256", "source"),
)


def current(course_key: str, activity_id: str) -> Current | None:
    """The current edition's name without its content, or None before the first. One query."""
    found = _CURRENT(keys.activity_key(course_key, activity_id))
    return Current(*found[0]) if found else None


@dataclass(frozen=True)
class Listed:
    """One activity of one course, and the name of its current edition."""

    course_key: str
    activity_id: str
    sha256: str


def all_published() -> Iterator[Listed]:
    """Every activity's current edition by name, a page at a time, so that memory does not grow with the courses."""
    last = 0
    rows = PublishedEdition.objects.order_by("pk").values_list(
        "pk", "edition__course_key", "edition__activity_id", "edition__sha256"
    )
    while page := list(rows.filter(pk__gt=last)[:_PAGE]):
        yield from (Listed(*row[1:]) for row in page)
        last = page[-1][0]


def load(sha256: str | Iterable[str]) -> Mapping[str, Activity]:
    """Editions by SHA-256: one, or several at once. One query for those not cached, none otherwise.

    Raises EditionMissing where one is not recorded, EditionDamaged where the stored text has another hash.
    """
    wanted = dict.fromkeys([sha256] if isinstance(sha256, str) else sha256)
    found = {one: _cache.get(one) for one in wanted}
    missing = [one for one, activity in found.items() if activity is None]
    if missing:
        # The same content may be recorded in several courses: any of them will do.
        for one, text in Edition.objects.filter(sha256__in=missing).values_list("sha256", "canonical"):
            found[one] = found[one] or _parsed(one, text)
    for one, activity in found.items():
        if activity is None:
            raise EditionMissing(one)
    return {one: activity for one, activity in found.items() if activity is not None}


def row(activity_key: str, sha256: str) -> Edition:
    """The row of an activity's edition, without its text, for what refers to it. Raises EditionMissing."""
    rows = Edition.objects.filter(activity_key=activity_key, sha256=sha256).defer("canonical")
    # The second, locking read sees what was committed after this transaction's snapshot began (MySQL, repeatable read).
    for query in (rows, rows.select_for_update()):
        found = query.first()
        if found is not None:
            return found
    raise EditionMissing(sha256)


def _recorded(course_key: str, activity: Activity, now: datetime) -> Edition:
    data = canonical.to_data(activity)
    text = canonical.dumps(data).decode()
    sha256 = keys.text_sha(text)
    key = keys.activity_key(course_key, activity.activity_id)
    known = Edition.objects.filter(activity_key=key, sha256=sha256).defer("canonical")
    edition = known.first()
    if edition is not None:
        return edition
    edition = Edition(
        course_key=course_key,
        activity_id=activity.activity_id,
        activity_key=key,
        sha256=sha256,
        canonical=text,
        recorded_at=now,
    )
    try:
        with transaction.atomic(using=router.db_for_write(Edition)):
            edition.save()
    except IntegrityError:
        # Another request recorded it a moment ago.
        return known.select_for_update().get()
    return edition


def _point(edition: Edition, *, source: str, now: datetime) -> None:
    pointers = PublishedEdition.objects.filter(activity_key=edition.activity_key)
    if pointers.filter(edition=edition, source=source).exists():
        return
    if pointers.update(edition=edition, source=source, at=now):
        return
    try:
        with transaction.atomic(using=router.db_for_write(PublishedEdition)):
            PublishedEdition.objects.create(activity_key=edition.activity_key, edition=edition, source=source, at=now)
    except IntegrityError:
        pointers.update(edition=edition, source=source, at=now)


def _parsed(sha256: str, text: str) -> Activity:
    if keys.text_sha(text) != sha256:
        raise EditionDamaged(sha256)
    activity = canonical.from_data(json.loads(text))
    _cache.put(sha256, activity)
    return activity
