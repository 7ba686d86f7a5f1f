"""The list of participants: what it says is what the records say, and any page of it is the right one."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cme_xblock.console.participants import derive, query, refresh
from cme_xblock.console.participants.derive import Owed, Reported, Shown, State
from cme_xblock.console.participants.query import Choice
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.records import ledger, retirement
from cme_xblock.records.models import Delivery, Participant, ParticipantFacet, Participation
from cme_xblock.reporting import decisions, outbox
from tests.blocks import kept
from tests.console.world import COURSE_A, COURSE_B, World
from tests.credit import held
from tests.rules import sample

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LATER = held.NOW + timedelta(hours=1)
NAMES = ("Ana Müller", "Ben Øster", "Chloé van Dyk", "Dai 李", "Eve", "")


def claimed(learner: str, name: str, **values: Any) -> Any:
    return held.claim(learner=learner, name=name, course=COURSE_A, **values)


def counted(now: datetime = LATER) -> None:
    refresh.everything(now=now)
    alike = Counter(Participant.objects.values_list("activity_key", "facet"))
    counts = {(key, facet): people for key, facet, people in ParticipantFacet.objects.values_list(
        "activity_key", "facet", "people")}  # fmt: skip
    assert {place: people for place, people in counts.items() if people} == dict(alike)


def test_a_participant_is_what_the_entries_say(world: World) -> None:
    claimed("1", "Ana Müller")
    held.void(claimed("2", "Ben Øster"))
    edition = Participation.objects.first().entries.get().edition.sha256
    begin = Draft(Kind.DISCLOSURE_ACKNOWLEDGED, edition, {"disclosure": "0" * 64})
    ledger.append(COURSE_A, sample.activity().activity_id, "3", decide=lambda _: begin, now=held.NOW)
    counted()
    rows = Participant.objects.order_by("participation_id")
    assert [(one.state, one.profession, one.systems, one.delivery) for one in rows] == [
        (State.CLAIMED, "md", "ama_pra_1", Reported.NONE),
        (State.WITHDRAWN, "", "", Reported.NONE),
        (State.BEGUN, "", "", Reported.NONE),
    ]
    assert query.funnel(world.a) == {"claimed": 1, "withdrawn": 1, "begun": 1}


def test_only_what_moved_is_read_again(world: World) -> None:
    for number in range(3):
        claimed(str(number), "Ana Müller")
    assert refresh.everything(now=LATER) == 3
    assert refresh.everything(now=LATER) == 0
    held.void(claimed("9", "Eve"))
    assert refresh.everything(now=LATER) == 1
    assert refresh.everything(now=LATER, anew=True) == 0
    counted()


def test_a_page_counts_no_more_than_it_should_while_somebody_waits(world: World) -> None:
    for number in range(5):
        claimed(str(number), "Ana Müller")
    assert refresh.refresh(now=LATER, limit=2) == 2
    assert refresh.refresh(now=LATER, limit=2) == 2
    assert refresh.refresh(now=LATER, limit=2) == 1
    counted()


def test_who_is_looked_at_is_counted_first(world: World) -> None:
    for number in range(5):
        claimed(str(number), "Ana Müller")
    held.claim(learner="9", name="Zoë Last", course=COURSE_B)
    assert refresh.refresh(now=LATER, limit=3, first=world.b) == 3
    assert query.funnel(world.b) == {"claimed": 1}
    assert query.funnel(world.a) == {"claimed": 2}
    counted()
    assert query.funnel(world.a) == {"claimed": 5}


def test_what_may_be_committed_late_is_looked_at_again(world: World) -> None:
    """The mark stays behind entries of the last half minute, whose neighbours may not be visible yet."""
    from cme_xblock.records.models import RefreshMark

    claimed("1", "Ana Müller")
    refresh.refresh(now=held.NOW + timedelta(seconds=5))
    assert RefreshMark.objects.get(name="entries").seen == 0
    refresh.refresh(now=LATER)
    assert RefreshMark.objects.get(name="entries").seen > 0


def test_deliveries_are_followed(world: World, settings: Any) -> None:
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    claim = claimed("1", "Ana Müller")
    [row] = outbox.owe(claim, now=held.NOW)
    counted()
    assert Participant.objects.get().delivery == Reported.HELD
    decisions.cancel(row.uuid, by="7", reason="Done by hand.", now=held.NOW)
    counted()
    assert Participant.objects.get().delivery == Reported.NONE
    Delivery.objects.filter(pk=row.pk).update(state="refused")
    decisions.replay(row.uuid, by="7", reason="Once more.", now=held.NOW)
    counted()
    assert Participant.objects.get().delivery == Reported.HELD


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], Reported.NONE),
        ([("add", 1, "accepted", True)], Reported.DELIVERED),
        ([("add", 1, "refused", True)], Reported.STUCK),
        ([("add", 1, "refused", True), ("add", 2, "accepted", True)], Reported.DELIVERED),
        ([("add", 1, "refused", False)], Reported.NONE),
        ([("add", 1, "accepted", False), ("delete", 1, "dead", False)], Reported.STUCK),
        ([("add", 1, "pending", True), ("delete", 1, "accepted", False)], Reported.WAITING),
        ([("add", 1, "cancelled", True)], Reported.NONE),
    ],
)
def test_the_worst_of_what_is_owed_counts(rows: list[tuple[str, int, str, bool]], said: Reported) -> None:
    owed = [Owed(("pars", "claim:1", "cme", how), revision, state, live) for how, revision, state, live in rows]
    assert derive.reported(owed) is said


def test_a_name_is_found_by_its_beginning_and_by_its_last_word(world: World) -> None:
    for number, name in enumerate(("Ana Müller", "Muller Bean", "Zoë O'Hara", "Annabel Lee")):
        claimed(str(number), name)
    counted()

    def found(text: str) -> set[str]:
        rows, more = query.starting_with(world.a, text)
        assert not more
        return {one.participation.learner_id for one in rows}

    assert found("ana") == {"0"}
    assert found("MULL") == found("müll") == {"0", "1"}
    assert found("o'h") == found("o h") == {"2"}
    assert found("an") == {"0", "3"}
    assert found("a") == found("%") == found("__") == found("") == set()


def test_a_retired_learners_name_leaves_the_list(world: World) -> None:
    claimed("1", "Ana Müller")
    counted()
    assert query.starting_with(world.a, "ana")[0]
    retirement.seal("1", now=LATER)
    counted()
    assert not query.starting_with(world.a, "ana")[0]
    assert Participant.objects.get().by_family == "z"


def crowd(key: str, size: int, seed: int) -> list[Participant]:
    """Rows of every kind, with many that are alike in what they are sorted by."""
    chance, rows = random.Random(seed), []
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(size):
        participation = Participation(
            key=f"{key[:20]}{number:044d}", course_key=COURSE_A, activity_id="x", learner_id=str(number),
            activity_key=key, learner_key=f"{number:064d}", started_at=start,
        )  # fmt: skip
        participation.save()
        state, delivery = chance.choice(list(State)), chance.choices(list(Reported), [50, 1, 3, 1, 40])[0]
        shown = Shown(state, chance.choice(["", "md", "rn"]), chance.choice(["", "a", "a,b", "b"]))
        name = chance.choice(NAMES)
        rows.append(
            Participant(
                participation=participation,
                activity_key=key,
                seen_seq=1,
                facet=derive.facet(shown, delivery),
                state=state,
                profession=shown.profession,
                systems=shown.systems,
                delivery=delivery,
                by_name=derive.sort_key(name) or "z",
                by_family=derive.family_key(name) or "z",
                moved_at=start + timedelta(hours=chance.randrange(20)),
            )
        )
    refresh._store(rows)
    return rows


@pytest.mark.parametrize("whole", [0, 30, 4000])
def test_every_page_of_every_choice_is_the_right_one(world: World, monkeypatch: pytest.MonkeyPatch, whole: int) -> None:
    """Against the plain way: all rows, filtered and sorted in memory."""
    monkeypatch.setattr(query, "_WHOLE", whole)
    rows, chance = crowd(world.a, 150, seed=whole), random.Random(whole)
    crowd(world.b, 20, seed=1)
    for _ in range(40):
        choice = Choice(
            state=chance.choice(["", *State]), profession=chance.choice(["", "", "md"]),
            system=chance.choice(["", "", "a", "b"]), delivery=chance.choice(["", "", *Reported]),
            order=chance.choice(list(query.ORDERS)),
        )  # fmt: skip
        column, down = query.ORDERS[choice.order]
        wanted = [
            one for one in rows
            if choice.state in ("", one.state) and choice.profession in ("", one.profession)
            and (not choice.system or choice.system in one.systems.split(",")) and choice.delivery in ("", one.delivery)
        ]  # fmt: skip
        wanted.sort(key=lambda one: (getattr(one, column), one.pk), reverse=down)
        seen, after = [], 0
        while True:
            found = query.page(world.a, query.replace(choice, after=after), size=7)
            assert found.total == len(wanted)
            seen += [one.pk for one in found.rows]
            after = found.next
            if not after:
                break
        assert seen == [one.pk for one in wanted], choice


def test_counts_beside_a_filter_are_what_it_would_leave(world: World) -> None:
    rows = crowd(world.a, 100, seed=3)
    counts = query.counts(world.a, Choice(state="claimed", system="a"))
    assert counts["state"]["passed"] == sum(one.state == "passed" and "a" in one.systems.split(",") for one in rows)
    assert counts["system"]["b"] == sum(one.state == "claimed" and "b" in one.systems.split(",") for one in rows)


def test_a_strange_place_to_go_on_from_begins_at_the_beginning(world: World) -> None:
    crowd(world.a, 10, seed=4)
    stranger = crowd(world.b, 1, seed=5)[0]
    first = query.page(world.a, Choice(), size=5)
    assert query.page(world.a, Choice(after=stranger.pk), size=5) == first
    assert query.page(world.a, Choice(after=10**12), size=5) == first


def test_a_page_asks_a_few_questions_however_many_there_are(world: World) -> None:
    def questions() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            query.page(world.a, Choice(state="claimed"))
        return len(asked)

    crowd(world.a, 30, seed=6)
    few = questions()
    Participant.objects.all().delete()
    ParticipantFacet.objects.all().delete()
    crowd(world.b, 1, seed=1)
    assert questions() <= few <= 4


def test_the_command_counts_everything_and_says_so(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        claimed(str(number), "Ana Müller")
    call_command("cme_participants")
    assert capsys.readouterr().out == "0 activities and 3 participants were counted.\n"
    call_command("cme_participants", "--anew")
    assert capsys.readouterr().out == "0 activities and 0 participants were counted.\n"
    assert query.funnel(world.a) == {"claimed": 3}
