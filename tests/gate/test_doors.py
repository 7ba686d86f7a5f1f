"""What the platform refuses to whom: promise 1 at the platform's own doors, for each choice that an author has."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser

from cme_xblock.activity.codes import Gates, OpensAfter
from cme_xblock.gate import rows
from cme_xblock.participation.stages import Stage
from cme_xblock.records import editions, gates, ledger
from cme_xblock.records.models import EntryRow, Gate
from tests.blocks.clock import NOON
from tests.gate.conftest import CONTENT, FIRST, LEARNER, SECTION, WHOLE, Course
from tests.gate.platform import COURSE, User
from tests.rules import sample

pytestmark = pytest.mark.django_db(transaction=True)

OURS = {"cme@ward", "cme_part@credit", "cme_content@reading"}


@pytest.mark.parametrize(
    ("scope", "beside"),
    [(Gates.CONTENT, set()), (Gates.SUBSECTION, FIRST), (Gates.SECTION, SECTION), (Gates.COURSE, WHOLE)],
)
@pytest.mark.parametrize("after", OpensAfter)
def test_what_is_closed_opens_with_the_step_that_the_author_chose(course, scope, beside, after) -> None:
    course.describe(sample.activity(), gates=scope, opens_after=after)
    course.publish()
    assert course.closed() == CONTENT | beside
    course.acknowledge()
    assert course.closed() == CONTENT | (set() if after is OpensAfter.OVERVIEW else beside)
    course.answer()
    assert course.closed() == set()


def test_our_own_blocks_are_never_closed(course: Course) -> None:
    course.describe(sample.activity(), gates=Gates.COURSE)
    course.publish()
    assert not course.closed() & OURS
    assert not set().union(*(one.blocks for one in gates.of_course(str(COURSE)))) & OURS


def test_a_whole_unit_is_closed_as_one_where_it_holds_none_of_ours(course: Course) -> None:
    """The learning page says why only for a closed unit, and leaves a closed component out without a word."""
    course.describe(sample.activity(), gates=Gates.COURSE)
    course.publish()
    [gate] = gates.of_course(str(COURSE))
    assert set(gate.blocks) == {
        "html@beside", "vertical@plain", "vertical@other", "problem@exam", "html@page", "vertical@inner",
    }  # fmt: skip


@pytest.mark.parametrize("user", [AnonymousUser(), User(), None, User(8)])
def test_whoever_has_not_begun_sees_nothing_whoever_else_has(course: Course, user) -> None:
    course.publish()
    course.acknowledge()
    course.answer()
    assert course.closed() == set()
    [gate] = course.lms.partitions()
    assert gate.scheme.get_group_for_user(COURSE, user, gate).id == Stage.CLOSED


def test_nobody_costs_no_query(course: Course, django_assert_num_queries) -> None:
    course.publish()
    [gate] = course.lms.partitions()
    with django_assert_num_queries(0):
        gate.scheme.get_group_for_user(COURSE, AnonymousUser(), gate)


def test_an_entry_opens_for_the_rest_of_the_same_request(course: Course) -> None:
    course.publish()
    course.acknowledge()
    assert course.closed() == CONTENT
    assert course.lms.stored
    course.answer()
    # No new request: what was remembered of this learner has gone, what was remembered of the course stays.
    assert course.lms.may_load(LEARNER, "html@page")


def test_what_somebody_wrote_in_another_course_opens_nothing_here(course: Course) -> None:
    course.publish()
    course.acknowledge()
    other = gates.Kept("x", "0" * 64, 1, "", "", "")
    assert course.lms.partitions()[0].scheme.get_group_for_user(COURSE, LEARNER, SimpleNamespace(
        id=other.partition_id, get_group=lambda number: number
    )) == Stage.CLOSED  # fmt: skip


class TestFailsClosed:
    """In any doubt: closed."""

    def test_content_is_closed_before_the_course_was_ever_published_with_the_gate(self, course: Course) -> None:
        assert course.closed() == CONTENT
        assert course.lms.refusal(LEARNER, "html@page") == "nowhere"
        assert rows.NOWHERE < 2**31

    def test_an_activity_that_a_finding_keeps_shut_opens_for_nobody(self, course: Course) -> None:
        course.publish()
        course.acknowledge()
        course.answer()
        course.describe(replace(course.activity, objectives=()))
        course.publish()
        # The edition that was open is still the current one, and learners keep it: an author's draft mistake locks
        # nobody out. What was never open is closed.
        assert course.closed() == set()
        course.describe(replace(sample.activity(), activity_id="never-open", objectives=()), gates=Gates.COURSE)
        course.store.data["cme_content@reading"] = {"activity_id": "never-open"}
        course.publish()
        assert course.closed() == CONTENT | WHOLE

    def test_a_finding_that_appears_later_closes_what_content_blocks_close(self, course: Course) -> None:
        """The gate answers as the content block does: by what the rules say today of the current edition."""
        course.publish()
        course.acknowledge()
        course.answer()
        editions.publish(str(COURSE), replace(course.activity, objectives=()), source="cme@ward", now=NOON)
        assert course.closed() == CONTENT

    def test_after_the_expiry_content_is_closed_as_its_block_closes_it(self, course: Course, monkeypatch) -> None:
        course.describe(sample.activity(), gates=Gates.COURSE)
        course.publish()
        course.acknowledge()
        course.answer()
        assert course.closed() == set()
        course.at(NOON.replace(year=2029), monkeypatch)
        assert course.closed() == CONTENT

    @pytest.mark.parametrize("name", ["", None, "unknown", "x" * 300, "nul\0", 7])
    def test_content_of_an_activity_that_does_not_exist_opens_for_nobody(self, course: Course, name) -> None:
        course.store.data["cme_content@reading"] = {"activity_id": name}
        course.publish()
        course.acknowledge()
        course.answer()
        assert course.closed() == CONTENT

    def test_an_activity_that_can_not_be_read_any_more_keeps_closed_what_it_kept_closed(self, course: Course) -> None:
        course.describe(sample.activity(), gates=Gates.COURSE)
        course.publish()
        course.store.data["cme@ward"] = {"activity": {"title": 7}}
        course.publish()
        assert course.closed() == CONTENT | WHOLE
        course.store.data["cme_content@reading"] = {"activity_id": "another"}
        course.publish()
        assert course.closed() == CONTENT | WHOLE

    def test_a_damaged_ledger_opens_nothing_and_breaks_no_page(self, course: Course, monkeypatch) -> None:
        course.publish()
        course.acknowledge()
        course.answer()

        def broken(*place: str) -> None:
            raise ledger.LedgerBroken("uuid")

        monkeypatch.setattr(ledger, "entries", broken)
        assert course.closed() == CONTENT

    def test_a_gate_that_was_taken_away_opens_nothing_in_a_structure_that_still_has_it(self, course: Course) -> None:
        course.publish()
        course.acknowledge()
        course.answer()
        [partition] = course.lms.partitions()
        Gate.objects.all().delete()
        course.lms.next_request()
        assert partition.scheme.get_group_for_user(COURSE, LEARNER, partition).id == Stage.CLOSED


class TestStaff:
    """The course team passes; who views as somebody sees what they would."""

    STAFF = User(1, is_staff=True)

    def view_as(self, course: Course, **more: object) -> None:
        as_nobody = {"user_name": None, "user_partition_id": None, "group_id": None}
        course.lms.viewing[1] = SimpleNamespace(**(as_nobody | more))

    def test_the_team_sees_everything(self, course: Course) -> None:
        course.publish()
        assert course.closed(self.STAFF) == set()

    def test_as_a_learner_of_no_group_it_is_closed(self, course: Course) -> None:
        course.publish()
        self.view_as(course)
        assert course.closed(self.STAFF) == CONTENT

    @pytest.mark.parametrize("stage", Stage)
    def test_as_a_group_it_is_as_that_group_has_it(self, course: Course, stage) -> None:
        course.publish()
        [partition] = course.lms.partitions()
        self.view_as(course, user_partition_id=partition.id, group_id=int(stage))
        assert course.closed(self.STAFF) == (set() if stage is Stage.CONTENT else CONTENT)

    def test_as_a_specific_learner_it_is_as_that_learner_has_it(self, course: Course) -> None:
        """The platform asks with the learner then, and has no group."""
        course.publish()
        course.acknowledge("1")
        course.answer("1")
        self.view_as(course, user_name="ana")
        assert course.closed(self.STAFF) == set()

    def test_looking_writes_nothing(self, course: Course) -> None:
        course.publish()
        self.view_as(course)
        course.closed(self.STAFF)
        assert EntryRow.objects.count() == 0
