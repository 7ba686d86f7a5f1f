"""The sections of the report, each a measurement and its table."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.test import Client

from benchmarks import authors, cold, credit, crowd, learner, scene, submits, tables, timing, weight
from benchmarks.scene import Placed
from benchmarks.timing import Job, Timing
from cme_xblock.activity.model import Activity
from cme_xblock.participation.progress import Part

ROUNDS = 120
WARM_UP = 10
SUBMIT_ROUNDS = 40
COLD_STARTS = 3
CROWDS = (1, 100, 10_000)
ENTRIES = (1, 10, 50, 100, 200)
STRANGER = "somebody"


def everything() -> None:
    """All sections, in one process."""
    client = Client()
    activity = scene.activity()
    scene.install(activity)
    students = learner.at_every_stage(client, activity)
    _student_view(client, students)
    _doors(client, students)
    _cold(students)
    _submits(client, activity)
    _weights(client, students)
    _entries(client, activity)
    _learners(client, activity, students)
    authors.report()
    credit.show(client, activity)


def _pages(client: Client, students: Mapping[str, str], door: str = "view") -> dict[str, Job]:
    """The pages that are compared: the floor, theirs, and ours at every stage."""
    jobs: dict[str, Job] = {
        block.label: partial(scene.view, client, block, STRANGER, door=door) for block in (scene.HELLO, *scene.PEERS)
    }
    for stage, student in students.items():
        jobs[f"cme, {stage}"] = partial(scene.view, client, scene.CME, student, door=door)
        page = jobs[f"cme, {stage}"]().content.decode()
        assert learner.STAGES[stage] in page, f"the page is not at the stage: {stage}"
    return jobs


def _above(found: Mapping[str, Timing]) -> tuple[dict[str, float], str]:
    """Each median above the floor's, and which of theirs is the fastest."""
    floor = found[scene.HELLO.label].median
    above = {name: one.median - floor for name, one in found.items()}
    return above, min((block.label for block in scene.PEERS), key=above.__getitem__)


def _student_view(client: Client, students: Mapping[str, str]) -> None:
    jobs = _pages(client, students)
    jobs["cme_part, assessment result"] = partial(scene.view, client, scene.CME_PART, students["assessment result"])
    jobs["cme_content with one page"] = partial(scene.view, client, scene.CME_CONTENT, students["content open"])
    found = timing.in_turns(jobs, rounds=ROUNDS, warm_up=WARM_UP)
    above, fastest = _above(found)
    rows = [
        (name, timing.queries(jobs[name]), one.median, one.p90, above[name], above[name] / above[fastest])
        for name, one in found.items()
    ]
    worst = max(above[f"cme, {stage}"] for stage in students) / above[fastest]
    tables.show(
        f"student_view: a page with the block alone, {ROUNDS} rounds in turns",
        ("page", "queries", "median ms", "p90 ms", "above floor", "ratio"),
        rows,
        note=f"Ratio: above the floor, to {fastest}, the fastest of theirs. Goal for cme: 0.50 and 8 queries. "
        f"Worst stage: {worst:.2f}.",
    )


def _doors(client: Client, students: Mapping[str, str]) -> None:
    """The same with the workbench's debug panel, which prints the block with all its fields; of ours, none."""
    jobs = _pages(client, students, door="scenario")
    found = timing.in_turns(jobs, rounds=ROUNDS // 4, warm_up=3)
    above, fastest = _above(found)
    tables.show(
        "The same pages with the workbench's debug panel, which prints all fields of their blocks, and none of ours",
        ("page", "queries", "median ms", "above floor", "ratio"),
        [
            (name, timing.queries(jobs[name]), one.median, above[name], above[name] / above[fastest])
            for name, one in found.items()
        ],
    )


def _cold(students: Mapping[str, str]) -> None:
    blocks: dict[str, tuple[Placed, str]] = {one.label: (one, STRANGER) for one in (scene.HELLO, *scene.PEERS)}
    for stage in ("fresh: overview", "assessment open", "certificate"):
        blocks[f"cme, {stage}"] = (scene.CME, students[stage])
    taken: dict[str, list[float]] = {name: [] for name in blocks}
    for _ in range(COLD_STARTS):
        for name, (block, student) in blocks.items():
            taken[name].append(cold.measure(block.usage, student))
    medians = {name: sorted(one)[len(one) // 2] for name, one in taken.items()}
    floor = medians[scene.HELLO.label]
    tables.show(
        f"The first request of a new process (median of {COLD_STARTS} processes)",
        ("page", "ms", "above floor"),
        [(name, one, one - floor) for name, one in medians.items()],
    )


def _submits(client: Client, activity: Activity) -> None:
    found = submits.measure(client, activity, rounds=SUBMIT_ROUNDS, warm_up=3)
    tables.show(
        f"Submits, {SUBMIT_ROUNDS} new learners; ours answer with the next page, theirs with a few words",
        ("submit", "queries", "median ms", "p90 ms"),
        [(name, queries, one.median, one.p90) for name, (one, queries) in sorted(found.items())],
    )


def _weights(client: Client, students: Mapping[str, str]) -> None:
    found = {block.label: weight.of(client, block, STRANGER) for block in scene.PEERS}
    for stage in ("fresh: overview", "assessment open"):
        found[f"cme, {stage}"] = weight.of(client, scene.CME, students[stage])
    found["cme_part"] = weight.of(client, scene.CME_PART, students["claim"])
    ours = found["cme, fresh: overview"].gzipped
    tables.show(
        "Bytes of script and style that student_view brings",
        ("block", "script", "style", "together", "gzipped", "times ours"),
        [(name, one.script, one.style, one.raw, one.gzipped, one.gzipped / ours) for name, one in found.items()],
        note="Gzipped piece by piece, as they are sent. Goal for ours: under 15,000 gzipped.",
    )


def _entries(client: Client, activity: Activity) -> None:
    """One learner who fails the assessment again and again, by the page itself."""
    one = learner.Learner(client, "again-and-again", activity)
    view = partial(scene.view, client, scene.CME, one.student)
    rows = []
    for number in range(1, max(ENTRIES) + 1):
        step = {1: Part.OVERVIEW, 2: Part.BASELINE, 3: Part.CONTENT}.get(number)
        if step:
            one.go(step)
        else:
            one.fail()
        if number in ENTRIES:
            found = timing.in_turns({"view": view}, rounds=15, warm_up=2)["view"]
            rows.append((number, timing.queries(view), found.median))
    tables.show("student_view of a learner with many entries", ("entries", "queries", "median ms"), rows)


def _learners(client: Client, activity: Activity, students: Mapping[str, str]) -> None:
    views = {stage: partial(scene.view, client, scene.CME, student) for stage, student in students.items()}
    rows, there = [], 0
    for number in CROWDS:
        crowd.Crowd(activity).grow(first=there + 1, last=number)
        there = number
        found = timing.in_turns(views, rounds=10, warm_up=2)
        asked = {stage: timing.queries(view) for stage, view in views.items()}
        medians = [one.median for one in found.values()]
        rows.append((number, min(asked.values()), max(asked.values()), min(medians), max(medians)))
    tables.show(
        "student_view at all stages, with other learners in the same activity",
        ("others", "fewest queries", "most queries", "quickest ms", "slowest ms"),
        rows,
    )
