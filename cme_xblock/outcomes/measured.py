"""What was measured otherwise than by first attempts: retention, performance, patients."""

from __future__ import annotations

from datetime import UTC

from cme_xblock.activity.model import Activity
from cme_xblock.outcomes import performance, report_performance, retained
from cme_xblock.outcomes.evidence import Check
from cme_xblock.outcomes.shapes import Section
from cme_xblock.records import performances


def sections(activity_key: str, *, minimum: int) -> tuple[Section, ...]:
    """These sections of that activity (keys.activity_key), for `report.build(more=...)`; none without data."""
    return tuple(report_performance.sections(files(activity_key), minimum=minimum))


def check(activity_key: str, activity: Activity) -> Check:
    """The retention check of the learners whom the report shows."""
    return Check(retained.read(activity_key), activity.retention.days)


def files(activity_key: str) -> tuple[report_performance.File, ...]:
    """What the provider brought and still counts."""
    return tuple(
        report_performance.File(
            one.level,
            one.source,
            one.period,
            one.at.astimezone(UTC).date().isoformat(),
            performance.from_data(one.measures),
        )
        for one in performances.current(activity_key)
    )
