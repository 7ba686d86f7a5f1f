"""The partition of an activity, its scheme, and the generator that names both to the platform.

Loaded through entry points by the platform alone, so it may import the platform at the top; nothing of ours imports it.
All in a partition is pickled into collected structures, for all languages and for as long as they are kept: plain
strings and numbers only. What people read is made in `words`, for each request.
Source: edx-platform, xmodule/partitions/partitions.py, 21968c5; partitions_service.py, 03f00d5.
"""

from __future__ import annotations

from typing import Any

from web_fragments.fragment import Fragment
from xmodule.partitions.partitions import Group, UserPartition

from cme_xblock.gate import rows, standing, words
from cme_xblock.participation.stages import Stage
from cme_xblock.records.gates import Kept

SCHEME = "cme_gate"
_GROUPS = {
    Stage.CLOSED: "not begun",
    Stage.ACKNOWLEDGED: "disclosures acknowledged",
    Stage.BASELINE: "questions before the content answered",
    Stage.CONTENT: "content open",
}


class CmeGatePartition(UserPartition):
    """The learners of one activity, by how far they are."""

    def access_denied_message(self, block_key: Any, user: Any, user_group: Any, allowed_groups: Any) -> str:
        """One sentence for apps and outlines. Never None: then a closed problem would not count in the grade at all."""
        return words.message(*_about(self, block_key.course_key), user, _wanted(allowed_groups))

    def access_denied_fragment(self, block: Any, user: Any, user_group: Any, allowed_groups: Any) -> Fragment:
        """The same with the way there, in place of the block."""
        return words.fragment(*_about(self, block.scope_ids.usage_id.context_key), user, _wanted(allowed_groups))


class CmeGateScheme:
    """Says how far a learner is. Read only: an author's file can't bring a partition of this scheme."""

    read_only = True

    @classmethod
    def get_group_for_user(cls, course_key: Any, user: Any, user_partition: Any, **more: Any) -> Any:
        """The group of the stage that this person has reached; the first one in any doubt, and for nobody."""
        far = _acted(course_key, user, user_partition)
        if far is None:
            learner_id = str(getattr(user, "id", None) or "")
            far = standing.stage(*_about(user_partition, course_key), learner_id)
        return user_partition.get_group(int(far))

    @classmethod
    def create_user_partition(
        cls,
        id: int,
        name: str,
        description: str,
        groups: Any = None,
        parameters: Any = None,
        active: bool = True,
    ) -> CmeGatePartition:
        """A partition of this scheme, as the platform makes them from data."""
        return CmeGatePartition(id, name, description, groups or [], cls, parameters or {}, active)


def partitions(course: Any) -> list[CmeGatePartition] | None:
    """The partitions of a course, one for each activity that keeps something closed; None where there is none."""
    key = course.id
    gates = rows.of_course(rows.course_of(key))
    if not gates:
        return None
    scheme = UserPartition.get_scheme(SCHEME)
    return [_partition(one, scheme) for one in gates]


def _partition(gate: Kept, scheme: Any) -> CmeGatePartition:
    title = gate.title or gate.activity_id or "CME activity"
    # Staff choose a group to view as by its name alone.
    groups = [Group(int(stage), f"{title}: {name}") for stage, name in _GROUPS.items()]
    parameters = {"activity_id": gate.activity_id, "activity_key": gate.activity_key}
    return CmeGatePartition(
        gate.partition_id, title, "Opens what an activity keeps closed.", groups, scheme, parameters
    )


def _about(partition: Any, course_key: Any) -> tuple[str, Kept]:
    """The course as text, and the gate behind a partition as it is now; one that opens for nobody if it is gone."""
    course = rows.course_of(course_key)
    found = next((one for one in rows.of_course(course) if one.partition_id == partition.id), None)
    return course, found or Kept("", "", partition.id, "", "", "")


def _acted(course_key: Any, user: Any, partition: Any) -> Stage | None:
    """The group that staff chose to view as; None for everybody else.

    Source: edx-platform, lms/djangoapps/courseware/masquerade.py (measured: the platform does not ask by itself).
    """
    try:
        from lms.djangoapps.courseware.masquerade import (
            get_course_masquerade,
            get_masquerading_user_group,
            is_masquerading_as_specific_student,
        )
    except (ImportError, RuntimeError):
        # Studio asks too; it has no masquerade, and its settings know no models of the LMS's.
        return None
    if not getattr(user, "id", None) or not get_course_masquerade(user, course_key):
        return None
    if is_masquerading_as_specific_student(user, course_key):
        return None
    group = get_masquerading_user_group(course_key, user, partition)
    return Stage(group.id) if group is not None else Stage.CLOSED


def _wanted(allowed_groups: Any) -> Stage:
    """The first stage that opens it.

    A page of the LMS hands groups over, a collected structure their numbers. Source: edx-platform,
    lms/djangoapps/courseware/access.py and lms/djangoapps/course_blocks/transformers/user_partitions.py.
    """
    return Stage(min((int(getattr(one, "id", one)) for one in allowed_groups), default=int(Stage.CONTENT)))
