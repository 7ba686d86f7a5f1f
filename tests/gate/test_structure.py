"""What the LMS collects after publishing: apps are told why, and a stale structure is found and mended."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from cme_xblock.activity.codes import Gates
from cme_xblock.gate import repairing
from cme_xblock.records import gates
from cme_xblock.records.models import Gate, GatedBlock
from tests.gate.conftest import CONTENT, LEARNER, Course
from tests.gate.platform import COURSE
from tests.rules import sample

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def collected(course: Course) -> Course:
    course.publish()
    course.lms.collect()
    course.lms.next_request()
    return course


def test_apps_are_told_whose_it_is_and_why_and_the_answer_is_live(collected: Course) -> None:
    """The structure hands the numbers of the groups over, where a page hands the groups."""
    for name in CONTENT:
        whose, message = collected.lms.listed(LEARNER, name) or ("", "")
        assert whose == "Hand hygiene on the ward"
        assert message == "Hand hygiene on the ward: First read and acknowledge the disclosures."
    collected.acknowledge()
    collected.answer()
    collected.lms.next_request()
    assert [collected.lms.listed(LEARNER, name) for name in collected.store.fields] == [None] * len(
        collected.store.fields
    )


def test_a_sound_gate_has_nothing_to_mend(collected: Course) -> None:
    assert repairing.look(str(COURSE)) == repairing.Looked(str(COURSE))


def test_a_structure_that_studio_collected_is_found_and_mended(course: Course) -> None:
    course.publish()
    course.lms.collect(by_studio=True)
    found = repairing.look(str(COURSE))
    assert found.is_stale
    assert found.left_open == ("html@page", "vertical@inner")
    assert course.lms.listed(LEARNER, "html@page") is None
    assert not repairing.repair(str(COURSE)).is_stale
    assert course.lms.listed(LEARNER, "html@page")


def test_a_structure_of_before_the_author_chose_more_is_found(collected: Course) -> None:
    collected.describe(sample.activity(), gates=Gates.COURSE)
    collected.publish()
    assert "vertical@plain" in repairing.look(str(COURSE)).left_open
    assert repairing.repair(str(COURSE)) == repairing.Looked(str(COURSE))


def test_a_stage_that_was_too_early_is_found(collected: Course) -> None:
    assert collected.lms.structure is not None
    rule = collected.lms.structure.rules["html@page"]
    rule[next(iter(rule))] = {2, 3, 4}
    assert repairing.look(str(COURSE)).left_open == ("html@page",)


@pytest.mark.parametrize("lost", ["all", "one", "moved"])
def test_rows_that_are_not_what_publishing_makes_are_found_and_written_anew(collected: Course, lost) -> None:
    before = gates.of_course(str(COURSE))
    if lost == "all":
        Gate.objects.all().delete()
    elif lost == "one":
        GatedBlock.objects.filter(block="html@page").delete()
    else:
        GatedBlock.objects.filter(block="html@page").update(stage=2)
    assert repairing.look(str(COURSE)).rows_differ
    assert not repairing.repair(str(COURSE)).is_stale
    assert gates.of_course(str(COURSE)) == before


def test_what_no_app_is_shown_is_not_left_open(collected: Course) -> None:
    """The store finds orphans too, and what is newer than the structure; neither is in it, so neither can be open."""
    collected.store.add("cme_content@orphan", activity_id="lost")
    collected.store.add("html@orphan", "cme_content@orphan")
    collected.publish()
    assert repairing.look(str(COURSE)) == repairing.Looked(str(COURSE))
    assert "html@orphan" in collected.closed()


def test_mending_does_not_believe_what_this_process_remembers(collected: Course) -> None:
    """A command is one long request: the partitions of before the repair would be collected with the rules of after."""
    Gate.objects.all().delete()
    collected.lms.next_request()
    assert collected.lms.partitions() == []
    assert not repairing.repair(str(COURSE)).is_stale
    assert collected.lms.listed(LEARNER, "html@page")


def test_looking_mends_nothing(collected: Course) -> None:
    GatedBlock.objects.all().delete()
    repairing.look(str(COURSE))
    assert GatedBlock.objects.count() == 0


def test_what_is_shared_and_whose_number_is_taken_is_told(collected: Course) -> None:
    [gate] = gates.of_course(str(COURSE))
    collected.store.own_partitions = [SimpleNamespace(id=gate.partition_id), SimpleNamespace(id=50)]
    gates.replace(
        str(COURSE),
        [gates.Planned(gate.activity_id, gate.blocks, source=gate.source), gates.Planned("b", {"html@page": 4})],
    )
    found = repairing.look(str(COURSE))
    assert found.shared == ("html@page",)
    assert found.numbers == (gate.partition_id,)
