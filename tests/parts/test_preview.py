"""What the course team sees of the findings: what is wrong, and what was looked at and let stand."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from cme_xblock.activity.model import Override
from cme_xblock.host import kind, language, visitor
from cme_xblock.participation.progress import Part
from cme_xblock.parts import preview
from cme_xblock.parts.visit import Setting
from cme_xblock.rules import check
from tests.rules import sample

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def setting() -> Setting:
    return Setting(
        course_key="workbench:ward",
        visitor=visitor.Visitor(kind.Host.WORKBENCH, "author", ""),
        now=NOW,
        language=language.current(),
        prefix="cme-1",
        shown=(Part.OVERVIEW,),
        link=lambda target: "",
    )


def test_a_warning_that_was_let_stand_is_shown_with_its_reason() -> None:
    warned = replace(sample.activity(), estimated_minutes=60)
    [finding] = check.check(warned, today=NOW.date())
    override = Override(code=finding.code, where=finding.where, by="CME office", on=date(2026, 5, 1), reason="A pilot.")
    stands = replace(warned, overrides=(override,))
    [before] = preview.shown_findings(setting(), check.check(warned, today=NOW.date()))
    [after] = preview.shown_findings(setting(), check.check(stands, today=NOW.date()))
    assert (before["label"], before["fix"]) == ("Check", finding.fix.format())
    assert (after["label"], after["fix"]) == ("Let stand, with the reason", "A pilot.")


def test_the_team_is_led_to_the_outcomes() -> None:
    """The course's team has a link, a learner has none, and an activity without an id has none to have."""
    learner = setting()
    staff = replace(learner, visitor=replace(learner.visitor, staff=True))
    address = preview.outcomes_address(staff, "safe-tapering")
    assert re.fullmatch(r"/cme/outcomes/[0-9a-f]{64}/", address)
    assert address in preview.team_link(staff, "safe-tapering")
    assert preview.team_link(learner, "safe-tapering") == ""
    assert preview.outcomes_address(staff, "") == preview.outcomes_address(staff, "x" * 300) == ""


def test_studio_leads_to_its_lms(settings: Any) -> None:
    settings.SERVICE_VARIANT, settings.LMS_ROOT_URL = "cms", "https://learn.example.org/"
    assert preview.outcomes_address(setting(), "a").startswith("https://learn.example.org/cme/outcomes/")
