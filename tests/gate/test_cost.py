"""What the gate costs: queries a page, counted. Source of the bound: the issue, 30 components and 3 queries."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cme_xblock.activity.codes import Gates
from cme_xblock.gate import rows
from cme_xblock.records import gates
from cme_xblock.records.models import Gate, GatedBlock
from tests.gate.conftest import LEARNER, Course
from tests.gate.platform import COURSE, Blocks, User
from tests.rules import sample

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def unit(course: Course) -> Course:
    """A unit of thirty closed components."""
    for number in range(30):
        course.store.add(f"html@t{number}", "vertical@end")
    course.describe(sample.activity(), gates=Gates.COURSE)
    course.publish()
    return course


def page(course: Course, user: User) -> int:
    """Whether each of the thirty may be loaded, as one request asks; how many may."""
    course.lms.next_request()
    known = {one.id: one for one in course.lms.partitions()}
    runtime = Blocks(course.store, wrapped=True)
    open_ones = 0
    rules = [runtime.get_block(course.store.key(f"html@t{number}")).merged_group_access for number in range(30)]
    # As was measured: the platform empties its store once on the way, after the blocks are loaded.
    course.lms.next_request()
    for rule in rules:
        open_ones += all(
            known[partition].scheme.get_group_for_user(COURSE, user, known[partition]).id in groups
            for partition, groups in rule.items()
        )
    return open_ones


@pytest.mark.parametrize("far", [0, 2])
def test_a_unit_of_thirty_closed_components_costs_few_queries_by_index(unit: Course, far) -> None:
    if far:
        unit.acknowledge()
        unit.answer()
    page(unit, LEARNER)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert page(unit, LEARNER) == (30 if far else 0)
    assert len(caught) == 3
    unit.lms.next_request()
    with CaptureQueriesContext(connection) as caught:
        unit.lms.partitions()
        unit.lms.may_load(LEARNER, "html@t1")
        unit.lms.may_load(LEARNER, "html@t2")
    assert len(caught) == 2
    if connection.vendor == "sqlite":
        for query in caught:
            plan = connection.cursor().execute(f"EXPLAIN QUERY PLAN {query['sql']}").fetchall()
            assert not [row[-1] for row in plan if "SCAN" in row[-1]], plan


def test_a_course_without_an_activity_costs_nothing_once_it_is_known(course: Course, django_assert_num_queries) -> None:
    """Not even after the request's store was emptied."""
    assert rows.of_course("course-v1:Other+Course+1") == ()
    course.lms.next_request()
    with django_assert_num_queries(0):
        assert rows.of_course("course-v1:Other+Course+1") == ()


def test_the_first_gate_of_a_course_is_seen_at_once(course: Course) -> None:
    assert rows.of_course(str(COURSE)) == ()
    course.publish()
    assert len(rows.of_course(str(COURSE))) == 1


def test_a_reader_that_read_before_the_publisher_can_not_say_later_that_there_is_none(
    course: Course, monkeypatch
) -> None:
    real = gates._for_pages

    def slow(course_key: str) -> tuple[gates.Kept, ...]:
        before = real(course_key)
        monkeypatch.setattr(gates, "_for_pages", real)
        course.publish()
        return before

    monkeypatch.setattr(gates, "_for_pages", slow)
    assert gates.known(str(COURSE)) == ()
    assert len(gates.known(str(COURSE))) == 1


def test_what_was_published_again_unchanged_writes_nothing(course: Course, django_assert_num_queries) -> None:
    course.publish()
    [kept] = gates.of_course(str(COURSE))
    planned = [gates.Planned(kept.activity_id, kept.blocks, title=kept.title, source=kept.source)]
    with CaptureQueriesContext(connection) as caught:
        assert gates.replace(str(COURSE), planned) is False
    assert [one["sql"].split()[0] for one in caught if one["sql"].split()[0] not in ("BEGIN", "COMMIT")] == ["SELECT"]


def test_the_last_gate_that_goes_is_forgotten(course: Course) -> None:
    course.publish()
    gates.replace(str(COURSE), [])
    assert gates.of_course(str(COURSE)) == ()
    assert cache.get(gates._cached(str(COURSE))) == "none"


def test_a_gates_blocks_are_read_once_in_a_process_and_anew_when_they_change(course: Course) -> None:
    course.publish()
    gates._READ.clear()
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as caught:
            before = gates.known(str(COURSE))
        counts.append(len(caught))
    assert counts == [2, 1]
    course.describe(sample.activity(), gates=Gates.COURSE)
    course.publish()
    assert set(gates.known(str(COURSE))[0].blocks) > set(before[0].blocks)
    assert gates.known(str(COURSE)) == gates.of_course(str(COURSE))


def test_blocks_that_were_replaced_while_they_were_read_are_not_remembered(course: Course, monkeypatch) -> None:
    """Else the content of a moment would come back with the next content of the first name."""
    course.publish()
    [first] = gates.known(str(COURSE))
    gates._READ.clear()
    GatedBlock.objects.filter(block="html@page").delete()
    assert "html@page" not in gates.known(str(COURSE))[0].blocks
    assert not gates._READ
    GatedBlock.objects.create(gate=Gate.objects.get(), block="html@page", stage=first.blocks["html@page"])
    assert gates.known(str(COURSE))[0].blocks == first.blocks
