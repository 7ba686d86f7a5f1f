"""Dossiers: separate by provider, never changed, verified, listed, taken by an author, forgotten in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, models

from cme_xblock.activity.model import Person
from cme_xblock.records import certificates, desk, desk_links, desk_purge, desk_taking, editions, holds, verify
from cme_xblock.records.models import (
    DeletionCertificate,
    DeskEntry,
    DeskInvitation,
    DeskPerson,
    DeskSheet,
    ImmutableError,
)
from cme_xblock.rules.desk import given
from cme_xblock.rules.desk.chain import Draft, Kind
from cme_xblock.rules.desk.state import State
from tests.records import samples
from tests.records.desk.world import (
    ACTIVITY,
    ACTIVITY_ID,
    CONSULTANT,
    COURSE,
    KEY,
    NOW,
    OTHER,
    TODAY,
    assign,
    decide,
    gives,
    invited,
    person,
)

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def disclosed() -> tuple[DeskPerson, str]:
    who = person()
    number = gives(invited(who), CONSULTANT)
    assign(who)
    decide(who, number)
    return who, number


def codes() -> set[str]:
    return {one.code for one in verify.verify_all().findings}


def test_two_providers_know_nothing_of_each_other() -> None:
    mine, theirs = person(), person(provider=OTHER)
    assert mine.pk != theirs.pk
    assert desk.find(KEY, theirs.uuid) is None
    assert desk.find(OTHER, theirs.uuid) == theirs
    gives(invited(mine), CONSULTANT)
    [file] = desk.files(OTHER)
    assert file.dossier.disclosures == []
    assert desk.lapsing(OTHER, TODAY + timedelta(days=700)) == ()


def test_an_address_is_one_person_in_whatever_case_and_nobody_without_one() -> None:
    assert person().pk == person(email="ANA@example.ORG").pk
    assert person(email="").pk != person(email="").pk


def test_the_list_has_everybody_with_their_standing_in_three_queries(django_assert_num_queries) -> None:
    disclosed()
    invited(person("Ben Example", "ben@example.org"))
    person("Cy Example", "cy@example.org")
    with django_assert_num_queries(3):
        found = desk.files(KEY)
    assert [(one.person.name, one.standing(today=TODAY, zone=UTC).state) for one in found] == [
        ("Ana Example", State.MITIGATED),
        ("Ben Example", State.INVITED),
        ("Cy Example", State.NOT_ASKED),
    ]
    later = TODAY + timedelta(days=31)
    assert found[1].standing(today=later, zone=UTC).state is State.UNANSWERED


@pytest.mark.parametrize(("days", "lapses"), [(334, None), (335, False), (366, False), (731, False), (732, True)])
def test_the_home_page_is_told_what_lapses(days: int, lapses: bool | None) -> None:
    who, _ = disclosed()
    found = desk.lapsing(KEY, TODAY + timedelta(days=days))
    assert [(one.uuid, one.lapsed) for one in found] == ([] if lapses is None else [(who.uuid, lapses)])


def test_who_was_taken_off_every_activity_lapses_unseen() -> None:
    who, _ = disclosed()
    late = TODAY + timedelta(days=800)
    assert [one.uuid for one in desk.lapsing(KEY, late)] == [who.uuid]
    desk.append(who, decide=lambda _: (Draft(Kind.UNASSIGNED, "office", {"activity": ACTIVITY}),), now=NOW)
    assert desk.lapsing(KEY, late) == ()
    assign(who)
    assert [one.uuid for one in desk.lapsing(KEY, late)] == [who.uuid]


@pytest.mark.parametrize("model", [DeskEntry, DeskSheet])
def test_what_was_given_is_neither_changed_nor_deleted(model: type[models.Model]) -> None:
    disclosed()
    row = model.objects.first()
    for way in (
        row.save,
        row.delete,
        lambda: model.objects.update(pk=7),
        lambda: model.objects.all().delete(),
        lambda: model._base_manager.all().delete(),
        lambda: model.objects.bulk_update([row], ["id"]),
    ):
        with pytest.raises(ImmutableError):
            way()


def raw(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


# Raw statements, as somebody with the database's password would write them.
# ruff: noqa: S608
WHERE = "entry_id IN (SELECT id FROM cme_xblock_deskentry WHERE kind = 'given')"


@pytest.mark.parametrize(
    ("statement", "values", "code"),
    [
        ("UPDATE cme_xblock_deskentry SET facts = REPLACE(facts, 'relevant', 'not_relevant') WHERE kind = %s",
         ("decided",), "desk_chain"),
        ("UPDATE cme_xblock_deskentry SET kind = %s WHERE kind = 'mitigated'", ("decided",), "desk_chain"),
        ("UPDATE cme_xblock_deskentry SET kind = %s WHERE kind = 'mitigated'", ("strange",), "desk_entry_unreadable"),
        ("UPDATE cme_xblock_deskentry SET facts = %s WHERE kind = 'decided'", ("[]",), "desk_entry_unreadable"),
        ("UPDATE cme_xblock_deskentry SET by = %s WHERE kind = 'given'", ("office",), "desk_chain"),
        ("UPDATE cme_xblock_deskentry SET at = %s WHERE kind = 'given'", ("2020-01-01T00:00:00.000000Z",),
         "desk_chain"),
        (f"UPDATE cme_xblock_desksheet SET words = REPLACE(words, 'Pharma', %s) WHERE {WHERE}", ("Clinic",),
         "desk_sheet_changed"),
        (f"UPDATE cme_xblock_desksheet SET words = %s WHERE {WHERE}", ("{",), "desk_entry_unreadable"),
        (f"UPDATE cme_xblock_desksheet SET number = %s WHERE {WHERE}", ("D-0000-0000-0000-0000",), "desk_number"),
        (f"DELETE FROM cme_xblock_desksheet WHERE {WHERE} OR 1 = %s", (0,), "desk_sheet_missing"),
        ("UPDATE cme_xblock_deskperson SET head_seq = %s", (3,), "desk_head"),
        ("UPDATE cme_xblock_deskperson SET name = %s", ("Somebody Else",), "desk_copy"),
        ("UPDATE cme_xblock_deskperson SET disclosed_on = %s", ("2030-01-01",), "desk_copy"),
        ("UPDATE cme_xblock_deskinvitation SET state = %s", ("open",), "desk_answers"),
    ],
)  # fmt: skip
def test_verification_names_every_change(statement: str, values: tuple[object, ...], code: str) -> None:
    disclosed()
    assert codes() == set()
    if connection.vendor == "mysql":
        statement = statement.replace("SET by", "SET `by`")
    elif connection.vendor in ("postgresql", "sqlite"):
        statement = statement.replace("SET by", 'SET "by"')
    raw(statement, *values)
    assert code in codes()


@pytest.mark.parametrize("kind", ["mitigated", "invited"])
def test_an_entry_that_is_cut_out_or_off_shows(kind: str) -> None:
    who, _ = disclosed()
    row = DeskEntry.objects.get(person=who, kind=kind)
    for rows in (DeskSheet.objects.filter(entry=row), DeskEntry.objects.filter(pk=row.pk)):
        models.QuerySet(rows.model).filter(pk__in=list(rows.values_list("pk", flat=True))).delete()
    assert codes() & {"desk_head", "desk_chain"}


def test_an_author_is_offered_who_is_assigned_to_that_very_activity() -> None:
    who, number = disclosed()
    [one] = desk_taking.offered(COURSE, ACTIVITY_ID, today=TODAY)
    assert (one.uuid, one.number, one.findings) == (who.uuid, number, ())
    assert one.person.disclosure_evidence == number
    assert desk_taking.offered("course-v1:Other+CME+2026", ACTIVITY_ID, today=TODAY) == ()
    assert desk_taking.offered(COURSE, "another", today=TODAY) == ()
    [elsewhere] = [one for one in desk.entries(who) if one.kind is Kind.ASSIGNED]
    facts = {**elsewhere.facts, "activity": "b" * 64, "activity_id": "another"}
    off = Draft(Kind.UNASSIGNED, "office", {"activity": ACTIVITY})
    desk.append(who, decide=lambda _: (Draft(Kind.ASSIGNED, "office", facts), off), now=NOW)
    assert desk_taking.offered(COURSE, ACTIVITY_ID, today=TODAY) == ()


def test_what_is_still_open_at_the_desk_is_told_with_the_offer() -> None:
    who = person()
    gives(invited(who), CONSULTANT)
    assign(who)
    [one] = desk_taking.offered(COURSE, ACTIVITY_ID, today=TODAY)
    assert [each.code for each in one.findings] == ["eligibility_undecided", "relevance_undecided"]


def test_taking_is_written_once_and_never_of_what_is_superseded() -> None:
    who, number = disclosed()

    def take(wanted: str):
        return desk_taking.take(who.uuid, COURSE, ACTIVITY_ID, number=wanted, by="author", today=TODAY, now=NOW)

    assert take(number) is not None
    assert take(number) is not None
    assert DeskEntry.objects.filter(kind=Kind.TAKEN.value).count() == 1
    newer = gives(invited(who), random=b"newer-one!")
    assert take(number) is None
    assert take(newer) is not None
    assert codes() == set()


def test_a_newer_disclosure_is_announced_for_the_person_who_was_taken() -> None:
    who, number = disclosed()
    people = [Person(name="Other", disclosure_evidence="Form 12"), Person(name="Ana", disclosure_evidence=number)]

    def newer():
        return desk_taking.newer(people, COURSE, ACTIVITY_ID, today=TODAY)

    assert newer() == ()
    fresh = gives(invited(who), random=b"newer-one!")
    [one] = newer()
    assert (one.index, one.held, one.offered.number) == (1, number, fresh)
    # Somebody who only names the number of a person elsewhere learns nothing.
    assert desk_taking.newer(people, "course-v1:Other+CME+2026", ACTIVITY_ID, today=TODAY) == ()


def purged(years: int, *, dry_run: bool = False) -> desk_purge.Report:
    day = date(TODAY.year + years, 12, 1)
    return desk_purge.purge(now=datetime(day.year, 12, 1, tzinfo=UTC), today=day, dry_run=dry_run)


def test_a_dossier_goes_six_years_after_its_last_use_and_not_before() -> None:
    disclosed()
    assert purged(5).deleted == 0
    assert purged(6, dry_run=True).deleted == 1
    assert DeskPerson.objects.count() == 1
    assert purged(6).deleted == 1
    for model in (DeskPerson, DeskEntry, DeskSheet, DeskInvitation):
        assert not model.objects.exists()
    assert codes() == set()


def test_what_was_deleted_has_a_certificate_that_names_nobody() -> None:
    who, _ = disclosed()
    purged(6)
    certificate = DeletionCertificate.objects.get()
    assert '"DeskEntry":6' in certificate.facts
    assert "Ana" not in certificate.facts
    assert certificates.explained([f"desk:{who.uuid}"]) == {f"desk:{who.uuid}"}
    assert list(certificates.verify()) == []


def test_a_damaged_dossier_is_left_for_a_person_to_look_at() -> None:
    disclosed()
    raw("UPDATE cme_xblock_deskperson SET head_seq = %s", 3)
    report = purged(20)
    assert (report.damaged, report.deleted) == (1, 0)
    assert DeskPerson.objects.exists()


def test_a_dossier_stays_while_an_activity_that_rests_on_it_is_open_or_held() -> None:
    disclosed()
    hold = holds.place(holds.Scope.ACTIVITY, ACTIVITY, name="Opioids", by="counsel", reason="A suit.", now=NOW)
    assert purged(7).held == 1
    holds.lift(hold.uuid, by="counsel", reason="Settled.", now=NOW)
    office = holds.place(holds.Scope.PROVIDER, KEY, name="Provider", by="counsel", reason="A suit.", now=NOW)
    assert purged(7).held == 1
    assert purged(7, dry_run=True).deleted == 0
    holds.lift(office.uuid, by="counsel", reason="Settled.", now=NOW)
    activity = replace(samples.activity(activity_id=ACTIVITY_ID), expiry=date(2030, 1, 1))
    editions.publish(COURSE, activity, source="cme@a", now=NOW)
    assert purged(9).deleted == 0
    assert purged(10).deleted == 1


def test_the_words_of_a_superseded_disclosure_go_and_its_entry_stays() -> None:
    who, number = disclosed()
    later = NOW + timedelta(days=365 * 5)
    fresh = gives(invited(who, now=later), now=later, on=later.date(), random=b"newer-one!")
    assert purged(10).forgotten == 0
    assert purged(12, dry_run=True).forgotten == 0
    # Six years after it was superseded; the person is still in use by then.
    latest = NOW + timedelta(days=365 * 11)
    gives(invited(who, now=latest), now=latest, on=latest.date(), random=b"newest-one")
    assert purged(12).forgotten == 3
    file = desk.files(KEY)[0]
    gone, kept = file.dossier.disclosure(number), file.dossier.disclosure(fresh)
    assert gone is not None
    assert gone.relationships is None
    assert kept is not None
    assert kept.relationships == ()
    assert codes() == set()
    assert "Example Pharma" not in "".join(DeskSheet.objects.values_list("words", flat=True))


def test_drafts_of_links_that_are_over_are_emptied() -> None:
    invitation = invited()
    desk_links.keep_draft(invitation, {"company.0": "Unsent Pharma"})
    assert purged(0).drafts == 0
    assert purged(1).drafts == 1
    assert DeskInvitation.objects.get().draft == ""


def test_a_relationship_is_the_same_after_a_round_trip_through_the_table() -> None:
    strange = given.Told("r1", "\u202eamrahP <b>&\"'", "other", "Zeile 1\nZeile 2 \U0001f9ea", date(2026, 1, 1))
    who = person()
    number = gives(invited(who), strange)
    found = desk.by_number(number)
    assert found is not None
    assert found[1].relationships == (strange,)
