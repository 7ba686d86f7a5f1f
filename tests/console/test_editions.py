"""What changed between two editions is said field by field; what one showed can be read without the course."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cme_xblock.activity.model import Objective
from cme_xblock.console.editions import diff
from cme_xblock.records.models import Edition
from tests.console.world import COURSE_A, PROVIDER_A, World, publish
from tests.rules import sample


def changed(**values: object) -> list[tuple[tuple[str, ...], str, str, str]]:
    old = sample.activity()
    found = diff.between(old, replace(old, **values))
    return [
        (
            tuple(one.where),
            one.kind,
            "".join(each.text for each in one.pieces if each.how != "in"),
            "".join(each.text for each in one.pieces if each.how != "out"),
        )
        for one in found
    ]


def test_nothing_is_different_from_itself() -> None:
    assert changed() == []


def test_a_title_is_compared_word_by_word() -> None:
    [change] = diff.between(sample.activity(), replace(sample.activity(), title="Hand hygiene at the ward"))
    assert [(one.how, one.text) for one in change.pieces if one.how != "same"] == [("out", "on"), ("in", "at")]


def test_an_added_objective_is_one_change_and_not_one_of_all_that_follow() -> None:
    objectives = (Objective(id="o0", text="Begin."), *sample.activity().objectives)
    assert changed(objectives=objectives) == [(("objectives", "o0"), "added", "", "id: o0; text: Begin.")]


def test_a_removed_and_a_moved_member_are_named() -> None:
    first, second = sample.activity().objectives
    assert [(where, kind) for where, kind, _, _ in changed(objectives=(second,))] == [(("objectives", "o1"), "removed")]
    assert changed(objectives=(second, first)) == [(("objectives", "order"), "changed", "o1, o2", "o2, o1")]


def test_a_field_of_a_member_is_named_by_its_way() -> None:
    item = sample.activity().baseline.items[0]
    items = (replace(item, stem="Another question?"), *sample.activity().baseline.items[1:])
    [(where, kind, old, new)] = changed(baseline=replace(sample.activity().baseline, items=items))
    assert where == ("baseline", "items", item.id, "stem")
    assert (kind, new) == ("changed", "Another question?")
    assert old == item.stem


@pytest.mark.django_db
def test_the_history_shows_each_edition_and_what_is_different(world: World) -> None:
    publish(COURSE_A, PROVIDER_A, replace(sample.activity(), title="Hand hygiene at the ward"))
    page = world.client("surveyor_a").get(f"/cme/activities/{world.a}/editions/").content.decode()
    assert "<del>on</del><ins>at</ins>" in page
    assert "The first edition." in page
    assert page.count("Current") == 1


@pytest.mark.django_db
def test_an_edition_says_what_it_showed(world: World) -> None:
    sha256 = world.named["a"]["sha256"]
    page = world.client("teacher_a").get(f"/cme/activities/{world.a}/editions/{sha256}/").content.decode()
    for text in ("Accreditation and credit", "Choose the right moment for hand hygiene.", sha256):
        assert text in page


@pytest.mark.django_db
def test_a_damaged_edition_is_named_and_breaks_no_page(world: World) -> None:
    from django.db import connection

    from cme_xblock.records import editions

    publish(COURSE_A, PROVIDER_A, replace(sample.activity(), title="Another"))
    row = Edition.objects.filter(activity_key=world.a).order_by("-pk").first()
    assert row is not None
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cme_xblock_edition SET canonical = '{}' WHERE id = %s", [row.pk])
    editions._cache.clear()
    client = world.client("office_a")
    for address in ("", "editions/", f"editions/{row.sha256}/"):
        page = client.get(f"/cme/activities/{world.a}/{address}")
        assert page.status_code == 200, address
    assert b"was changed in the database" in page.content
    assert client.get("/cme/").status_code == 200
