"""Learners of an activity, with everything of theirs that an export may hold; any text of it can be hostile."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal

from cme_xblock.participation import evaluation
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Draft, Entry, Kind
from cme_xblock.records import claims, editions, ledger
from cme_xblock.records.ledger import Several
from cme_xblock.records.models import Claim, Delivery, EvaluationSheet, Participation
from cme_xblock.rules import disclosure
from tests.conftest import NOW
from tests.rules import sample

# What a spreadsheet runs, what hides, what misleads, what breaks a file, and what only looks like one of these.
HOSTILE = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1;2)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    '"=1+1"',
    " =1+1",
    "'=1+1",
    "''=1",
    "＝1＋1",
    '=HYPERLINK("http://example.org";"x")',
    "nul\0nul",
    "\0=1",
    "\x1b[31mred\x07",
    "\u202egpj.exe",
    "a\u2066b\u2069\u200e\u200fc",
    "\ufeffbom",
    "\u2028line\u2029paragraph",
    "../../../etc/passwd",
    "..\\..\\windows\\system32",
    "C:\\CON.csv",
    "\\u0041 \\u202e \\n",
    "_x0041_ _x000D_",
    "<script>alert(1)</script> & ]]>",
    'quote " comma , semicolon ; tab \t',
    "line\r\nline\nline",
    "O'Neill",
    "Šimůnek 王小明 ‎שלום‎ 😀",
    "\ud800 lone",
    " ",
)
LONG = "Ä" * 1_000_000


def took_part(
    course: str, learner: str, *, name: str = "Ana Müller", profession: str = "md", claimed: bool = True,
    activity: object = None, now: datetime = NOW, system: str = "ama_pra_1",
) -> Participation:  # fmt: skip
    """One learner: disclosure, baseline, assessment and, where they claimed, credit."""
    one = activity or sample.activity()
    edition = editions.published(course, one.activity_id)[0]  # type: ignore[attr-defined,index]
    drafts = (
        Draft(
            Kind.DISCLOSURE_ACKNOWLEDGED, edition, {"disclosure": disclosure.sha256(editions.load(edition)[edition])}
        ),
        Draft(Kind.BASELINE_SUBMITTED, edition, {"responses": sample.right_baseline()}),
        *(Draft(Kind.CONTENT_COMPLETED, edition, {"section": each}) for each in one.content.sections),  # type: ignore[attr-defined]
        Draft(Kind.ASSESSMENT_SUBMITTED, edition, {"attempt": 1, "responses": sample.right_assessment()}),
    )
    ledger.append(course, one.activity_id, learner, decide=lambda _: Several(drafts, lambda *_: None), now=now)  # type: ignore[attr-defined]
    if claimed:
        attested = Attestation(
            edition=edition, system=system, amount=Decimal("1.25"), profession=profession,
            completed_on=date(2026, 11, 22), completed_at=now, statement="I claim 1.25.", wording="a" * 64,
        )  # fmt: skip

        def effects(participation: Participation, entry: Entry) -> None:
            claims.create(participation, entry, attestation=attested, name_certified=name, zone="America/New_York")

        proposal = ledger.Proposal(attested.draft(claim=claims.new_uuid()), effects)
        ledger.append(course, one.activity_id, learner, decide=lambda _: proposal, now=now + timedelta(seconds=1))  # type: ignore[attr-defined]
    return Participation.objects.get(course_key=course, learner_id=learner)


def owed(participation: Participation, *, endpoint: str = "pars", state: str = "held", detail: str = "") -> Delivery:
    """A delivery of the learner's claim."""
    claim = Claim.objects.filter(participation=participation).first()
    assert claim is not None
    return Delivery.objects.create(
        subject=f"claim:{claim.uuid}", claim=claim, participation=participation, edition=claim.edition,
        activity_key=participation.activity_key, endpoint=endpoint, kind="cme", credit_id=f"{claim.uuid}@example.org",
        state=state, reason="no_consent", detail=detail, next_attempt_at=NOW, created_at=NOW,
    )  # fmt: skip


def evaluated(participation: Participation, *, written: str = "Shorter videos, please.") -> EvaluationSheet:
    """An identified evaluation; `written` is its answer to every question that is answered in words."""
    one = sample.activity()
    kinds = {each.id: each.chosen or each.kind == "number" for each in evaluation.questions(one)}
    given = sample.right_evaluation()
    chosen = {name: values for name, values in given.items() if kinds.get(name)}
    words = {name: [written] for name in given if not kinds.get(name)}
    edition = editions.row(participation.activity_key, _edition(participation))
    return EvaluationSheet.objects.create(
        participation=participation, edition=edition, activity_key=participation.activity_key, instrument="i" * 64,
        chosen=json.dumps(chosen), written=json.dumps(words), salt="s",
    )  # fmt: skip


def _edition(participation: Participation) -> str:
    return str(participation.entries.values_list("edition__sha256", flat=True).first())
