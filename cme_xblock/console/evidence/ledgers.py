"""The learners of one activity, one line each, as the verifier reads them; and what adds up on the way.

Read in pages, so that memory does not grow with them. A line has no account and no identifier: a learner is a random
number, and a name where credit was certified under it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cme_xblock.evidence import learner
from cme_xblock.participation.entries import Kind
from cme_xblock.records import claims
from cme_xblock.records.models import (
    Claim,
    Delivery,
    DeliveryAttempt,
    DeliveryDecision,
    EntryRow,
    EvaluationSheet,
    Participation,
)
from cme_xblock.records.models.base import instant_text

__all__ = ["PAGE", "Line", "Tally", "lines"]

PAGE = 500
# What changed something that was written before, or says that something went wrong.
CORRECTIONS = frozenset(
    {
        Kind.CREDIT_CORRECTED,
        Kind.CREDIT_VOIDED,
        Kind.ATTEMPTS_RESET,
        Kind.REGRADED,
        Kind.ATTENDANCE_WITHDRAWN,
    }
)
_SOME = 20


@dataclass
class Tally:
    """What the walk counted. `late`: took part before or without acknowledging; `some_late`: the first of them.

    `unshown`: claims or acknowledgements of a text that no edition of the activity gives.
    """

    participations: int = 0
    entries: int = 0
    claims: int = 0
    acknowledged: int = 0
    engaged: int = 0
    late: int = 0
    some_late: list[str] = field(default_factory=list)
    unshown: int = 0
    damaged: int = 0
    some_damaged: list[str] = field(default_factory=list)
    evaluated: int = 0
    assessed: int = 0
    sealed: int = 0
    simulated: int = 0
    live: Counter[tuple[str, str]] = field(default_factory=Counter)
    credit: dict[str, Any] = field(default_factory=dict)
    superseded: int = 0
    corrections: int = 0
    incidents: int = 0
    deliveries: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True)
class Line:
    """One learner: the line of the ledger, the rows of the list of participants, and those of corrections."""

    data: dict[str, Any]
    participants: tuple[tuple[Any, ...], ...]
    corrections: tuple[tuple[Any, ...], ...]


PARTICIPANTS = (
    *("participation", "name_certified", "profession", "system", "amount", "completed_on", "claimed_at"),
    *("certificate", "counts", "change", "acknowledged_at", "began_at"),
)
CORRECTED = ("participation", "entry", "at", "kind", "reason", "by", "evidence", "details")


def lines(activity_key: str, known: Mapping[str, Any], tally: Tally, *, page: Callable[[], None]) -> Iterator[Line]:
    """Every learner who is no test, in the order in which they began. `known`: as of `learner.check`.

    `page` is called behind each page. Seven queries for 500 learners.
    """
    rows = Participation.objects.filter(activity_key=activity_key, is_test=False).order_by("pk")
    last = 0
    while some := list(rows.filter(pk__gt=last)[:PAGE]):
        last = some[-1].pk
        yield from _page(some, known, tally)
        page()


def _page(some: Sequence[Participation], known: Mapping[str, Any], tally: Tally) -> Iterator[Line]:
    pks = [one.pk for one in some]
    entries: dict[int, list[EntryRow]] = {pk: [] for pk in pks}
    found = EntryRow.objects.filter(participation_id__in=pks).select_related("edition").defer("edition__canonical")
    for row in found.order_by("participation_id", "seq"):
        entries[row.participation_id].append(row)
    claimed: dict[int, list[Claim]] = {pk: [] for pk in pks}
    for claim in Claim.objects.filter(participation_id__in=pks).select_related("live", "replaces").order_by("pk"):
        claimed[claim.participation_id].append(claim)
    sheets: dict[int, list[EvaluationSheet]] = {pk: [] for pk in pks}
    for sheet in EvaluationSheet.objects.filter(participation_id__in=pks).order_by("pk"):
        sheets[sheet.participation_id].append(sheet)
    sent = _deliveries(pks)
    for one in some:
        line = {
            "participation": one.uuid,
            "started_at": _at(one.started_at),
            "sealed": one.sealed_at is not None,
            "test": False,
            "head": {"seq": one.head_seq, "hash": one.head_hash},
            "entries": [_entry(row) for row in entries[one.pk]],
            "claims": [_claim(each, entries[one.pk]) for each in claimed[one.pk]],
            "evaluations": [
                {name: getattr(sheet, name) for name in ("uuid", "salt", "chosen", "written")}
                for sheet in sheets[one.pk]
            ],
            "deliveries": sent.get(one.pk, []),
        }
        yield _counted(one, line, claimed[one.pk], tally, known)


def _counted(
    one: Participation, line: dict[str, Any], claimed: Sequence[Claim], tally: Tally, known: Mapping[str, Any]
) -> Line:
    """The same line with what it adds to the tally, and the rows of both lists."""
    found = learner.check(line, known)
    chain = line["entries"]
    tally.participations += 1
    tally.entries += len(chain)
    tally.claims += len(claimed)
    tally.acknowledged += found.acknowledged
    tally.late += found.late
    if found.late and len(tally.some_late) < _SOME:
        tally.some_late.append(one.uuid)
    tally.unshown += sum(fault.about == "shown" for fault in found.faults)
    broken = any(fault.about in ("chain", "claim", "evaluation") for fault in found.faults)
    tally.damaged += broken
    if broken and len(tally.some_damaged) < _SOME:
        tally.some_damaged.append(one.uuid)
    kinds = Counter(each["kind"] for each in chain)
    tally.evaluated += Kind.EVALUATION_SUBMITTED in kinds
    tally.assessed += Kind.ASSESSMENT_SUBMITTED in kinds
    tally.sealed += line["sealed"]
    tally.simulated += one.learner_id.startswith("simulated")
    tally.incidents += kinds[Kind.INCIDENT_RECORDED]
    for claim in claimed:
        if claim.is_live:
            tally.live[claim.system, claim.profession] += 1
            tally.credit[claim.system] = tally.credit.get(claim.system, 0) + claim.amount
        else:
            tally.superseded += 1
    for each in line["deliveries"]:
        tally.deliveries[each["endpoint"], each["state"]] += 1
    corrections = tuple(_correction(one.uuid, each) for each in chain if Kind(each["kind"]) in CORRECTIONS)
    tally.corrections += len(corrections)
    incidents = tuple(_correction(one.uuid, each) for each in chain if each["kind"] == Kind.INCIDENT_RECORDED)
    return Line(line, _participants(one, chain, claimed), corrections + incidents)


def _participants(
    one: Participation, chain: Sequence[Mapping[str, Any]], claimed: Sequence[Claim]
) -> tuple[tuple[Any, ...], ...]:
    """A row for each claim; one without credit for whoever has none."""
    acknowledged = next((each["at"] for each in chain if each["kind"] == Kind.DISCLOSURE_ACKNOWLEDGED), "")
    began = next((each["at"] for each in chain if each["kind"] != Kind.DISCLOSURE_ACKNOWLEDGED), "")
    if not claimed:
        return ((one.uuid, *[""] * (len(PARTICIPANTS) - 3), acknowledged, began),)
    return tuple(
        (
            one.uuid,
            claim.name_certified,
            claim.profession,
            claim.system,
            format(claim.amount, "f"),
            claim.completed_on.isoformat(),
            _at(claim.claimed_at),
            claim.uuid,
            "yes" if claim.is_live else "no",
            claim.change,
            acknowledged,
            began,
        )
        for claim in claimed
    )


def _correction(uuid: str, entry: Mapping[str, Any]) -> tuple[Any, ...]:
    payload = entry["payload"]
    named = ("reason", "by", "evidence")
    rest = {name: value for name, value in payload.items() if name not in named}
    told = json.dumps(rest, ensure_ascii=False, sort_keys=True)
    return (uuid, entry["seq"], entry["at"], entry["kind"], *(str(payload.get(name, "")) for name in named), told)


def _entry(row: EntryRow) -> dict[str, Any]:
    return {
        "seq": row.seq,
        "kind": row.kind,
        "edition": row.edition.sha256,
        "at": _at(row.at),
        "payload": json.loads(row.payload),
        "prev": row.prev,
        "hash": row.hash,
    }


def _claim(claim: Claim, entries: Sequence[EntryRow]) -> dict[str, Any]:
    seq = next((row.seq for row in entries if row.pk == claim.entry_id), 0)
    return {"facts": claims.facts(claim), "hash": claim.hash, "entry": seq, "live": claim.is_live}


_DELIVERY = (
    *("uuid", "subject", "endpoint", "kind", "operation", "revision", "credit_id", "state", "reason", "detail"),
    *("created_at", "sent_at", "settled_at"),
)
_ATTEMPT = (
    *("number", "action", "started_at", "ended_at", "outcome", "reason", "http_status", "excerpt", "batch"),
    *("request_hash", "answer_hash"),
)
_DECISION = ("action", "by", "reason", "before", "at")


def _deliveries(pks: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """What was owed for these learners, with every attempt and what its receiver answered."""
    rows = list(Delivery.objects.filter(participation_id__in=pks).order_by("pk"))
    ours = [row.pk for row in rows]
    attempts: dict[int, list[dict[str, Any]]] = {}
    for one in DeliveryAttempt.objects.filter(delivery_id__in=ours).order_by("pk"):
        attempts.setdefault(one.delivery_id, []).append(_said(one, _ATTEMPT))
    decided: dict[int | None, list[dict[str, Any]]] = {}
    for decision in DeliveryDecision.objects.filter(delivery_id__in=ours).order_by("pk"):
        decided.setdefault(decision.delivery_id, []).append(_said(decision, _DECISION))
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        told = {**_said(row, _DELIVERY), "attempts": attempts.get(row.pk, []), "decisions": decided.get(row.pk, [])}
        found.setdefault(row.participation_id or 0, []).append(told)
    return found


def _said(row: Any, names: Sequence[str]) -> dict[str, Any]:
    return {name: _at(value) if isinstance(value := getattr(row, name), datetime) else value for name in names}


def _at(at: datetime | str) -> str:
    return instant_text(at) if isinstance(at, datetime) else str(at)
