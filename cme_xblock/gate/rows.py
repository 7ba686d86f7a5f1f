"""Which gates a course has, and which of them keep one block closed."""

from __future__ import annotations

from typing import Any

from cme_xblock.gate import request
from cme_xblock.participation.stages import Stage
from cme_xblock.records import gates
from cme_xblock.records.gates import Kept

# A partition that does not exist: the platform denies what asks for it. It lies above all that `records.gates` gives
# out, and below 2^31. Source: edx-platform, lms/djangoapps/courseware/access.py, has_group_access.
NOWHERE = 2_000_000_001
_CONTENT = "cme_content"
_OURS = frozenset({"cme", "cme_part", _CONTENT})


def course_of(key: Any) -> str:
    """The course whose gates hold for what has this key, as text: without branch and version.

    Of a coach's copy (CCX) it is the course that was copied: the copy has no rows of its own, and the LMS shows a
    course under any such key, also where copies are switched off. What is closed stays closed there, for everybody.
    Source: ccx-keys, ccx_keys/locator.py; edx-platform, split_mongo/mongo_connection.py, 2bd610a, get_course_index.
    """
    copied = getattr(key, "to_course_locator", None)
    key = copied() if copied is not None else key
    return str(key.for_branch(None) if hasattr(key, "for_branch") else key)


def of_course(course_key: str) -> tuple[Kept, ...]:
    """The gates of a course: one query a request, none where the cache knows that it has none."""
    return request.once(("gates", course_key), lambda: gates.known(course_key))


def access(course_key: str, local_id: str, parent: str) -> dict[int, list[int]]:
    """The groups that may load a block, by partition; empty where everybody may.

    `local_id`, `parent`: as `type@block_id`, `parent` empty where there is none. What lies in a content block is closed
    also where no row says so: for everybody, until the course is published or `cme_doctor --repair` has run.
    """
    found = {
        one.partition_id: [int(stage) for stage in Stage if stage >= one.blocks[local_id]]
        for one in of_course(course_key)
        if local_id in one.blocks
    }
    if not found and parent.partition("@")[0] == _CONTENT and local_id.partition("@")[0] not in _OURS:
        return {NOWHERE: [int(Stage.CONTENT)]}
    return found
