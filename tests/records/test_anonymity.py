"""Promise 10: with the whole database in hand, anonymous answers are joined to learners no better than by chance.

The attacker has every row of every table in the order in which the database gives them, where a row lies and which
transaction wrote it, the ledger with its times, and knows who handed in an evaluation, when. What the attacker gets
right is counted over many activities and compared with blind guessing; the same attacks find nearly all of the answers
in a table as one would make it without thinking. All are released here: what still waits is known to be of the
last one to four, which docs/decisions/0019 says among what it does not protect from.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from cme_xblock.activity import canonical
from cme_xblock.participation import evaluation
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.records import editions, evaluations, keys, ledger
from cme_xblock.records.models import AnonymousPool, EntryRow, ProviderTask
from tests.conftest import NOW
from tests.records import dump
from tests.rules import sample
from tests.rules.variant import vary

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

COURSE = "course-v1:Example+CME+2026"
LEARNERS, ACTIVITIES, SEED = 20, 6, 20261122
# Right guesses of one blind matching are about one, whatever the number of learners: of six matchings about six. Twenty
# or more come once in a hundred thousand (Poisson's distribution with mean 6).
MOST_BY_CHANCE = 19
Place = tuple[int, ...]


def hand_in(activity_id: str, learner: str, answers: dict[str, list[str]], minute: int) -> None:
    """One learner's evaluation, as `parts/evaluation.py` writes it."""
    activity = vary({"activity_id": activity_id})
    given = evaluation.take(activity, answers)
    assert isinstance(given, evaluation.Evaluated)
    prepared = evaluations.prepare(activity, given)
    draft = Draft(Kind.EVALUATION_SUBMITTED, canonical.sha256(activity), prepared.payload)

    def effects(participation: Any, entry: Any) -> None:
        evaluations.keep(participation, entry, activity=activity, given=given, prepared=prepared, now=NOW)

    proposal = ledger.Proposal(draft, effects)
    at = NOW + timedelta(minutes=minute)
    ledger.append(COURSE, activity_id, learner, decide=lambda _: proposal, now=at)


@pytest.fixture
def crowd() -> dict[str, list[tuple[str, str]]]:
    """Learners and what each wrote, by activity, in the order in which they handed it in."""
    chance, told = random.Random(SEED), {}
    for number in range(ACTIVITIES):
        name = f"activity-{number}"
        editions.record(COURSE, vary({"activity_id": name}), now=NOW)
        told[name] = []
        learners = [str(one) for one in chance.sample(range(10_000), LEARNERS)]
        for minute, learner in enumerate(learners):
            wrote = f"{chance.getrandbits(64):016x}"
            answers = sample.right_evaluation() | {
                "met#o1": [str(chance.randint(1, 5))],
                "change#o1": [wrote],
                "minutes": [str(chance.randint(10, 90))],
                "bias": ["no"],
            }
            if chance.random() < 0.1:
                answers |= {"bias": ["yes"], "bias#why": [f"because {wrote}"]}
            hand_in(name, learner, answers, minute)
            told[name].append((learner, wrote))
    return told


def texts_with_places(name: str) -> list[tuple[str, Place]]:
    """Every text that learners of an activity wrote, with all that says where and how it lies there."""
    found = []
    pools = AnonymousPool.objects.filter(activity_key=keys.activity_key(COURSE, name))
    for pool in pools:
        for column in ("released_sums", "waiting_sums"):
            sums = json.loads(getattr(pool, column))
            for position, text in enumerate(sums.get("change#o1", {}).get("texts", [])):
                found.append(
                    (text, (column == "waiting_sums", *written_by(AnonymousPool._meta.db_table, pool.pk), position))
                )
    return found


def written_by(table: str, pk: object, key: str = "id") -> Place:
    """Where a row lies and which transaction wrote it, as far as the database tells."""
    column = {"postgresql": "xmin::text::bigint, (ctid::text::point)[0]::int, (ctid::text::point)[1]::int"}
    with connection.cursor() as cursor:
        told = column.get(connection.vendor, "rowid" if connection.vendor == "sqlite" else key)
        cursor.execute(f"SELECT {told} FROM {table} WHERE {key} = %s", [pk])  # noqa: S608 - names of our own
        return tuple(cursor.fetchone())


def handed_in(name: str) -> list[str]:
    """The learners of an activity by the ledger: in the order of their entries, which is that of their times."""
    rows = EntryRow.objects.filter(
        kind=Kind.EVALUATION_SUBMITTED, participation__activity_key=keys.activity_key(COURSE, name)
    ).order_by("at", "pk")
    return list(rows.values_list("participation__learner_id", flat=True))


Attack = Callable[[Sequence[tuple[str, Place]]], list[str]]
ATTACKS: dict[str, Attack] = {
    "as it lies there": lambda found: [text for text, _ in found],
    "the other way round": lambda found: [text for text, _ in reversed(found)],
    "by place and transaction": lambda found: [text for text, _ in sorted(found, key=lambda one: one[1])],
    "what waits came last": lambda found: [text for text, _ in sorted(found, key=lambda one: (one[1][0], one[0]))],
    "blindly": lambda found: random.Random(SEED + 1).sample([text for text, _ in found], len(found)),
}


def right_guesses(texts: list[str], learners: list[str], truth: list[tuple[str, str]]) -> int:
    wrote = dict(truth)
    return sum(wrote[learner] == text for learner, text in zip(learners, texts, strict=True))


def test_answers_are_joined_to_learners_no_better_than_by_chance(crowd) -> None:
    right = dict.fromkeys(ATTACKS, 0)
    for activity, truth in crowd.items():
        found = texts_with_places(activity)
        assert sorted(text for text, _ in found) == sorted(wrote for _, wrote in truth)
        for name, attack in ATTACKS.items():
            right[name] += right_guesses(attack(found), handed_in(activity), truth)
    assert {name: count for name, count in right.items() if count > MOST_BY_CHANCE} == {}


def test_the_attack_finds_them_all_where_answers_are_rows_in_the_order_of_their_coming(crowd) -> None:
    right = 0
    for activity, truth in crowd.items():
        rows = [(wrote, (0, number, number)) for number, (_, wrote) in enumerate(truth)]
        right += right_guesses(ATTACKS["by place and transaction"](rows), handed_in(activity), truth)
    assert right == LEARNERS * ACTIVITIES


def test_a_text_stands_nowhere_but_in_its_pool(crowd) -> None:
    written = {wrote for truth in crowd.values() for _, wrote in truth}
    places = dump.where(written, dump.tables())
    assert {table for _, table in places} == {AnonymousPool._meta.db_table}

    # And the ledger says the same of every evaluation.
    rows = EntryRow.objects.filter(kind=Kind.EVALUATION_SUBMITTED)
    assert set(rows.values_list("payload", flat=True)) == {'{"mode":"anonymous"}'}
    assert rows.count() == LEARNERS * ACTIVITIES


def test_a_pool_has_no_time_and_no_number_of_a_learner(crowd) -> None:
    """Nothing of the pool's or the task's own columns is an instant, a participation or an edition."""
    for model in (AnonymousPool, ProviderTask):
        kinds = {field.name: field.get_internal_type() for field in model._meta.get_fields()}
        assert not [name for name, kind in kinds.items() if "Key" in kind or "Time" in kind or kind == "InstantField"]
    tasks = list(ProviderTask.objects.all())
    assert tasks
    assert {task.created_on for task in tasks} == {None}
    for task in tasks:
        pool = AnonymousPool.objects.get(activity_key=task.activity_key)
        # The task was written with the last release, whichever release brought the report.
        assert task.reports == sum_of_reports(pool)
        if connection.vendor == "postgresql":
            assert (
                written_by(ProviderTask._meta.db_table, task.pk, "uuid")[0]
                == written_by(pool._meta.db_table, pool.pk)[0]
            )


def sum_of_reports(pool: AnonymousPool) -> int:
    sums = json.loads(pool.released_sums)
    return int(sums["bias"]["counts"].get("yes", 0))


def test_nothing_is_read_before_five_are_together() -> None:
    editions.record(COURSE, sample.activity(), now=NOW)
    key = keys.activity_key(COURSE, sample.activity().activity_id)
    for minute in range(1, 8):
        hand_in(sample.activity().activity_id, f"learner-{minute}", sample.right_evaluation(), minute)
        [found] = evaluations.released(key)
        assert (found.evaluations, found.waiting) == ((0, minute) if minute < 5 else (5, minute - 5))
        assert bool(found.sums) is (minute >= 5)
    assert found.sums["met#o1"] == {"answered": 5, "counts": {"5": 5}, "texts": []}
