"""Every address and method x every role x its own place and another's, from the URL configuration.

What each role may is written here once more, and not taken from the code.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from cme_xblock.console import access
from cme_xblock.console.access import May, Own, Place, Public, Rule
from tests.blocks import kept
from tests.console import addresses
from tests.console.addresses import Address, argument
from tests.console.world import World

pytestmark = pytest.mark.django_db

OFFICE = frozenset(May) - {May.OPERATE}
TEAM = frozenset({May.SEE_ACTIVITY, May.SEE_LEARNERS, May.EXPORT_AGGREGATE})
SURVEYOR = TEAM | {May.AUDIT_FILE}
OPERATOR = frozenset({May.OPERATE})
NONE: frozenset[May] = frozenset()
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
# Account: what it may at an activity of provider A, of B, at provider A, B, course A, B, and anywhere.
PLACES = ("activity a", "activity b", "provider a", "provider b", "course a", "course b", "site")
MATRIX: dict[str, tuple[frozenset[May], ...]] = {
    "": (NONE, NONE, NONE, NONE, NONE, NONE, NONE),
    "learner": (NONE, NONE, NONE, NONE, NONE, NONE, NONE),
    "teacher_a": (TEAM, NONE, NONE, NONE, TEAM, NONE, TEAM),
    "teacher_b": (NONE, TEAM, NONE, NONE, NONE, TEAM, TEAM),
    "office_a": (OFFICE, NONE, OFFICE, NONE, NONE, NONE, OFFICE),
    "office_b": (NONE, OFFICE, NONE, OFFICE, NONE, NONE, OFFICE),
    "every_office": (OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, OFFICE),
    "surveyor_a": (SURVEYOR, NONE, NONE, NONE, NONE, NONE, SURVEYOR),
    "late_surveyor": (NONE, NONE, NONE, NONE, NONE, NONE, NONE),
    "operator": (NONE, NONE, NONE, NONE, NONE, NONE, OPERATOR),
    "superuser": (NONE, NONE, NONE, NONE, NONE, NONE, OPERATOR),
}
EVERY = addresses.every()
GUARDED = addresses.guarded()


def permitted(account: str, rule: Rule, of: str) -> bool:
    where = str(rule.place) if rule.place is Place.SITE else f"{rule.place} {of}"
    return where in PLACES and rule.may in MATRIX[account][PLACES.index(where)]


def at(world: World, address: Address, of: str) -> str:
    """Where it is of provider A, of B, or of nobody: then with names that are in no table."""
    return address.at(argument(address.rule.place, world, of=of), world.named.get(of))


def answer(world: World, account: str, method: str, path: str) -> tuple[int, bytes, str]:
    """Status, body, and where it leads: all that somebody could tell two answers apart by."""
    if account not in world.clients:
        world.clients[account] = world.client(account)
    response: Any = world.clients[account].generic(method, path)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    # Whoever has to sign in comes back to the address that they typed.
    return response.status_code, body, response.headers.get("Location", "").split("?")[0]


def test_every_address_has_a_name_and_a_rule() -> None:
    assert EVERY
    assert [one.route for one in EVERY if not one.name] == []
    assert [one.route for one in EVERY if not isinstance(one.rule, Rule | Public | Own)] == []


def test_the_walk_finds_an_address_without_a_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.urls import include, path

    from cme_xblock import urls

    forgotten = path("new/", lambda request: HttpResponse(), name="forgotten")
    monkeypatch.setattr(urls, "urlpatterns", [*urls.urlpatterns, path("deep/", include([forgotten]))])
    assert [one.route for one in addresses.every() if one.rule is None] == ["deep/new/"]


def test_every_address_is_for_a_reason() -> None:
    for one in EVERY:
        if isinstance(one.rule, Public | Own):
            assert len(one.rule.reason) > 20, one.route


def test_every_place_is_named_by_its_address() -> None:
    wanted = {Place.ACTIVITY: "key", Place.PROVIDER: "provider", Place.COURSE: "course"}
    for one in GUARDED:
        assert wanted.get(one.rule.place, "") in ("", *one.converters), one.route


def may_all(account: str, rule: Rule) -> bool:
    return all(permitted(account, rule, of) for of in ("a", "b"))


# Every method for some; that of a link and that of a form for the others.
THOROUGHLY = ("", "learner", "office_b")


@pytest.mark.parametrize("address", GUARDED, ids=lambda one: one.name)
def test_whoever_may_not_is_refused_and_not_told_whether_it_is_there(world: World, address: Address) -> None:
    rule, before = address.rule, kept.rows()
    for account in MATRIX:
        for method in METHODS if account in THOROUGHLY else ("GET", "POST"):
            nowhere = answer(world, account, method, at(world, address, "none")) if not may_all(account, rule) else None
            for of in ("a",) if rule.place is Place.SITE else ("a", "b"):
                if permitted(account, rule, of):
                    continue
                there = answer(world, account, method, at(world, address, of))
                what = (account, of, method, address.route, there[0])
                assert there == nowhere, what
                assert there[0] in (401, 403, 405) or (there[0] == 302 and not account), what
    assert kept.rows() == before


def test_whoever_may_is_not_refused(world: World) -> None:
    """Of addresses that name something the world has none of, their own tests say that it is given to whoever may."""
    asked: dict[str, int] = {}
    for address in GUARDED:
        rule = address.rule
        if set(address.converters) - {"key", "provider", "course"} - set(world.named["a"]):
            continue
        for account in MATRIX:
            for of in ("a",) if rule.place is Place.SITE else ("a", "b"):
                if not permitted(account, rule, of):
                    continue
                asked[rule.may] = asked.get(rule.may, 0) + 1
                for method in ("GET", "POST"):
                    got = answer(world, account, method, at(world, address, of))
                    assert got[0] not in (401, 403), (address.route, account, of, method)
    assert asked.keys() >= {May.SEE_ACTIVITY, May.SEE_LEARNERS, May.CORRECT, May.DELIVER, May.GRANT, May.OPERATE}


# What the world has of each provider, and an address can name.
NAMES = frozenset({"uuid", "sha256", "delivery", "file", "hold"})
NAMING = [one for one in addresses.guarded(Place.ACTIVITY) if NAMES & set(one.converters)]


def test_a_name_from_another_activity_is_as_good_as_none(world: World) -> None:
    """Whoever may here brings the number of somebody else's learner: refused, and not told that there is one."""
    here, before = argument(Place.ACTIVITY, world, of="a"), kept.rows()
    theirs = {**world.named["b"], "sha256": "f" * 64}
    for address in NAMING:
        for account in ("office_a", "teacher_a", "surveyor_a"):
            for method in ("GET", "POST"):
                strange = answer(world, account, method, address.at(here, theirs))
                what = (address.route, account, method)
                assert strange == answer(world, account, method, address.at(here)), what
                assert strange[0] in (403, 405), what
    assert kept.rows() == before


def test_a_page_for_many_shows_nothing_of_another_provider(world: World) -> None:
    for address in addresses.guarded(Place.SITE):
        for account, strange in (("office_a", world.b), ("office_b", world.a), ("teacher_a", world.b)):
            if permitted(account, address.rule, "a"):
                _, body, _ = answer(world, account, "GET", at(world, address, "a"))
                assert strange.encode() not in body, (address.route, account)
                name = b"Hillside" if strange == world.b else b"Lakeshore"
                assert name not in body, (address.route, account)


def test_a_form_without_its_token_changes_nothing(world: World) -> None:
    """Whoever is signed in by a cookie can be made to send a form by a strange page."""
    client = world.client("every_office", enforce_csrf_checks=True)
    before = kept.rows()
    for address in GUARDED:
        response = client.post(at(world, address, "a"))
        assert response.status_code in (401, 403, 405), address.route
    assert kept.rows() == before


@pytest.mark.parametrize("address", [one for one in EVERY if isinstance(one.rule, Own)], ids=lambda one: one.name)
def test_what_is_a_learners_own_is_nobodys_else(world: World, address: Address) -> None:
    status, body, _ = answer(world, "", "GET", address.at({}))
    assert status in (302, 403, 404) or b"<form" in body
    assert b"Lakeshore" not in body


def test_a_view_that_is_a_class_says_its_rule_there(rf: RequestFactory) -> None:
    class View:
        cme_rule = Rule(May.SEE_ACTIVITY, Place.SITE)

    def view(request: Any) -> HttpResponse:
        return HttpResponse()

    view.cls = View  # type: ignore[attr-defined]
    assert access.rule_of(view) == View.cme_rule
