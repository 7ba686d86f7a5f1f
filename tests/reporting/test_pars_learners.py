"""Credit and points for PARS: what each claim is there, what the boards ask, and what the answers mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from lxml import etree

from cme_xblock.activity.model import Activity, Assessment, Identifier, MocOffering
from cme_xblock.reporting.endpoints import pars_answers, pars_credit, pars_document, pars_rules
from cme_xblock.reporting.endpoints.base import About, Problem, Result, Subject
from cme_xblock.reporting.endpoints.exchange import Answer
from tests.reporting import pars_world
from tests.reporting.pars_world import FULL
from tests.reporting.test_document import NOW, RECORD, endpoint, wire

PASSABLE = replace(FULL, assessment=Assessment(pass_mark=Decimal("0.75")))
BASE = replace(RECORD, activity=PASSABLE, course_key="course-v1:Example+CME+2026", learner="a81c")
ABIM = replace(
    BASE,
    credit_id="ccid:lms.example.org:0f5c2a7e-moc-abim",
    kind="moc-abim",
    system="moc_abim",
    identifiers={"board_abim": "000001"},
)
ABA_WORDS = {"board": {"aba": {"credit_types": {"lifelong_learning": ["Lifelong"], "patient_safety": ["Safety"]}}}}


def registered(*moc: MocOffering, safety: str = "", activity: Activity = PASSABLE) -> Activity:
    numbers = (Identifier("aba_safety_points", safety),) if safety else ()
    return replace(activity, offerings=(replace(activity.offerings[0], identifiers=numbers, moc=moc),))


def board(code: str, amount: str = "1.50", *, types: tuple[str, ...] = (), points: str = "1.50", **more):
    """A record of one board's points, for an activity that is registered with it."""
    activity = registered(MocOffering(code, Decimal(points), None, types), **more)
    return replace(
        ABIM, kind=f"moc-{code}", system=f"moc_{code}", amount=Decimal(amount), activity=activity,
        identifiers={f"board_{code}": "000001"},
    )  # fmt: skip


def codes(record, **over):
    return [one.code for one in pars_rules.problems(record, wire(**over))]


GOLDEN = {
    "learner-moc": ([ABIM], {}),
    "learner-cme-and-moc": ([BASE, ABIM], {}),
    "learner-cme-and-moc-joined": ([BASE, ABIM], {"batch": {"join": True}, "identifiers": {"board": "first"}}),
    "learner-moc-delete": ([replace(ABIM, operation="delete")], {}),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_the_document_is_the_agreed_one_and_valid(name):
    records, over = GOLDEN[name]
    document = pars_document.render(records, wire(**over), now=NOW, credentials={})
    assert document.decode() == (pars_world.GOLDEN / f"pars-{name}.xml").read_text(encoding="utf-8")
    assert pars_document.problem(document, wire(**over)) == ""


@pytest.mark.skipif(not pars_world.MEDBIQ.exists(), reason="MedBiquitous' schemas do not lie beside this checkout")
@pytest.mark.parametrize("name", GOLDEN)
def test_the_inner_report_is_valid_by_medbiquitous(name):
    records, over = GOLDEN[name]
    root = etree.fromstring(pars_document.render(records, wire(**over), now=NOW, credentials={}))
    inner = etree.fromstring(etree.tostring(root.find("{*}ActivityReports")))
    pars_world.medbiq("activityreport/v1/activityreport.xsd").assertValid(inner)


def test_a_board_finds_its_diplomate_by_its_own_number():
    assert pars_document.unique_ids(ABIM, wire()) == (("ABIM", "000001"),)
    without = replace(board("abs"), identifiers={})
    assert [domain for domain, _ in pars_document.unique_ids(without, wire())] == ["NPI", "IL"]
    assert endpoint().identifiers("moc_abim", "md")[-1] == "board_abim"
    assert "board_" not in "".join(endpoint().identifiers("ama_pra_1", "md"))


def kinds(activity: Activity, system: str, profession: str = "md", **over) -> tuple[str, ...]:
    return endpoint(**over).kinds(About(Subject.CLAIM, activity, system=system, profession=profession))


def test_each_type_of_credit_is_a_delivery_of_its_own():
    both = registered(MocOffering("abim", Decimal(1), None, ("medical_knowledge_and_practice_assessment",)))
    assert kinds(both, "moc_abim") == ("moc-abim", "moc-abim-b")
    assert kinds(FULL, "moc_abim") == ("moc-abim",)
    assert kinds(FULL, "moc_abs") == ("moc-abs", "moc-abs-b")
    assert kinds(FULL, "ama_pra_1") == ("cme",)
    assert kinds(FULL, "moc_abim", "np") == ()
    # Registered with nobody, or in words that nobody knows: owed all the same, and held with the reason.
    assert kinds(registered(), "moc_abim") == ("moc-abim",)


def test_no_kind_with_a_revision_is_another_kind():
    one = endpoint()
    with_domain = replace(one, config=replace(one.config, ccid_domain="lms.example.org"))
    found = [with_domain.key("claim:1", kind, revision) for kind in ("moc-abim", "moc-abim-b") for revision in (1, 2)]
    assert len(set(found)) == 4


@pytest.mark.parametrize(
    ("record", "over", "code"),
    [
        (board("abim"), {}, "moc_type_missing"),
        (board("abim", types=("patient_safety",)), {}, "setting_missing"),
        (board("abpmr", types=("cme",)), {}, "setting_missing"),
        (replace(ABIM, activity=registered()), {}, "not_registered"),
        (replace(ABIM, identifiers={}), {}, "identity_incomplete"),
        (replace(ABIM, amount=Decimal("1.75")), {}, "amount"),
        (replace(ABIM, amount=Decimal("1.30")), {}, "amount"),
        (board("abp", "1.25"), {}, "amount"),
        (replace(ABIM, claimed_at=datetime(2028, 2, 14, 7, tzinfo=UTC)), {}, "window"),
        (replace(board("abs", types=("cme",)), completed_on=date(2021, 2, 28)), {}, "window"),
        (board("abs", types=("sa",), activity=FULL), {}, "pass_mark"),
        (board("aba"), ABA_WORDS, "safety_unclear"),
        (board("aba", "1.00", safety="0.50"), ABA_WORDS, "safety_unclear"),
        (replace(BASE, system="moc_xyz"), {}, "setting_missing"),
    ],
)
def test_what_a_board_does_not_take_is_held_or_refused_with_the_reason(record, over, code):
    assert codes(record, **over) == [code]


@pytest.mark.parametrize(
    ("record", "over"),
    [
        (BASE, {}),
        (ABIM, {}),
        (replace(ABIM, amount=Decimal("0.25")), {}),
        (replace(ABIM, claimed_at=datetime(2028, 2, 14, 5, tzinfo=UTC)), {}),  # still the 13th in Chicago
        (board("abp"), {}),
        (replace(board("abs", types=("sa",)), identifiers={}), {}),
        (board("abs", types=("cme",), activity=FULL), {}),
        (board("aba", safety="0.50"), ABA_WORDS),
        (board("aba", "1.00", safety="0"), ABA_WORDS),
    ],
)
def test_what_a_board_takes_has_nothing_against_it(record, over):
    assert codes(record, **over) == []


@pytest.mark.parametrize(
    ("amount", "safety", "parts"),
    [
        ("1.50", "0.50", [("moc-aba", "Lifelong", "1.00"), ("moc-aba-safety", "Safety", "0.50")]),
        ("1.50", "1.50", [("moc-aba-safety", "Safety", "1.50")]),
        ("1.00", "1.50", [("moc-aba-safety", "Safety", "1.00")]),
        ("1.00", "0", [("moc-aba", "Lifelong", "1.00")]),
    ],
)
def test_safety_points_are_a_record_of_their_own_and_both_add_up(amount, safety, parts):
    record = board("aba", amount, safety=safety)
    found = pars_credit.credits_of(record.activity, "moc_aba", record.amount, wire(**ABA_WORDS))
    assert not isinstance(found, Problem)
    assert [(one.kind, one.certification, f"{one.amount:.2f}") for one in found] == parts
    assert sum(one.amount for one in found) == record.amount


@pytest.mark.parametrize(
    ("completed", "today", "says"),
    [
        ("2025-01-01", "2026-12-31", ""),
        ("2024-12-31", "2026-04-01", "from 2025-01-01 on"),
        ("2024-12-31", "2026-03-31", ""),
        ("2023-12-31", "2026-03-31", "from 2024-01-01 on"),
        ("2026-03-02", "2026-03-01", ""),
        ("2026-03-03", "2026-03-01", "in the future"),
    ],
)
def test_the_reporting_period_is_this_year_and_the_one_before(completed, today, says):
    record = replace(BASE, completed_on=date.fromisoformat(completed))
    found = pars_rules.window_problem(record, wire(), today=date.fromisoformat(today))
    assert says in found
    assert bool(says) == bool(found)
    assert pars_rules.window_problem(replace(record, operation="delete"), wire(), today=date(2030, 1, 1)) == ""


def test_a_completion_outside_of_the_period_does_not_leave():
    old = replace(BASE, completed_on=date(2024, 12, 31))
    document = pars_document.render([old], wire(), now=NOW.replace(month=5), credentials={})
    outcome = endpoint().send(document, [old])[old.key]
    assert (outcome.result, outcome.reason, outcome.http_status) == ("refused", "window", None)


def answered(*records: str, status: int = 200) -> Answer:
    return Answer(status, {}, f"<R>{''.join(records)}</R>".encode(), True)


def one(number: int, word: str, message: str = "") -> str:
    return f"<L><CreditID>ccid:a:{number}</CreditID><Status>{word}</Status><Message>{message}</Message></L>"


def judged(answer: Answer, operation: str = "add", count: int = 3):
    operations = {f"ccid:a:{number}": operation for number in range(1, count + 1)}
    return [
        (each.result, each.reason) for each in pars_answers.of_batch(answer, wire(), operations=operations).values()
    ]


def test_each_record_of_a_batch_is_judged_by_its_own_line():
    answer = answered(one(1, "Pending"), one(2, "Rejected", "No match"), one(3, "Hm"))
    assert judged(answer) == [("pending", ""), ("refused", "identity"), ("unknown", "answer_unclear")]
    assert not pars_answers.judges_all(answer, wire())


def test_a_record_that_a_batchs_answer_does_not_name_is_asked_about():
    assert judged(answered(one(1, "Pending")))[1:] == [("unknown", "answer_unclear")] * 2
    assert judged(answered("<Status>Pending</Status>")) == [("unknown", "answer_unclear")] * 3
    assert judged(answered(status=500)) == [("unknown", "answer_unclear")] * 3


def test_a_batch_that_is_turned_away_is_turned_away_as_a_whole():
    answer = answered("<Status>Error</Status><Message>Schema: bad</Message>", status=400)
    assert judged(answer) == [("refused", "document")] * 3
    assert pars_answers.judges_all(answer, wire())


@pytest.mark.parametrize(
    ("word", "status", "asked"),
    [
        ("NotFound", 404, "accepted"),
        ("Pending", 200, "not_found"),
        ("Accepted", 200, "not_found"),
        ("Rejected", 200, "not_found"),
        ("Hm", 200, "unknown"),
    ],
)
def test_a_deletion_is_done_when_the_credit_is_not_there(word, status, asked):
    answer = answered(f"<Status>{word}</Status>", status=status)
    verdict = pars_answers.after_asking(answer, wire(), credit_id="ccid:a:1")
    assert pars_answers.of_deletion(verdict, "delete").result == asked
    assert pars_answers.of_deletion(verdict, "add") == verdict


def test_deleting_what_is_not_there_is_done_and_a_bare_404_is_not():
    gone = answered("<Status>NotFound</Status>", status=404)
    assert judged(gone, "delete", 1) == [("accepted", "gone")]
    assert judged(gone, "add", 1) == [("refused", "address")]
    assert judged(Answer(404, {}, b"", True), "delete", 1) == [("refused", "address")]


def test_what_is_kept_of_an_answer_names_nobody_of_the_same_document():
    """PARS speaks of several records in one answer: each attempt keeps the start of it."""
    other = replace(BASE.identity, given_name="Beatrix", family_name="Quimby", npi="1003000126")
    said = "Avery Sample (1234567893) was found, Beatrix Quimby was not."
    answer = Answer(400, {}, f"<Response><Message>{said}</Message></Response>".encode(), True)
    verdict = pars_answers.Verdict(Result.REFUSED, "identity", said)
    kept = endpoint().service.outcomes(answer, [verdict, verdict], [BASE.identity, other])
    for one in kept:
        for text in (one.detail, one.excerpt):
            assert "was not" in text
            assert not {"Avery", "Sample", "Beatrix", "Quimby"} & set(text.replace("(", " ").split())
    assert endpoint().service.outcomes(answer, [verdict, verdict], [BASE.identity, None])[0].detail == ""
