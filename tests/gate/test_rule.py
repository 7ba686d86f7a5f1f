"""The rule on a block, and the partition behind it: both hold beside what others set, and nothing is ever stored."""

from __future__ import annotations

import pickle
from types import SimpleNamespace
from typing import Any

import pytest
from opaque_keys.edx.keys import UsageKey
from xblock.field_data import DictFieldData

from cme_xblock.activity.codes import Gates, OpensAfter
from cme_xblock.gate.field_data import GateFieldData
from cme_xblock.participation.stages import Stage
from cme_xblock.records import gates
from tests.gate.conftest import CONTENT, Course
from tests.gate.platform import COURSE, Blocks
from tests.rules import sample

pytestmark = pytest.mark.django_db(transaction=True)


def rule(course: Course, name: str) -> dict[int, Any]:
    found: dict[int, Any] = course.lms.block(name).group_access
    return found


class TestRule:
    def test_it_names_the_groups_from_the_stage_on(self, course: Course) -> None:
        course.describe(sample.activity(), gates=Gates.SUBSECTION, opens_after=OpensAfter.OVERVIEW)
        course.publish()
        [gate] = gates.of_course(str(COURSE))
        assert rule(course, "html@page") == {gate.partition_id: [Stage.CONTENT]}
        assert rule(course, "vertical@plain") == {
            gate.partition_id: [Stage.ACKNOWLEDGED, Stage.BASELINE, Stage.CONTENT]
        }
        assert rule(course, "cme@ward") == {}

    def test_what_an_author_set_holds_beside_it(self, course: Course) -> None:
        """The content of paid tracks, a cohort: both restrictions, whichever wrapper comes first."""
        course.publish()
        course.store.fields["html@page"]["group_access"] = {"50": [1, 2]}
        [gate] = gates.of_course(str(COURSE))
        assert rule(course, "html@page") == {50: [1, 2], gate.partition_id: [Stage.CONTENT]} or rule(
            course, "html@page"
        ) == {"50": [1, 2], gate.partition_id: [Stage.CONTENT]}

    def test_it_is_inherited_by_what_lies_deeper(self, course: Course) -> None:
        course.publish()
        [gate] = gates.of_course(str(COURSE))
        assert course.lms.block("problem@deep").merged_group_access == {gate.partition_id: [Stage.CONTENT]}

    def test_nothing_is_ever_stored(self, course: Course) -> None:
        course.publish()
        before = {name: dict(fields) for name, fields in course.store.fields.items()}
        block = course.lms.block("html@page")
        assert block.group_access
        block.save()
        assert course.store.fields == before

    def test_what_is_read_and_changed_outside_changes_nothing_here(self, course: Course) -> None:
        course.publish()
        rule(course, "html@page").clear()
        block = course.lms.block("html@page")
        next(iter(block.group_access.values())).clear()
        assert rule(course, "html@page")

    def test_a_block_that_is_open_keeps_its_own_field_data(self, course: Course) -> None:
        course.publish()
        data = DictFieldData({})
        block = course.lms.block("cme@ward")
        assert GateFieldData.wrap(block, data) is data

    @pytest.mark.parametrize("key", ["lb:Example:shelf:html:page", None])
    def test_a_library_and_a_block_of_no_course_are_left_alone(self, course: Course, key) -> None:
        usage = UsageKey.from_string(key) if key else "scenario.html.d0.u0"
        block = SimpleNamespace(scope_ids=SimpleNamespace(usage_id=usage, block_type="html"))
        data = DictFieldData({})
        assert GateFieldData.wrap(block, data) is data

    def test_every_other_field_passes_through(self, course: Course) -> None:
        course.publish()
        runtime = Blocks(course.store, wrapped=True)
        block = runtime.get_block(course.store.key("html@page"))
        wrapped = runtime.service(block, "field-data")
        assert isinstance(wrapped, GateFieldData)
        assert wrapped.has(block, "parent")
        assert not wrapped.has(block, "display_name")
        wrapped.set(block, "display_name", "One")
        wrapped.set_many(block, {"tags": []})
        assert (wrapped.get(block, "display_name"), wrapped.get(block, "tags")) == ("One", [])
        wrapped.delete(block, "display_name")
        assert not wrapped.has(block, "display_name")
        with pytest.raises(KeyError):
            wrapped.default(block, "display_name")


class TestPartition:
    def test_a_course_without_a_gate_has_none(self, course: Course) -> None:
        [generator] = course.lms.generators
        assert generator(SimpleNamespace(id=COURSE)) is None

    def test_it_survives_pickling_and_holds_plain_text_alone(self, course: Course) -> None:
        course.publish()
        [partition] = course.lms.partitions()
        again = pickle.loads(pickle.dumps(partition))  # noqa: S301 - our own
        assert again == partition
        assert [group.id for group in again.groups] == list(Stage)
        texts = [again.name, again.description, *(group.name for group in again.groups), *again.parameters.values()]
        assert {type(one) for one in texts} == {str}

    def test_staff_recognise_the_activity_by_each_groups_name(self, course: Course) -> None:
        course.publish()
        [partition] = course.lms.partitions()
        assert all(group.name.startswith(course.activity.title) for group in partition.groups)

    def test_an_authors_file_can_not_bring_one(self, course: Course) -> None:
        course.publish()
        [partition] = course.lms.partitions()
        assert partition.scheme.read_only is True
        made = partition.scheme.create_user_partition(5, "n", "d", groups=partition.groups)
        assert (made.id, type(made)) == (5, type(partition))

    def test_its_number_stays_and_fits(self, course: Course) -> None:
        course.publish()
        [before] = [one.partition_id for one in gates.of_course(str(COURSE))]
        assert 100 <= before < 2**31
        course.describe(sample.activity(), gates=Gates.COURSE)
        course.publish()
        assert [one.partition_id for one in gates.of_course(str(COURSE))] == [before]

    def test_two_activities_never_share_a_number(self, course: Course, monkeypatch) -> None:
        monkeypatch.setattr(gates.zlib, "crc32", lambda data: 7)
        planned = [gates.Planned(name, {"html@page": 4}) for name in ("a", "b", "c")]
        gates.replace(str(COURSE), planned)
        numbers = [one.partition_id for one in gates.of_course(str(COURSE))]
        assert sorted(numbers) == [gates.FIRST_PARTITION + step for step in (7, 8, 9)]

    def test_both_of_two_activities_have_to_be_opened(self, course: Course) -> None:
        """And their authors are told: see test_plan."""
        course.publish()
        course.acknowledge()
        course.answer()
        both = [
            gates.Planned(course.activity.activity_id, dict.fromkeys(CONTENT, 4)),
            gates.Planned("another", {"html@page": 4}),
        ]
        gates.replace(str(COURSE), both)
        assert course.closed() == {"html@page"}
