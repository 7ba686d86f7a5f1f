"""Rows are written when a course is published, and at no other time; and what its authors are told of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cme_xblock.activity.codes import Gates
from cme_xblock.host import published
from cme_xblock.parts import gating
from cme_xblock.records import gates
from cme_xblock.records.models import Gate, GatedBlock
from tests.gate.conftest import CONTENT, Course
from tests.gate.platform import COURSE, User
from tests.rules import sample

pytestmark = pytest.mark.django_db(transaction=True)

LEADING = {"course@course", "chapter@one", "sequential@first", "vertical@begin"}


def rows() -> dict[str, dict[str, int]]:
    return {one.activity_id: dict(one.blocks) for one in gates.of_course(str(COURSE))}


def test_the_published_branch_is_read(course: Course) -> None:
    course.publish()
    assert course.store.branches == ["published"]


def test_the_whole_course_is_loaded_only_for_who_closes_it(course: Course, monkeypatch) -> None:
    """A course is published many times while it is made."""
    loaded: list[str] = []
    real = type(course.store).get_course

    def counted(self: Any, *args: Any, **more: Any) -> Any:
        loaded.append("course")
        return real(self, *args, **more)

    monkeypatch.setattr(type(course.store), "get_course", counted)
    course.publish()
    course.describe(sample.activity(), gates=Gates.SUBSECTION)
    course.publish()
    assert loaded == []
    course.describe(sample.activity(), gates=Gates.COURSE)
    course.publish()
    assert loaded == ["course"]


def test_reading_writes_nothing(course: Course) -> None:
    course.publish()
    before = (list(Gate.objects.values()), list(GatedBlock.objects.values()))
    course.store.add("html@new", "cme_content@reading")
    course.acknowledge()
    course.answer()
    course.closed()
    assert (list(Gate.objects.values()), list(GatedBlock.objects.values())) == before


def test_a_new_component_is_closed_before_it_was_published_and_opens_after(course: Course) -> None:
    course.publish()
    course.acknowledge()
    course.answer()
    course.store.add("html@new", "cme_content@reading")
    assert course.closed() == {"html@new"}
    course.publish()
    assert course.closed() == set()


def test_a_block_that_was_deleted_takes_its_rows_along_and_no_record(course: Course) -> None:
    course.publish()
    course.acknowledge()
    for name in ("cme@ward", "cme_content@reading", "html@page", "vertical@inner", "problem@deep"):
        del course.store.fields[name]
    course.publish()
    assert rows() == {}
    assert gates.known(str(COURSE)) == ()
    from cme_xblock.records.models import EntryRow, PublishedEdition

    assert EntryRow.objects.count() == 1
    assert PublishedEdition.objects.count() == 1


def test_content_whose_activity_was_deleted_opens_for_nobody_new(course: Course) -> None:
    """Who had come so far still has it: what was opened for them is theirs, and their record names the edition."""
    course.publish()
    for learner in ("7", "8"):
        course.acknowledge(learner)
    course.answer("7")
    del course.store.fields["cme@ward"]
    course.store.fields["vertical@begin"]["children"].remove(course.store.key("cme@ward"))
    course.publish()
    assert course.closed(User(7)) == set()
    assert course.closed(User(8)) == course.closed(User(9)) == CONTENT


@pytest.mark.parametrize("inside", ["cme_content@reading", "vertical@inner"])
def test_an_activity_in_what_it_keeps_closed_is_not_closed_itself(course: Course, inside) -> None:
    """Its author put the key into the safe: the door must not be locked by it, nor what leads to the door."""
    course.describe(sample.activity(), gates=Gates.COURSE)
    course.store.add("cme@inside", inside)
    course.store.add("cme_part@inside", inside)
    course.describe(replace(sample.activity(), activity_id="inside"), block="cme@inside", gates=Gates.SUBSECTION)
    course.publish()
    assert not course.closed() & {"cme@inside", "cme_part@inside", "cme@ward", "cme_content@reading", *LEADING}
    assert {"html@page", "problem@deep", "html@beside"} <= course.closed()


def test_another_run_has_rows_of_its_own(course: Course) -> None:
    """Names of blocks survive import and re-run; the course is part of the row."""
    course.publish()
    course.acknowledge()
    again = "course-v1:Lakeshore+CME+2027"
    gates.replace(again, [gates.Planned(course.activity.activity_id, {"html@page": 4})])
    one, two = (gates.of_course(key)[0] for key in (str(COURSE), again))
    assert one.activity_key != two.activity_key
    assert two.edition == ""
    assert len(rows()) == 1


def test_each_of_two_activities_with_one_id_adds_what_it_closes(course: Course) -> None:
    """A pasted copy has the same id: a finding says so elsewhere; what either of them closes stays closed."""
    course.store.add("cme@copy", "vertical@end")
    course.describe(sample.activity(), gates=Gates.SUBSECTION)
    course.describe(sample.activity(), block="cme@copy", gates=Gates.SUBSECTION)
    course.publish()
    assert {"vertical@plain", "problem@exam"} <= set(rows()[sample.activity().activity_id])


def test_a_scope_that_is_not_there_is_the_next_larger_one(course: Course) -> None:
    course.store.add("cme@loose", "course@course")
    course.describe(replace(sample.activity(), activity_id="loose"), block="cme@loose", gates=Gates.SUBSECTION)
    course.publish()
    assert "vertical@other" in rows()["loose"]


def test_content_in_content_is_its_own_activitys(course: Course) -> None:
    course.store.add("cme_content@nested", "vertical@inner", activity_id="other")
    course.store.add("html@nested", "cme_content@nested")
    course.publish()
    assert rows() == {
        sample.activity().activity_id: {"html@page": 4, "problem@deep": 4, "vertical@inner": 1},
        "other": {"html@nested": 4},
    }
    course.acknowledge()
    course.answer()
    assert course.closed() == {"html@nested"}


class TestFinding:
    def shared(self, course: Course) -> replace:
        """Two activities of which one closes the course, and the other its own subsection."""
        course.describe(sample.activity(), gates=Gates.COURSE)
        course.store.add("cme@other", "vertical@end")
        other = replace(sample.activity(), activity_id="other", title="Other")
        course.describe(other, block="cme@other", gates=Gates.SUBSECTION)
        course.publish()

    def test_both_authors_are_told_with_number_and_name(self, course: Course) -> None:
        self.shared(course)
        for mine, other in ((sample.activity().activity_id, "other"), ("other", sample.activity().activity_id)):
            [found] = gating.findings(replace(sample.activity(), activity_id=mine), course_key=str(COURSE))
            assert (found.code, found.where, found.severity) == ("gated_twice", "content.gates", "warn")
            assert other in str(found.message)
            assert "1 in all" in str(found.message)

    def test_one_activity_is_told_nothing(self, course: Course) -> None:
        course.publish()
        assert gating.findings(sample.activity(), course_key=str(COURSE)) == ()
        assert gating.findings(replace(sample.activity(), activity_id=""), course_key=str(COURSE)) == ()
        assert gating.findings(sample.activity(), course_key="") == ()

    def test_it_stands_in_the_preview_and_the_form(self, course: Course) -> None:
        from datetime import UTC, datetime

        from cme_xblock.host.language import named
        from cme_xblock.host.visitor import Visitor
        from cme_xblock.parts import editions, preview
        from cme_xblock.parts.visit import Setting

        self.shared(course)
        setting = Setting(
            course_key=str(COURSE),
            visitor=Visitor(host="editor", learner_id="1", full_name=""),  # type: ignore[arg-type]
            now=datetime(2026, 11, 22, tzinfo=UTC),
            language=named("en"),
            prefix="x",
            shown=(),
            link=str,
        )
        one = editions.Described("0" * 64, course.activity)
        assert "gated_twice" in [found.code for found in preview.judged(setting, one)]


def test_publishing_never_fails_for_what_follows_from_it(course: Course, monkeypatch) -> None:
    def broken(course: published.PublishedCourse) -> None:
        raise RuntimeError

    monkeypatch.setattr(published, "_readers", [broken, gating.record])
    course.publish()
    assert set(rows()[sample.activity().activity_id]) == CONTENT - {"problem@deep"}
