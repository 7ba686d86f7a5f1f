"""The platform's word that a course was published, passed on with the plain data of its `cme` blocks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cme_xblock.host import place

log = logging.getLogger(__name__)

BLOCK_TYPE = "cme"


@dataclass(frozen=True)
class PublishedBlock:
    """One `cme` block of a published course: its course, its name there, and its author's data."""

    course_key: str
    local_id: str
    data: Mapping[str, Any]


_listeners: list[Callable[[PublishedBlock], None]] = []


def listen(callback: Callable[[PublishedBlock], None]) -> None:
    """Call `callback` for each `cme` block whenever its course is published. Does nothing outside the platform."""
    try:
        from xmodule.modulestore.django import SignalHandler
    except ImportError:
        return
    _listeners.append(callback)
    SignalHandler.course_published.connect(course_published, dispatch_uid="cme_xblock.host.published")


def course_published(sender: Any, course_key: Any, **details: Any) -> None:
    """The receiver: small, because a course is published many times while it is made; and never in its way."""
    for block in _blocks(course_key):
        for callback in _listeners:
            try:
                callback(block)
            except Exception:
                # The first view records what is missing here; publishing the course must not fail for it.
                log.exception("The edition of a published activity was not recorded: %s", block.local_id)


def _blocks(course_key: Any) -> list[PublishedBlock]:
    from xmodule.modulestore import ModuleStoreEnum
    from xmodule.modulestore.django import modulestore

    store = modulestore()
    with store.branch_setting(ModuleStoreEnum.Branch.published_only, course_key):
        found = store.get_items(course_key, qualifiers={"category": BLOCK_TYPE})
    return [PublishedBlock(place.course_key(one), place.local_id(one), dict(one.activity)) for one in found]
