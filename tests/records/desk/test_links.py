"""Links to the form: forged, expired, of another purpose or provider, used twice, by two at once."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from django.core import signing
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction

from cme_xblock.records import desk, desk_links, verify
from cme_xblock.records.desk_links import Answered, Opens
from cme_xblock.records.models import DeskEntry, DeskInvitation, DeskPerson, DeskSheet
from cme_xblock.rules.desk import dossier
from cme_xblock.rules.desk.chain import Draft, Kind
from tests.records import dump, together
from tests.records.desk.world import CONSULTANT, NOW, OTHER, gives, invited, person

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def opens(said: str, *, now=NOW) -> Opens:
    return desk_links.read(said, now=now).opens


def test_a_link_opens_the_form_until_its_end() -> None:
    invitation = invited()
    said = desk_links.token(invitation)
    assert opens(said) is Opens.FORM
    assert opens(said, now=NOW + timedelta(days=29, hours=23)) is Opens.FORM
    assert opens(said, now=invitation.expires_at) is Opens.OVER
    assert opens(said, now=NOW + timedelta(days=3650)) is Opens.OVER


def test_a_forged_link_opens_nothing() -> None:
    first, second = invited(), invited(person("Ben Example", "ben@example.org", provider=OTHER))
    said, other = desk_links.token(first), desk_links.token(second)
    plain, _, mac = said.rpartition(".")
    other_plain, _, other_mac = other.rpartition(".")
    later = f"{first.uuid.replace('-', '')}-{int(first.expires_at.timestamp()) + 86400:x}"
    purposes = [signing.Signer(sep=".", salt=salt).sign(plain) for salt in ("", "cme_xblock.desk.invitation", "x")]
    forged = [
        "",
        ".",
        plain,
        f"{plain}.",
        f"{plain}.{other_mac}",
        f"{other_plain}.{mac}",
        f"{later}.{mac}",
        f"{plain}.{mac[:-1]}",
        f"{plain}.{mac}A",
        said.upper(),
        said + "\0",
        said * 10,
        "x" * 1_000_000,
        signing.Signer(sep=".", salt="cme_xblock.desk.invitation.1", key="another secret").sign(plain),
        signing.Signer(sep=".", salt="cme_xblock.desk.invitation.1").sign(later),
        signing.Signer(sep=".", salt="cme_xblock.desk.invitation.1").sign("nothing"),
        signing.Signer(sep=".", salt="cme_xblock.desk.invitation.1").sign("0" * 32 + "-" + "f" * 90),
        *purposes,
    ]
    assert {opens(one) for one in forged} == {Opens.NOTHING}
    # Every single bit of the signature counts.
    raw = base64.urlsafe_b64decode(mac + "=")
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        assert opens(f"{plain}.{base64.urlsafe_b64encode(bytes(changed)).decode().rstrip('=')}") is Opens.NOTHING


def test_a_forged_link_asks_the_database_nothing(django_assert_num_queries) -> None:
    said = desk_links.token(invited())
    with django_assert_num_queries(0):
        desk_links.read(said[:-1] + ("A" if said[-1] != "A" else "B"), now=NOW)
    with django_assert_num_queries(1):
        desk_links.read(said, now=NOW)


def test_a_dump_of_the_database_opens_nothing() -> None:
    said = desk_links.token(invited())
    assert dump.where({said, said.rpartition(".")[2]}, dump.tables()) == set()


def test_looking_writes_nothing() -> None:
    said = desk_links.token(invited())
    before = dump.tables()
    for _ in range(3):
        desk_links.read(said, now=NOW)
    assert dump.tables() == before


def test_a_new_invitation_shuts_the_one_before_and_a_withdrawn_one_opens_nothing() -> None:
    first = invited()
    second = invited(first.person)
    assert (opens(desk_links.token(first)), opens(desk_links.token(second))) == (Opens.OVER, Opens.FORM)
    assert desk_links.withdraw(first.person)
    assert opens(desk_links.token(second)) is Opens.OVER
    with pytest.raises(Answered):
        gives(second, CONSULTANT)
    assert not DeskSheet.objects.exclude(number="").exists()


def test_an_answer_is_given_once() -> None:
    invitation = invited()
    number = gives(invitation, CONSULTANT)
    assert number.startswith("D-")
    before = dump.tables()
    with pytest.raises(Answered):
        gives(invitation, random=b"abcdefghij")
    assert dump.tables() == before
    said = desk_links.token(invitation)
    assert opens(said) is Opens.COPY
    assert opens(said, now=NOW + timedelta(hours=2)) is Opens.USED
    assert verify.verify_all().findings == []


def test_an_answer_after_the_end_writes_nothing() -> None:
    invitation = invited()
    before = dump.tables()
    with pytest.raises(Answered):
        gives(invitation, CONSULTANT, now=invitation.expires_at)
    assert dump.tables() == before


def test_what_was_given_is_kept_word_by_word_and_the_draft_goes() -> None:
    invitation = invited()
    assert desk_links.keep_draft(invitation, {"company.0": "Unsent Pharma"})
    assert desk_links.draft_of(DeskInvitation.objects.get()) == {"company.0": "Unsent Pharma"}
    number = gives(invitation, CONSULTANT)
    assert DeskInvitation.objects.get().draft == ""
    assert not desk_links.keep_draft(invitation, {"company.0": "Late Pharma"})
    found = desk.by_number(number)
    assert found is not None
    file, disclosure = found
    assert disclosure.relationships == (CONSULTANT,)
    assert disclosure.words["shown"]["desk_definition"] == "An ineligible company is …"
    assert disclosure.facts["texts"] == {"desk_definition": "2020-01-01"}
    assert (file.person.disclosed_on, disclosure.by) == (disclosure.on, "person")
    assert desk.by_number("D-0000-0000-0000-0000") is None
    assert desk.by_number(number.lower()) is None


def test_reminders_are_due_each_week_and_three_at_most() -> None:
    invitation = invited()
    assert desk_links.due(NOW + timedelta(days=6)) == ()
    for week in (1, 2, 3):
        now = NOW + timedelta(days=7 * week)
        [one] = desk_links.due(now)
        assert desk_links.mark(one, now=now)
        assert not desk_links.mark(one, now=now)
        assert desk_links.due(now + timedelta(days=1)) == ()
    assert desk_links.due(NOW + timedelta(days=29)) == ()
    assert desk_links.token(invitation) == desk_links.token(DeskInvitation.objects.get())
    assert DeskEntry.objects.filter(kind=Kind.REMINDED.value).count() == 3


def test_nobody_is_reminded_who_answered_or_was_given_the_link_by_hand() -> None:
    gives(invited(), CONSULTANT)
    desk_links.invite(person("Ben Example", "ben@example.org"), by="office", by_mail=False, now=NOW)
    assert desk_links.due(NOW + timedelta(days=8)) == ()


@pytest.mark.parametrize("days", [0, 366, "30", 1.5, True, None])
def test_a_wrong_setting_says_what_is_wanted(settings, days: object) -> None:
    settings.CME_DESK_LINK_DAYS = days
    with pytest.raises(ImproperlyConfigured, match="1 to 365"):
        desk_links.days()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_submit_at_once_one_is_written() -> None:
    invitation = invited()

    def submit(number: int) -> object:
        mine = DeskInvitation.objects.select_related("person").get(pk=invitation.pk)
        return gives(mine, CONSULTANT, random=bytes([number]) * 10)

    told = together.at_once(submit, 8)
    assert len([one for one in told if isinstance(one, str)]) == 1, told
    assert all(isinstance(one, str | Answered) for one in told), told
    assert DeskEntry.objects.filter(kind=Kind.GIVEN.value).count() == 1
    assert verify.verify_all().findings == []


@pytest.mark.django_db(transaction=True)
def test_a_request_whose_snapshot_is_old_decides_on_what_is_there_now() -> None:
    """Open edX runs every request in one transaction, and MySQL shows it the tables as they were at its first look."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite lets nobody write beside a reader's transaction")
    who = person()
    number = gives(invited(who), CONSULTANT)
    newer = invited(who)
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    with transaction.atomic():
        assert desk.file_of(who).dossier.current.number == number
        [fresh] = together.at_once(lambda _: gives(newer, CONSULTANT, random=b"newer-one!"), 1)
        seen = []

        def decide(entries):
            seen.append(dossier.fold(entries).current)
            return (Draft(Kind.UNASSIGNED, "office", {"activity": "a"}),)

        desk.append(who, decide=decide, now=NOW)
    assert [(one.number, one.relationships) for one in seen] == [(fresh, (CONSULTANT,))]
    assert verify.verify_all().findings == []
    # The level belongs to the connection, and the next test gets a new one.
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_of_many_who_put_one_person_on_the_list_one_does() -> None:
    together.at_once(lambda _: person(), 8)
    assert DeskPerson.objects.count() == 1
    assert DeskEntry.objects.filter(kind=Kind.NAMED.value).count() == 1
    assert verify.verify_all().findings == []
