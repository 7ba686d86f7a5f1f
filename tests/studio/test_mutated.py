"""Almost right posts to the author's handlers: each is answered, quickly and in little memory, and never with a 5xx.

`CME_FUZZ=10000 pytest tests/studio/test_mutated.py -s` runs as many as one likes and prints the numbers.
"""

from __future__ import annotations

import os
import resource
import time
from collections import Counter

import pytest

from cme_xblock.activity import canonical
from cme_xblock.studio import values
from tests.blocks import course
from tests.rules import sample
from tests.studio import mutated

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated")]

TIMES = int(os.environ.get("CME_FUZZ", "150"))
MOST_SECONDS = 2
MOST_KILOBYTES = 300_000


@pytest.mark.parametrize("handler", ["save_form", "check_form", "compare_form"])
def test_mutated_posts_are_answered_in_time_and_memory(handler: str) -> None:
    course.install()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    form, base = values.of(sample.activity()), canonical.sha256(sample.activity())
    answers: Counter[int] = Counter()
    slowest, at = 0, 0
    for seed in range(TIMES // 3 + 1):
        begin = time.process_time()
        answer = course.call(course.ACTIVITY, "author", handler, mutated.posts(form, base, seed=seed))
        spent = time.process_time() - begin
        if spent > slowest:
            slowest, at = spent, seed
        answers[answer.status] += 1
        if answer.status == 200 and handler == "save_form":
            course.install()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(handler, dict(answers), f"slowest {slowest:.3f} s (seed {at})", f"memory +{grown} kB")  # noqa: T201
    assert set(answers) <= {200, 400, 409, 413}
    assert slowest < MOST_SECONDS
    assert grown < MOST_KILOBYTES
