"""The commands on top of what staff may do: dry first, said in a line each, and one number for a program."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import CommandError, call_command

from cme_xblock.credit import standing, transcript
from cme_xblock.credit.standing import Standing
from cme_xblock.credit.transcript import Choice
from cme_xblock.participation.entries import Kind
from cme_xblock.records.models import AccountLink, Claim, EntryRow
from tests.blocks import course
from tests.blocks.way import Way
from tests.credit.corrected import again, clean, earned, live
from tests.rules.variant import vary

pytestmark = pytest.mark.django_db

SAID = ("--reason", "Found at audit.", "--by", "7", "--evidence", "minutes of the board")


def run(*arguments: str) -> tuple[str, str, int]:
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command(*arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        status = int(ended.code or 0)
    return out.getvalue(), err.getvalue(), status


def test_a_correction_is_a_dry_run_until_yes_is_said() -> None:
    old = earned(amount="0.5")
    said, _, status = run("cme_correct", "lower", old.certificate_code[:32], "0.25", *SAID)
    assert "would be done" in said
    assert "dry run" in said
    assert (status, again(old).is_live) == (0, True)
    said, _, status = run("cme_correct", "lower", old.certificate_code[:32], "0.25", *SAID, "--yes")
    assert f"certificate {live().certificate_code[:32]}" in said
    assert (status, str(live().amount.normalize())) == (0, "0.25")
    clean()


@pytest.mark.parametrize(
    ("way", "value", "check"),
    [
        ("raise", ("0.5",), lambda one: str(one.amount.normalize()) == "0.5"),
        ("profession", ("do",), lambda one: one.profession == "do"),
        ("profession", ("rn", "--system", "participation"), lambda one: one.system == "participation"),
        ("name", ("Bo Schmidt",), lambda one: one.name_certified == "Bo Schmidt"),
        ("reissue", (), lambda one: one.change == "reissued"),
    ],
)
def test_every_way_to_correct(way, value, check) -> None:
    old = earned(amount="0.25")
    said, wrong, status = run("cme_correct", way, old.uuid, *value, *SAID, "--yes")
    assert (status, wrong) == (0, ""), wrong
    assert check(live())
    assert f"{way} done" in said
    clean()


@pytest.mark.parametrize("name", ["Ana \u202emoc", "x" * 256, "Ana  Müller", "Ana\u200b Müller"])
def test_staff_certify_no_name_that_a_learner_could_not(name: str) -> None:
    old = earned()
    _, wrong, status = run("cme_correct", "name", old.uuid, name, *SAID, "--yes")
    assert status != 0
    assert "name" in wrong
    assert live().uuid == old.uuid
    clean()


@pytest.mark.parametrize(
    "arguments",
    [
        ("lower", "{uuid}", "0.5"),
        ("raise", "{uuid}", "0.1"),
        ("raise", "{uuid}"),
        ("raise",),
        ("void", "nothing"),
        ("lower", "x", "--bulk", "file"),
        ("void", "--bulk", "/nowhere/at/all"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_done(arguments) -> None:
    old = earned(amount="0.25")
    with pytest.raises(CommandError):
        run("cme_correct", *(one.format(uuid=old.uuid) for one in arguments), *SAID, "--yes")
    assert again(old).is_live


def test_a_refusal_is_said_and_is_an_exit_status() -> None:
    old = earned(amount="0.25")
    _, wrong, status = run("cme_correct", "raise", old.uuid, "99", *SAID, "--yes")
    assert "more than is offered" in wrong
    assert status == 1


def test_case_24_many_credits_are_voided_with_a_reason_and_their_learners_are_told(tmp_path: Path) -> None:
    ana = get_user_model().objects.create(username="ana", email="ana@example.org")
    first, second = earned(str(ana.pk), amount="0.5"), earned("77", amount="0.25")
    names = tmp_path / "void.txt"
    names.write_text(f"# support was improper\n{first.uuid}\n\n{second.certificate_code[:32]}\nnothing\n{first.uuid}\n")
    said, wrong, status = run("cme_correct", "void", "--bulk", str(names), *SAID)
    assert said.count("would be done") == 2
    assert (status, again(first).is_live, again(second).is_live) == (1, True, True)
    said, wrong, status = run("cme_correct", "void", "--bulk", str(names), *SAID, "--mail", "--yes")
    assert "nothing: There is no claim" in wrong
    assert "could not be told" in wrong
    assert status == 1
    assert [standing.of(again(one)) for one in (first, second)] == [Standing.VOID] * 2
    [letter] = mail.outbox
    assert letter.to == ["ana@example.org"]
    assert "Found at audit." in letter.body
    assert first.certificate_code[:32] in letter.subject
    assert first.certificate_code not in letter.body
    assert "Found at audit." in Way("77").show(part="claim")
    _, wrong, status = run("cme_correct", "void", "--bulk", str(names), *SAID, "--yes")
    assert wrong.count("replaced or withdrawn before") == 2
    clean()


def test_case_06_attempts_are_limited_and_staff_give_them_anew_with_an_entry_that_says_so() -> None:
    activity = vary({"assessment.max_attempts": 1})
    course.install(activity)
    way = Way("42", activity=activity)
    for step in (way.acknowledge, way.baseline, way.content):
        assert step().status == 200
    place = (course.COURSE, activity.activity_id, "42")
    said = ("--reset", "--reason", "The power failed.", "--by", "7")
    with pytest.raises(CommandError, match="all attempts left"):
        run("cme_attempts", *place, *said, "--yes")
    assert way.assessment(pass_it=False).status == 200
    refused = way.submit("assessment", attempt="2", responses={})
    assert (refused.status, "You have used your one attempt" in refused.text) == (409, True), refused.text
    run("cme_attempts", *place, *said)
    assert not EntryRow.objects.filter(kind=Kind.ATTEMPTS_RESET).exists()
    run("cme_attempts", *place, *said, "--yes")
    assert "The power failed." in EntryRow.objects.get(kind=Kind.ATTEMPTS_RESET).payload
    assert way.assessment().status == 200
    assert way.claim("0.5").status == 200
    with pytest.raises(CommandError, match="passed"):
        run("cme_attempts", *place, *said, "--yes")
    clean()


def test_case_26_two_accounts_of_one_person_are_linked_and_count_once() -> None:
    first, second = earned("42", amount="0.25"), earned("43", amount="0.5")
    before = EntryRow.objects.count()
    said, _, _ = run("cme_merge", "43", "42", "--reason", "Signed up twice.", "--by", "7")
    assert "dry run" in said
    assert (AccountLink.objects.count(), EntryRow.objects.count()) == (0, before)
    run("cme_merge", "43", "42", "--reason", "Signed up twice.", "--by", "7", "--yes")
    assert (again(first).is_live, again(second).is_live) == (True, False)
    assert again(second).participation.learner_id == "43"
    assert EntryRow.objects.count() == before + 1
    for learner in ("42", "43"):
        lines = transcript.of_learner(learner, Choice()).lines
        assert {(one.number, str(one.standing)) for one in lines} == {
            (first.certificate_code[:32], "valid"),
            (second.certificate_code[:32], "void"),
        }
    run("cme_merge", "43", "42", "--reason", "Signed up twice.", "--by", "7", "--yes")
    assert Claim.objects.filter(live__isnull=False).count() == 1
    for wrong in (("42", "42"), ("43", "44"), ("44", "43"), ("", "42")):
        with pytest.raises(CommandError):
            run("cme_merge", *wrong, "--reason", "Signed up twice.", "--by", "7", "--yes")
    clean()


def test_case_26_a_second_account_cannot_claim_what_the_first_one_has() -> None:
    earned("42", amount="0.25")
    run("cme_merge", "43", "42", "--reason", "Signed up twice.", "--by", "7", "--yes")
    way = Way("43")
    way.all_before_claim()
    answer = way.claim("0.5")
    assert answer.status == 409, answer.text
    assert Claim.objects.count() == 1


def test_what_an_account_did_is_marked_as_a_test_and_unmarked() -> None:
    old = earned("42")
    run("cme_test_account", "42", "--reason", "It was me.", "--by", "7")
    assert standing.of(again(old)) is Standing.VALID
    run("cme_test_account", "42", "--reason", "It was me.", "--by", "7", "--yes")
    assert standing.of(again(old)) is Standing.TEST
    run("cme_test_account", "42", "--not-test", "--reason", "It was not.", "--by", "7", "--yes")
    assert standing.of(live("42")) is Standing.VALID
    clean()
