"""Outcomes at scale: `python -m benchmarks.outcomes [--sizes 1000 10000 100000] [--database mariadb]`.

Three questions. What does a full analysis of matched learners cost beside a bare cursor that reads the same first
attempts into NumPy arrays, and how does it grow? What do the statistics alone cost, on arrays in memory, beside
statsmodels for the same tests? How long does a live page wait when one more learner has answered: for its numbers, and
whole, with what is hidden, charts and HTML?

Each size has an activity of its own, 20 pairs, in a database that is made for the run and dropped after it. Learners
are simulated. The rows are written directly, for the ledgers of a million learners would take hours; how long counting
from the ledger takes is measured with fewer.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

PAIRS = 20
COURSE = "course-v1:Simulated+CME+2026"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Outcomes at scale.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--database", default="mariadb", choices=("sqlite", "postgres", "mariadb"))
    parser.add_argument("--live", type=int, default=10_000, help="learners of the live page (default 10000)")
    options = parser.parse_args()
    os.environ["CME_TEST_DATABASE"] = options.database
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    warnings.filterwarnings("ignore", category=UserWarning)
    import django

    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    made = setup_databases(verbosity=0, interactive=False)
    try:
        _head(options.database)
        _reports(options.sizes)
        _statistics(max(options.sizes))
        _live(options.live)
        _page(80, 8)
        _page(options.live, PAIRS)
    finally:
        teardown_databases(made, verbosity=0)


def _reports(sizes: list[int]) -> None:
    from cme_xblock.outcomes import reading
    from cme_xblock.outcomes.analysis import analyse

    print(f"\nFull analysis, {PAIRS} pairs (seconds, best of three; memory: this process's peak)")
    head = ("learners", "bare cursor", "read", "analyse", "both", "to bare", "us/learner", "MB")
    print("{:>10} {:>12} {:>8} {:>8} {:>8} {:>8} {:>11} {:>6}".format(*head))
    for size in sizes:
        key = _fill(size)
        bare = _best(lambda key=key: _bare(key))
        read = _best(lambda key=key: reading.read(key))
        cohort = reading.read(key)
        work = _best(lambda cohort=cohort: analyse(cohort))
        whole = read + work
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{size:>10} {bare:>12.3f} {read:>8.3f} {work:>8.3f} {whole:>8.3f} {whole / bare:>8.2f} "
            f"{whole / size * 1e6:>11.2f} {peak:>6}"
        )


def _statistics(size: int) -> None:
    """The same tests on the same arrays: McNemar and Holm of every pair, t and Wilcoxon of the scores, shares."""
    import numpy as np
    from scipy import stats
    from statsmodels.stats import contingency_tables, multitest, proportion

    from cme_xblock.outcomes.stats import change, paired
    from cme_xblock.outcomes.stats import proportion as ours

    chance = np.random.default_rng(1)
    before, after = chance.random((size, PAIRS)) < 0.4, chance.random((size, PAIRS)) < 0.7
    first, second = before.sum(axis=1), after.sum(axis=1)

    def we() -> None:
        found = change.changes(before, after)
        change.holm([change.mcnemar(one).p for one in found])
        for one in found:
            ours.wilson(one.right_before, one.n)
            ours.wilson(one.right_after, one.n)
        paired.t_test(second - first)
        paired.wilcoxon(second - first)

    def they() -> None:
        tables = [
            [[int((~x & ~y).sum()), int((~x & y).sum())], [int((x & ~y).sum()), int((x & y).sum())]]
            for x, y in zip(before.T, after.T, strict=True)
        ]
        p = [contingency_tables.mcnemar(one, exact=False, correction=True).pvalue for one in tables]
        multitest.multipletests(p, method="holm")
        for table in tables:
            n = sum(map(sum, table))
            proportion.proportion_confint(sum(table[1]), n, method="wilson")
            proportion.proportion_confint(table[0][1] + table[1][1], n, method="wilson")
        stats.ttest_rel(second, first)
        stats.wilcoxon(second - first, method="asymptotic")

    mine, theirs = _best(we), _best(they)
    print(f"\nStatistics alone, {size} learners: ours {mine:.3f} s, statsmodels and scipy {theirs:.3f} s, "
          f"ratio {mine / theirs:.2f}")  # fmt: skip


def _live(size: int) -> None:
    """One more answer, then the page's numbers: count what moved, read, analyse."""
    from cme_xblock.outcomes import reading, refresh
    from cme_xblock.outcomes.analysis import analyse
    from cme_xblock.records.models import Participation

    key = _fill(size, name="live")
    chosen = Participation.objects.filter(activity_key=key).order_by("pk").first()

    def once() -> None:
        Participation.objects.move_head(chosen.pk, expected=2, seq=2, sha256=chosen.head_hash)
        refresh.waiting(key)
        analyse(reading.read(key))

    print(f"\nLive page, {size} learners: {_best(once) * 1000:.0f} ms (goal 200)")


def _page(size: int, pairs: int) -> None:
    """The whole page as its reader waits for it: hidden cells searched for, charts drawn, HTML made. Answers only."""
    from django.test import override_settings
    from django.utils import timezone

    from cme_xblock.console.outcomes import showing
    from cme_xblock.outcomes import current, reading

    key = _fill(size, name=f"page-{size}", pairs=pairs)
    found = reading.reported(key)
    assert found is not None

    def once() -> None:
        made = current.report_of(key, found.activity, minimum=5, now=timezone.now(), at_once=0)
        showing.as_page(made, files={"pdf": "", "xlsx": ""}, csv=lambda table: table)

    with override_settings(STATIC_URL="/static/", ROOT_URLCONF="tests.urls"):
        begun = time.perf_counter()
        once()
        first = time.perf_counter() - begun
        print(f"\nWhole page, {size} learners x {pairs} pairs: {_best(once) * 1000:.0f} ms "
              f"(the first, which makes the step: {first * 1000:.0f} ms; goal 300 for 80 x 8)")  # fmt: skip


def _fill(size: int, *, name: str = "", pairs: int = PAIRS) -> str:
    """An activity with so many matched learners; its key."""
    from cme_xblock.outcomes.marks import Reached
    from cme_xblock.records import editions, keys
    from cme_xblock.records.models import Edition, FirstAttempts, Participation
    from tests.outcomes import people

    activity_id = name or f"size-{size}"
    one = replace(people.activity(pairs), activity_id=activity_id)
    sha256 = editions.publish(COURSE, one, source=activity_id, now=NOW)
    key = keys.activity_key(COURSE, activity_id)
    edition = Edition.objects.get(activity_key=key, sha256=sha256).pk
    chance = random.Random(size)
    reached = int(Reached.ACKNOWLEDGED | Reached.BASELINE | Reached.STARTED | Reached.ASSESSED | Reached.PASSED)
    for begin in range(0, size, 5_000):
        learners = [f"{activity_id}-{number}" for number in range(begin, min(begin + 5_000, size))]
        Participation.objects.bulk_create(
            Participation(
                key=keys.participation_key(COURSE, activity_id, learner), course_key=COURSE, activity_id=activity_id,
                learner_id=learner, activity_key=key, learner_key=keys.learner_key(learner), head_seq=2, started_at=NOW,
            )
            for learner in learners
        )  # fmt: skip
        places = Participation.objects.filter(activity_key=key, first_attempts=None).values_list("pk", flat=True)
        FirstAttempts.objects.bulk_create(
            FirstAttempts(
                participation_id=pk, activity_key=key, seen_seq=2, reached=reached, profession="md",
                before_edition_id=edition, before=_marks(chance, 0.4, pairs),
                after_edition_id=edition, after=_marks(chance, 0.7, pairs),
            )
            for pk in places
        )  # fmt: skip
    return key


def _marks(chance: random.Random, right: float, pairs: int) -> str:
    return "".join("1" if chance.random() < right else "0" for _ in range(pairs))


def _bare(key: str) -> Any:
    """The least that anybody needs: a cursor, the same columns, two arrays."""
    import numpy as np
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reached, profession, before_edition_id, `before`, after_edition_id, `after` "
            "FROM cme_xblock_firstattempts WHERE activity_key = %s".replace("`", connection.ops.quote_name("x")[0]),
            [key],
        )
        rows = cursor.fetchall()
    before = np.frombuffer("".join(row[3] for row in rows).encode(), dtype=np.uint8).reshape(-1, PAIRS)
    after = np.frombuffer("".join(row[5] for row in rows).encode(), dtype=np.uint8).reshape(-1, PAIRS)
    return before, after


def _best(work: Callable[[], object], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def _head(database: str) -> None:
    from importlib.metadata import version

    packages = ("Django", "numpy", "scipy", "statsmodels", "cme-xblock")
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} CPUs, {database}")
    print(f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in packages))


if __name__ == "__main__":
    main()
