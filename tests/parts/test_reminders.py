"""`cme_currency` mails each provider's contact its due dates: once, to that address and no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.db import connection

from cme_xblock.records import editions
from cme_xblock.records.models import Edition
from tests.conftest import NOW
from tests.rules import sample

pytestmark = [pytest.mark.database, pytest.mark.django_db]

COURSE = "course-v1:Example+CME+2026"
# 30 days before the sample expires. Its disclosures have lapsed by then, and are told on other days.
TODAY = "2027-12-16"


def publish(
    activity_id: str = "hand-hygiene-2026", *, course: str = COURSE, email: str = "cme@example.edu", **fields: Any
) -> str:
    provider = replace(sample.activity().provider, contact_email=email)
    activity = replace(sample.activity(), activity_id=activity_id, provider=provider, people=(), **fields)
    return editions.publish(course, activity, source="cme@1", now=NOW)


def run(*arguments: str) -> tuple[int, str, str]:
    """The command's exit status, and what it wrote."""
    out, err = StringIO(), StringIO()
    try:
        call_command("cme_currency", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_a_provider_gets_one_message_for_all_its_activities() -> None:
    publish("a")
    publish("b", title="Second activity", course="course-v1:Example+CME+2027")
    publish("c", email="CME@Example.edu", expiry=date(2028, 3, 15))
    publish("d", email="other@example.org")
    publish("e", expiry=date(2029, 1, 1))
    assert run("--today", TODAY) == (0, "2 messages sent, 0 not sent.\n", "")
    first, second = sorted(mail.outbox, key=lambda one: one.to)
    assert (first.to, second.to) == (["cme@example.edu"], ["other@example.org"])
    assert first.subject == "CME activities: dates that come due (3)"
    assert "Second activity (b, in course-v1:Example+CME+2027)" in first.body
    assert "expires after 2028-01-15 (days left: 30)" in first.body
    assert "expires after 2028-03-15 (days left: 90)" in first.body
    assert "(e, in" not in first.body + second.body
    assert first.cc == first.bcc == []


@pytest.mark.parametrize(
    ("today", "sent"), [("2027-10-17", 1), ("2027-12-15", 0), ("2028-01-08", 1), ("2028-01-15", 1), ("2028-01-16", 0)]
)
def test_dates_are_told_on_their_thresholds_only(today: str, sent: int) -> None:
    publish()
    assert run("--today", today)[0] == 0
    assert len(mail.outbox) == sent


def test_missed_days_are_made_up_for() -> None:
    publish()
    run("--today", "2027-12-20", "--since", "2027-12-17")
    assert mail.outbox == []
    run("--today", "2027-12-20", "--since", "2027-12-16")
    assert "days left: 26" in mail.outbox[0].body


def test_only_the_edition_that_learners_get_is_read() -> None:
    publish()
    publish(expiry=date(2029, 1, 1))
    run("--today", TODAY)
    assert mail.outbox == []


def test_a_dry_run_prints_and_sends_nothing() -> None:
    publish()
    status, out, _ = run("--today", TODAY, "--dry-run")
    assert status == 0
    assert "To: cme@example.edu\nSubject: CME activities" in out
    assert out.endswith("1 messages would be sent.\n")
    assert mail.outbox == []


HOSTILE = (
    "",
    "not an address",
    "a@example.edu, b@example.edu",
    "a@example.edu\nBcc: everyone@example.edu",
    "a@example.edu\r\nSubject: Win",
    '"a@example.edu\\nBcc: b"@example.edu',
    "Office <cme@example.edu>",
    '"<everyone>"@example.edu',
    "cme@example.edu\u2028Bcc: b@example.edu",
)


@pytest.mark.parametrize("email", HOSTILE)
def test_what_is_no_address_is_said_and_gets_no_mail(email: str) -> None:
    publish(email=email)
    publish("fine")
    status, _, err = run("--today", TODAY)
    assert status == 1
    assert [one.to for one in mail.outbox] == [["cme@example.edu"]]
    assert "hand-hygiene-2026 in course-v1:Example+CME+2026: 1 dates to tell" in err
    assert "everyone" not in err


def test_an_authors_text_reaches_no_header() -> None:
    publish("x", title="Title\nBcc: everyone@example.edu\n\nSecond body")
    run("--today", TODAY)
    message = mail.outbox[0].message()
    assert {name.lower() for name in message} <= {
        "content-type",
        "mime-version",
        "content-transfer-encoding",
        "subject",
        "from",
        "to",
        "date",
        "message-id",
    }
    assert "Title Bcc: everyone@example.edu Second body (x, in" in mail.outbox[0].body


def test_a_damaged_edition_keeps_no_other_from_being_told() -> None:
    sha256 = publish("damaged")
    publish("fine")
    editions._cache.clear()
    damage(sha256)
    status, _, err = run("--today", TODAY)
    assert status == 1
    assert "damaged in course-v1:Example+CME+2026" in err
    assert "cme_verify" in err
    assert len(mail.outbox) == 1


def damage(sha256: str) -> None:
    """Change a row behind the program's back, as only SQL can."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {Edition._meta.db_table} SET canonical = '{{}}' WHERE sha256 = %s", [sha256])  # noqa: S608


class Refusing(EmailBackend):
    """A server that refuses one address."""

    def send_messages(self, messages: Any) -> int:
        if messages[0].to == ["cme@example.edu"]:
            raise ConnectionRefusedError("cme@example.edu is not welcome")
        return super().send_messages(messages)


def test_a_refused_message_keeps_no_other_from_being_sent(settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    publish("a")
    publish("b", email="other@example.org")
    status, out, err = run("--today", TODAY)
    assert status == 1
    assert out == "1 messages sent, 1 not sent.\n"
    assert "ConnectionRefusedError" in err
    assert "cme@example.edu" not in err
    assert [one.to for one in mail.outbox] == [["other@example.org"]]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--today", "tomorrow"),
        ("--today", "2027-02-30"),
        ("--days", "ninety"),
        ("--days", "-1"),
        ("--days", ""),
        ("--since", "2027-12-17", "--today", TODAY),
    ],
)
def test_a_wrong_argument_is_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        call_command("cme_currency", *arguments, stderr=StringIO())


def test_it_runs_without_arguments() -> None:
    publish()
    assert run()[0] == 0


def test_pages_of_activities_are_all_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editions, "_PAGE", 2)
    names = [f"activity-{number}" for number in range(5)]
    for one in names:
        publish(one)
    assert [one.activity_id for one in editions.all_published()] == names
    assert {one.course_key for one in editions.all_published()} == {COURSE}
