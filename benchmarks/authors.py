"""What an author waits for: the compliance check of an activity, and a save of the whole form, and how both grow.

The check is the library's (`rules.check`), from a parsed activity and from its OLX; the save is the block's handler in
the workbench's runtime, from the posted JSON to the stored field and the findings. No network, no browser.
"""

from __future__ import annotations

import dataclasses
import gc
import statistics
import time
from collections.abc import Callable
from datetime import date

from cme_xblock.activity import canonical, olx
from cme_xblock.activity.model import Activity, Item
from cme_xblock.rules import check
from tests.rules import sample

SIZES = (10, 50, 200, 1000)
TODAY = date(2026, 6, 1)


def described(items: int) -> Activity:
    """The sample activity with so many items, half of them in the baseline and each paired with its twin."""
    given = sample.activity()
    twins = [
        (a, b) for a in given.baseline.items for b in given.assessment.items if a.pair_id and a.pair_id == b.pair_id
    ]
    first, second = twins[0]
    return dataclasses.replace(
        given,
        baseline=dataclasses.replace(given.baseline, items=_many(first, "b", items // 2)),
        assessment=dataclasses.replace(given.assessment, items=_many(second, "a", items - items // 2)),
    )


def _many(one: Item, half: str, count: int) -> tuple[Item, ...]:
    return tuple(
        dataclasses.replace(one, id=f"{half}{number}", pair_id=f"p{number}", stem=f"{one.stem} (case {number})")
        for number in range(count)
    )


def median_ms(work: Callable[[], object], *, seconds: float = 1.5) -> float:
    """The median of as many runs as fit into the time, at least three."""
    work()
    gc.collect()
    taken: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(taken) < 3:
        begun = time.perf_counter()
        work()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def rows() -> list[tuple[str, list[float]]]:
    """Each piece of work, with its median in milliseconds for each size."""
    activities = [described(size) for size in SIZES]
    texts = [olx.to_xml(one) for one in activities]
    return [
        ("check (rules alone)", [median_ms(lambda one=one: check.check(one, today=TODAY)) for one in activities]),
        ("lint (OLX text, then check)", [median_ms(lambda text=text: _lint(text)) for text in texts]),
        ("form save, the handler", [median_ms(_save(one)) for one in activities]),
    ]


def _lint(text: str) -> object:
    return check.check(olx.from_xml(text), today=TODAY)


def _save(activity: Activity) -> Callable[[], object]:
    """A save through the block's handler that changes something each time, so that nothing is answered from memory."""
    from cme_xblock.studio import values
    from tests.blocks import course

    # The block in the store must be the activity of this size.
    course.install(activity)
    sent = values.of(activity)
    state = {"base": canonical.sha256(activity), "number": 0}

    def save() -> None:
        state["number"] += 1
        body = {"base": state["base"], "values": {**sent, "title": f"Title {state['number']}"}}
        answer = course.call(course.ACTIVITY, "author", "save_form", body)
        if answer.status != 200:
            raise RuntimeError(answer.text)
        state["base"] = answer.data["base"]

    return save


def report() -> None:
    """The table: milliseconds for each size, and how often the smallest one's time per item the largest takes."""
    print("\nWhat an author waits for, median ms (goals: lint of 200 items 50 ms, save of 200 items 300 ms)")
    print(f"{'':<30}" + "".join(f"{size:>9} items" for size in SIZES) + "   per item, 1000 to 50")
    for name, taken in rows():
        ratio = (taken[-1] / SIZES[-1]) / (taken[1] / SIZES[1])
        print(f"{name:<30}" + "".join(f"{one:>15.1f}" for one in taken) + f"{ratio:>24.2f}")
