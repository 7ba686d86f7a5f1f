"""The nightly run: reminders, asking again at twelve months, forgetting; and nobody is named."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from cme_xblock.console.desk import mails
from cme_xblock.records import desk_links
from cme_xblock.records.models import DeskEntry, DeskInvitation
from tests.records import dump
from tests.records.desk import world as desks

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.CME_PUBLIC_URL = "https://cme.example.org"


def run(*options: str) -> str:
    out = io.StringIO()
    call_command("cme_disclosures", *options, stdout=out)
    return out.getvalue()


def ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def test_who_has_not_answered_for_a_week_is_reminded_once_with_the_same_link() -> None:
    invitation = desks.invited(now=ago(8))
    assert "1 reminders" in run()
    [sent] = mail.outbox
    assert sent.subject.startswith("Reminder:")
    assert re.findall(r"https://cme\.example\.org/cme/disclose/([^/]+)/", sent.body) == [desk_links.token(invitation)]
    assert "0 reminders" in run()
    assert len(mail.outbox) == 1


def test_a_line_end_in_a_providers_name_makes_no_header() -> None:
    invitation = desks.invited(now=ago(8))
    invitation.person.provider_name = "Provider\nBcc: all@example.org"
    made = mails.compose(invitation, site="https://cme.example.org", subject=mails.SUBJECT)
    assert made.message()["Subject"].endswith("(Provider Bcc: all@example.org)")
    assert made.message()["Bcc"] is None


def test_a_dry_run_sends_and_writes_nothing() -> None:
    desks.invited(now=ago(8))
    before = dump.tables()
    assert "1 reminders and 0 new invitations would be sent" in run("--dry-run", "--ask-again")
    assert mail.outbox == []
    assert dump.tables() == before


def test_who_disclosed_nearly_twelve_months_ago_is_asked_again_once() -> None:
    person = desks.person()
    then = ago(340)
    desks.gives(desks.invited(person, now=then), now=then, on=then.date())
    assert "0 new invitations" in run("--ask-again")
    desks.assign(person)
    assert "0 new invitations" in run()
    assert "1 new invitations" in run("--ask-again")
    assert "0 new invitations" in run("--ask-again")
    assert [one.to for one in mail.outbox] == [["ana@example.org"]]
    assert DeskEntry.objects.filter(kind="invited").count() == 2


def test_a_mail_server_that_is_away_ends_the_run_with_a_status(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    desks.invited(now=ago(8))
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 1
    assert DeskInvitation.objects.get().reminders == 1


def test_without_an_address_of_the_site_no_mail_can_be_sent(settings: Any) -> None:
    settings.CME_PUBLIC_URL = ""
    with pytest.raises(CommandError, match="CME_PUBLIC_URL"):
        run()
    assert "0 dossiers" in run("--no-mail")


def test_nobody_is_named() -> None:
    desks.invited(now=ago(8))
    said = run()
    assert "Ana" not in said
    assert "example.org" not in said
