"""A learner's transcript has all of the learner's credit and nobody else's, and adds up what may be added."""

from __future__ import annotations

import csv
import dataclasses
import io
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import translation

from cme_xblock.credit import transcript
from cme_xblock.credit.standing import Standing
from cme_xblock.credit.transcript import Choice
from tests.credit import held
from tests.credit.reading import read
from tests.rules import sample

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def reader(request) -> str:
    """CME_READER of these tests: the learner whom the client names."""
    return request.META.get("HTTP_X_LEARNER", "")


@pytest.fixture(autouse=True)
def known(settings) -> None:
    settings.CME_READER = "tests.credit.test_transcript.reader"


def get(path: str, learner: str = held.LEARNER, **query: str):
    return Client(headers={"x-learner": learner}).get(f"/cme/{path}", query)


def year_of_credit() -> None:
    """Three courses, two systems, a corrected claim and a withdrawn one."""
    held.claim(amount="0.5", activity=held.another(1), completed_on=date(2026, 1, 31), course="course-v1:A+1+1")
    held.correct(held.claim(amount="0.5", activity=held.another(2), completed_on=date(2026, 2, 1)), amount="0.25")
    held.void(held.claim(amount="0.5", activity=held.another(3), completed_on=date(2026, 3, 1)))
    held.claim(amount="0.75", system="participation", profession="rn", activity=held.another(4))


def test_case_27_all_credit_is_shown_with_what_no_longer_counts() -> None:
    year_of_credit()
    found = transcript.of_learner(held.LEARNER, Choice())
    assert [(one.title[-1], str(one.amount.normalize()), one.standing) for one in found.lines] == [
        ("4", "0.75", Standing.VALID),
        ("3", "0.5", Standing.VOID),
        ("2", "0.25", Standing.VALID),
        ("2", "0.5", Standing.SUPERSEDED),
        ("1", "0.5", Standing.VALID),
    ]


def test_case_12_totals_are_of_one_system_each_and_of_what_counts() -> None:
    year_of_credit()
    totals = transcript.of_learner(held.LEARNER, Choice()).totals
    assert {one.system: one.amount for one in totals} == {
        "ama_pra_1": Decimal("0.75"),
        "participation": Decimal("0.75"),
    }
    text = get("transcript/").content.decode()
    credit = '<em dir="ltr" lang="en">AMA PRA Category 1 Credits™</em>'
    assert f'<li><span lang="en" dir="ltr">0.75 {credit}</span></li>' in text
    assert "1.5" not in text


@pytest.mark.parametrize(
    ("choice", "titles"),
    [
        (Choice(first=date(2026, 2, 1), last=date(2026, 3, 1)), "322"),
        (Choice(last=date(2026, 1, 31)), "1"),
        (Choice(system="participation"), "4"),
        (Choice(profession="md"), "3221"),
        (Choice(system="nothing"), ""),
    ],
)
def test_it_is_narrowed_by_date_system_and_profession(choice: Choice, titles: str) -> None:
    year_of_credit()
    found = transcript.of_learner(held.LEARNER, choice)
    assert "".join(one.title[-1] for one in found.lines) == titles
    assert list(found.systems) == ["ama_pra_1", "participation"]
    assert list(found.professions) == ["md", "rn"]


def test_nobody_sees_another_learners_credit() -> None:
    held.claim(name="Ana Müller", learner="42")
    for path in ("transcript/", "transcript.csv", "transcript.pdf"):
        answer = get(path, learner="43")
        assert answer.status_code == 200
        assert "Müller" not in (read(answer.content).text if path.endswith("pdf") else answer.content.decode())


@pytest.mark.parametrize("path", ["transcript/", "transcript.csv", "transcript.pdf"])
def test_whoever_is_not_signed_in_sees_nothing(path: str) -> None:
    held.claim()
    answer = get(path, learner="")
    assert answer.status_code == 403
    assert "Sign in" in answer.content.decode()


@pytest.mark.parametrize("path", ["transcript/", "transcript.csv", "transcript.pdf"])
def test_in_the_lms_it_is_the_person_signed_in_whatever_the_address_says(path: str, settings) -> None:
    from django.contrib.auth import get_user_model

    settings.CME_READER = None
    client = Client()
    answer = client.get(f"/cme/{path}", {"learner_id": "42"})
    assert answer.status_code == 302
    assert answer["Location"].startswith(settings.LOGIN_URL)
    user = get_user_model().objects.create_user("ana")
    held.claim(name="Ana Müller", learner=str(user.pk))
    held.claim(name="Bo Berg", learner=str(user.pk + 1))
    client.force_login(user)
    answer = client.get(f"/cme/{path}", {"learner_id": str(user.pk + 1)})
    text = read(answer.content).text if path.endswith("pdf") else answer.content.decode()
    assert "Hand hygiene" in text
    assert "Berg" not in text


def test_the_page_and_its_files_are_for_their_reader_alone() -> None:
    for path in ("transcript/", "transcript.csv", "transcript.pdf"):
        assert "no-store" in get(path)["Cache-Control"]


def rows(answer) -> list[dict[str, str]]:
    text = answer.content.decode("utf-8")
    assert text.startswith("﻿")
    return list(csv.DictReader(io.StringIO(text[1:])))


def test_the_table_has_what_the_page_has() -> None:
    year_of_credit()
    found = rows(get("transcript.csv"))
    assert [(one["Date of completion"], one["Amount"], one["Unit"], one["Status"]) for one in found] == [
        ("2026-11-21", "0.75", "hour", "Valid"),
        ("2026-03-01", "0.5", "credit", "Void"),
        ("2026-02-01", "0.25", "credit", "Valid"),
        ("2026-02-01", "0.5", "credit", "Superseded"),
        ("2026-01-31", "0.5", "credit", "Valid"),
    ]
    assert len(rows(get("transcript.csv", system="participation"))) == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str) -> None:
    activity = dataclasses.replace(sample.activity(), title=f'{start}HYPERLINK("http://evil.example")')
    held.claim(activity=activity, name='=cmd|"/c calc"!A1')
    [row] = rows(get("transcript.csv"))
    for cell in row.values():
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert "HYPERLINK" in row["Activity"]


def test_the_pdf_is_tagged_and_has_a_table() -> None:
    year_of_credit()
    found = read(get("transcript.pdf").content)
    assert found.conforms_to == "1"
    assert found.title == "Credit transcript: Ana Müller"
    assert found.tags.count("H1") == 1
    assert found.tags.count("Table") == 1
    assert found.tags.count("TR") == 6
    text = " ".join(found.text.split())
    for shown in ("Activity number 1", "Void", "Superseded", "0.75 hours of participation", "cme@example.edu"):
        assert shown in text


def test_credit_is_said_in_english_in_a_transcript_of_another_language() -> None:
    year_of_credit()
    with translation.override("de"):
        found = read(get("transcript.pdf").content)
    assert found.language == "de"
    # Five lines and two totals.
    assert found.spoken["en"] >= 7


def test_a_wrong_date_is_said_and_narrows_nothing() -> None:
    held.claim()
    answer = get("transcript/", **{"from": "31/12/2026"})
    assert answer.status_code == 400
    assert "2026-11-22" in answer.content.decode()
    assert "Hand hygiene" in answer.content.decode()
    assert get("transcript.csv", **{"from": "x"}).status_code == 404


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "' OR 1=1 --", "x" * 5000, "\x00"])
def test_what_is_asked_for_is_never_markup_and_breaks_nothing(hostile: str) -> None:
    held.claim()
    answer = get("transcript/", system=hostile, profession=hostile, to=hostile)
    assert answer.status_code in (200, 400)
    assert "<script>alert" not in answer.content.decode()


def test_without_credit_it_says_so() -> None:
    assert "No credit in this selection." in get("transcript/").content.decode()
    assert rows(get("transcript.csv")) == []
    assert "No credit in this selection." in read(get("transcript.pdf").content).text


def test_five_hundred_credits_are_few_queries(django_assert_max_num_queries) -> None:
    for number in range(30):
        held.claim(activity=held.another(number))
    transcript._cache.clear()
    with django_assert_max_num_queries(3):
        assert len(transcript.of_learner(held.LEARNER, Choice()).lines) == 30
    with django_assert_max_num_queries(2):
        transcript.of_learner(held.LEARNER, Choice())


def test_case_10_a_credit_issued_anew_under_another_name_is_one_line() -> None:
    _, new = held.correct(held.claim(name="Ana Müller"), name="Bo Schmidt")
    found = transcript.of_learner(held.LEARNER, Choice())
    assert [(one.number, one.name) for one in found.lines] == [(new.certificate_code[:32], "Bo Schmidt")]
    assert found.name == "Bo Schmidt"


def test_case_27_what_was_corrected_or_withdrawn_is_shown_and_not_summed() -> None:
    old, new = held.correct(held.claim(amount="0.5"), amount="0.25")
    gone = held.void(held.claim(amount="0.5", activity=held.another(3)))
    found = transcript.of_learner(held.LEARNER, Choice())
    standings = {one.number: str(one.standing) for one in found.lines}
    expected = {old: "superseded", new: "valid", gone: "void"}
    assert standings == {one.certificate_code[:32]: what for one, what in expected.items()}
    assert [(one.system, one.amount, one.claims) for one in found.totals] == [("ama_pra_1", Decimal("0.25"), 1)]
