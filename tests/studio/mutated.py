"""Almost right posts to the author's handlers, as many as one likes: how each was answered, and how quickly.

`python -m tests.studio.mutated --posts 10000` runs the long form on a database of its own and prints the numbers.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field

MOST_SECONDS = 2
MOST_KILOBYTES = 300_000
ANSWERS = frozenset({200, 400, 409, 413})


@dataclass
class Run:
    """What became of the posts to one handler. `merged`: how many came to the merging of two authors' work."""

    handler: str
    answers: Counter[int] = field(default_factory=Counter)
    merged: int = 0
    slowest: float = 0.0
    slowest_seed: int = -1
    grown: int = 0

    @property
    def well(self) -> bool:
        return set(self.answers) <= ANSWERS and self.slowest < MOST_SECONDS and self.grown < MOST_KILOBYTES

    def __str__(self) -> str:
        found = ", ".join(f"{status}: {number}" for status, number in sorted(self.answers.items()))
        merged = f", merged {self.merged}" if self.merged else ""
        slow = f"slowest {self.slowest:.3f} s (seed {self.slowest_seed})"
        return f"{self.handler:16} {sum(self.answers.values()):>6} posts: {found}{merged}; {slow}; +{self.grown} kB"


def run(handler: str, *, posts: int, first: int = 0) -> Run:
    """Send the posts with the seeds from `first`, each to a block that holds what its author has seen or not."""
    from django.core.cache import cache

    from cme_xblock.activity import canonical
    from tests.blocks import course
    from tests.rules import sample
    from tests.studio import spoiled

    course.install()
    made = spoiled.Posts(sample.activity())
    done = Run(handler)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in range(first, first + posts):
        raw = made.post(handler, seed=seed)
        block = course.block(course.ACTIVITY, "author")
        block.activity = canonical.to_data(made.stored)
        block.save()
        cache.clear()
        begin = time.process_time()
        answer = course.call(course.ACTIVITY, "author", handler, raw)
        spent = time.process_time() - begin
        if spent > done.slowest:
            done.slowest, done.slowest_seed = spent, seed
        done.answers[answer.status] += 1
        done.merged += handler == "compare_form" and answer.status == 200 and b'"take": {' in raw
    done.grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return done


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=10_000, help="for each handler")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--handler", action="append", help="only this one; may be given again")
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    warnings.simplefilter("ignore", DeprecationWarning)
    django.setup()
    from django.db import connection

    from tests.rules import sample
    from tests.studio import spoiled

    before = connection.creation.create_test_db(verbosity=0, serialize=False)
    try:
        well = True
        for handler in asked.handler or spoiled.Posts(sample.activity()).handlers:
            found = run(handler, posts=asked.posts, first=asked.first)
            well &= found.well
            sys.stdout.write(f"{found}{'' if found.well else '  TOO MUCH'}\n")
            sys.stdout.flush()
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)
    return 0 if well else 1


if __name__ == "__main__":
    raise SystemExit(main())
