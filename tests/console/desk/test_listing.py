"""The desk's list is counted, filtered and paged by the database, and says what each dossier says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cme_xblock.records import desk, desk_links, desk_list, keys
from cme_xblock.records.models import DeskPerson
from cme_xblock.rules.desk import given
from cme_xblock.rules.desk.chain import Draft, Kind
from cme_xblock.rules.desk.state import Age, State
from tests.console.world import PROVIDER_A, World
from tests.records.desk.world import KEY, NOW, OTHER, TODAY, assign, decide, gives, invited, person

pytestmark = [pytest.mark.database, pytest.mark.django_db]
COMPANY = given.Told("r1", "Example Pharma", "consultant", "Trials")
EMPLOYER = given.Told("r1", "Example Pharma", "employee", "")
CHICAGO = ZoneInfo("America/Chicago")


def somebody(number: int) -> DeskPerson:
    return person(f"Person {number:03d}", f"p{number}@example.org")


def crowd() -> None:
    """Somebody in each state, on several days, and one of another provider."""
    days = [TODAY - timedelta(days=age) for age in (0, 200, 334, 335, 336, 365, 366, 729, 730, 731, 732, 1500)]
    for number, day in enumerate([*days, date(2024, 2, 29)]):
        random = [number.to_bytes(10, "big"), (100 + number).to_bytes(10, "big"), (200 + number).to_bytes(10, "big")]
        gives(invited(somebody(number)), on=day, random=random[0])
        pending = somebody(100 + number)
        decided = gives(invited(pending), COMPANY, on=day, random=random[1])
        if number % 2:
            assign(pending)
            decide(pending, decided)
        stopped = somebody(200 + number)
        gives(invited(stopped), EMPLOYER, on=day, random=random[2])
        assign(stopped)
        invited(stopped)
    somebody(900)
    invited(somebody(901))
    invited(somebody(902), now=NOW - timedelta(days=30))
    invited(somebody(903), now=NOW - timedelta(days=29, hours=12))
    desk_links.withdraw(invited(somebody(904)).person)
    person("Person 999", "p999@example.org", provider=OTHER)


def told(state: State, today: date, zone: tzinfo) -> set[str]:
    """Who is in that state, or of that age, by their dossiers."""
    found = [(one.person.name, one.standing(today=today, zone=zone)) for one in desk.files(KEY)]
    ages = {State.LAPSING: Age.LAPSING, State.LAPSED: Age.LAPSED}
    return {name for name, one in found if one.state is state or (state in ages and one.age is ages[state])}


@pytest.mark.parametrize("zone", [UTC, CHICAGO], ids=str)
def test_the_database_says_of_everybody_what_their_dossier_says(zone: tzinfo) -> None:
    crowd()
    desk_list.refresh(KEY)
    met: set[State] = set()
    for today in (TODAY, *(TODAY + timedelta(days=ahead) for ahead in (1, 29, 30, 31, 400)), date(2028, 2, 29)):
        counted = desk_list.counts(KEY, today=today, zone=zone)
        states = Counter(one.standing(today=today, zone=zone).state for one in desk.files(KEY))
        assert {one: number for one, number in counted.by_state.items() if number} == states
        assert counted.everybody == states.total()
        for state in State:
            found = desk_list.found(KEY, wanted=state, search="", today=today, zone=zone)
            names = set(DeskPerson.objects.filter(pk__in=list(found)).values_list("name", flat=True))
            assert names == told(state, today, zone), (today, state)
        met |= set(states)
    assert met == set(State)


def test_an_entry_moves_somebody_at_the_next_look() -> None:
    who = somebody(1)
    number = gives(invited(who), COMPANY)
    assign(who)
    for act, state in ((lambda: None, State.NEEDS_DECISION), (lambda: decide(who, number), State.MITIGATED)):
        act()
        desk_list.refresh(KEY)
        assert desk_list.counts(KEY, today=TODAY, zone=UTC).by_state[state] == 1


def test_what_was_computed_on_an_older_entry_is_not_taken_for_the_newer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    who = somebody(1)
    read = desk.files

    def meanwhile(provider_key: str, **only: list[int]) -> tuple[desk.File, ...]:
        found = read(provider_key, **only)
        gives(invited(who), COMPANY)
        return found

    monkeypatch.setattr(desk, "files", meanwhile)
    desk_list.refresh(KEY)
    monkeypatch.undo()
    desk_list.refresh(KEY)
    assert desk_list.counts(KEY, today=TODAY, zone=UTC).by_state[State.NEEDS_DECISION] == 1


def test_a_look_asks_as_much_of_many_people_as_of_few(world: World) -> None:
    office, provider = world.client("office_a"), keys.provider_key(PROVIDER_A)
    asked = []
    for upto in (3, 150):
        for number in range(DeskPerson.objects.count(), upto):
            named = Draft(Kind.NAMED, "office_a", {}, {"name": f"Person {number:03d}", "credentials": ""})
            desk.register(provider, PROVIDER_A, named=named, email=f"p{number}@example.org", language="",
                          now=datetime.now(UTC))  # fmt: skip
        look(office, provider)
        with CaptureQueriesContext(connection) as queries:
            said = look(office, provider)
        asked.append(len(queries))
    assert "(150)" in said
    assert "Person 049" in said
    assert "Person 050" not in said
    assert asked[0] == asked[1]


def look(office: Client, provider: str) -> str:
    response = office.get(reverse("cme_xblock:desk-list", kwargs={"provider": provider}))
    assert response.status_code == 200
    return response.content.decode()
