"""Two authors at once: what the rows say, and that bringing two versions together loses neither's work."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, given, settings

from cme_xblock.activity.codes import Relevance
from cme_xblock.activity.model import Activity, Objective, Person, Relationship
from cme_xblock.host.language import Language
from cme_xblock.studio import conflict
from tests.activity.strategies import activities
from tests.rules import sample

ENGLISH = Language("en", "ltr", str)
MANY = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
NOTHING: frozenset[str] = frozenset()


@MANY
@given(activities(), activities())
def test_what_one_alone_changed_is_taken_whole(old: Activity, new: Activity) -> None:
    assert conflict.merged(old, new, old, mine_at=NOTHING) == new
    assert conflict.merged(old, old, new, mine_at=NOTHING) == new
    assert conflict.merged(old, new, new, mine_at=NOTHING) == new


@MANY
@given(activities(), activities(), activities())
def test_any_three_can_be_compared_and_merged(old: Activity, theirs: Activity, mine: Activity) -> None:
    rows = conflict.rows(old, theirs, mine, ENGLISH)
    conflict.merged(old, theirs, mine, mine_at=frozenset(one.path for one in rows))


@MANY
@given(activities(), activities())
def test_nothing_is_asked_where_both_agree(old: Activity, new: Activity) -> None:
    assert conflict.rows(old, new, new, ENGLISH) == []
    assert conflict.rows(old, old, new, ENGLISH) == []


def person(activity: Activity, **changes: object) -> Activity:
    first, *others = activity.people
    return replace(activity, people=(replace(first, **changes), *others))


def test_a_row_says_where_and_how_it_stands_in_all_three() -> None:
    old = person(sample.activity(), relationships=(Relationship(company="Example Pharma"),))
    first = old.people[0]
    theirs = person(old, relationships=(Relationship(company="Example Pharma", relevance=Relevance.RELEVANT),))
    mine = person(old, disclosed_on=date(2026, 1, 2))
    (row,) = conflict.rows(old, theirs, mine, ENGLISH)
    assert row.path == f"people[{first.id}].relationships[Example Pharma].relevance"
    assert first.id in row.label
    assert "Example Pharma" in row.label
    assert (row.old, row.theirs, row.mine, row.both) == ("Not decided yet", "Relevant", "Not decided yet", False)


def test_members_that_came_and_went_are_rows_of_their_own() -> None:
    old = sample.activity()
    theirs = replace(old, people=(*old.people[1:], Person(id="new", name="Nell New")))
    found = {row.path: (row.old, row.theirs) for row in conflict.rows(old, theirs, old, ENGLISH)}
    assert found == {
        f"people[{old.people[0].id}]": ("(there)", "(not there)"),
        "people[new]": ("(not there)", "(there)"),
    }
    kept = conflict.merged(old, theirs, old, mine_at=frozenset({f"people[{old.people[0].id}]"}))
    assert {one.id for one in kept.people} == {one.id for one in (*old.people, *theirs.people)}


def test_both_may_add_a_member_and_both_are_kept() -> None:
    old = sample.activity()
    theirs = replace(old, people=(*old.people, Person(id="t", name="Theirs")))
    mine = replace(old, people=(Person(id="m", name="Mine"), *old.people))
    merged = conflict.merged(old, theirs, mine, mine_at=NOTHING)
    assert {one.id for one in merged.people} == {*(one.id for one in old.people), "t", "m"}


def test_an_order_that_changed_is_a_row() -> None:
    old = sample.activity()
    theirs = replace(old, people=tuple(reversed(old.people)))
    (row,) = conflict.rows(old, theirs, old, ENGLISH)
    assert row.path == "people[]"
    assert conflict.merged(old, theirs, old, mine_at=NOTHING) == theirs
    assert conflict.merged(old, theirs, old, mine_at=frozenset({"people[]"})) == old


def test_an_id_may_look_like_the_end_of_a_path() -> None:
    odd = Activity(objectives=(Objective(id="x[", text="a"),))
    [row] = conflict.rows(odd, Activity(), odd, ENGLISH)
    assert row.path == "objectives[x[]"


def test_a_member_may_be_called_order() -> None:
    old = Activity(objectives=(Objective(id="Order", text="a"),))
    [row] = conflict.rows(old, Activity(), old, ENGLISH)
    assert (row.old, row.theirs) == ("(there)", "(not there)")
