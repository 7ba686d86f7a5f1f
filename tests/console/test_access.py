"""Who may see what: each role at its own and at another's place, and the log of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from cme_xblock.console import access
from cme_xblock.console.access import Forbidden, May, Place, Role, Rule
from cme_xblock.host import roles
from cme_xblock.records import access_log, grants, keys
from cme_xblock.records.models import AccessChain, AccessEntry, SurveyorGrant
from tests.console.world import COURSE_A, PROVIDER_A, TEAMS, World

pytestmark = pytest.mark.django_db
OFFICE = frozenset(May) - {May.OPERATE}
TEAM = {May.SEE_ACTIVITY, May.SEE_LEARNERS, May.EXPORT_AGGREGATE}
SURVEYOR = TEAM | {May.AUDIT_FILE}
# For each account, what it may do at the activity of provider A.
AT_A: dict[str, set[May] | frozenset[May]] = {
    "office_a": OFFICE,
    "every_office": OFFICE,
    "teacher_a": TEAM,
    "surveyor_a": SURVEYOR,
    "office_b": set(),
    "teacher_b": set(),
    "late_surveyor": set(),
    "learner": set(),
    "operator": set(),
    "superuser": set(),
}


def reader(world: World, name: str) -> roles.Reader:
    found = roles.of_user(world.users[name])
    return replace(found, teaches=lambda course: course in TEAMS.get(name, set()))


def allowed(who: roles.Reader, place: Place, **named: str) -> set[May]:
    found = set()
    for one in May:
        try:
            access.may(who, Rule(one, place), named=named)
        except Forbidden:
            continue
        found.add(one)
    return found


@pytest.mark.parametrize("name", AT_A)
def test_each_role_may_at_its_own_activity_what_it_is_for(world: World, name: str) -> None:
    assert allowed(reader(world, name), Place.ACTIVITY, key=world.a) == AT_A[name]


def test_nobody_may_anything(world: World) -> None:
    assert allowed(roles.NOBODY, Place.ACTIVITY, key=world.a) == set()
    assert allowed(roles.NOBODY, Place.SITE) == set()
    inactive = world.users["office_a"]
    inactive.is_active = False
    assert roles.of_user(inactive) == roles.NOBODY


def test_a_provider_is_known_by_its_name_however_it_is_written(world: World, settings: Any) -> None:
    settings.CME_ADMINISTRATORS = {"CME office A": ["  LAKESHORE   academic health "]}
    assert allowed(reader(world, "office_a"), Place.ACTIVITY, key=world.a) == OFFICE
    assert allowed(reader(world, "office_a"), Place.ACTIVITY, key=world.b) == set()


def test_at_a_provider_only_its_office_is_let_in(world: World) -> None:
    key = keys.provider_key(PROVIDER_A)
    assert allowed(reader(world, "office_a"), Place.PROVIDER, provider=key) == OFFICE
    for name in ("office_b", "teacher_a", "surveyor_a", "operator", "superuser"):
        assert allowed(reader(world, name), Place.PROVIDER, provider=key) == set(), name


def test_at_a_course_its_team_is_let_in(world: World) -> None:
    assert allowed(reader(world, "teacher_a"), Place.COURSE, course=COURSE_A) == TEAM
    assert allowed(reader(world, "teacher_b"), Place.COURSE, course=COURSE_A) == set()


def test_an_operator_operates_and_sees_no_learner(world: World) -> None:
    for name in ("operator", "superuser"):
        assert allowed(reader(world, name), Place.SITE) == {May.OPERATE}


def test_a_surveyors_leave_ends_by_itself_and_by_hand(world: World) -> None:
    who = reader(world, "surveyor_a")
    rule, named = Rule(May.AUDIT_FILE, Place.ACTIVITY), {"key": world.a}
    assert access.may(who, rule, named=named).role is Role.SURVEYOR
    with pytest.raises(Forbidden):
        access.may(who, rule, named=named, now=datetime.now(UTC) + timedelta(days=8))
    grant = SurveyorGrant.objects.get(reader_id=who.id)
    assert not grants.end(grant.uuid, world.b, by="1", now=datetime.now(UTC))
    assert grants.end(grant.uuid, world.a, by="1", now=datetime.now(UTC))
    with pytest.raises(Forbidden):
        access.may(who, rule, named=named)


def test_a_grant_says_what_is_wrong_with_it(world: World) -> None:
    now = datetime.now(UTC)
    good = {"reader_id": "9", "reader_name": "s", "until": now + timedelta(days=1), "by": "1", "why": "w", "now": now}
    for wrong in ({"until": now}, {"until": now + timedelta(days=400)}, {"why": " "}, {"reader_id": ""}):
        with pytest.raises(ValueError):
            grants.give([world.a], **{**good, **wrong})
    assert not SurveyorGrant.objects.filter(reader_id="9").exists()


def test_an_activity_without_a_provider_belongs_to_no_office(world: World) -> None:
    from tests.console.world import publish

    key = publish("course-v1:No+Body+1", "  ")
    assert allowed(reader(world, "office_a"), Place.ACTIVITY, key=key) == set()
    assert allowed(reader(world, "every_office"), Place.ACTIVITY, key=key) == OFFICE


def test_a_look_that_is_not_in_the_log_is_not_given(world: World, rf: RequestFactory) -> None:
    @access.guarded(May.SEE_LEARNERS, place=Place.ACTIVITY)
    def silent(request: Any, visit: access.Visit, key: str) -> HttpResponse:
        return HttpResponse("names")

    request = rf.get("/")
    request.user = world.users["office_a"]
    with pytest.raises(RuntimeError, match=r"visit\.note"):
        silent(request, key=world.a)


def test_a_look_is_in_the_log_and_the_log_is_a_chain(world: World) -> None:
    who = reader(world, "office_a")
    visit = access.may(who, Rule(May.SEE_LEARNERS, Place.ACTIVITY), named={"key": world.a})
    for number in (1, 2, 3):
        visit.note("participants", count=number, why="Looking after the activity")
    chain = AccessChain.objects.get(name=keys.provider_key(PROVIDER_A))
    entries = list(AccessEntry.objects.order_by("seq"))
    assert [(one.seq, one.count, one.reader_id, one.role) for one in entries] == [
        (number, number, who.id, "administrator") for number in (1, 2, 3)
    ]
    assert {(one.activity_key, one.course_key) for one in entries} == {(world.a, COURSE_A)}
    assert access_log.faults(chain) == []


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE cme_xblock_accessentry SET count = 9 WHERE seq = 2", "something else"),
        ("UPDATE cme_xblock_accessentry SET reader_id = 'somebody else' WHERE seq = 3", "something else"),
        ("DELETE FROM cme_xblock_accessentry WHERE seq = 2", "missing"),
        ("DELETE FROM cme_xblock_accessentry WHERE seq = 3", "cut off"),
    ],
)
def test_a_changed_log_shows(world: World, sql: str, says: str) -> None:
    from django.db import connection

    visit = access.may(reader(world, "office_a"), Rule(May.SEE_LEARNERS, Place.ACTIVITY), named={"key": world.a})
    for number in (1, 2, 3):
        visit.note("participants", count=number, why="Looking after the activity")
    with connection.cursor() as cursor:
        cursor.execute(sql)
    found = access_log.faults(AccessChain.objects.get())
    assert found
    assert says in found[0][1]
