"""What the platform is told: completion, grade, events. None is ever read back as evidence; the ledger is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cme_xblock.host import events, kind
from cme_xblock.participation.entries import Entry
from cme_xblock.participation.progress import Progress

if TYPE_CHECKING:
    from xblock.core import XBlock


def completion(block: XBlock, *, done: int, total: int) -> None:
    """Tell how much of what this block shows is done."""
    if kind.of(block) in (kind.Host.LMS, kind.Host.WORKBENCH):
        block.runtime.publish(block, "completion", {"completion": done / total if total else 1})


def event(block: XBlock, entry: Entry, progress: Progress, *, activity_id: str) -> None:
    """Tell what was just done, where somebody follows it."""
    found = events.of(entry, progress, activity_id=activity_id)
    if found is not None and kind.of(block) in (kind.Host.LMS, kind.Host.WORKBENCH):
        block.runtime.publish(block, *found)


def grade(block: XBlock, *, correct: int, total: int) -> None:
    """Tell the assessment's score; a later lower one does not replace a higher one."""
    if kind.of(block) in (kind.Host.LMS, kind.Host.WORKBENCH):
        block.runtime.publish(block, "grade", {"value": correct, "max_value": total, "only_if_higher": True})
