"""Research: first attempts without anybody's name, number, day or place in any order.

- A learner is a pseudonym: an HMAC under a key of this export alone, which is thrown away when the file is made. The
  same learner has the same one in all activities of a file, and no two files can be laid side by side.
- Rows are in an order drawn by that key, so that it tells nothing of when somebody came.
- A profession is told of groups from the limit on; the others are `withheld`, which is a group from the limit on too.
  An activity with fewer learners than that has one line, without a pseudonym, that says so and nothing else.
- No instants, no days, no names, no free text.
- Learners are as the outcomes report shows them, at its last step (docs/decisions/0034): of two files of two days the
  difference is several learners, or nobody.

Tests and retired learners are never in it. Source: promise 11; spec 5.3, rules 14 and 15.
"""

from __future__ import annotations

import hashlib
import hmac
import random
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.utils import timezone

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.console.access import May
from cme_xblock.console.exports.columns import Column, Columns, Form
from cme_xblock.console.exports.datasets import base, rows
from cme_xblock.console.exports.datasets.base import Dataset, as_flag
from cme_xblock.console.exports.scope import PAGE, START, Moved, Page, Scope, Stretch
from cme_xblock.outcomes.marks import Reached
from cme_xblock.outcomes.pairs import scored
from cme_xblock.records.models import OutcomesRelease, ReleasedAttempts

WITHHELD = "withheld"


class Research(Dataset):
    """One row is one learner in one activity."""

    id = "research"
    title = N_("Research, de-identified")
    about = N_("First attempts under pseudonyms of this file alone; small groups are withheld; no days, no names.")
    may = May.EXPORT
    filters = ()
    columns = (
        Column("pseudonym", Form.TEXT, N_("A learner, in this file alone; the key it was made with is gone.")),
        rows.ACTIVITY,
        Column("profession", Form.TEXT, N_("A code, or `withheld` where the group would be too small.")),
        Column("baseline", Form.FLAG, N_("Whether the baseline was handed in.")),
        Column("assessment", Form.FLAG, N_("Whether the assessment was.")),
        Column("passed", Form.FLAG, N_("Whether any attempt reached the pass mark.")),
        Column("completed", Form.FLAG, N_("Whether every requirement was met.")),
        Column("before_items", Form.TEXT, N_("The scored baseline questions, by the id of their pair or their own.")),
        Column("before_marks", Form.TEXT, N_("For each of them 1 right, 0 wrong, - not answered.")),
        Column("after_items", Form.TEXT, N_("The same of the first assessment.")),
        Column("after_marks", Form.TEXT, N_("The same.")),
    )

    def pages(self, scope: Scope, cursor: Mapping[str, int] = START) -> Iterator[Page]:
        """The rows from the cursor on, activity after activity, each in an order of its own."""
        scope = replace(scope, tests=False, sealed=False)
        after, done = cursor["after"], cursor["done"]
        for place in range(cursor["activity"], len(scope.activities)):
            key = scope.activities[place]
            step = cursor.get("step", 0) if after else _stepped(key, minimum=scope.minimum)
            order, shown = _drawn(scope, key)
            if len(order) < scope.minimum:
                following = {"activity": place + 1, "after": 0, "done": done}
                yield Page(rows.turned(_too_few(key), self.columns), following, done)
                continue
            while True:
                some = order[after : after + PAGE]
                after += len(some)
                done += len(some)
                ended = after >= len(order)
                following = {"activity": place + ended, "after": 0 if ended else after, "done": done, "step": step}
                content = rows.turned(_rows(scope, key, some, shown), self.columns)
                if _step(key) != step:
                    raise Moved
                yield Page(content, following, done)
                if ended:
                    after = 0
                    break

    def read(self, scope: Scope, stretch: Stretch) -> Columns:
        """Rows of research have no stretches: they are not in the order of participations."""
        raise NotImplementedError


def _stepped(activity_key: str, *, minimum: int) -> int:
    """Let the report move where it can, as a look at it does; the number of its last step, 0 before the first."""
    # Here, because scipy takes a second that no page should pay.
    from cme_xblock.outcomes import reading, refresh, releasing

    refresh.refresh(activity_key)
    found = reading.reported(activity_key)
    if found is not None:
        releasing.step(activity_key, found.activity, minimum=minimum, now=timezone.now())
    return _step(activity_key)


def _step(activity_key: str) -> int:
    steps = OutcomesRelease.objects.filter(activity_key=activity_key).order_by("-number")
    return steps.values_list("number", flat=True).first() or 0


def _drawn(scope: Scope, activity_key: str) -> tuple[array[int], frozenset[str]]:
    """The participations in an order that only this export's key decides, eight bytes for each, and which professions
    are told.
    """
    people = scope.participations(activity_key).filter(released_attempts__isnull=False)
    pks = array("q", people.order_by("pk").values_list("pk", flat=True).iterator(chunk_size=5000))
    counts = Counter(dict(_counted(people)))
    seed = hmac.digest(scope.secret, f"order\0{activity_key}".encode(), "sha256")
    # Reproducible, so that a successor goes on in the same order; the key is random and secret.
    random.Random(seed).shuffle(pks)  # noqa: S311
    return pks, told(counts, minimum=scope.minimum)


def _counted(people: Any) -> Iterator[tuple[str, int]]:
    from django.db.models import Count

    yield from people.order_by().values_list("released_attempts__profession").annotate(Count("pk"))


def _too_few(activity_key: str) -> list[tuple[Any, ...]]:
    """The line that stands for an activity of which nothing is told."""
    return [("", rows.place(activity_key)[0], WITHHELD, *[None] * 4, "", "", "", "")]


def told(counts: Mapping[str, int], *, minimum: int) -> frozenset[str]:
    """The professions that are named: none of a group below the limit, and so that the rest is none either."""
    named = sorted((one for one, number in counts.items() if number >= minimum), key=lambda one: (counts[one], one))
    withheld = sum(number for one, number in counts.items() if one not in named)
    while named and 0 < withheld < minimum:
        withheld += counts[named.pop(0)]
    return frozenset(named)


def _rows(scope: Scope, activity_key: str, pks: array[int], shown: frozenset[str]) -> Iterator[tuple[Any, ...]]:
    activity_id = rows.place(activity_key)[0]
    columns = (
        "participation_id", "participation__learner_key", "profession", "reached", "before_edition__sha256", "before",
        "after_edition__sha256", "after",
    )  # fmt: skip
    found = {one[0]: one for one in ReleasedAttempts.objects.filter(pk__in=list(pks)).values_list(*columns)}
    for pk in pks:
        if pk not in found:
            continue
        _, learner, profession, reached, before_sha, before, after_sha, after = found[pk]
        flags = (reached & Reached.BASELINE, reached & Reached.ASSESSED, reached & Reached.PASSED,
                 reached & Reached.COMPLETED)  # fmt: skip
        yield (
            pseudonym(scope.secret, learner), activity_id, profession if profession in shown else WITHHELD,
            *map(as_flag, flags), _items(before_sha, before=True), before, _items(after_sha, before=False), after,
        )  # fmt: skip


def pseudonym(secret: bytes, learner_key: str) -> str:
    """The learner in one file: 24 hex digits, in which nobody finds anybody without the key."""
    return hmac.new(secret, learner_key.encode(), hashlib.sha256).hexdigest()[:24]


def _items(sha256: str | None, *, before: bool) -> str:
    activity: Activity | None = base.edition(sha256)
    if activity is None:
        return ""
    items = activity.baseline.items if before else activity.assessment.items
    return " ".join(one.pair_id or one.id for one in scored(items))
