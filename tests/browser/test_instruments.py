"""The learner's own answers and the retention check in a real browser: keyboard, axe, 320 and 1280 px, both directions.

Each comes to the page through the ledger, as by requests: test_way.py goes the way itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpRequest
from playwright.sync_api import Browser, expect

from cme_xblock.outcomes.pairs import item_version
from cme_xblock.participation import retention
from cme_xblock.records import keys
from cme_xblock.records.models import OutcomesRelease
from tests.blocks import course
from tests.blocks.clock import Clock
from tests.blocks.way import Way, hidden, right, wrong
from tests.browser.keyboard import Keyboard
from tests.browser.test_right_to_left import MIRROR
from tests.console.world import made
from tests.rules.variant import vary

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)
OWN = "Your answers, before and after (opens in a new tab)"


def reader(request: HttpRequest) -> str:
    """CME_READER of these tests: there is one learner."""
    return "ana"


@pytest.fixture(scope="module", autouse=True)
def _beside_the_loop() -> Iterator[None]:
    """Playwright has an event loop in this thread, where Django would refuse its database. Nothing of ours waits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock(monkeypatch)
    found.at(NOW)
    return found


@pytest.fixture
def site(settings: Any, live_server: Any) -> str:
    settings.ROOT_URLCONF = "tests.browser.served"
    settings.CME_READER = "tests.browser.test_instruments.reader"
    return str(live_server.url)


def claimed() -> Way:
    """Wrong before, wrong at the first attempt, right at the second; credit claimed; others answered, too."""
    activity = vary({"retention.days": 60, "baseline.ask_confidence": True, "assessment.ask_confidence": True})
    course.install(activity)
    way = Way("ana", activity=activity)
    assert way.acknowledge().status == 200
    form = hidden(way.show(part="baseline"))
    sure = {one.id: ["4"] for one in activity.baseline.items if one.scored}
    assert way.submit("baseline", **form, responses=wrong(activity.baseline.items), sure=sure).status == 200
    assert way.content().status == 200
    sure = {one.id: ["2"] for one in activity.assessment.items if one.scored}
    for choose in (wrong, right):
        form = hidden(way.show(part="assessment", view="attempt"))
        assert way.submit("assessment", **form, responses=choose(activity.assessment.items), sure=sure).status == 200
    assert way.evaluation().status == 200
    assert way.claim("0.5").status == 200
    told = {item_version(one): (61, 23, 52) for one in activity.assessment.items[:1]}
    OutcomesRelease.objects.create(
        activity_key=keys.activity_key(course.COURSE, activity.activity_id), number=1, at=NOW, learners=61, matched=61,
        tables="{}", peers=json.dumps(told),
    )  # fmt: skip
    return way


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("mirrored", [False, True], ids=["ltr", "rtl"])
def test_own_answers(width: int, mirrored: bool, site: str, clock: Clock, browser: Browser, pictures: Path) -> None:
    """From the certificate by keyboard to the page, which is seen on a phone, on a screen and on paper."""
    claimed()
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US")
    hands = Keyboard(context.new_page(), pictures / f"own-answers-{width}-{'rtl' if mirrored else 'ltr'}")
    hands.page.goto(f"{site}/ward/ana/")
    hands.look("certificate")
    # axe takes white on white for text that is meant to be hidden.
    colours = hands.page.get_by_role("link", name=OWN).evaluate(
        "one => [getComputedStyle(one).color, getComputedStyle(one.closest('section')).backgroundColor]"
    )
    assert colours[0] not in (colours[1], "rgb(255, 255, 255)")
    with context.expect_page() as opened:
        hands.press(OWN, role="link")
    hands.page = opened.value
    hands.page.wait_for_url("**/cme/answers/**")
    if mirrored:
        hands.page.evaluate(MIRROR)
    expect(hands.page.get_by_role("heading", level=1)).to_have_text("Your answers, before and after")
    expect(hands.page.get_by_text("Of 61 learners who answered both times")).to_be_visible()
    hands.look("own")
    hands.page.emulate_media(media="print")
    hands.look("own-on-paper")
    assert hands.page.evaluate("getComputedStyle(document.querySelector('.cme-own-print')).display") == "none"
    assert hands.page.locator("script, [style]").count() == 0
    assert (hands.found, hands.wide) == ([], [])
    context.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_the_retention_check(width: int, site: str, clock: Clock, browser: Browser, pictures: Path) -> None:
    """A mail is asked for before the day, the questions are answered on it, and the page says what has stayed."""
    way = claimed()
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US")
    hands = Keyboard(context.new_page(), pictures / f"retention-{width}")
    page = hands.page
    page.goto(f"{site}/ward/ana/")
    hands.press("What has stayed")
    expect(page.get_by_text("The questions come again on 2026-07-31")).to_be_visible()
    hands.look("before-its-day")
    hands.press("Remind me by mail")
    expect(page.get_by_text("You are reminded by mail on that day.")).to_be_visible()
    hands.look("reminded")
    clock.at(NOW + timedelta(days=61))
    page.goto(f"{site}/ward/ana/")
    expect(page.get_by_role("heading", name="What has stayed")).to_be_visible()
    hands.look("questions")
    hands.press("Send")
    expect(page.locator("[data-cme-error=summary]:visible")).to_be_focused()
    hands.look("nothing-answered")
    for one in retention.items(way.activity):
        hands.choose(one.id, sorted(one.key))
        group = page.locator(f'[data-cme-sure="{one.id}"]')
        hands.radio(group, "3")
    hands.press("Send")
    expect(page.get_by_text("Thank you. Your answers are compared")).to_be_visible()
    hands.look("thanks")
    with context.expect_page() as opened:
        hands.press(OWN, role="link")
    opened.value.wait_for_url("**/cme/answers/**")
    expect(opened.value.get_by_text("Some time later", exact=True).first).to_be_visible()
    assert (hands.found, hands.wide) == ([], [])
    context.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_an_office_brings_measures(
    width: int, settings: Any, live_server: Any, browser: Browser, pictures: Path, tmp_path: Path
) -> None:
    """A damaged table is refused with its rows, a right one is kept, shown and taken back; by keyboard."""
    world = made(settings, learners=False)
    context = browser.new_context(viewport={"width": width, "height": 900}, locale="en-US")
    session = world.client("office_a").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    hands = Keyboard(context.new_page(), pictures / f"measures-{width}")
    page = hands.page
    page.goto(f"{live_server.url}/cme/activities/{world.a}/measures/")
    expect(page.get_by_text("No measures were brought yet.")).to_be_visible()
    table = tmp_path / "measures.csv"
    for row in ("Hands,high,81,0,%", "Hands,62.5,81,240,%"):
        table.write_text(f"measure,before,after,n,unit\n{row}\n")
        page.locator("#cme-file").set_input_files(table)
        hands.write("source", "Ward audit 2026 (simulated)")
        with page.expect_navigation():
            hands.press("Keep it")
        hands.look("sent")
    expect(page.get_by_role("status")).to_contain_text("The table is kept")
    hands.write("reason", "Wrong ward.")
    with page.expect_navigation():
        hands.press("Take it back")
    expect(page.get_by_text("it is not in the report")).to_be_visible()
    hands.look("taken-back")
    assert (hands.found, hands.wide) == ([], [])
    context.close()
