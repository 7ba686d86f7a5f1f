"""`cme_follow_up` asks each learner once for each day, without their words, and every mail can be stopped."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.test import Client

from cme_xblock.host import retirement
from cme_xblock.management.commands import cme_follow_up
from cme_xblock.participation.commitments import Given, Outcome
from cme_xblock.parts import follow_up_mail
from cme_xblock.records import consents, editions, follow_ups
from cme_xblock.records.models import Commitment, Edition, FollowUpMail, Participation
from tests.conftest import NOW
from tests.records import samples
from tests.records.together import at_once
from tests.rules.variant import vary

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

COURSE = "course-v1:Example+CME+2026"
SITE = "https://learn.example.org"
WORDS = "Ask Mrs Planted-Patient about her opioids"
ACTIVITY = vary({"evaluation.follow_up": ["30", "90"]})


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.CME_PUBLIC_URL = SITE


def learner(number: int = 4711, *, email: str | None = None, activity_id: str = ACTIVITY.activity_id) -> Participation:
    """An account, and its participation with one commitment, made at NOW by somebody who was told of mails."""
    address = f"planted{number}@clinic.example" if email is None else email
    get_user_model().objects.get_or_create(pk=number, defaults={"username": f"user{number}", "email": address})
    activity = vary({"evaluation.follow_up": ["30", "90"], "activity_id": activity_id})
    sha256 = editions.publish(COURSE, activity, source="cme@ward", now=NOW)
    samples.append(samples.acknowledgement(sha256), (COURSE, activity_id, str(number)))
    one = Participation.objects.get(learner_id=str(number), activity_id=activity_id)
    edition = Edition.objects.get(sha256=sha256, course_key=COURSE)
    Commitment.objects.create(
        participation=one, edition=edition, question="change#o1", objective="o1", text=WORDS, days="30,90", made_at=NOW
    )
    follow_ups.permit(one, text="By mail.", granted=True, now=NOW)
    return one


def run(monkeypatch: pytest.MonkeyPatch, day: float, *arguments: str) -> tuple[int, str]:
    """The command so many days after NOW: its exit status, and what it wrote."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return (NOW + timedelta(days=day)).astimezone(tz)

    monkeypatch.setattr(cme_follow_up, "datetime", Stopped)
    out = StringIO()
    try:
        call_command("cme_follow_up", *arguments, stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


def stop_of(message: mail.EmailMessage) -> str:
    return message.extra_headers["List-Unsubscribe"].strip("<>").removeprefix(SITE)


def test_each_day_is_mailed_once_however_often_it_runs(monkeypatch) -> None:
    learner()
    told = []
    for day in (29.9, 30, 30, 31, 59, 60.5, 89.9, 90, 90, 119, 200):
        assert run(monkeypatch, day)[0] == 0
        told.append(len(mail.outbox))
    assert told == [0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2]


def test_the_mail_says_whose_activity_and_none_of_the_words_and_names_nobody(monkeypatch, caplog) -> None:
    one = learner()
    status, out = run(monkeypatch, 30)
    assert (status, out) == (0, "1 mails sent.\n")
    [sent] = mail.outbox
    assert sent.to == ["planted4711@clinic.example"]
    assert sent.cc == sent.bcc == []
    assert ACTIVITY.title in sent.body
    assert ACTIVITY.provider.name in sent.subject
    assert f"{SITE}/courses/{COURSE}/jump_to/block-v1:Example+CME+2026+type@cme+block@ward" in sent.body
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = stop_of(sent)
    assert SITE + stop in sent.body
    assert Client(enforce_csrf_checks=True).get(stop).status_code == 200
    made = sent.message()
    whole = made.as_string()
    for secret in (WORDS, "Planted-Patient", one.uuid, one.key, one.learner_key, "user4711"):
        assert secret not in whole
    # What is made by chance may have any digits.
    for chance in ("planted4711@clinic.example", stop, made["Message-ID"]):
        whole = whole.replace(chance, "")
    assert "4711" not in whole
    assert "planted4711" not in caplog.text + out


def test_a_late_start_does_not_wake_the_past(monkeypatch) -> None:
    learner()
    run(monkeypatch, 121)
    assert mail.outbox == []
    assert not FollowUpMail.objects.exists()


def test_what_is_answered_or_of_a_test_or_retired_is_not_asked(monkeypatch) -> None:
    answered, tried, retired, asked = (learner(number) for number in (11, 12, 13, 14))
    [held] = follow_ups.held(answered.key)
    given = Given(held.name, 30, Outcome.FULLY, "")
    assert follow_ups.answer(answered.key, [given], now=NOW + timedelta(days=30))
    Participation.objects.mark(tried.pk, is_test=True)
    retirement.retire(retired.learner_id, now=NOW, dry_run=False)
    for day in (30, 90):
        run(monkeypatch, day)
    assert [one.to for one in mail.outbox] == [[f"planted{asked.learner_id}@clinic.example"]] * 2


def test_stopping_takes_one_click_no_account_and_holds_for_all_activities(monkeypatch) -> None:
    learner()
    learner(activity_id="second")
    other = learner(4712)
    run(monkeypatch, 30)
    assert len(mail.outbox) == 3
    stop = stop_of(next(one for one in mail.outbox if one.to == ["planted4711@clinic.example"]))
    browser = Client(enforce_csrf_checks=True)
    # A scanner that opens every link stops nothing.
    for _ in range(2):
        page = browser.get(stop)
        assert page.content.decode().count("<button") == 1
    learner_key = Participation.objects.filter(learner_id="4711")[0].learner_key
    assert consents.last_word(learner_key, follow_ups.MAIL) is True
    for _ in range(2):
        done = browser.post(stop, {"List-Unsubscribe": "One-Click"})
        assert "Done: you get no more of these mails." in done.content.decode()
    assert consents.last_word(learner_key, follow_ups.MAIL) is False
    assert consents.last_word(other.learner_key, follow_ups.MAIL) is True
    _status, out = run(monkeypatch, 90)
    assert "2 not sent: the learner does not want these mails." in out
    assert [one.to for one in mail.outbox[3:]] == [["planted4712@clinic.example"]]


def test_a_code_that_no_mail_has_stops_nothing_and_one_of_a_retired_account_neither(monkeypatch) -> None:
    learner()
    run(monkeypatch, 30)
    stop = stop_of(mail.outbox[0])
    words = consents.ConsentEvent.objects.count()
    for code in ("x", "A" * 32, stop.split("/")[3].swapcase()):
        assert Client().post(f"/cme/follow-up/{code}/stop/").status_code == 404
    retirement.retire("4711", now=NOW, dry_run=False)
    assert Client().post(stop).status_code == 404
    assert consents.ConsentEvent.objects.count() == words
    assert not FollowUpMail.objects.exists()


def test_no_consent_no_address_no_mail_and_nothing_is_marked(monkeypatch) -> None:
    refused = learner(1)
    follow_ups.permit(refused, text="No more.", granted=False, now=NOW)
    learner(2, email="")
    learner(3)
    get_user_model().objects.filter(pk=3).update(is_active=False)
    status, out = run(monkeypatch, 30)
    assert status == 0
    assert out.splitlines() == [
        "0 mails sent.",
        "1 not sent: the learner does not want these mails.",
        "2 not sent: the account has no address, or is closed.",
    ]
    assert mail.outbox == []
    assert not FollowUpMail.objects.exists()


def test_a_dry_run_sends_and_marks_nothing_and_a_limit_leaves_the_rest_for_the_next(monkeypatch) -> None:
    for number in range(1, 6):
        learner(number)
    assert run(monkeypatch, 30, "--dry-run") == (0, "5 mails would be sent.\n")
    assert mail.outbox == []
    assert not FollowUpMail.objects.exists()
    assert run(monkeypatch, 30, "--limit", "3") == (0, "3 mails sent.\n")
    assert run(monkeypatch, 30, "--limit", "3") == (0, "2 mails sent.\n")
    assert len({one.to[0] for one in mail.outbox}) == len(mail.outbox) == 5
    with pytest.raises(CommandError, match="no number of mails"):
        call_command("cme_follow_up", "--limit", "0")


def test_without_the_sites_address_it_says_so_and_sends_nothing(monkeypatch, settings) -> None:
    settings.CME_PUBLIC_URL = ""
    learner()
    with pytest.raises(CommandError, match="CME_PUBLIC_URL"):
        run(monkeypatch, 30)


def test_many_workers_at_once_send_each_mail_once() -> None:
    for number in range(1, 9):
        learner(number)
    now = NOW + timedelta(days=30)

    def work(_number: int) -> list[object]:
        ready = [follow_up_mail.prepare(one, site=SITE) for one in follow_up_mail.due(now)]
        return [follow_up_mail.send(one, site=SITE, now=now) for one in ready]

    outcomes = at_once(work, 4)
    assert all(isinstance(one, list) for one in outcomes), outcomes
    assert sorted(one.to[0] for one in mail.outbox) == sorted(
        f"planted{number}@clinic.example" for number in range(1, 9)
    )
    assert set(FollowUpMail.objects.values_list("state", flat=True)) == {"sent"}


class Died(BaseException):
    """The process, at this line."""


def _dies(*_: Any) -> int:
    raise Died


CRASHES = {"before the mail": 0, "after the mail": 1}


@pytest.mark.parametrize("crash", CRASHES)
def test_a_crash_sends_nothing_twice(crash, monkeypatch) -> None:
    learner()
    with monkeypatch.context() as patched:
        if CRASHES[crash]:
            patched.setattr(follow_ups, "settle", _dies)
        else:
            patched.setattr(EmailBackend, "send_messages", _dies)
        with pytest.raises(Died):
            run(monkeypatch, 30)
    monkeypatch.undo()
    for _ in range(2):
        run(monkeypatch, 30)
    assert len(mail.outbox) == CRASHES[crash]
    assert FollowUpMail.objects.get().state == "marked"
    run(monkeypatch, 90)
    assert len(mail.outbox) == CRASHES[crash] + 1


ERRORS = {
    "no server": (ConnectionRefusedError(), True),
    "not this one": (smtplib.SMTPDataError(451, b"no planted4711 today"), True),
    "not now": (smtplib.SMTPRecipientsRefused({"planted4711@clinic.example": (451, b"later")}), True),
    "never": (smtplib.SMTPRecipientsRefused({"planted4711@clinic.example": (550, b"no such planted4711")}), False),
    "lost": (smtplib.SMTPServerDisconnected("lost planted4711@clinic.example"), False),
    "too slow": (TimeoutError(), False),
}


@pytest.mark.parametrize("name", ERRORS)
def test_a_mail_that_may_have_left_is_not_sent_again_and_one_that_did_not_is(name, monkeypatch, caplog) -> None:
    error, again = ERRORS[name]
    learner()

    def fails(*_: Any) -> Iterator[int]:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", fails)
        status, out = run(monkeypatch, 30)
    assert status == 1
    assert "planted4711" not in out + caplog.text
    monkeypatch.undo()
    assert run(monkeypatch, 30)[0] == 0
    assert len(mail.outbox) == int(again)
    if again:
        assert Client().post(stop_of(mail.outbox[0])).status_code == 200


def test_who_is_mailed_is_read_in_pages(monkeypatch) -> None:
    monkeypatch.setattr(follow_ups, "_PAGE", 2)
    for number in range(1, 6):
        learner(number)
    due = list(follow_ups.to_mail([30, 90], now=NOW + timedelta(days=30)))
    assert [one.participation.learner_id for one in due] == ["1", "2", "3", "4", "5"]
    assert {one.day for one in due} == {30}
