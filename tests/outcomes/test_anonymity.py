"""Promise 10 with the report's steps: whatever people answered anonymously, nothing else in the database differs.

Two worlds have the same people, times and ledgers, and other answers. The report is looked at again and again, and
learners look at their own pages. Of all tables only the pool and the task that it raises may tell the worlds apart.
"""

from __future__ import annotations

import random
import re
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import transaction

from cme_xblock.outcomes import current
from cme_xblock.parts import own_answers
from cme_xblock.records import editions, keys
from cme_xblock.records.models import AnonymousPool, OutcomesRelease, ProviderTask
from tests.conftest import NOW
from tests.records.test_anonymity import COURSE, hand_in
from tests.rules import sample
from tests.rules.variant import vary

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
NAME = "anonymous"
KEY = keys.activity_key(COURSE, NAME)
NOT_SAID = (AnonymousPool, ProviderTask)
RANDOM = re.compile(r"^[0-9a-f]{32}$|^[0-9a-f-]{36}$|^[0-9a-f]{64}$")


class _Undone(Exception):  # noqa: N818 - a signal inside this module
    """Raised to undo a world."""


def world(seed: int) -> tuple[dict[str, list[Any]], str]:
    """Everything that is stored of a world, but the pool; and the pool's own sums. The world is undone afterwards."""
    chance, found = random.Random(seed), {}
    sums = ""
    cache.clear()
    try:
        with transaction.atomic():
            activity = vary({"activity_id": NAME})
            editions.publish(COURSE, activity, source="cme@x", now=NOW)
            for minute in range(40):
                said = sample.right_evaluation() | {"met#o1": [str(chance.randint(1, 5))], "bias": ["no"]}
                hand_in(NAME, str(minute), said, minute)
                if minute % 3 == 0:
                    current.report_of(KEY, activity, minimum=5, now=NOW + timedelta(minutes=minute))
                    own_answers.context(str(minute), KEY, gettext=str, now=NOW)
            assert OutcomesRelease.objects.count() > 2
            sums = AnonymousPool.objects.get().released_sums
            for model in apps.get_app_config("cme_xblock").get_models():
                if model not in NOT_SAID:
                    rows = model._default_manager.order_by("pk").values_list()
                    found[model.__name__] = [[_shown(value) for value in row[1:]] for row in rows]
            raise _Undone
    except _Undone:
        pass
    return found, sums


def _shown(value: Any) -> Any:
    """A value; what is random in every world stands as such, and keys of rows count on."""
    if isinstance(value, int) and not isinstance(value, bool):
        return "number" if value > 1000 else value
    return "random" if isinstance(value, str) and RANDOM.match(value) else value


def test_the_answers_leave_no_trace_outside_of_their_pool() -> None:
    (one, said), (other, said_otherwise) = world(1), world(2)
    assert said != said_otherwise
    for name, rows in one.items():
        if name in ("EntryRow", "Participation"):
            # Hashes of entries and numbers of rows; what they say is compared.
            assert len(rows) == len(other[name])
            continue
        assert _numberless(rows) == _numberless(other[name]), name


def _numberless(rows: list[list[Any]]) -> list[list[Any]]:
    """Rows without the numbers of other rows, which count on from world to world."""
    return [[value for value in row if not isinstance(value, int) or isinstance(value, bool)] for row in rows]
