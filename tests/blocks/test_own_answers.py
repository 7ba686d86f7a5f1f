"""The learner's own page: own answers before and after, nobody else's, and the key only when it may be known."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client

from cme_xblock.activity.codes import Feedback
from cme_xblock.credit import remedies, staff
from cme_xblock.outcomes.pairs import item_version
from cme_xblock.records import editions, keys
from cme_xblock.records.models import OutcomesRelease
from tests.blocks import course
from tests.blocks.clock import NOON, Clock
from tests.blocks.way import Way, hidden, right, wrong
from tests.rules.variant import vary

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def reader(request: HttpRequest) -> str:
    """CME_READER of these tests: the learner whom the client names."""
    return str(request.headers.get("X-Reader", ""))


@pytest.fixture(autouse=True)
def _world(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CME_READER = "tests.blocks.test_own_answers.reader"
    Clock(monkeypatch).at(NOON)


def key_of(way: Way) -> str:
    return keys.activity_key(course.COURSE, way.activity.activity_id)


def look(way: Way, student: str = "", *, status: int = 200, **headers: str) -> str:
    client = Client(headers={"X-Reader": student or way.student, **headers})
    answer = client.get(f"/cme/answers/{key_of(way)}/")
    assert answer.status_code == status
    assert answer["Cache-Control"] == "no-store, private"
    return html.unescape(answer.content.decode())


def walked(student: str = "ana", *, passes: bool = True, again: bool = False, **changes: Any) -> Way:
    """Wrong before, right after; `again`: wrong at the first attempt."""
    activity = vary(changes)
    course.install(activity)
    way = Way(student, activity=activity)
    assert way.acknowledge().status == 200
    form = hidden(way.show(part="baseline"))
    assert way.submit("baseline", **form, responses=wrong(activity.baseline.items)).status == 200
    assert way.content().status == 200
    if again or not passes:
        assert way.assessment(pass_it=False).status == 200
    if passes:
        assert way.assessment().status == 200
    return way


def tell(way: Way, n: int = 60, before: int = 21, after: int = 48) -> None:
    """A step of the report in which these many others are told of every question."""
    told = {item_version(one): (n, before, after) for one in way.activity.assessment.items if one.scored}
    OutcomesRelease.objects.create(
        activity_key=key_of(way), number=1, at=NOON, learners=n, matched=n, tables="{}", peers=json.dumps(told)
    )


def test_own_answers_before_and_after_with_the_reasons_and_the_others() -> None:
    way = walked(again=True)
    tell(way)
    page = look(way)
    pairs = [one for one in way.activity.assessment.items if one.scored and one.pair_id]
    assert pairs
    for one in pairs:
        assert one.rationale in page
    assert page.count("At your last attempt") == len([one for one in way.activity.assessment.items if one.scored])
    assert "you answered 0 rightly before the activity and 0 after it, at your first attempt" in page
    assert "Of 60 learners who answered both times, 35 % were right before and 80 % after." in page
    assert "✓ right" in page
    assert "<script" not in page


def test_the_first_attempt_is_what_counts_and_a_single_one_is_not_called_first() -> None:
    way = walked()
    page = look(way)
    assert "At your last attempt" not in page
    pairs = len([one for one in way.activity.baseline.items if one.scored and one.pair_id])
    assert f"you answered 0 rightly before the activity and {pairs} after it" in page
    assert "not shown: too few of them" in page


def test_it_is_reached_from_the_result_and_from_the_certificate() -> None:
    way = walked()
    address = f"/cme/answers/{key_of(way)}/"
    assert address in way.show(part="assessment")
    assert way.claim("0.5").status == 200
    assert address in way.show(part="certificate")
    assert address in Way("ana", block=course.PART, activity=way.activity).show(part="certificate")


@pytest.mark.parametrize("policy", list(Feedback))
def test_while_attempts_remain_nothing_is_told_and_no_door_leads_here(policy: Feedback) -> None:
    way = walked(passes=False, **{"assessment.feedback": policy.value})
    assert "/cme/answers/" not in way.show(part="assessment")
    page = look(way, status=404)
    for one in way.activity.assessment.items:
        assert one.stem not in page
        assert not one.rationale or one.rationale not in page


def test_where_the_provider_never_shows_the_key_the_page_does_not_either() -> None:
    """Two learners who chose differently get pages that say the same of every option they did not choose."""
    way = walked(again=True, **{"assessment.feedback": "never"})
    tell(way)
    page = look(way)
    assert "does not show the right answers" in page
    assert not re.search(r"✓|✗|cme-own-right|cme-own-wrong|Right answer", page)
    for one in way.activity.assessment.items:
        assert not one.rationale or one.rationale not in page
        if one.scored:
            left = [
                each.text for each in one.options if each.id not in (*right((one,))[one.id], *wrong((one,))[one.id])
            ]
            assert not [text for text in left if f">{text}<" in page]
    assert "35 % were right before" in page


def regrade(way: Way, *answers: list[str]) -> str:
    """The first question gets these right answers; its text on the page from there on, up to the next question."""
    item = way.activity.assessment.items[0]
    sha256 = editions.current(course.COURSE, way.activity.activity_id).sha256
    changed = {item.id: list(answers)}
    who = staff.who("boss", "The guideline has changed.")
    done = list(
        remedies.regrade(course.COURSE, way.activity.activity_id, sha256, changed, who, now=NOON, dry_run=False)
    )
    assert [one.refusal for one in done] == [None]
    page = look(way)
    return page[page.index(item.stem) :].split("<li>")[0]


def test_a_corrected_key_is_what_answers_are_marked_by_and_the_page_says_so() -> None:
    """Wrong before and right after by the author's key; the other way round by the corrected one."""
    way = walked()
    [item] = [one for one in way.activity.assessment.items[:1] if one.pair_id]
    assert "corrected" not in look(way)
    other = wrong((item,))[item.id]
    asked = regrade(way, other)
    assert re.findall("✓|✗", asked) == ["✓", "✗"]
    assert "The provider has corrected what is right here since." in asked
    text = next(one.text for one in item.options if [one.id] == other)
    assert re.search(rf"Right answer:</strong> <span[^>]*>{re.escape(text)}</span></p>", asked)


def test_two_right_answers_and_every_answer_are_told_as_such() -> None:
    way = walked()
    item = way.activity.assessment.items[0]
    asked = regrade(way, right((item,))[item.id], wrong((item,))[item.id])
    assert re.findall("✓|✗", asked) == ["✓", "✓"]
    assert re.search(r"</span> or <span", asked)
    asked = regrade(way)
    assert "Every answer counts as right." in asked
    assert "Right answer" not in asked


def test_nobody_sees_anothers_page_nor_whether_there_is_one() -> None:
    way = walked()
    stranger = look(way, "bob", status=404)
    nowhere = Client(headers={"X-Reader": "bob"}).get(f"/cme/answers/{'0' * 64}/")
    assert nowhere.status_code == 404
    assert html.unescape(nowhere.content.decode()) == stranger
    assert look(way, " ", status=404)
    assert Client().get(f"/cme/answers/{key_of(way)}/").status_code == 403
    assert Client(headers={"X-Reader": "ana"}).post(f"/cme/answers/{key_of(way)}/").status_code == 405


def test_author_and_learner_write_no_markup() -> None:
    way = walked(**{"title": "A <b>bold</b> title", "assessment.items.0.options.0.text": "<i>Yes</i>"})
    answer = Client(headers={"X-Reader": "ana"}).get(f"/cme/answers/{key_of(way)}/").content.decode()
    assert "<b>bold</b>" not in answer
    assert "<i>Yes</i>" not in answer


def test_the_page_does_not_load_the_statistics() -> None:
    """No learner waits for scipy."""
    code = (
        "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'; django.setup();"
        "import cme_xblock.parts.views_own_answers, sys; print('scipy' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
