"""Authors see in time which dates come due; whoever is no author does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from cme_xblock.activity import canonical
from cme_xblock.host import kind, language
from cme_xblock.host.visitor import Visitor
from cme_xblock.parts import preview
from cme_xblock.parts.visit import Setting
from tests.rules import sample


def shown(now: datetime, *, with_findings: bool = True) -> str:
    activity = replace(sample.activity(), people=sample.activity().people[:1])
    setting = Setting(
        course_key="course-v1:Example+CME+2026",
        visitor=Visitor(host=kind.Host.EDITOR, learner_id="", full_name=""),
        now=now,
        language=language.named("en"),
        prefix="cme-1",
        shown=(),
        link=lambda name: "",
    )
    return str(preview.panel(setting, canonical.to_data(activity), with_findings=with_findings))


def test_an_author_sees_what_comes_due() -> None:
    html = shown(datetime(2027, 12, 16, 12, tzinfo=UTC))
    assert "<h3>Dates that come due</h3>" in html
    assert "The activity expires after 2028-01-15 (days left: 30)." in html
    assert "Ann Lee disclosed on 2025-11-02, more than 24 months ago." in html
    assert "(people[lee].disclosed_on)" in html


def test_the_day_is_that_of_the_activity() -> None:
    """It begins at 4:00 UTC in New York's summer."""
    assert "Dates that come due" not in shown(datetime(2026, 8, 4, 3, 59, tzinfo=UTC))
    assert "Dates that come due" in shown(datetime(2026, 8, 4, 4, 0, tzinfo=UTC))


def test_nothing_is_shown_while_nothing_comes_due() -> None:
    assert "Dates that come due" not in shown(datetime(2026, 3, 1, 12, tzinfo=UTC))


def test_whoever_is_no_author_sees_no_dates() -> None:
    html = shown(datetime(2027, 12, 16, 12, tzinfo=UTC), with_findings=False)
    assert "Dates that come due" not in html
    assert "Ann Lee disclosed" not in html
