"""An office brings measures of practice, sees them, and takes them back; nobody else does."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cme_xblock.records import performances
from cme_xblock.records.models import AccessEntry, PerformanceData
from tests.console.world import World, made

pytestmark = [pytest.mark.django_db, pytest.mark.database]
GOOD = "measure,before,after,n,unit\n<b>Hands</b> washed,62.5,81,240,%\n"


@pytest.fixture
def world(settings: Any) -> World:
    return made(settings, learners=False)


def send(world: World, content: str | bytes = GOOD, *, who: str = "office_a", **more: str) -> Any:
    data = content.encode() if isinstance(content, str) else content
    body = {"file": SimpleUploadedFile("m.csv", data), "level": "5", "source": "Ward audit", "period": "Q1, Q3"} | more
    return world.client(who).post(f"/cme/activities/{world.a}/measures/", body)


def page(world: World, who: str = "office_a") -> str:
    return str(world.client(who).get(f"/cme/activities/{world.a}/measures/").content.decode())


def test_a_table_is_brought_shown_and_noted(world: World) -> None:
    assert send(world).status_code == 302
    [kept] = performances.current(world.a)
    assert (kept.brought_by, kept.source, kept.level) == ("office_a", "Ward audit", "5")
    shown = page(world)
    assert "62.5" in shown
    assert "&lt;b&gt;Hands&lt;/b&gt;" in shown
    assert "<b>Hands</b>" not in shown
    assert AccessEntry.objects.filter(what="measures_brought").exists()


def test_another_table_takes_its_place_and_it_is_taken_back_for_a_reason(world: World) -> None:
    send(world)
    [first] = performances.current(world.a)
    assert send(world, replaces=first.uuid).status_code == 302
    [second] = performances.current(world.a)
    client, address = world.client("office_a"), f"/cme/activities/{world.a}/measures/"
    assert client.post(address, {"take_back": second.uuid, "reason": " "}).status_code == 400
    assert client.post(address, {"take_back": first.uuid, "reason": "Gone."}).status_code == 400
    assert client.post(address, {"take_back": second.uuid, "reason": "Wrong ward."}).status_code == 302
    assert performances.current(world.a) == ()
    assert page(world).count("it is not in the report") == 2


@pytest.mark.parametrize(
    "more",
    [{"content": "x"}, {"content": GOOD.replace("81", "high")}, {"content": b"\x89PNG"}, {"level": "9"},
     {"source": " "}, {"source": "s" * 256}, {"source": "s\0"}, {"replaces": "none"}, {"content": "a" * 1_100_000}],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_is_kept(world: World, more: dict[str, Any]) -> None:
    answer = send(world, **more)
    assert answer.status_code == 400
    assert "Nothing was kept" in answer.content.decode()
    assert not PerformanceData.objects.exists()


def test_without_a_file_nothing_is_kept(world: World) -> None:
    answer = world.client("office_a").post(f"/cme/activities/{world.a}/measures/", {"level": "5", "source": "s"})
    assert answer.status_code == 400
    assert not PerformanceData.objects.exists()


@pytest.mark.parametrize("who", ["", "learner", "teacher_a", "office_b", "surveyor_a", "operator"])
def test_nobody_else(world: World, who: str) -> None:
    assert send(world, who=who).status_code in (302, 403, 404)
    assert not PerformanceData.objects.exists()


def test_it_stands_in_every_form_of_the_report(world: World) -> None:
    """Page, workbook, table and PDF have the numbers, and none says who brought them."""
    assert send(world).status_code == 302
    client, address = world.client("office_a"), f"/cme/outcomes/{world.a}"
    shown = client.get(f"{address}/").content.decode()
    assert "Ward audit" in shown
    assert ">18.5<" in shown
    table = client.get(f"{address}/performance-1.csv").content.decode()
    assert "62.5" in table
    for form in (shown.partition("<main")[2], table):
        assert "office_a" not in form
    assert client.get(f"{address}.xlsx").status_code == 200
    assert client.get(f"{address}.pdf").status_code in (200, 404)
