"""`cme_doctor` in the LMS: each course's gate is looked at, said in words, and mended when asked."""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cme_xblock.console.health import checks
from cme_xblock.console.health.checks import Subject
from cme_xblock.gate import examining
from cme_xblock.records.models import GatedBlock
from cme_xblock.settings import common
from tests.blocks.clock import NOON
from tests.gate.conftest import Course
from tests.gate.platform import COURSE, MissingError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def in_lms(course: Course, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Course:
    """The settings of the LMS, with the plugin's."""
    settings.ROOT_URLCONF = common.LMS_URLS
    settings.XBLOCK_FIELD_DATA_WRAPPERS = (common.WRAPPER,)
    settings.MIDDLEWARE = [common.MIDDLEWARE]
    monkeypatch.setattr(examining, "find_spec", lambda name: ModuleSpec(name, None))
    # A checkout that was installed before the entry points were there is sound all the same.
    there = EntryPoint(name="cme_gate", value="cme_xblock.gate.partition:partitions", group="any")
    monkeypatch.setattr(examining, "entry_points", lambda *, group: (there,))
    course.publish()
    course.lms.collect()
    return course


def doctor(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("cme_doctor", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def installed() -> list[str]:
    [report] = [one for one in checks.run(now=NOON) if one.subject is Subject.GATE]
    return [one.said.format(str) for one in report.found]


def test_a_sound_gate_is_well(in_lms: Course) -> None:
    assert installed() == []
    assert doctor("--course", str(COURSE))[0] == 0


def test_an_entry_point_that_is_not_installed_is_bad(in_lms: Course, monkeypatch) -> None:
    monkeypatch.setattr(examining, "entry_points", lambda *, group: ())
    assert len([one for one in installed() if "entry point" in one]) == 2


@pytest.mark.parametrize("name", ["XBLOCK_FIELD_DATA_WRAPPERS", "MIDDLEWARE"])
def test_a_gate_that_the_lms_was_not_told_of_is_bad(in_lms: Course, settings: Any, name) -> None:
    setattr(settings, name, ())
    assert [one for one in installed() if name in one]
    assert doctor()[0] == 1


def test_a_stale_gate_is_said_then_mended_and_then_well(in_lms: Course) -> None:
    in_lms.lms.structure = None
    in_lms.lms.collect(by_studio=True)
    GatedBlock.objects.filter(block="html@page").delete()
    status, text = doctor()
    assert status == 1
    assert f"gate {COURSE}  What is kept closed is not what the published course says." in text
    assert "cme_doctor --repair" in text
    status, text = doctor("--repair")
    assert "made anew" in text
    assert doctor("--course", str(COURSE))[0] == 0


def test_courses_are_those_with_an_activity_or_a_gate(in_lms: Course) -> None:
    assert list(examining.courses()) == [str(COURSE)]


def test_what_is_no_course_key_is_refused_with_the_form(in_lms: Course) -> None:
    with pytest.raises(CommandError, match="no course key"):
        doctor("--course", "nonsense")


def test_a_course_that_is_gone_is_no_fault(in_lms: Course, monkeypatch) -> None:
    def gone(course_key: str) -> None:
        raise MissingError

    monkeypatch.setattr(examining.repairing, "look", gone)
    assert "not there any more" in doctor("--course", str(COURSE))[1]
