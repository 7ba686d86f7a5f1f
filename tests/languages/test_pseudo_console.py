"""Every page of the office, by the URL configuration, says nothing that is in no catalogue."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cme_xblock.console.access import Rule
from cme_xblock.console.exports.datasets import KINDS
from tests.console import addresses
from tests.console import world as worlds
from tests.console.addresses import Address
from tests.console.world import World
from tests.languages import pseudo

pytestmark = pytest.mark.django_db(transaction=True)
# What is the same in every language, or somebody's own words: names, keys, reasons, states of machines.
OWN = (
    *("Lakeshore Academic Health", "Hillside Medical School", "The University of Example", "Kim Certified", "Example"),
    *("Hand hygiene on the ward", "every_office", "operator", "late_surveyor", "surveyor_a", "Reaccreditation"),
    *("Case 12", "Survey", worlds.COURSE_A, "gone", "(UTC)", "(EST)", "SHA-256", "keys.json", "AMA PRA", "of "),
    # Fields of PARS, and a measure's name.
    *("MeasuredOutcome", "MeasurementType", "d_av"),
)
PAGES = [one for one in addresses.every() if isinstance(one.rule, Rule) and "." not in one.route]


@pytest.fixture
def world(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.locale.LocaleMiddleware"]
    pseudo.install(monkeypatch, tmp_path)
    yield worlds.made(settings)
    pseudo.language._language.cache_clear()


def bare(page: str) -> list[str]:
    own = re.compile("|".join(map(re.escape, OWN)))
    return [one for one in (own.sub(" ", text) for text in pseudo.bare(page)) if pseudo.says_something(one)]


def test_there_are_pages_to_look_at() -> None:
    assert len(PAGES) > 30


@pytest.mark.parametrize("account", ["every_office", "operator"])
def test_no_page_of_the_office_says_what_is_in_no_catalogue(world: World, account: str) -> None:
    found: dict[str, list[str]] = {}
    seen = 0
    client = world.client(account, headers={"Accept-Language": pseudo.LOCALE})
    for one in PAGES:
        answer = client.get(_at(one, world))
        kind = answer.headers.get("Content-Type", "")
        if answer.status_code != 200 or not kind.startswith("text/html"):
            continue
        seen += 1
        said = bare(answer.content.decode())
        if said:
            found[one.route] = said
    assert seen > (10 if account == "every_office" else 0)
    assert found == {}, found


def test_what_an_export_holds_is_said_in_the_readers_language(world: World) -> None:
    client = world.client("every_office", headers={"Accept-Language": pseudo.LOCALE})
    for kind in KINDS:
        answer = client.get("/cme/exports/new/", {"kind": kind})
        assert answer.status_code == 200, kind
        [columns] = re.findall("<tbody>.*?</tbody>", answer.content.decode(), re.DOTALL)
        assert columns.count('<th scope="row">') == len(KINDS[kind].columns), kind
        assert bare(f"<table>{columns}</table>") == [], kind


def _at(one: Address, world: World) -> str:
    return one.at(addresses.argument(one.rule.place, world, of="a"), world.named["a"])
