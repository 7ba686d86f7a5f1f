"""The questions' own mail: to who asked for it, once, on its day, and stopped by one click."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from cme_xblock.host import retirement
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.records import consents, retentions
from cme_xblock.records.models import Edition, Participation, RetentionMail
from tests.conftest import NOW
from tests.parts import test_follow_up_mail as plans
from tests.parts.test_follow_up_mail import ACTIVITY, SITE, run, stop_of
from tests.records import samples

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.CME_PUBLIC_URL = SITE


def asked(number: int = 4711) -> Participation:
    """A learner who has no plans left and asked at NOW to be reminded in 40 days."""
    one = plans.learner(number)
    one.commitments.all().delete()
    retentions.agree(one, NOW + timedelta(days=40), text="Remind me by mail", now=NOW)
    return one


def test_it_is_sent_once_on_its_day_with_nothing_of_the_answers(monkeypatch) -> None:
    one = asked()
    sent = []
    for day in (1, 39.9, 40, 40, 41, 90):
        assert run(monkeypatch, day)[0] == 0
        sent.append(len(mail.outbox))
    assert sent == [0, 0, 1, 1, 1, 1]
    [letter] = mail.outbox
    assert letter.to == ["planted4711@clinic.example"]
    assert ACTIVITY.title in letter.body
    assert f"{SITE}/courses/" in letter.body
    whole = letter.message().as_string()
    for secret in (one.key, one.learner_key, "user4711"):
        assert secret not in whole
    assert RetentionMail.objects.get().state == "sent"


def test_one_click_stops_them_and_a_look_does_not(monkeypatch) -> None:
    one = asked()
    run(monkeypatch, 40)
    stop = stop_of(mail.outbox[0])
    client = Client(enforce_csrf_checks=True)
    assert client.get(stop).status_code == 200
    assert retentions.may_mail(one)
    assert client.post(stop).status_code == 200
    assert not retentions.may_mail(one)
    assert consents.last_word(one.learner_key, "follow_up_mail") is True
    assert client.get("/cme/retention/nobodys/stop/").status_code == 404
    assert client.get(stop.replace("/retention/", "/follow-up/")).status_code == 404


def test_who_changed_their_mind_answered_or_left_is_not_mailed(monkeypatch) -> None:
    changed, answered, gone, late = (asked(number) for number in (11, 12, 13, 14))
    retentions.permit(changed, text="No", granted=False, now=NOW)
    edition = Edition.objects.get(course_key=answered.course_key).sha256
    place = (answered.course_key, answered.activity_id, answered.learner_id)
    samples.append(Draft(Kind.RETENTION_SUBMITTED, edition, {"responses": {}}), place)
    retirement.retire("13", now=NOW, dry_run=False)
    assert not RetentionMail.objects.filter(participation=gone).exists()
    RetentionMail.objects.filter(participation=late).update(due_at=NOW)
    status, out = run(monkeypatch, 45)
    assert mail.outbox == []
    assert status == 0
    assert "the learner does not want these mails" in out


def test_two_workers_send_one(monkeypatch) -> None:
    asked()
    [due] = retentions.to_mail(NOW + timedelta(days=41))
    assert retentions.mark(due, now=NOW)
    assert retentions.mark(due, now=NOW) is None
    run(monkeypatch, 41)
    assert mail.outbox == []
