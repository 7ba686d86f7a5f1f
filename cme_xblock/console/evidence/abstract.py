"""The audit file for people: the parts of ACCME's structured abstract in its order, and what else the file proves.

One structure for the page and for the print. The order is that of the form "Performance-in-Practice Structured
Abstract" (ACCME): the activity, gap, needs, designed to change, format, attributes, people and disclosures, support,
what learners were shown, evaluation and change; the attachments that it asks for are further parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cme_xblock.activity import richtext
from cme_xblock.activity.codes import Answer, EvaluationMode
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity, Person
from cme_xblock.console.evidence.gathered import Gathered
from cme_xblock.console.evidence.ledgers import Tally
from cme_xblock.console.evidence.missing import Missing
from cme_xblock.participation import scoring
from cme_xblock.rules import credit_system, disclosure, statements
from cme_xblock.rules.check import check
from cme_xblock.rules.finding import Finding

__all__ = ["Part", "Table", "parts"]


@dataclass(frozen=True)
class Table:
    """Columns and rows of text."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Part:
    """One part: its heading, facts by name, paragraphs and tables. `missing`: what belongs here and is not there."""

    id: str
    title: str
    facts: tuple[tuple[str, str], ...] = ()
    text: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    missing: tuple[Message, ...] = field(default=())


def parts(
    found: Gathered, tally: Tally, lacks: Sequence[Missing], *, measured: Sequence[Table], change: Sequence[Table],
    answer: Sequence[str],
) -> tuple[Part, ...]:  # fmt: skip
    """The whole, in order. `measured`: the evaluation's sums; `change` and `answer`: the outcomes report's."""
    activity = found.activity
    findings = check(activity, today=found.now.date())
    made = (
        *_design(found),
        _people(found),
        _support(activity),
        _disclosure(found, tally),
        _statements(found),
        _separation(findings),
        _assessment(activity),
        Part("evaluation", N_("Evaluation"), text=_asked(activity), tables=tuple(measured)),
        Part("analysis", N_("Analysis of change"), text=tuple(answer), tables=tuple(change)),
        _participants(tally, found),
        _corrections(found, tally),
        _reports(found, tally),
        _judged(activity, findings),
        _editions(found),
    )
    known = {one.id for one in made}
    lacking: dict[str, list[Message]] = {}
    for one in lacks:
        lacking.setdefault(one.part if one.part in known else "need", []).append(one.message)
    return tuple(
        Part(one.id, one.title, one.facts, one.text, one.tables, tuple(lacking.get(one.id, ()))) for one in made
    )


def _design(found: Gathered) -> Iterator[Part]:
    activity, need = found.activity, found.activity.need
    provider = activity.provider
    systems = credit_system.load()
    credit = [
        statements.credit(systems[one.system], one.amount)
        for one in activity.offerings
        if one.system in systems and one.amount is not None
    ]
    joint = "; ".join(one.name for one in provider.joint_providers)
    yield Part(
        "activity",
        N_("The activity"),
        facts=_facts(
            (N_("Accredited provider"), provider.name),
            (N_("Provider's number at ACCME"), provider.accme_provider_id),
            (N_("Activity title"), activity.title),
            (N_("Activity dates"), f"{activity.release or '–'} – {activity.expiry or '–'}"),
            (N_("Last reviewed"), str(activity.last_review or "")),
            (N_("Activity type"), statements.format_name(activity)),
            (N_("Providership"), provider.providership.value),
            (N_("Joint providers"), joint),
            (N_("Commercial support received"), activity.support.received.value),
            (N_("Credit, at most"), "; ".join(credit)),
            (N_("Numbers at accreditors"), "; ".join(f"{one['name']} {one['number']}" for one in found.numbers)),
            (N_("Course and activity"), f"{found.course_key}, {found.activity_id}"),
        ),
    )
    yield Part("gap", N_("Professional practice gap"), text=_texts(need.gap, *need.evidence))
    yield Part(
        "need",
        N_("Educational need"),
        facts=_facts(
            (N_("Kinds of need"), ", ".join(_words(one.value) for one in need.types)),
            (N_("Target audience"), richtext.plain(activity.audience.description)),
            (N_("Professions"), ", ".join(activity.audience.professions)),
        ),
        text=_texts(*(f"{place}. {one.text}" for place, one in enumerate(activity.objectives, start=1))),
    )
    yield Part(
        "change", N_("Designed to change"), text=_texts(", ".join(_words(one.value) for one in need.designed_to_change))
    )
    yield Part("format", N_("Why this format"), text=_texts(need.format_rationale))
    yield Part("competencies", N_("Desirable physician attributes"), text=_texts(", ".join(need.competencies)))
    validated = f"{activity.content_validated_by}, {activity.content_validated_on}"
    done = activity.content_validated_on is not None
    yield Part("validity", N_("Content validated"), text=_texts(validated) if done else ())


def _people(found: Gathered) -> Part:
    activity = found.activity
    people = tuple(
        (
            _named(one),
            ", ".join(disclosure.ROLE_LABELS[role] for role in one.roles),
            str(one.role_started_on or "–"),
            str(one.disclosed_on or "–"),
            _evidence(found, one),
            str(len(one.relationships)),
        )
        for one in activity.people
    )
    rows = tuple(
        (
            _named(one),
            each.company,
            each.nature,
            _words(each.eligibility.value),
            f"{_words(each.relevance.value)}, {each.decided_on or 'without a date'}",
            "; ".join(f"{_words(step.method)} ({step.on or 'without a date'})" for step in each.mitigations) or "–",
        )
        for one in activity.people
        for each in one.relationships
    )
    excepted = tuple(
        f"{one.name}: {_words(one.exception.value)}. {one.exception_note}"
        for one in activity.people
        if one.exception.value != "none"
    )
    columns = (N_("Person"), N_("Roles"), N_("In the role since"), N_("Disclosed on"), N_("Evidence"), N_("Companies"))
    told = (N_("Person"), N_("Company"), N_("Nature"), N_("The company is"), N_("Relevance"), N_("Mitigated by"))
    return Part(
        "people",
        N_("People in control of content"),
        text=excepted,
        tables=(
            Table(N_("Who was asked"), columns, people),
            Table(N_("What they disclosed, what was decided, how it was mitigated"), told, rows),
        ),
    )


def _evidence(found: Gathered, person: Person) -> str:
    number = person.disclosure_evidence
    return f"{number} (collected.json)" if number in found.collected else number or "–"


def _support(activity: Activity) -> Part:
    rows = tuple(
        (one.company, _words(one.kind.value), str(one.amount if one.amount is not None else "–"), one.nature or "–",
         str(one.agreement_on or "–"))
        for one in activity.support.sources
    )  # fmt: skip
    columns = (N_("Supporter"), N_("Kind"), N_("Amount, US dollars"), N_("Nature"), N_("Agreement of"))
    tables = (Table(N_("Commercial supporters"), columns, rows),) if rows else ()
    none = activity.support.received is Answer.NO
    return Part("support", N_("Commercial support"), text=(N_("None was received."),) if none else (), tables=tables)


def _disclosure(found: Gathered, tally: Tally) -> Part:
    """What learners were shown before they took part, edition by edition, and when they acknowledged it."""
    text: list[str] = []
    seen: set[str] = set()
    for one in found.editions:
        sha256 = disclosure.sha256(one.activity)
        if sha256 in seen:
            continue
        seen.add(sha256)
        built = disclosure.build(one.activity)
        lines = [
            *(
                f"{person.name}: {'; '.join(f'{each.company} ({each.nature})' for each in person.relationships)}."
                for person in built.relevant
            ),
            *(", ".join(person.name for person in built.none) + ": nothing to disclose." if built.none else "",),
            built.mitigated_sentence,
            built.none_sentence,
            built.support_sentence,
        ]
        day = one.recorded_at.date()
        text.append(f"[{sha256[:12]}, since {day}] " + " ".join(line for line in lines if line))
    facts = (
        (N_("Learners who acknowledged them"), str(tally.acknowledged)),
        (N_("Learners who took part before or without"), str(tally.late)),
        (N_("Proof, learner by learner"), "ledgers/, participants.csv"),
    )
    return Part("disclosure", N_("Disclosures as learners were shown them"), facts=facts, text=tuple(text))


def _statements(found: Gathered) -> Part:
    rows: dict[tuple[str, str], str] = {}
    for one in found.editions:
        texts = [(N_("Accreditation"), statements.accreditation(one.activity))]
        for offering in one.activity.offerings:
            texts.append((offering.system, offering.statement or statements.designation(one.activity, offering)))
            texts += [(each.board, statements.moc(one.activity, each)) for each in offering.moc]
        for name, text in texts:
            if text:
                rows.setdefault((name, text), f"{one.recorded_at.date()}")
    table = Table(
        N_("Accreditation and designation, word for word"),
        (N_("Of"), N_("Statement"), N_("Since")),
        tuple((name, text, since) for (name, text), since in rows.items()),
    )
    return Part("statements", N_("Statements as learners were shown them"), tables=(table,) if rows else ())


_MARKETING = ("disclosure_promotes", "trade_name", "relationship_valued", "company_link", "advertising_link")


def _separation(findings: Sequence[Finding]) -> Part:
    """What the records can say of it: no page of ours has room for marketing, and links are looked at by a rule."""
    rows = tuple((str(one.message), one.where) for one in findings if _is_marketing(one))
    text = N_(
        "Pages, certificates and mails of this activity are made by one program, which has no place for logos, trade "
        "names or advertising; disclosures name companies by their names alone. Texts and links of the activity were "
        "looked at by rule:"
    )
    none = () if rows else (N_("nothing was found."),)
    tables = (Table(N_("What was found"), (N_("Finding"), N_("Where")), rows),) if rows else ()
    return Part("separation", N_("Separation of education from marketing"), text=(text, *none), tables=tables)


def _is_marketing(one: Finding) -> bool:
    return one.code in _MARKETING or "marketing" in one.source.casefold() or "Standard 5" in one.source


def _assessment(activity: Activity) -> Part:
    asked = activity.assessment
    total = sum(one.scored for one in asked.items)
    facts = [(N_("Baseline questions"), str(len(activity.baseline.items))), (N_("Scored questions"), str(total))]
    if asked.pass_mark is not None:
        needed = scoring.needed(total, asked.pass_mark)
        facts.append((N_("Minimum performance level"), f"{needed} of {total} ({asked.pass_mark})"))
        facts.append((N_("Attempts"), str(asked.max_attempts) if asked.max_attempts else N_("as many as one likes")))
    rows = tuple((one.id, richtext.plain(one.stem), ", ".join(one.references) or "–") for one in asked.items)
    cited = tuple((one.id, richtext.plain(one.citation), one.url or "–") for one in activity.references)
    tables = []
    if rows:
        tables.append(Table(N_("Questions"), (N_("Number"), N_("Question"), N_("References")), rows))
    if cited:
        tables.append(Table(N_("Bibliographic references"), (N_("Number"), N_("Reference"), N_("Address")), cited))
    return Part("assessment", N_("Assessment, pass rule and references"), facts=_facts(*facts), tables=tuple(tables))


def _asked(activity: Activity) -> tuple[str, ...]:
    if not activity.evaluation.items:
        return ()
    named = activity.evaluation.mode is EvaluationMode.IDENTIFIED
    how = N_("Given with the learner's name.") if named else N_("Given without a name: nothing leads to a learner.")
    return (how, N_("Sums in full: evaluation.csv. Numbers about fewer people than this site shows are hidden."))


def _participants(tally: Tally, found: Gathered) -> Part:
    rows = tuple(
        (system, profession or "–", str(number)) for (system, profession), number in sorted(tally.live.items())
    )
    total = tuple((system, format(amount, "f")) for system, amount in sorted(tally.credit.items()))
    tables = []
    if rows:
        tables.append(Table(N_("Claims that count"), (N_("Credit"), N_("Profession"), N_("Learners")), rows))
        tables.append(Table(N_("Credit claimed"), (N_("Credit"), N_("Sum")), total))
    facts = (
        (N_("Learners on record"), str(tally.participations)),
        (N_("Test accounts, left out"), str(found.tests())),
        (N_("Accounts retired since"), str(tally.sealed)),
        (N_("Claims"), str(tally.claims)),
        (N_("Replaced or withdrawn"), str(tally.superseded)),
        (N_("The list"), "participants.csv"),
    )
    return Part("participants", N_("Participants and credit"), facts=facts, tables=tuple(tables))


def _corrections(found: Gathered, tally: Tally) -> Part:
    rows = tuple((one["kind"], one["created_on"] or "–", one["state"], one["note"] or "–") for one in found.tasks)
    columns = (N_("What"), N_("Since"), N_("State"), N_("What was done"))
    facts = (
        (N_("Corrections"), str(tally.corrections)),
        (N_("Incidents"), str(tally.incidents)),
        (N_("Each with reason and date"), "corrections.csv"),
    )
    tables = (Table(N_("Reports of bias and other tasks"), columns, rows),) if rows else ()
    return Part("corrections", N_("Corrections and incidents"), facts=facts, tables=tables)


def _reports(found: Gathered, tally: Tally) -> Part:
    rows = tuple((endpoint, state, str(number)) for (endpoint, state), number in sorted(tally.deliveries.items()))
    registered = tuple(
        (one["endpoint"], one["operation"], one["at"][:10], one["by"], one["reason"]) for one in found.registrations
    )
    tables = []
    if rows:
        tables.append(Table(N_("Reports of credit"), (N_("Receiver"), N_("State"), N_("Reports")), rows))
    if registered:
        columns = (N_("Receiver"), N_("What"), N_("On"), N_("By"), N_("Reason"))
        tables.append(Table(N_("The activity at accreditors"), columns, registered))
    text = (N_("Each with every attempt and what its receiver answered: ledgers/."),) if rows else (
        N_("Nothing was owed to any receiver."),
    )  # fmt: skip
    return Part("reports", N_("Reports to accreditors"), text=text, tables=tuple(tables))


def _judged(activity: Activity, findings: Sequence[Finding]) -> Part:
    """What the rules say of the activity as it is now, and what the provider let stand, with the reason."""
    rows = tuple((one.severity.value, str(one.message), one.source) for one in findings if one.overridden is None)
    stood = tuple((one.code, one.by, str(one.on or "–"), one.reason) for one in activity.overrides)
    tables = []
    if rows:
        tables.append(Table(N_("Open findings"), (N_("Weight"), N_("Finding"), N_("Source")), rows))
    if stood:
        tables.append(Table(N_("Let stand"), (N_("Finding"), N_("By"), N_("On"), N_("Reason")), stood))
    return Part(
        "rules", N_("What the accreditors' rules say"), text=() if rows else (N_("Nothing."),), tables=tuple(tables)
    )


def _editions(found: Gathered) -> Part:
    rows = tuple((one.sha256, f"{one.recorded_at:%Y-%m-%d %H:%M} UTC", one.activity.title) for one in found.editions)
    damaged = tuple(f"{one}: DAMAGED" for one in found.damaged)
    columns = (N_("SHA-256"), N_("Recorded"), N_("Title"))
    return Part(
        "editions", N_("Editions of the activity"), text=damaged, tables=(Table(N_("Editions"), columns, rows),)
    )


def _facts(*given: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in given if value)


def _texts(*given: str) -> tuple[str, ...]:
    return tuple(text for one in given if (text := richtext.plain(one).strip()))


def _words(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ")


def _named(one: Person) -> str:
    return f"{one.name}, {one.credentials}" if one.credentials else one.name


def as_data(made: Sequence[Part], gettext: Callable[[str], str] = str) -> list[Mapping[str, object]]:
    """The parts as JSON, for the page, the print and for programs; what is ours in the language of `gettext`."""

    def say(text: str) -> str:
        # Authors' words are in no catalogue, and stay as they are; of an empty text a catalogue gives its heading.
        return gettext(text) if text else ""

    return [
        {
            "id": one.id,
            "title": say(one.title),
            "facts": [[say(name), say(value)] for name, value in one.facts],
            "text": [say(text) for text in one.text],
            "missing": [message.format(gettext) for message in one.missing],
            "tables": [
                {
                    "caption": say(table.caption),
                    "columns": [say(column) for column in table.columns],
                    "rows": [list(row) for row in table.rows],
                }
                for table in one.tables
            ],
        }
        for one in made
    ]
