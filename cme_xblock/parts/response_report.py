"""What the platform's report of problem responses is given: each answer of each attempt, for the course's team.

Of the assessment alone: an evaluation is nobody's to list by name, and identifiers are in no report of a course. Tests
are left out, and so are retired learners. That it was made stands in the access log.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from cme_xblock.activity import richtext
from cme_xblock.activity.model import Item
from cme_xblock.host import people
from cme_xblock.parts import editions
from cme_xblock.parts.editions import Published
from cme_xblock.records import access_log, keys, ledger
from cme_xblock.records import editions as recorded
from cme_xblock.records.models import Participation

_WHY = "The course team's report of problem responses, made by the platform."


def rows(
    course_key: str, published: Published, *, limit: int | None, now: datetime
) -> Iterator[tuple[str, dict[str, Any]]]:
    """The account's name and one answer, learner by learner, attempt by attempt; at most `limit` of them."""
    activity_id = published.activity.activity_id
    key = keys.activity_key(course_key, activity_id)
    found = list(islice(_all(course_key, published, key, now), limit))
    access_log.append(
        access_log.Look(
            chain=keys.provider_key(published.activity.provider.name) or access_log.SITE,
            reader_id="platform",
            reader_name="",
            role="course_staff",
            what="responses",
            count=len({learner for learner, _ in found}),
            why=_WHY,
            course_key=course_key,
            activity_key=key,
        ),
        now=now,
    )
    accounts = people.accounts({learner for learner, _ in found})
    yield from ((accounts[learner], row) for learner, row in found if learner in accounts)


def _all(course_key: str, published: Published, key: str, now: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    living = Participation.objects.filter(activity_key=key, sealed_at=None, is_test=False).order_by("pk")
    for learner_id in living.values_list("learner_id", flat=True).iterator(chunk_size=500):
        entries = ledger.entries(course_key, published.activity.activity_id, learner_id)
        for attempt in editions.standing(published, entries, now=now).progress.attempts:
            items = recorded.load(attempt.edition)[attempt.edition].assessment.items
            for item in items:
                chosen = attempt.responses.get(item.id, ())
                yield learner_id, {"Attempt": attempt.number, **_answer(item, chosen, attempt.per_item.get(item.id))}


def _answer(item: Item, chosen: Any, right: bool | None) -> dict[str, Any]:
    texts = {one.id: richtext.plain(one.text) for one in item.options}
    return {
        "Item": item.id,
        "Question": richtext.plain(item.stem),
        "Answer": "; ".join(texts.get(one, one) for one in chosen),
        "Correct Answer": "; ".join(texts[one.id] for one in item.options if one.correct),
        "Right": "" if right is None else right,
    }
