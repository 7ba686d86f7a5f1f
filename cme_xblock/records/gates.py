"""The gates of a course: replaced as a whole when it is published, read in one query at every page.

What is to be gated is decided by others; here it is kept, and each activity gets a partition number that stays. Pages
read a course's few gates; the blocks of each, which may be thousands, are read once in a process for each content.
"""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db import IntegrityError, router, transaction
from django.db.models import OuterRef, QuerySet, Subquery

from cme_xblock.records import contention, keys
from cme_xblock.records.models import Gate, GatedBlock, PublishedEdition

__all__ = ["Kept", "Planned", "differs", "digest", "known", "of_course", "replace", "shared"]

# A partition's number has to be a positive 32-bit integer, and the platform gives out small ones.
# Source: edx-platform, xmodule/partitions/partitions.py, 21968c5.
FIRST_PARTITION = 1_000_000_000
_PARTITIONS = 1_000_000_000
# What Django's cache says of a course, for so many seconds. Where each process has a cache of its own, the others see a
# course's first gate after that time at the latest.
_NONE, _SOME = "none", "some"
_SECONDS = 60
# The blocks of so many gates, by their content: it can't be out of date.
_REMEMBERED = 256
_READ: OrderedDict[str, Mapping[str, int]] = OrderedDict()
_LOCK = threading.Lock()
_COLUMNS = ("activity_id", "activity_key", "partition_id", "title", "source")


@dataclass(frozen=True)
class Planned:
    """One activity's gate as the published course has it. `blocks`: the stage at which each one opens, by its name.

    `activity_id` empty: what these blocks wait for can't be known, so that they open for nobody.
    """

    activity_id: str
    blocks: Mapping[str, int]
    title: str = ""
    source: str = ""


@dataclass(frozen=True)
class Kept:
    """One gate as it is stored, with the edition that learners get now: empty where none was published."""

    activity_id: str
    activity_key: str
    partition_id: int
    title: str
    source: str
    edition: str
    blocks: Mapping[str, int] = field(default_factory=dict)


def of_course(course_key: str) -> tuple[Kept, ...]:
    """The gates of a course with their blocks. One query, by index."""
    rows = (
        Gate.objects.filter(course_sha=keys.text_sha(course_key))
        .order_by("pk")
        .values_list(*_COLUMNS, Subquery(_edition()), "blocks__block", "blocks__stage")
    )
    found: dict[str, Kept] = {}
    blocks: dict[str, dict[str, int]] = {}
    for activity_id, key, partition, title, source, edition, block, stage in rows:
        mine = blocks.setdefault(key, {})
        if key not in found:
            found[key] = Kept(activity_id, key, partition, title, source, edition or "", mine)
        if block is not None:
            mine[block] = max(stage, mine.get(block, 0))
    return tuple(found.values())


def _edition() -> QuerySet[PublishedEdition, Any]:
    return PublishedEdition.objects.filter(activity_key=OuterRef("activity_key")).values("edition__sha256")[:1]


def known(course_key: str) -> tuple[Kept, ...]:
    """The same for every page: one query, and one for each gate whose blocks this process has not read yet.

    No query where the cache knows that the course has none.
    """
    said = cache.get(_cached(course_key))
    if said == _NONE:
        return ()
    found = _for_pages(course_key)
    if said is None:
        # Added, not set: a writer may have been here since the rows were read, and knows better.
        cache.add(_cached(course_key), _SOME if found else _NONE, _SECONDS)
    return found


def _for_pages(course_key: str) -> tuple[Kept, ...]:
    rows = (
        Gate.objects.filter(course_sha=keys.text_sha(course_key))
        .order_by("pk")
        .values_list("pk", "blocks_sha", *_COLUMNS, Subquery(_edition()))
    )
    return tuple(
        Kept(activity_id, key, partition, title, source, edition or "", _blocks_of(pk, sha))
        for pk, sha, activity_id, key, partition, title, source, edition in rows
    )


def _blocks_of(gate: int, sha: str) -> Mapping[str, int]:
    with _LOCK:
        if sha in _READ:
            _READ.move_to_end(sha)
            return _READ[sha]
    found = dict(GatedBlock.objects.filter(gate_id=gate).values_list("block", "stage"))
    # What a publisher replaced in between is used once, and not remembered under the content's name of before.
    if sha and digest(found) == sha:
        with _LOCK:
            _READ[sha] = found
            while len(_READ) > _REMEMBERED:
                _READ.popitem(last=False)
    return found


def digest(blocks: Mapping[str, int]) -> str:
    """The name of this content: 64 hex digits."""
    return keys.text_sha("\n".join(f"{block} {stage}" for block, stage in sorted(blocks.items())))


def replace(course_key: str, planned: Sequence[Planned], *, keep: Collection[str] = ()) -> bool:
    """Make these the gates of the course; whether anything changed. One transaction, two queries where nothing did.

    `keep`: blocks of activities that can't be read now, so that what they kept closed before stays closed.
    Raises LedgerBusy where others keep writing.
    """

    def work() -> bool:
        stored, gone, changed = _compared(course_key, planned, keep)
        if not gone and not changed:
            return False
        Gate.objects.filter(activity_key__in=gone).delete()
        taken = {one.partition_id for key, one in stored.items() if key not in gone}
        for key, one in changed.items():
            _write(course_key, key, one, stored.get(key), taken, keep)
        return True

    using = router.db_for_write(Gate)
    try:
        changed = contention.run(work, using=using)
    except IntegrityError:
        # Another publisher gave the same activity its gate first; now it is there to be compared.
        changed = contention.run(work, using=using)
    said = _SOME if planned or keep else _NONE
    transaction.on_commit(lambda: cache.set(_cached(course_key), said, _SECONDS), using=using)
    return changed


def differs(course_key: str, planned: Sequence[Planned], *, keep: Collection[str] = ()) -> bool:
    """Whether `replace` would change anything. One query."""
    _, gone, changed = _compared(course_key, planned, keep)
    return bool(gone or changed)


def _compared(
    course_key: str, planned: Sequence[Planned], keep: Collection[str]
) -> tuple[dict[str, Kept], list[str], dict[str, Planned]]:
    """What is stored by key, the keys of gates that are not wanted any more, and the gates that are to be written."""
    stored = {one.activity_key: one for one in of_course(course_key)}
    wanted = {_key(course_key, one.activity_id): one for one in planned}
    gone = [key for key, one in stored.items() if key not in wanted and one.source not in keep]
    changed = {key: one for key, one in wanted.items() if not _is_as(stored.get(key), one, keep)}
    return stored, gone, changed


def shared(course_key: str) -> Mapping[str, tuple[str, ...]]:
    """The blocks that more than one activity keeps closed, with the names of these activities."""
    holders: dict[str, list[str]] = {}
    for gate in of_course(course_key):
        for block in gate.blocks:
            holders.setdefault(block, []).append(gate.activity_id)
    return {block: tuple(sorted(names)) for block, names in holders.items() if len(names) > 1}


def _cached(course_key: str) -> str:
    return f"cme_xblock.gates.{keys.text_sha(course_key)}"


def _key(course_key: str, activity_id: str) -> str:
    return keys.activity_key(course_key, activity_id) if activity_id else keys.text_sha(f"no activity\0{course_key}")


def _blocks(stored: Kept | None, one: Planned, keep: Collection[str]) -> dict[str, int]:
    """The blocks to keep closed: those planned, and those of an activity that can't be read at this moment."""
    before = stored.blocks if stored is not None and stored.source in keep else {}
    return {**before, **one.blocks}


def _is_as(stored: Kept | None, one: Planned, keep: Collection[str]) -> bool:
    if stored is None:
        return False
    return stored.blocks == _blocks(stored, one, keep) and (stored.title, stored.source) == (_title(one), one.source)


def _title(one: Planned) -> str:
    return one.title[: keys.MAX_LENGTH]


def _write(
    course_key: str, key: str, one: Planned, stored: Kept | None, taken: set[int], keep: Collection[str]
) -> None:
    number = stored.partition_id if stored else _free(key, taken)
    taken.add(number)
    wanted = _blocks(stored, one, keep)
    kept_source = stored is not None and stored.source in keep and not one.source
    gate, _ = Gate.objects.update_or_create(
        activity_key=key,
        defaults={
            "course_sha": keys.text_sha(course_key),
            "course_key": course_key,
            "activity_id": one.activity_id,
            "partition_id": number,
            "title": stored.title if stored and kept_source else _title(one),
            "source": stored.source if stored and kept_source else one.source,
            "blocks_sha": digest(wanted),
        },
    )
    gate.blocks.all().delete()
    GatedBlock.objects.bulk_create(
        [GatedBlock(gate=gate, block=block, stage=wanted[block]) for block in sorted(wanted)]
    )


def _free(key: str, taken: Collection[int]) -> int:
    number = zlib.crc32(key.encode())
    return next(
        found
        for step in range(len(taken) + 1)
        if (found := FIRST_PARTITION + (number + step) % _PARTITIONS) not in taken
    )
