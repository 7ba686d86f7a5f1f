"""What was measured otherwise than by first attempts, as sections of the report: retention, performance, patients."""

from __future__ import annotations

from datetime import UTC

from cme_xblock.activity.model import Activity
from cme_xblock.outcomes import hiding, performance, report_performance, report_retention, retained
from cme_xblock.outcomes.cohort import Cohort
from cme_xblock.outcomes.marks import Reached
from cme_xblock.outcomes.planner import Planner
from cme_xblock.outcomes.shapes import Section
from cme_xblock.records import performances


def sections(
    activity_key: str, activity: Activity, cohort: Cohort, *, minimum: int, planner: Planner
) -> tuple[Section, ...]:
    """These sections of that activity (keys.activity_key), for `report.build(more=...)`; none without data.

    `cohort` and `planner`: those of the report.
    """
    asked = retained.read(activity_key)
    told = True
    if asked:
        gone = hiding.people(cohort, hiding.wordings(cohort), minimum=minimum, planner=planner)
        told = Reached.RETAINED not in gone
    days = activity.retention.days
    return (
        *report_retention.sections(asked, days=days, minimum=minimum, planner=planner, is_told=told),
        *report_performance.sections(files(activity_key), minimum=minimum),
    )


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
