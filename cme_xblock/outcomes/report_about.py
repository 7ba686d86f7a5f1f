"""The report's sections on the activity and on the report itself: what it was for, how to check it. PURE.

Source: spec 5.4 (report contents); R-1.11 (gap, need, designed to change).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from cme_xblock.activity import richtext
from cme_xblock.activity.codes import Change, NeedType
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity, Item
from cme_xblock.outcomes import hiding_evaluation
from cme_xblock.outcomes.evidence import Evidence
from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.planner import Planner, plain
from cme_xblock.outcomes.report_people import People
from cme_xblock.outcomes.shapes import Cell, Column, Form, Report, Section, Table, count, hidden, words
from cme_xblock.participation import evaluation
from cme_xblock.rules import credit_system, disclosure, statements


def activity_section(activity: Activity, numbers: Numbers) -> Iterable[Section]:
    """Why the activity exists, what it is to change, and which question measures which objective."""
    tables = [
        Table("activity", Message(N_("The activity")), _FACTS, tuple(_facts(activity, numbers))),
        *_map(activity),
    ]
    yield Section("activity", N_("About the activity"), tables=tuple(table for table in tables if table.rows))


def _facts(activity: Activity, numbers: Numbers) -> Iterable[tuple[Cell, Cell]]:
    need, provider = activity.need, activity.provider
    days = [numbers.day(one) for one in (activity.release, activity.expiry) if one is not None]
    shown = disclosure.build(activity)
    systems = credit_system.for_activity(activity)
    credits_ = [
        statements.credit(systems[one.system], one.amount)
        for one in activity.offerings
        if one.system in systems and one.amount is not None
    ]
    disclosed = " ".join(one for one in (shown.mitigated_sentence, shown.none_sentence) if one)
    said: list[tuple[str, Message | str, str]] = [
        (N_("Provider"), provider.name, _AUTHOR),
        (N_("Format"), statements.format_name(activity), _ENGLISH),
        (N_("Offered"), " – ".join(days), ""),
        (N_("Credit, at most"), "; ".join(credits_), _ENGLISH),
        (N_("For whom"), _plain(activity.audience.description), _AUTHOR),
        (N_("Professional practice gap"), _plain(need.gap), _AUTHOR),
        (N_("Underlying need"), _several([_NEEDS[one] for one in need.types]), ""),
        (N_("Designed to change"), _several([_CHANGES[one] for one in need.designed_to_change]), ""),
        (N_("Why this format"), _plain(need.format_rationale), _AUTHOR),
        (N_("Commercial support"), shown.support_sentence, _ENGLISH),
        (N_("Disclosures"), disclosed, _ENGLISH),
    ]
    for label, text, whose in said:
        if text:
            yield words(Message(label)), words(text, author=whose == _AUTHOR, english=whose == _ENGLISH)


def _several(texts: Sequence[str]) -> Message | str:
    """Several words of ours in one cell."""
    if not texts:
        return ""
    places = {f"w{number}": Message(text) for number, text in enumerate(texts)}
    return Message("; ".join(f"{{{name}}}" for name in places), places)


def _map(activity: Activity) -> Iterable[Table]:
    """Objectives with their questions before and after: what the numbers above are about."""
    rated = {one.objective for one in evaluation.questions(activity) if one.objective}
    rows = []
    for place, one in enumerate(activity.objectives, start=1):
        before = [item for item in activity.baseline.items if item.objective == one.id]
        after = [item for item in activity.assessment.items if item.objective == one.id]
        pairs = {item.pair_id for item in before if item.pair_id} & {item.pair_id for item in after}
        rows.append(
            (
                words(f"{place}. {_plain(one.text)}", author=True),
                count(len(before)),
                count(len(after)),
                count(len(pairs)),
                words(_questions(after), author=True) if after else words(""),
                words(Message(YES if one.id in rated else NO)),
            )
        )
    yield Table("map", Message(N_("Which question measures which objective")), _MAP, tuple(rows))


def _questions(items: Sequence[Item]) -> str:
    """The beginnings of the questions' words, so that a reader finds them above."""
    return " / ".join(_shortened(_plain(one.stem)) for one in items)


def _shortened(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"


def _plain(text: str) -> str:
    return " ".join(richtext.plain(text).split())


def counted(seen: People, evidence: Evidence, *, minimum: int, planner: Planner = plain) -> Section:
    """What was counted to make the report; the hidden stay hidden here too."""
    rows: list[tuple[Cell, Cell]] = [
        (words(Message(N_("People on record"))), _people(seen, "registered", seen.cohort.registered)),
        (words(Message(N_("Matched learners"))), _people(seen, "matched", seen.matched)),
        (words(Message(N_("Questions answered in pairs"))), count(_pairs(seen))),
    ]
    for one in evidence.evaluations[:1]:
        label = words(Message(N_("Evaluations")))
        is_told = one.n >= minimum and not hiding_evaluation.hidden(one, minimum=minimum, planner=planner).whole
        rows.append((label, count(one.n) if is_told else hidden()))
    table = Table("counted", Message(N_("Rows behind the numbers")), _COUNTED, tuple(rows))
    return Section("report", N_("About this report"), text=(Message(CUT), Message(CHECKED)), tables=(table,))


def _people(seen: People, name: str, number: int) -> Cell:
    """Nobody on record is no secret."""
    return seen.number(name, number) if seen.cohort.registered else count(0)


def _pairs(seen: People) -> int:
    return len(seen.wordings[0].versions) if seen.wordings and ("wording", 0) not in seen.gone else 0


def fingerprint(report: Report) -> str:
    """The sha256 of everything that the report shows, the same for page, PDF and workbook.

    Of what is shown and of nothing else: a hash over hidden numbers could be tried out until it fits. The same in every
    language: sentences have numbers as their reader writes them, so the tables stand for them.
    """
    tables = [table for one in report.sections if one.id != "activity" for table in one.tables]
    shown = [report.title, report.simulated, [[table.id, _cells(table)] for table in tables]]
    return hashlib.sha256(json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _cells(table: Table) -> list[list[list[object]]]:
    return [
        [[cell.form.value, cell.value, cell.of, cell.low, cell.high, str(cell.text or ""), cell.why] for cell in row]
        for row in table.rows
    ]


def provenance(report: Report, numbers: Numbers, *, made: datetime, cut: datetime | None) -> tuple[Message, ...]:
    """When it was made, of which state, and the hash by which two copies are compared."""
    values = {"made": numbers.moment(made), "cut": numbers.moment(cut or made), "hash": fingerprint(report)[:16]}
    return (Message(MADE, values),)


# Whose words a fact is in.
_AUTHOR, _ENGLISH = "author", "english"
YES, NO = N_("yes"), N_("no")
_NEEDS = {
    NeedType.KNOWLEDGE: N_("knowledge"),
    NeedType.COMPETENCE: N_("competence"),
    NeedType.PERFORMANCE: N_("performance"),
}
_CHANGES = {
    Change.COMPETENCE: N_("competence"),
    Change.PERFORMANCE: N_("performance"),
    Change.PATIENT_OUTCOMES: N_("patient outcomes"),
}
CUT = N_("Only what was on record when the numbers were counted is in it; tests and staff are not.")
CHECKED = N_("Page, PDF, workbook and tables of one state carry the same fingerprint, made of all that they show.")
MADE = N_("Made: {made} · Numbers as of: {cut} · Fingerprint: {hash}")
_FACTS = (Column(N_("What"), Form.TEXT), Column(N_("As its provider describes it"), Form.TEXT))
_MAP = (
    Column(N_("Objective"), Form.TEXT), Column(N_("Questions before")), Column(N_("Questions after")),
    Column(N_("Pairs")), Column(N_("Assessed with"), Form.TEXT), Column(N_("In the evaluation"), Form.TEXT),
)  # fmt: skip
_COUNTED = (Column(N_("What"), Form.TEXT), Column(N_("Rows")))
