"""The audit file: everything a surveyor asks for, what is missing first, all of it verified without the database."""

from __future__ import annotations

import csv
import io
import json
import random
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from pypdf import PdfReader

from cme_xblock.activity.codes import Answer, Relevance, SupportKind
from cme_xblock.activity.model import Activity, Mitigation, Relationship, Support, SupportSource
from cme_xblock.console.evidence import missing, working
from cme_xblock.console.evidence.ledgers import Tally
from cme_xblock.evidence import archive, keys, layout, manifest
from cme_xblock.evidence.report import Report, Verdict
from cme_xblock.evidence.verify import verify
from cme_xblock.host import retirement
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.records import editions, ledger
from cme_xblock.records import keys as record_keys
from cme_xblock.records.models import Claim, Delivery, Participation
from tests.conftest import NOW
from tests.credit import crowd, held
from tests.evidence import sample
from tests.records.desk import world as desk
from tests.records.test_deletion import KEYS
from tests.rules import sample as activities

pytestmark = [pytest.mark.database, pytest.mark.django_db]

KEY = record_keys.activity_key(crowd.COURSE, crowd.ACTIVITY.activity_id)


@pytest.fixture(autouse=True)
def _keys(settings: Any) -> None:
    settings.CME_EVIDENCE_KEYS = KEYS


def people(number: int = 12, acts: int = 60) -> str:
    """Simulated learners who completed, and claimed, corrected and withdrew at random."""
    edition = crowd.ready(number)
    rng = random.Random(7)
    for _ in range(acts):
        crowd.act(edition, rng, number)
    return edition


def made(activity_key: str = KEY) -> tuple[bytes, Any]:
    stream = io.BytesIO()
    by = working.maker(site="https://lms.example", keys_url="https://lms.example/cme/evidence/keys.json")
    _, built = working.write(activity_key, stream, by, now=NOW)
    return stream.getvalue(), built


def looked(content: bytes) -> Report:
    return verify(io.BytesIO(content), keys.trusted(keys.encode(sample.public())))


def members(content: bytes) -> dict[str, bytes]:
    stream = io.BytesIO(content)
    return {one.name: b"".join(archive.content(stream, one)) for one in archive.read(stream).members}


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_it_verifies_without_the_database():
    people()
    content, _ = made()
    report = looked(content)
    assert report.verdict is Verdict.HOLDS, list(report.lines())


def test_it_has_everything_that_part_8_asks_for():
    people()
    inside = members(made()[0])
    text = " ".join(inside["index.html"].decode().split())
    activity = crowd.ACTIVITY
    for said in (
        activity.need.gap,
        "competence",
        activity.need.format_rationale,
        "patient care",
        *(one.name for one in activity.people),
        "Example Pharma",
        "Consultant",
        "relevant, 2025-11-10",
        "peer review (2025-11-20)",
        "All of the relevant financial relationships listed have been mitigated.",
        "accredited by the Accreditation Council for Continuing Medical Education",
        "designates this enduring material for a maximum of 0.5",
        "2 of 3 (0.66)",
        "Guideline for hand hygiene. 2002.",
        "Separation of education from marketing",
        "The 12 matched learners answered",
    ):
        assert said in text, said
    headings = [text.index(f'id="{one}"') for one in ("missing", "gap", "need", "change", "format", "competencies",
                                                      "people", "support", "evaluation", "analysis")]  # fmt: skip
    assert headings == sorted(headings), "the structured abstract's order"
    rows = table(inside["participants.csv"])
    live = [one for one in rows if one["counts"] == "yes"]
    assert sorted(one["certificate"] for one in live) == sorted(
        Claim.objects.filter(live__isnull=False).values_list("uuid", flat=True)
    )
    assert all(one["acknowledged_at"] <= one["began_at"] for one in rows)
    corrected = table(inside["corrections.csv"])
    assert {"credit_corrected", "credit_voided"} <= {one["kind"] for one in corrected}
    assert all(one["reason"] and one["by"] for one in corrected)
    assert json.loads(inside["audit.json"])["counts"]["participations"] == 12


def test_deliveries_have_their_receipts():
    claim = held.claim()
    delivery = Delivery.objects.create(
        subject=f"claim:{claim.uuid}", claim=claim, participation=claim.participation, edition=claim.edition,
        activity_key=claim.participation.activity_key, endpoint="pars", kind="cme", state="accepted",
        next_attempt_at=NOW, created_at=NOW, credit_id="c-1",
    )  # fmt: skip
    delivery.attempt_log.create(
        number=1, action="send", started_at=NOW, ended_at=NOW, outcome="accepted", http_status=200, excerpt="OK 4711",
        answer_hash="a" * 64,
    )  # fmt: skip
    inside = members(made(claim.participation.activity_key)[0])
    [line] = [json.loads(one) for one in inside[layout.ledger(1)].splitlines()]
    [sent] = line["deliveries"]
    assert sent["endpoint"] == "pars"
    assert sent["attempts"][0]["excerpt"] == "OK 4711"


def test_what_the_desk_collected_lies_there_under_its_evidence_number_and_no_other_providers():
    ana = desk.person(provider=record_keys.provider_key(crowd.ACTIVITY.provider.name))
    number = desk.gives(desk.invited(ana))
    other = desk.person("Bo Other", "bo@example.org", provider="f" * 64)
    strange = desk.gives(desk.invited(other), random=b"9876543210")
    first, second, *rest = crowd.ACTIVITY.people
    people_ = (replace(first, disclosure_evidence=number), replace(second, disclosure_evidence=strange), *rest)
    editions.publish(crowd.COURSE, replace(crowd.ACTIVITY, people=people_), source="cme@a", now=NOW)
    content, _ = made()
    inside = members(content)
    collected = json.loads(inside["collected.json"])["by_number"]
    assert list(collected) == [number]
    assert collected[number]["words"]
    assert f"{number} (collected.json)" in inside["index.html"].decode()
    assert looked(content).verdict is Verdict.HOLDS


def test_what_was_shown_lies_there_under_the_hash_that_each_learner_acknowledged():
    people(3, 0)
    inside = members(made()[0])
    [edition] = [name for name in inside if name.startswith("editions/")]
    assert json.loads(inside[edition])["title"] == crowd.ACTIVITY.title
    for line in inside[layout.ledger(1)].splitlines():
        [first] = [one for one in json.loads(line)["entries"] if one["kind"] == "disclosure_acknowledged"]
        shown = json.loads(inside[layout.by_hash(layout.DISCLOSURES, first["payload"]["disclosure"])])
        assert shown["relevant"][0]["name"] == "Ann Lee"


def test_the_same_records_give_the_same_file():
    people()
    assert made()[0] == made()[0]


def test_learners_are_known_by_numbers_and_names_as_certified_and_by_nothing_else():
    people(3, 6)
    content = b" ".join(members(made()[0]).values())
    assert b"learner_id" not in content
    for one in Participation.objects.all():
        assert one.learner_key.encode() not in content
        assert one.key.encode() not in content


def test_test_accounts_are_left_out_and_retired_ones_are_not():
    people(3, 0)
    first, second, _ = Participation.objects.order_by("pk")
    edition = first.entries.first().edition.sha256
    ledger.append(
        first.course_key, first.activity_id, first.learner_id,
        decide=lambda _: Draft(Kind.TEST_MARKED, edition, {"test": True, "by": "7"}), now=NOW,
    )  # fmt: skip
    Participation.objects.mark(first.pk, is_test=True)
    retirement.retire(second.learner_id, now=NOW, dry_run=False)
    content, built = made()
    assert built.tally.participations == 2
    assert built.tally.sealed == 1
    assert looked(content).verdict is Verdict.HOLDS


def test_many_learners_lie_in_several_members(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(layout, "LEARNERS_EACH", 4)
    people(9, 5)
    content, _ = made()
    assert [name for name in members(content) if layout.is_ledger(name)] == [layout.ledger(one) for one in (1, 2, 3)]
    assert looked(content).verdict is Verdict.HOLDS


def test_an_activity_without_learners_has_a_file_that_says_so():
    editions.publish(crowd.COURSE, crowd.ACTIVITY, source="cme@a", now=NOW)
    content, built = made()
    assert looked(content).verdict is Verdict.HOLDS
    assert "Nobody has taken part yet." in [str(one.message) for one in built.missing]


def test_a_damaged_ledger_is_said_loudly_and_found_by_the_verifier():
    people(3, 0)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cme_xblock_entryrow SET at = '2026-11-21T12:45:00.123456Z' WHERE seq = 2")
    content, built = made()
    assert any("DAMAGED" in str(one.message) for one in built.missing)
    assert looked(content).verdict is Verdict.BROKEN
    assert {one.id for one in looked(content).checks if one.holds is False} == {"chain"}


def test_what_is_missing_stands_first_on_the_page_in_the_print_and_in_what_the_verifier_tells():
    activity = replace(crowd.ACTIVITY, need=replace(crowd.ACTIVITY.need, gap=""))
    editions.publish(crowd.COURSE, activity, source="cme@a", now=NOW)
    content, built = made()
    inside = members(content)
    gap = "The professional practice gap is not written down."
    assert str(built.missing[0].message) == gap
    page = inside["index.html"].decode()
    assert page.index(gap) < page.index("Contents")
    printed = PdfReader(io.BytesIO(inside["summary.pdf"])).pages[0].extract_text()
    assert printed.index(gap) < printed.index("Accredited provider")
    assert json.loads(inside["audit.json"])["missing"][0]["message"] == gap
    assert any("MISSING" in one for one in looked(content).told)


def test_the_print_is_tagged_and_names_the_activity():
    people(3, 3)
    pdf = PdfReader(io.BytesIO(members(made()[0])["summary.pdf"]))
    assert pdf.metadata is not None
    assert crowd.ACTIVITY.title in str(pdf.metadata.title)
    assert "/StructTreeRoot" in pdf.trailer["/Root"]


def test_hostile_texts_run_nowhere():
    evil = "</h1><script>alert(1)</script>\u202e=cmd()\x00" * 3
    activity = replace(crowd.ACTIVITY, title=evil.replace("\x00", ""), activity_id="evil")
    editions.publish(crowd.COURSE, activity, source="cme@a", now=NOW)
    content, _ = made(record_keys.activity_key(crowd.COURSE, "evil"))
    assert b"<script" not in members(content)["index.html"]
    report = looked(content)
    assert report.verdict is Verdict.HOLDS
    assert not any("\u202e" in one for one in report.lines())


def test_a_name_that_a_spreadsheet_would_run_is_put_out_of_action():
    claim = held.claim(name="=HYPERLINK(1)")
    rows = table(members(made(claim.participation.activity_key)[0])["participants.csv"])
    assert rows[0]["name_certified"] == "'=HYPERLINK(1)"


def test_without_a_key_there_is_no_file(settings: Any):
    settings.CME_EVIDENCE_KEYS = []
    with pytest.raises(ImproperlyConfigured, match="CME_EVIDENCE_KEYS"):
        made()


def _person(**changes: Any) -> Activity:
    first, *rest = activities.activity().people
    return replace(activities.activity(), people=(replace(first, **changes), *rest))


def _relationship(**changes: Any) -> Activity:
    first = activities.activity().people[0]
    return _person(relationships=(replace(first.relationships[0], **changes),))


def _supported(**changes: Any) -> Activity:
    source = SupportSource(company="Example Pharma", amount=Decimal(5000), agreement_on=date(2026, 1, 2))
    return replace(activities.activity(), support=Support(received=Answer.YES, sources=(replace(source, **changes),)))


BASE = activities.activity()


@pytest.mark.parametrize(
    ("activity", "part", "says"),
    [
        (replace(BASE, need=replace(BASE.need, types=())), "need", "knowledge, competence or performance"),
        (replace(BASE, need=replace(BASE.need, designed_to_change=())), "change", "designed to change"),
        (replace(BASE, need=replace(BASE.need, format_rationale="")), "format", "why this format"),
        (replace(BASE, need=replace(BASE.need, competencies=())), "competencies", "physician attribute"),
        (replace(BASE, objectives=()), "need", "no learning objectives"),
        (replace(BASE, audience=replace(BASE.audience, description="", professions=())), "need", "target audience"),
        (replace(BASE, content_validated_on=None), "validity", "who validated"),
        (replace(BASE, people=()), "people", "Nobody is named"),
        (_person(disclosed_on=None), "people", "was not asked"),
        (_person(disclosure_evidence=""), "people", "how Ann Lee was asked"),
        (_relationship(relevance=Relevance.UNDETERMINED), "people", "Nobody decided"),
        (_relationship(decided_on=None), "people", "has no date"),
        (_relationship(owner_or_employee=True), "people", "owner or employee"),
        (_relationship(mitigations=()), "people", "was not mitigated"),
        (_relationship(mitigations=(Mitigation(method="peer review"),)), "people", "mitigation of Ann Lee"),
        (_relationship(mitigations=(Mitigation(method="x", on=date(2026, 6, 1)),)), "people", "after the activity"),
        (replace(BASE, support=Support()), "support", "whether commercial support"),
        (replace(BASE, support=Support(received=Answer.YES)), "support", "no supporter is named"),
        (_supported(), "support", "How the support was used"),
        (_supported(agreement_on=None), "support", "agreement with Example Pharma has no date"),
        (_supported(agreement_on=date(2026, 6, 1)), "support", "signed on 2026-06-01"),
        (_supported(amount=None), "support", "amount of Example Pharma"),
        (_supported(kind=SupportKind.IN_KIND), "support", "nature of Example Pharma"),
        (replace(BASE, offerings=()), "statements", "no designation statement"),
        (replace(BASE, assessment=replace(BASE.assessment, items=())), "assessment", "no assessment"),
        (replace(BASE, assessment=replace(BASE.assessment, pass_mark=None)), "assessment", "minimum performance"),
        (replace(BASE, references=()), "assessment", "bibliographic"),
    ],
)
def test_each_missing_element_is_named(activity: Activity, part: str, says: str):
    found = missing.missing(activity, None)
    assert (part, True) in [(one.part, says in str(one.message)) for one in found], [str(one.message) for one in found]
    assert not any(says in str(one.message) for one in missing.missing(BASE, None))


@pytest.mark.parametrize(
    ("tally", "matched", "says"),
    [
        (Tally(), None, "Nobody has taken part"),
        (Tally(participations=3, evaluated=1), 0, "no analysis of change"),
        (Tally(participations=3), 3, "Nobody has evaluated"),
        (Tally(participations=3, evaluated=1, late=2, some_late=["a", "b"]), 3, "2 learners took part before"),
        (Tally(participations=3, evaluated=1, unshown=1), 3, "can't be made again"),
        (Tally(participations=3, evaluated=1, damaged=1, some_damaged=["a"]), 3, "DAMAGED: a"),
    ],
)
def test_what_learners_lack_is_named_too(tally: Tally, matched: int | None, says: str):
    assert any(says in str(one.message) for one in missing.missing(BASE, tally, matched=matched))


def test_a_relationship_of_an_older_kind_is_no_error():
    first = activities.activity().people[0]
    bare = replace(first, relationships=(Relationship(company="Example Pharma"),))
    assert missing.missing(replace(BASE, people=(bare,)), None)


def test_a_file_that_was_made_stays_true_when_the_records_go_on():
    people(3, 5)
    content, _ = made()
    crowd.act(Claim.objects.first().edition.sha256, random.Random(1), 3)
    assert looked(content).verdict is Verdict.HOLDS
    assert manifest.parse(members(content)["manifest.json"]).made_at == "2026-11-22T12:45:00.123456Z"
