"""Own plans come back to the learner in the course: due, answered once for each day, and in nobody else's hands."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cme_xblock.host import retirement
from cme_xblock.records import consents, follow_ups, keys
from cme_xblock.records.models import Commitment, CommitmentAnswer, ConsentEvent, EntryRow
from tests.blocks import course
from tests.blocks.clock import Clock
from tests.blocks.course import Answer
from tests.blocks.way import Way
from tests.conftest import NOW
from tests.records import dump
from tests.rules.variant import vary

pytestmark = [pytest.mark.database, pytest.mark.django_db]
WORDS = "zqx <b>Clean</b> my hands qxz"
REASON = "zqx No soap on ward 4 qxz"
DUE = 'data-cme-submit="follow_up" autocomplete'


def later(days: float) -> datetime:
    return NOW + timedelta(days=days)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock(monkeypatch)
    found.at(NOW)
    return found


def committed(student: str = "ana", *, words: str = WORDS, claims: bool = True, **changes: Any) -> Way:
    """Somebody who handed in an evaluation with one commitment at NOW."""
    activity = vary({"evaluation.follow_up": ["30", "90"], **changes})
    course.install(activity)
    way = Way(student, activity=activity)
    way.all_before_claim()
    assert way.evaluation(**{"change#o1": [words], "change#o2": []}).status == 200
    if claims:
        assert way.claim("0.5").status == 200
    return way


def names(student: str = "ana") -> list[str]:
    return list(Commitment.objects.filter(participation__learner_id=student).values_list("uuid", flat=True))


def answer(way: Way, outcome: str = "partly", reason: str = "", *, name: str = "") -> Answer:
    name = name or names(way.student)[0]
    responses = {name: [outcome]} | ({f"{name}#why": [reason]} if reason else {})
    return way.submit("follow_up", responses=responses)


def last_word(student: str = "ana") -> bool | None:
    return consents.last_word(keys.learner_key(student), follow_ups.MAIL)


def test_nothing_is_asked_before_the_first_day_and_the_page_says_when(clock) -> None:
    way = committed()
    clock.at(later(29.9))
    assert "/cme/certificates/" in way.show()
    assert "comes back to you on 2026-12-22" in html.unescape(way.show(part="follow_up"))
    assert WORDS not in html.unescape(way.show(part="follow_up"))
    assert answer(way).status == 409
    clock.at(later(30))
    assert DUE in way.show()


def test_it_comes_first_after_the_certificate_with_the_learners_words_and_three_choices(clock) -> None:
    way = committed()
    clock.at(later(31))
    assert DUE in course.view(course.ACTIVITY, "ana")
    shown = way.show()
    assert html.escape(WORDS) in shown
    assert WORDS not in shown
    assert re.findall(r'type="radio" name="item:[^"]*" value="([^"]*)"', shown) == ["fully", "partly", "not_yet"]
    assert way.activity.objectives[0].text in html.unescape(shown)
    assert "/cme/certificates/" in way.show(part="certificate")


def test_an_answer_is_kept_once_and_asked_again_on_the_next_day(clock) -> None:
    way = committed()
    clock.at(later(31))
    entries = EntryRow.objects.count()
    assert answer(way, "partly", REASON).status == 200
    assert answer(way, "fully").status == 409
    [kept] = CommitmentAnswer.objects.all()
    assert (kept.day, kept.outcome, kept.reason) == (30, "partly", REASON)
    assert EntryRow.objects.count() == entries
    assert DUE not in way.show()
    assert "You said: Partly" in way.show(part="follow_up")
    clock.at(later(90))
    assert "Last time you said: Partly" in way.show()
    assert answer(way, "fully").status == 200
    assert list(CommitmentAnswer.objects.order_by("pk").values_list("day", "outcome")) == [
        (30, "partly"),
        (90, "fully"),
    ]


def test_what_is_fully_done_is_not_asked_again_and_a_missed_day_is_not_made_up_for(clock) -> None:
    way, other = committed(), committed("bob")
    clock.at(later(40))
    assert answer(way, "fully").status == 200
    clock.at(later(95))
    assert DUE not in way.show()
    assert answer(other, "not_yet").status == 200
    assert list(CommitmentAnswer.objects.filter(outcome="not_yet").values_list("day", flat=True)) == [90]
    assert DUE not in other.show()


WRONG: dict[str, Any] = {
    "nothing": {},
    "no object": [],
    "unknown": {"x": ["fully"]},
    "a choice that is none": {"{}": ["done"]},
    "two choices": {"{}": ["fully", "partly"]},
    "no list": {"{}": "fully"},
    "a reason alone": {"{}#why": ["So."]},
    "too long": {"{}": ["partly"], "{}#why": ["x" * 2001]},
    "control characters": {"{}": ["partly"], "{}#why": ["a\x00b"]},
    "a reason that is none": {"{}": ["partly"], "{}#why": [{}]},
}


@pytest.mark.parametrize("fault", WRONG)
def test_what_is_wrong_is_refused_at_its_place_and_nothing_is_kept(fault, clock) -> None:
    way = committed()
    clock.at(later(31))
    [name] = names()
    sent = WRONG[fault]
    sent = {key.format(name): value for key, value in sent.items()} if isinstance(sent, dict) else sent
    refused = way.submit("follow_up", responses=sent)
    assert refused.status == 400
    assert bool(refused.data["error"]["fields"]) is (fault not in ("nothing", "no object", "unknown"))
    page = way.show()
    for field in refused.data["error"]["fields"]:
        assert f'data-cme-error="{field}"' in page
    assert not CommitmentAnswer.objects.exists()


def test_nobody_sees_or_answers_what_another_wrote(clock) -> None:
    committed()
    other = committed("bob", words="Another plan")
    clock.at(later(31))
    for student in ("bob", "eve", ""):
        seen = course.view(course.ACTIVITY, student) + Way(student, activity=other.activity).show(part="follow_up")
        assert "zqx" not in seen
        assert ("Another plan" in seen) is (student == "bob")
        assert names("ana")[0] not in seen
    assert answer(other, name=names("ana")[0]).status == 400
    assert Way("eve", activity=other.activity).submit("follow_up", responses={names("ana")[0]: ["fully"]}).status == 409
    assert not CommitmentAnswer.objects.exists()


def test_the_permission_for_mails_is_given_with_the_words_shown_and_switched_in_the_course(clock) -> None:
    activity = vary({"evaluation.follow_up": ["30", "90"]})
    course.install(activity)
    way = Way("ana", activity=activity)
    way.all_before_claim()
    asked = html.unescape(way.show(part="evaluation"))
    assert way.evaluation(**{"change#o1": [WORDS]}).status == 200
    [given] = ConsentEvent.objects.filter(purpose=follow_ups.MAIL)
    assert given.granted
    assert given.text in asked
    assert "mail" in given.text
    clock.at(later(31))
    assert "No more mails about my plans" in way.show(part="follow_up")
    assert way.submit("follow_up", door="mails", mails="off").status == 200
    assert last_word() is False
    assert "You are not reminded by mail." in way.show(part="follow_up")
    # Who stopped the mails once is not signed up again by the next activity.
    second = vary({"evaluation.follow_up": ["30"], "activity_id": "second"})
    course.install(second)
    clock.at(NOW)
    again = Way("ana", activity=second)
    again.all_before_claim()
    assert again.evaluation(**{"change#o1": [WORDS]}).status == 200
    assert last_word() is False
    clock.at(later(31))
    assert again.submit("follow_up", door="mails", mails="on").status == 200
    assert last_word() is True


def test_who_wrote_no_plan_gives_no_permission_and_is_asked_nothing(clock) -> None:
    activity = vary({"evaluation.follow_up": ["30"]})
    course.install(activity)
    way = Way("ana", activity=activity)
    way.all_before_claim()
    assert way.evaluation(**{"change#o1": [], "change#o2": []}).status == 200
    assert way.claim("0.5").status == 200
    assert last_word() is None
    clock.at(later(31))
    assert "/cme/certificates/" in way.show()
    assert "You wrote down no plans" in way.show(part="follow_up")


def test_it_stays_when_the_activity_is_over_and_for_who_claimed_nothing(clock) -> None:
    way = committed(expiry="2026-12-01")
    without = committed("bob", claims=False, expiry="2026-12-01")
    clock.at(later(31))
    for one in (way, without):
        assert DUE in one.show(part="follow_up")
        assert answer(one, "fully").status == 200


def test_retirement_forgets_the_plan_the_answer_and_the_mails(clock) -> None:
    way = committed()
    clock.at(later(31))
    assert answer(way, "partly", REASON).status == 200
    tables = {table for _, table in dump.where([WORDS, REASON], dump.tables())}
    assert tables == {Commitment._meta.db_table, CommitmentAnswer._meta.db_table}
    retirement.retire("ana", now=later(32), dry_run=False)
    assert dump.where([WORDS, REASON], dump.tables()) == set()
    assert not CommitmentAnswer.objects.exists()


def test_a_page_with_plans_takes_few_queries_however_many_plans(clock) -> None:
    way = committed()
    clock.at(later(31))
    participation = Commitment.objects.get().participation

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            course.view(course.ACTIVITY, "ana")
        return len(captured.captured_queries)

    before = asked()
    [one] = Commitment.objects.all()
    for number in range(20):
        one.pk, one.uuid, one.question = None, f"{number}", f"change#{number}"
        one.save(force_insert=True)
    assert Commitment.objects.filter(participation=participation).count() == 21
    assert way.show().count("<fieldset") == 21
    assert asked() == before
