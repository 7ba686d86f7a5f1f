"""The report of an activity as it stands now: what page, files, exports and the API all show, made in one place."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cme_xblock.activity.model import Activity
from cme_xblock.outcomes import gathering, measured, reading, refresh, releasing, report, report_about, said
from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.shapes import Report

_PLAIN = Numbers()


def report_of(
    activity_key: str,
    activity: Activity,
    *,
    minimum: int,
    now: datetime,
    numbers: Numbers = _PLAIN,
    at_once: int | None = None,
) -> Report:
    """The report of that activity (keys.activity_key), which is `activity` as published.

    `minimum`: as of `suppression.plan`; `now`: aware; `numbers`: how its sentences write them; `at_once`: so many
    participations are counted first at most, None for all.
    """
    refresh.refresh(activity_key, limit=at_once)
    standing = releasing.current(activity_key, activity, minimum=minimum, now=now)
    evidence = said.as_of(gathering.of(activity_key, minimum=minimum), standing.evidence)
    made = report.build(
        standing.cohort,
        activity,
        minimum=minimum,
        simulated=reading.has_simulated(activity_key),
        numbers=numbers,
        planner=standing.planner,
        more=measured.sections(activity_key, minimum=minimum),
        evidence=replace(evidence, check=measured.check(activity_key, activity)),
    )
    cut = releasing.moved_at(activity_key)
    return replace(made, provenance=report_about.provenance(made, numbers, made=now, cut=cut))
