"""Whether a course's gate is what its publishing should have made of it, in our rows and in what the LMS collected.

The LMS answers apps, grades and outlines from a structure that a worker collects after publishing. Where a process of
Studio's did that, which has no wrapper, the structure leaves open what every direct door refuses. Source: edx-platform,
openedx/core/djangoapps/content/block_structure/api.py; lms/djangoapps/course_blocks/transformers/user_partitions.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cme_xblock.gate import request, rows
from cme_xblock.host import published
from cme_xblock.parts import gating
from cme_xblock.records import gates


@dataclass(frozen=True)
class Looked:
    """One course's gate. `rows_differ`: publish did not write what it should have; `left_open`: blocks that the
    collected structure does not keep closed; `shared`: blocks that two activities keep closed; `numbers`: partitions
    of the course's own that have a number of ours.
    """

    course_key: str
    rows_differ: bool = False
    left_open: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()

    @property
    def is_stale(self) -> bool:
        """Whether `repair` would mend something."""
        return self.rows_differ or bool(self.left_open)


def look(course_key: str) -> Looked:
    """Compare one course's rows with its published branch, and the collected structure with the rows. Writes nothing.

    In the LMS alone, and slowly: it loads the course. Raises InvalidKeyError for what is no course key.
    """
    from opaque_keys.edx.keys import CourseKey

    key = CourseKey.from_string(course_key)
    request.forget()
    with published.opened(key) as course:
        wanted = gating.plan(course)
    return Looked(
        course_key=course_key,
        rows_differ=gates.differs(course_key, wanted.planned, keep=wanted.unread),
        left_open=_left_open(key, course_key),
        shared=tuple(sorted(gates.shared(course_key))),
        numbers=_taken(key, course_key),
    )


def repair(course_key: str) -> Looked:
    """Write the rows anew and have the LMS collect the structure anew; what is to be seen afterwards."""
    from opaque_keys.edx.keys import CourseKey
    from openedx.core.djangoapps.content.block_structure import api

    key = CourseKey.from_string(course_key)
    with published.opened(key) as course:
        gating.record(course)
    request.forget()
    # Cleared first: a structure of the same version of the course would be taken for up to date.
    api.clear_course_from_cache(key)
    api.update_course_in_cache(key)
    return look(course_key)


def _left_open(key: Any, course_key: str) -> tuple[str, ...]:
    gated = rows.of_course(course_key)
    if not gated:
        return ()
    from lms.djangoapps.course_blocks.transformers.user_partitions import UserPartitionTransformer
    from openedx.core.djangoapps.content.block_structure.api import get_course_in_cache

    structure = get_course_in_cache(key)
    found = []
    for gate in gated:
        for block, stage in gate.blocks.items():
            usage = key.make_usage_key(*block.split("@", 1))
            if usage not in structure:
                # No app is shown what is not in it: an orphan in the store, or newer than the structure.
                continue
            merged = structure.get_transformer_block_field(usage, UserPartitionTransformer, "merged_group_access")
            allowed = merged.get_allowed_groups().get(gate.partition_id) if merged is not None else None
            if allowed is None or min(allowed, default=stage) < stage:
                found.append(block)
    return tuple(sorted(set(found)))


def _taken(key: Any, course_key: str) -> tuple[int, ...]:
    from xmodule.modulestore.django import modulestore

    ours = {one.partition_id for one in gates.of_course(course_key)}
    course = modulestore().get_course(key)
    own: Sequence[Any] = getattr(course, "user_partitions", None) or ()
    return tuple(sorted(ours & {one.id for one in own}))
