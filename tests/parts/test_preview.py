"""What the course team sees of the findings: what is wrong, and what was looked at and let stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

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
