"""The paired questions come again after some days: once, for who passed, with no bearing on credit."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from typing import Any

import pytest

from cme_xblock.activity.codes import Format
from cme_xblock.participation import retention
from cme_xblock.participation.entries import Draft, Entry, Kind, seal
from cme_xblock.participation.progress import fold
from cme_xblock.records import consents, keys, retentions, verify
from cme_xblock.records.models import ConsentEvent, EntryRow, RetentionMail
from cme_xblock.rules import disclosure
from tests.blocks import course
from tests.blocks.clock import Clock
from tests.blocks.course import Answer
from tests.blocks.way import Way, hidden, right, wrong
from tests.conftest import NOW
from tests.rules.variant import vary

pytestmark = [pytest.mark.database, pytest.mark.django_db]
FORM = 'data-cme-submit="retention" data-cme-draft'


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock(monkeypatch)
    found.at(NOW)
    return found


def later(days: float) -> datetime:
    return NOW + timedelta(days=days)


def passed(student: str = "ana", *, claims: bool = True, **changes: Any) -> Way:
    """Somebody who passed at NOW an activity that asks again after 60 days."""
    activity = vary({"retention.days": 60, **changes})
    course.install(activity)
    way = Way(student, activity=activity)
    way.all_before_claim()
    if claims:
        assert way.claim("0.5").status == 200
    return way


def answer(way: Way, *, rightly: bool = True, **more: Any) -> Answer:
    asked = retention.items(way.activity)
    choose = right if rightly else wrong
    return way.submit("retention", **hidden(way.show(part="retention")), **({"responses": choose(asked)} | more))


def kept() -> list[EntryRow]:
    return list(EntryRow.objects.filter(kind=Kind.RETENTION_SUBMITTED))


def test_before_its_day_the_page_says_when_and_takes_nothing(clock) -> None:
    way = passed()
    clock.at(later(59.9))
    assert "/cme/certificates/" in way.show()
    assert "come again on 2027-01-21" in html.unescape(way.show(part="retention"))
    assert way.submit("retention", responses=right(retention.items(way.activity))).status == 409
    assert not kept()


def test_on_its_day_it_comes_first_with_the_paired_questions_alone(clock) -> None:
    way = passed()
    clock.at(later(60))
    shown = html.unescape(way.show())
    assert FORM in shown
    asked = retention.items(way.activity)
    assert 0 < len(asked) < len(way.activity.assessment.items) + 1
    assert set(re.findall(r'data-cme-item="([^"]+)"', shown)) == {one.id for one in asked}
    for one in way.activity.assessment.items:
        assert not one.rationale or one.rationale not in shown
    assert FORM in Way("ana", block=course.PART, activity=way.activity).show()
    assert "/cme/certificates/" in way.show(part="certificate")


def test_it_is_answered_once_and_changes_nothing_about_credit(clock) -> None:
    way = passed()
    clock.at(later(61))
    credit = way.show(part="certificate").split("</nav>")[1]
    done = answer(way, rightly=False)
    assert done.status == 200
    assert "Thank you" in done.data["html"]
    assert answer(way).status == 409
    [entry] = kept()
    assert way.show(part="certificate").split("</nav>")[1] == credit
    assert verify.verify_all().findings == []
    assert "/cme/certificates/" in way.show()
    assert entry.edition.sha256 == EntryRow.objects.filter(kind=Kind.CREDIT_CLAIMED).get().edition.sha256


def test_it_stays_open_when_the_activity_has_expired(clock) -> None:
    way = passed(expiry=(NOW + timedelta(days=10)).date().isoformat())
    clock.at(later(70))
    assert FORM in way.show()
    assert answer(way).status == 200


def test_who_has_not_passed_is_not_asked(clock) -> None:
    activity = vary({"retention.days": 1})
    course.install(activity)
    way = Way("ana", activity=activity)
    for step in (way.acknowledge, way.baseline, way.content):
        assert step().status == 200
    assert way.assessment(pass_it=False).status == 200
    clock.at(later(5))
    assert "retention" not in way.show()
    assert way.submit("retention", responses={}).status in (400, 409)
    assert not kept()


def test_without_days_or_without_pairs_there_is_no_check(clock) -> None:
    way = passed(**{"retention.days": 0})
    clock.at(later(90))
    assert 'data-cme-show="retention"' not in way.show()
    for changes in ({"baseline.items": []}, {"retention.days": -3}, {"retention.days": 10**9}):
        assert retention.items(vary({"retention.days": 60, **changes})) == ()


WRONG: dict[str, Any] = {
    "nothing": {},
    "no object": [],
    "an unknown question": {"x": ["a"]},
    "an option that is none": {"{}": ["zz"]},
    "no list": {"{}": "a"},
    "a question left out": {"{}": []},
}


@pytest.mark.parametrize("fault", WRONG)
def test_what_is_wrong_is_refused_and_nothing_is_kept(fault, clock) -> None:
    way = passed()
    clock.at(later(61))
    first = retention.items(way.activity)[0].id
    sent = WRONG[fault]
    sent = {key.format(first): value for key, value in sent.items()} if isinstance(sent, dict) else sent
    assert answer(way, responses=sent).status == 400
    assert not kept()


def test_a_draft_survives_a_closed_laptop(clock) -> None:
    way = passed()
    clock.at(later(61))
    first = retention.items(way.activity)[0]
    body = {"part": "retention", "responses": {first.id: [first.options[1].id]}}
    assert course.call(course.ACTIVITY, "ana", "save_draft", body).status == 200
    assert f'value="{first.options[1].id}" checked' in way.show()


def test_how_sure_is_asked_again_where_the_assessment_asks(clock) -> None:
    way = passed(claims=False, **{"assessment.ask_confidence": False})
    clock.at(later(61))
    assert 'data-cme-sure="' not in way.show(part="retention")


def test_a_mail_is_sent_to_who_asks_for_one_in_the_words_shown(clock) -> None:
    way = passed()
    page = way.show(part="retention")
    assert "Remind me by mail" in page
    assert way.submit("retention", **hidden(page)).status == 200
    [mail] = RetentionMail.objects.all()
    assert mail.due_at == NOW + timedelta(days=60)
    assert consents.last_word(keys.learner_key("ana"), retentions.MAIL) is True
    assert "link that stops them" in ConsentEvent.objects.get(purpose=retentions.MAIL).text
    off = way.show(part="retention")
    assert "You are reminded by mail on that day" in off
    assert way.submit("retention", **hidden(off)).status == 200
    assert consents.last_word(keys.learner_key("ana"), retentions.MAIL) is False
    assert way.submit("retention", door="mails", mails="maybe").status == 400
    assert not kept()


def test_nobody_is_mailed_unasked(clock) -> None:
    passed()
    assert not RetentionMail.objects.exists()
    assert not ConsentEvent.objects.filter(purpose=retentions.MAIL).exists()


def test_what_came_too_early_or_of_another_edition_counts_for_nothing() -> None:
    """The fold judges by the times in the ledger, whoever wrote it."""
    activity = vary({"retention.days": 60, "format": Format.OTHER.value})
    edition = "e" * 64
    chain: list[Entry] = []

    def add(kind: Kind, payload: dict[str, Any], day: float) -> None:
        draft = Draft(kind, edition, payload)
        chain.append(seal(draft, participation="p", after=chain[-1] if chain else None, at=later(day)))

    add(Kind.DISCLOSURE_ACKNOWLEDGED, {"disclosure": disclosure.sha256(activity)}, 0)
    add(Kind.BASELINE_SUBMITTED, {"responses": wrong(activity.baseline.items)}, 0)
    for section in activity.content.sections:
        add(Kind.CONTENT_COMPLETED, {"section": section}, 0)
    add(Kind.ASSESSMENT_SUBMITTED, {"attempt": 1, "responses": right(activity.assessment.items)}, 0)
    early = {"responses": wrong(retention.items(activity))}
    add(Kind.RETENTION_SUBMITTED, early, 3)
    assert fold(activity, chain, edition=edition, editions={}, now=later(61)).later is None
    add(Kind.RETENTION_SUBMITTED, {"responses": right(retention.items(activity))}, 60)
    add(Kind.RETENTION_SUBMITTED, early, 61)
    found = fold(activity, chain, edition=edition, editions={}, now=later(62))
    assert found.later == {name: tuple(one) for name, one in right(retention.items(activity)).items()}
