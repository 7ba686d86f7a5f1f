"""Many administrators at once: one chain of looks, one count of participants, one correction."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from cme_xblock.console.participants import refresh
from cme_xblock.records import access_log
from cme_xblock.records.access_log import Look
from cme_xblock.records.models import AccessChain, AccessEntry, Participant, ParticipantFacet, Participation
from tests.console import world as worlds
from tests.console.world import COURSE_A
from tests.credit import held
from tests.records.together import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def test_looks_at_the_same_moment_make_one_chain() -> None:
    def look(number: int) -> object:
        return access_log.append(Look("a" * 64, str(number), "who", "administrator", "ledger", 1, "Why"), now=held.NOW)

    made = at_once(look)
    assert [one for one in made if isinstance(one, Exception)] == []
    chain = AccessChain.objects.get()
    assert chain.head_seq == len(made)
    assert sorted(AccessEntry.objects.values_list("seq", flat=True)) == list(range(1, len(made) + 1))
    assert access_log.faults(chain) == []


def test_who_refreshes_at_the_same_moment_counts_nobody_twice(settings: Any) -> None:
    worlds.made(settings, learners=False)
    for number in range(30):
        held.claim(learner=str(number), course=COURSE_A)
    later = held.NOW + timedelta(hours=1)
    assert [one for one in at_once(lambda _: refresh.refresh(now=later), 6) if isinstance(one, Exception)] == []
    refresh.everything(now=later)
    alike = Counter(Participant.objects.values_list("facet", flat=True))
    counts = dict(ParticipantFacet.objects.filter(people__gt=0).values_list("facet", "people"))
    assert counts == dict(alike)
    assert sum(counts.values()) == 30


def test_a_form_that_is_sent_twice_at_once_corrects_once(settings: Any) -> None:
    world = worlds.made(settings)
    row = Participation.objects.get(uuid=world.named["a"]["uuid"])
    claim = row.claims.get()
    address = f"/cme/activities/{world.a}/learners/{row.uuid}/correct/void/"
    sent = {"claim": claim.uuid, "reason": "Twice", "sure": str(uuid.uuid4()), "head": str(row.head_seq)}
    clients = [world.client("office_a") for _ in range(4)]
    answers = at_once(lambda number: clients[number].post(address, sent).status_code, 4)
    assert set(answers) <= {302, 409, 503}, answers
    assert 302 in answers
    assert Participation.objects.get(pk=row.pk).head_seq == row.head_seq + 1
    assert AccessEntry.objects.filter(what="correction:void").count() == 1
    assert clients[0].post(address, sent).status_code == 302
