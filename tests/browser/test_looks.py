"""Pages that the demonstration's way does not end on, in a browser: confidence, evaluation, follow-up, attendance.

The blocks' own HTML, style and script, with their handlers behind them; no server. Each page by keyboard, in 320 and
1280 px, mirrored, and looked at by axe.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from cme_xblock.records.models import Commitment, CommitmentAnswer
from tests.blocks import course
from tests.blocks.clock import Clock
from tests.blocks.sessions import CODE, running
from tests.blocks.way import Way
from tests.browser.keyboard import Keyboard
from tests.browser.test_right_to_left import MIRROR, assert_fits
from tests.conftest import NOW
from tests.rules import sample
from tests.rules.variant import vary

# Playwright calls back outside the test's own connection, which therefore must not hold a transaction.
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STATIC = Path(__file__).resolve().parents[2] / "static" / "cme_xblock"
SITE = "http://cme.test/"
PAGE = """<!DOCTYPE html><html lang="en" dir="ltr"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Course</title><style>{style}</style></head>
<body style="margin:0"><main><h1>Course</h1><div id="block">{block}</div></main><script>{script}
CmeBlock({{handlerUrl: (element, handler) => "/handler/" + handler}}, document.getElementById("block"), {sentences});
</script></body></html>"""


@pytest.fixture(scope="module", autouse=True)
def _same_thread(django_db_setup: None) -> Iterator[None]:
    """Playwright's event loop runs in this thread, and asks the blocks from it, one after the other: that is safe."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


def served(page: Page, student: str) -> None:
    """The `cme` block of `tests.blocks.course` at SITE."""

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(SITE)
        if path.startswith("handler/"):
            found = course.call(course.ACTIVITY, student, path.rsplit("/", 1)[1], route.request.post_data_buffer or b"")
            route.fulfill(status=found.status, content_type="application/json", body=found.text)
        elif path:
            route.fulfill(status=404, body="")
        else:
            shown = course.block(course.ACTIVITY, student).student_view({}).content
            style, script = ((STATIC / name).read_text() for name in ("cme.css", "cme.js"))
            body = PAGE.format(style=style, block=shown, script=script, sentences=json.dumps({"activity": "x"}))
            route.fulfill(content_type="text/html; charset=utf-8", body=body)

    page.route(SITE + "**", answer)
    page.goto(SITE)


def mirrored(hands: Keyboard, name: str) -> None:
    """Looked at from left to right, then mirrored; it fits both ways."""
    hands.look(name)
    hands.page.evaluate(MIRROR)
    assert hands.page.locator("h3").first.evaluate("one => getComputedStyle(one).direction") == "rtl"
    assert_fits(hands.page)
    if hands.page.viewport_size["width"] == 320:
        hands.look(f"{name}-mirrored")
    hands.page.evaluate(MIRROR.replace("[dir=ltr]", "[dir=rtl]").replace("'rtl'", "'ltr'"))


def sure_and_evaluation(hands: Keyboard) -> None:
    activity = vary({"baseline.ask_confidence": True, "evaluation.follow_up": ["30"]})
    course.install(activity)
    way = Way("ana", activity=activity)
    way.acknowledge()
    served(hands.page, "ana")
    groups = hands.page.locator("[data-cme-sure]")
    expect(groups).to_have_count(len(activity.baseline.items))
    expect(groups.first).to_be_visible()
    mirrored(hands, "sure")
    sure = {one.id: ["3"] for one in activity.baseline.items}
    assert way.submit("baseline", responses=sample.right_baseline(), sure=sure).status == 200
    for step in (way.content, way.assessment):
        assert step().status == 200
    hands.page.goto(SITE)
    expect(hands.page.get_by_text("Anonymous: your answers are kept without your name")).to_be_visible()
    mirrored(hands, "evaluation")
    hands.press("Send the evaluation")
    expect(hands.page.locator("[data-cme-error=summary]")).to_be_focused()
    mirrored(hands, "evaluation-incomplete")
    assert way.evaluation(**{"change#o1": ["Clean my hands.\nAlways."], "change#o2": []}).status == 200
    assert way.claim("0.5").status == 200


def follow_up(hands: Keyboard) -> None:
    hands.page.goto(SITE)
    expect(hands.page.get_by_role("heading", name="What became of your plans")).to_be_visible()
    [plan] = Commitment.objects.all()
    mirrored(hands, "follow-up")
    hands.press("Send")
    expect(hands.page.locator("[data-cme-error=summary]:visible")).to_be_focused()
    hands.choose(plan.uuid, ["partly"])
    hands.type(f"{plan.uuid}#why", "No soap.")
    hands.press("Send")
    expect(hands.page.get_by_role("heading", name="What became of your plans")).to_be_focused()
    expect(hands.page.get_by_text("You said: Partly")).to_be_visible()
    mirrored(hands, "follow-up-answered")
    hands.press("No more mails about my plans")
    expect(hands.page.get_by_text("You are not reminded by mail.")).to_be_visible()
    [kept] = CommitmentAnswer.objects.all()
    assert (kept.outcome, kept.reason) == ("partly", "No soap.")


def attendance(hands: Keyboard) -> None:
    course.install(running())
    assert Way("eva", activity=running()).acknowledge().status == 200
    served(hands.page, "eva")
    expect(hands.page.get_by_role("heading", name="Attendance")).to_be_visible()
    mirrored(hands, "attendance")
    hands.write("code", "WRONG-1")
    hands.press("Record my attendance")
    expect(hands.page.locator("[data-cme-error=summary]")).to_be_focused()
    mirrored(hands, "attendance-refused")
    hands.write("code", CODE.lower())
    hands.press("Record my attendance")
    expect(hands.page.get_by_role("heading", name="Claim")).to_be_focused()
    hands.press("Attendance , done", exact=False)
    expect(hands.page.get_by_text("attended, 60 minutes").first).to_be_visible()


@pytest.mark.parametrize("width", [320, 1280])
def test_what_asks_a_learner_looks_right_and_works_by_keyboard(
    width: int, browser: Browser, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    hands = Keyboard(page, pictures / f"looks-{width}", contrast=width == 1280)
    attendance(hands)
    page.unroute_all()
    with monkeypatch.context() as patched:
        clock = Clock(patched)
        clock.at(NOW)
        sure_and_evaluation(hands)
        clock.at(NOW + timedelta(days=31))
        follow_up(hands)
    page.close()
    assert errors == []
    assert hands.found == []
    assert hands.wide == []
