"""Each submit of ours beside theirs: every round a new learner takes the whole way here, and votes and drops there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks import learner, scene, timing
from benchmarks.timing import Job, Timing
from cme_xblock.activity.model import Activity

# The default content of drag-and-drop-v2: which item goes where.
_DROPS = tuple({"val": item, "zone": zone} for item, zone in enumerate(("top", "middle", "bottom", "top")))
_SURVEY = {"enjoy": "Y", "recommend": "N", "learn": "M"}


def measure(client: Client, activity: Activity, *, rounds: int, warm_up: int) -> Mapping[str, tuple[Timing, int]]:
    """The timing of each submit and the most queries that one made, by its name."""
    taken: dict[str, list[int]] = {}
    asked: dict[str, int] = {}
    with timing.no_garbage() as collect:
        for number in range(-warm_up, rounds):
            # Queries are counted in rounds of their own: to count them costs time.
            counted = number < 0
            for name, job in _round(client, activity, f"submits-{number}"):
                nanoseconds, queries = _call(job, counted=counted)
                if counted:
                    asked[name] = max(queries, asked.get(name, 0))
                else:
                    taken.setdefault(name, []).append(nanoseconds)
            collect()
    return {name: (timing.of(one), asked[name]) for name, one in taken.items()}


def _call(job: Job, *, counted: bool) -> tuple[int, int]:
    if not counted:
        nanoseconds, answer = timing.call(job)
        queries = 0
    else:
        with CaptureQueriesContext(connection) as captured:
            nanoseconds, answer = timing.call(job)
        queries = timing.count(captured)
    # The peers answer a refusal with status 200 and a word.
    said = answer.json()
    assert said.get("success", True), said
    assert said.get("correct", True), said
    return nanoseconds, queries


def _round(client: Client, activity: Activity, student: str) -> Iterator[tuple[str, Job]]:
    """One learner's submits, ours and theirs in turn. What has to come before each is done between."""
    here = learner.Learner(client, student, activity)
    theirs = _theirs(client, student)
    for part, step in here.steps().items():
        here.open(part)
        yield f"cme: {part.value}", step
        yield from islice(theirs, 1)


def _theirs(client: Client, student: str) -> Iterator[tuple[str, Job]]:
    call = partial(scene.call, client)
    yield "drag-and-drop-v2: drop_item", partial(call, scene.DRAG, student, "drop_item", _DROPS[0])
    for drop in _DROPS:
        call(scene.DRAG_GRADED, student, "drop_item", drop)
    yield "drag-and-drop-v2: do_attempt", partial(call, scene.DRAG_GRADED, student, "do_attempt", {})
    yield "poll: vote", partial(call, scene.POLL, student, "vote", {"choice": "R"})
    yield "survey: vote", partial(call, scene.SURVEY, student, "vote", _SURVEY)
