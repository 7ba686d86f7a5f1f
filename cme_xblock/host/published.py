"""The platform's word that a course was published, passed on with the plain data of its blocks of ours.

The course is read from the published branch, and only as far as it is asked for: what stands around an activity takes
loading every block of a subsection, a section or the course.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cme_xblock.host import place
from cme_xblock.records import faults

log = logging.getLogger(__name__)

BLOCK_TYPE = "cme"
CONTENT_TYPE = "cme_content"
_COURSE = "course"


@dataclass(frozen=True)
class PublishedBlock:
    """One `cme` block of a published course: its course, its name there, and its author's data."""

    course_key: str
    local_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Node:
    """One block with what is in it; by its name, `type@block_id`."""

    local_id: str
    children: tuple[Node, ...] = ()

    @property
    def block_type(self) -> str:
        """The type alone."""
        return self.local_id.partition("@")[0]


@dataclass(frozen=True)
class PublishedContent:
    """One `cme_content` block: its name, the id that it gives of its activity, and what is in it."""

    local_id: str
    activity_id: object
    children: tuple[Node, ...]


class PublishedCourse:
    """A published course as far as it is asked for."""

    def __init__(self, store: Any, key: Any) -> None:
        self._store = store
        self._key = key
        self._homes = self._found(BLOCK_TYPE)
        self.course_key = str(key.for_branch(None) if hasattr(key, "for_branch") else key)

    @property
    def blocks(self) -> list[PublishedBlock]:
        """Its `cme` blocks."""
        return [PublishedBlock(place.course_key(one), place.local_id(one), dict(one.activity)) for one in self._homes]

    def contents(self) -> list[PublishedContent]:
        """Its `cme_content` blocks."""
        return [
            PublishedContent(place.local_id(one), one.activity_id, _below(one)) for one in self._found(CONTENT_TYPE)
        ]

    def around(self, local_id: str, block_type: str) -> Node | None:
        """The nearest block of that type around a `cme` block, with all that is in it; None where there is none."""
        block = next((one for one in self._homes if place.local_id(one) == local_id), None)
        if block is not None and block_type == _COURSE:
            block = self._store.get_course(self._key, depth=None)
        while block is not None and block.scope_ids.block_type != block_type:
            block = block.get_parent()
        return None if block is None else _node(block)

    def _found(self, block_type: str) -> Sequence[Any]:
        found: Sequence[Any] = self._store.get_items(self._key, qualifiers={"category": block_type})
        return found


def _node(block: Any) -> Node:
    return Node(place.local_id(block), _below(block))


def _below(block: Any) -> tuple[Node, ...]:
    if not getattr(block, "has_children", False):
        return ()
    return tuple(_node(one) for one in block.get_children() if one is not None)


_listeners: list[Callable[[PublishedBlock], None]] = []
_readers: list[Callable[[PublishedCourse], None]] = []


def listen(
    callback: Callable[[PublishedBlock], None], *, course: Callable[[PublishedCourse], None] | None = None
) -> None:
    """Call `callback` for each `cme` block whenever its course is published, and then `course` with the course.

    Does nothing outside the platform.
    """
    try:
        from xmodule.modulestore.django import SignalHandler
    except ImportError:
        return
    _listeners.append(callback)
    if course is not None:
        _readers.append(course)
    SignalHandler.course_published.connect(course_published, dispatch_uid="cme_xblock.host.published")


def course_published(sender: Any, course_key: Any, **details: Any) -> None:
    """The receiver: small, because a course is published many times while it is made; and never in its way."""
    with opened(course_key) as course:
        for block in course.blocks:
            for callback in _listeners:
                _shielded(lambda callback=callback, block=block: callback(block), block.local_id)  # type: ignore[misc]
        for reader in _readers:
            _shielded(lambda reader=reader: reader(course), course.course_key)  # type: ignore[misc]


@contextmanager
def opened(course_key: Any) -> Iterator[PublishedCourse]:
    """The published branch of a course, to read while this is open. `course_key`: the platform's own."""
    from xmodule.modulestore import ModuleStoreEnum
    from xmodule.modulestore.django import modulestore

    store = modulestore()
    with store.branch_setting(ModuleStoreEnum.Branch.published_only, course_key):
        yield PublishedCourse(store, course_key)


def _shielded(work: Callable[[], None], name: str) -> None:
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whatever it is, publishing goes on
        # The first view records what is missing here, and the doctor names it; publishing must not fail for it.
        log.error("What follows from publishing was not done for %s (%s)", name, faults.place(error))
