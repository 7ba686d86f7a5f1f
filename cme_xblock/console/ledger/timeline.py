"""The moments of one participation in their order: entries, consents, and what was sent. Shows, and decides nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cme_xblock.activity.model import Activity
from cme_xblock.console import words
from cme_xblock.console.ledger import texts
from cme_xblock.console.ledger.texts import Answered, Shown
from cme_xblock.credit import certificate, standing
from cme_xblock.participation import credits, retention
from cme_xblock.participation.entries import Entry, Kind
from cme_xblock.records.models import Claim, ConsentEvent, Delivery, EvaluationSheet, Participation

__all__ = ["Moment", "of_participation"]

_Gettext = Callable[[str], str]


@dataclass(frozen=True)
class Moment:
    """One thing that happened. `facts`: name and value; `texts`: what was shown or attested, word for word.

    `number` is the entry's in the ledger, 0 for what is no entry; `edition` the sha256 that it was made under.
    """

    at: datetime
    when: str
    title: str
    number: int = 0
    edition: str = ""
    facts: Sequence[tuple[str, str]] = ()
    texts: Sequence[Shown] = ()
    answers: Sequence[Answered] = ()
    claim: str = ""
    look: str = "none"


@dataclass
class _File:
    """All of one participation that a timeline shows."""

    zone: str
    gettext: _Gettext
    editions: Mapping[str, Activity]
    claims: Mapping[str, Claim]
    standings: Mapping[int, standing.Standing]
    sheets: Mapping[str, EvaluationSheet]
    attempts: int = 0
    moments: list[Moment] = field(default_factory=list)


def of_participation(
    participation: Participation,
    entries: Sequence[Entry],
    editions: Mapping[str, Activity],
    *,
    zone: str,
    gettext: _Gettext,
) -> Sequence[Moment]:
    """Everything, the earliest first. `editions` by sha256 has all that the entries name. Four queries."""
    rows = Claim.objects.filter(participation=participation).select_related("live", "participation", "entry", "edition")
    claims = {one.uuid: one for one in rows.order_by("pk")}
    sheets = {one.uuid: one for one in EvaluationSheet.objects.filter(participation=participation)}
    file = _File(zone, gettext, editions, claims, standing.of_all(list(claims.values())), sheets)
    found = [_entry(one, file) for one in entries]
    found += [_consent(one, file) for one in ConsentEvent.objects.filter(participation=participation).order_by("pk")]
    found += _deliveries(participation, file)
    return sorted(found, key=lambda one: (_aware(one.at), not one.number, one.number))


def _entry(one: Entry, file: _File) -> Moment:
    payload = one.payload if isinstance(one.payload, Mapping) else {}
    claim = str(payload.get("claim", ""))
    return Moment(
        at=one.at,
        when=words.moment(one.at, file.zone),
        title=file.gettext(words.KINDS.get(one.kind, one.kind)),
        number=one.seq,
        edition=one.edition,
        facts=list(_facts(one, payload, file)),
        texts=list(_texts(one, payload, file)),
        answers=_answers(one, payload, file),
        claim=claim if claim in file.claims else "",
        look="bad" if one.kind is Kind.CREDIT_VOIDED else "good" if one.kind is Kind.CREDIT_CLAIMED else "none",
    )


def _facts(one: Entry, payload: Mapping[str, Any], file: _File) -> Iterator[tuple[str, str]]:
    """What the entry says in short: by kind first, then what staff said."""
    gettext, activity = file.gettext, file.editions.get(one.edition)
    claim = file.claims.get(str(payload.get("claim", "")))
    if claim is not None and one.kind in credits.ABOUT_CREDIT:
        yield from _credit(claim, file)
    if one.kind is Kind.ASSESSMENT_SUBMITTED and activity is not None:
        answered = texts.answers(activity.assessment.items, payload.get("responses"))
        scored = [each.right for each in answered if each.right is not None]
        yield gettext("Attempt"), str(payload.get("attempt", ""))
        yield gettext("Right answers"), f"{sum(scored)} / {len(scored)}"
    for name, title in (
        ("section", gettext("Section")),
        ("session", gettext("Session")),
        ("minutes", gettext("Minutes")),
        ("role", gettext("Role")),
        ("completed_on", gettext("Completed")),
        ("reason", gettext("Reason")),
        ("evidence", gettext("Evidence")),
        ("by", gettext("By")),
    ):
        value = payload.get(name)
        if value not in (None, "", credits.LEARNER) and not (name == "completed_on" and claim is not None):
            yield title, str(value)


def _credit(claim: Claim, file: _File) -> Iterator[tuple[str, str]]:
    gettext = file.gettext
    yield gettext("Credit"), words.amount(claim.amount, claim.system, gettext)
    yield gettext("Name as certified"), claim.name_certified
    yield gettext("Profession"), words.profession(claim.profession, gettext)
    yield gettext("Date of completion"), words.day(claim.completed_on)
    yield gettext("Certificate number"), certificate.number(claim)
    yield gettext("Standing"), gettext(standing.LABELS[file.standings[claim.pk]])


def _texts(one: Entry, payload: Mapping[str, Any], file: _File) -> Iterator[Shown]:
    activity, gettext = file.editions.get(one.edition), file.gettext
    if one.kind is Kind.DISCLOSURE_ACKNOWLEDGED and activity is not None:
        yield from texts.before_beginning(activity, gettext)
    claim = file.claims.get(str(payload.get("claim", "")))
    if claim is not None and one.kind in (Kind.CREDIT_CLAIMED, Kind.CREDIT_CORRECTED):
        yield Shown(gettext("What the learner attested"), [claim.statement], "en")
    if one.kind is Kind.REGRADED:
        yield Shown(gettext("The corrected key"), [json.dumps(payload.get("keys"), ensure_ascii=False)])


def _answers(one: Entry, payload: Mapping[str, Any], file: _File) -> Sequence[Answered]:
    activity = file.editions.get(one.edition)
    if activity is None:
        return ()
    if one.kind is Kind.BASELINE_SUBMITTED:
        return texts.answers(activity.baseline.items, payload.get("responses"))
    if one.kind is Kind.ASSESSMENT_SUBMITTED:
        return texts.answers(activity.assessment.items, payload.get("responses"))
    if one.kind is Kind.RETENTION_SUBMITTED:
        return texts.answers(retention.items(activity), payload.get("responses"))
    if one.kind is Kind.EVALUATION_SUBMITTED and payload.get("sheet") in file.sheets:
        return _evaluated(file.sheets[str(payload["sheet"])])
    return ()


def _evaluated(sheet: EvaluationSheet) -> Sequence[Answered]:
    """An identified evaluation; of an anonymous one there is no path back to anybody."""
    found: list[Answered] = []
    for text in (sheet.chosen, sheet.written):
        try:
            said = json.loads(text)
        except ValueError:
            continue
        for name, value in said.items() if isinstance(said, dict) else ():
            given = [str(one) for one in value] if isinstance(value, list) else [str(value)]
            found.append(Answered(str(name), given))
    return found


def _consent(one: ConsentEvent, file: _File) -> Moment:
    title = file.gettext("Permission given") if one.granted else file.gettext("Permission withdrawn")
    return Moment(
        at=one.at,
        when=words.moment(one.at, file.zone),
        title=title,
        facts=[(file.gettext("Purpose"), one.purpose)],
        texts=[Shown(file.gettext("The wording that was shown"), [one.text])] if one.text else [],
    )


def _deliveries(participation: Participation, file: _File) -> Iterator[Moment]:
    gettext = file.gettext
    rows = Delivery.objects.filter(participation=participation, claim__isnull=False).order_by("pk")
    for one in rows:
        facts = [
            (gettext("Receiver"), one.endpoint),
            (gettext("State"), gettext(words.SENT.get(one.state, one.state))),
            *([(gettext("Reason"), f"{one.reason} {one.detail}".strip())] if one.reason or one.detail else []),
            *([(gettext("Sent"), words.moment(one.sent_at, file.zone))] if one.sent_at else []),
            *([(gettext("Settled"), words.moment(one.settled_at, file.zone))] if one.settled_at else []),
        ]
        title = gettext("Taken back from a receiver") if one.operation == "delete" else gettext("Owed to a receiver")
        yield Moment(
            at=one.created_at, when=words.moment(one.created_at, file.zone), title=title, facts=facts,
            look=words.LOOKS.get(one.state, "none"),
        )  # fmt: skip


def _aware(at: object) -> datetime:
    """An instant to sort by; a damaged one comes first."""
    return at if isinstance(at, datetime) else datetime.min.replace(tzinfo=UTC)
