"""Stages: how far a learner is as the LMS's gate knows it. Each one includes those before it."""

from __future__ import annotations

from enum import IntEnum

from cme_xblock.participation.progress import Part, Progress, Status


class Stage(IntEnum):
    """How far somebody is. The numbers are kept: they are in tables, and in structures that the LMS has collected."""

    CLOSED = 1
    ACKNOWLEDGED = 2
    BASELINE = 3
    CONTENT = 4


def reached(progress: Progress) -> Stage:
    """The furthest stage of that progress. CONTENT is reached exactly while a content block shows its children."""
    if progress.state(Part.OVERVIEW).status is not Status.DONE:
        return Stage.CLOSED
    if progress.state(Part.BASELINE).status is not Status.DONE:
        return Stage.ACKNOWLEDGED
    # A live activity may have no content part: its way then goes on with the sessions.
    if progress.state(Part.CONTENT).status is Status.LOCKED:
        return Stage.BASELINE
    return Stage.CONTENT


def waits_for(stage: Stage, progress: Progress | None) -> Part:
    """The part that somebody has to do next so that what opens at `stage` opens; `progress` None: nothing done yet."""
    far = reached(progress) if progress else Stage.CLOSED
    if far < Stage.ACKNOWLEDGED:
        return Part.OVERVIEW
    return Part.BASELINE if far < Stage.BASELINE and stage > Stage.ACKNOWLEDGED else Part.CONTENT
