"""One learner's line of an audit file: does its chain hold, and do claims and evaluations say what the chain says?

The same questions that `cme_verify` asks the database, asked of text that a stranger may have written: nothing here
raises for what a line holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from cme_xblock.activity import canonical
from cme_xblock.activity.jcs import ActivityError
from cme_xblock.evidence import layout
from cme_xblock.participation import claimed, credits, entries
from cme_xblock.participation.entries import Entry, Kind

_MAKES_CLAIM = frozenset({Kind.CREDIT_CLAIMED, Kind.CREDIT_CORRECTED})
# What a learner does with the education itself: none of it before the disclosures were acknowledged.
_ENGAGED = frozenset(
    {Kind.BASELINE_SUBMITTED, Kind.CONTENT_COMPLETED, Kind.ASSESSMENT_SUBMITTED, Kind.ATTENDANCE_RECORDED}
)


@dataclass(frozen=True)
class Fault:
    """One thing that does not hold. `about`: chain, claim, shown or evaluation."""

    about: str
    message: str


@dataclass
class Found:
    """What a line has, and what is wrong with it.

    `acknowledged`: the disclosures, once at least; `late`: after something of the education was done, or never.
    """

    entries: int = 0
    claims: int = 0
    acknowledged: bool = False
    late: bool = False
    faults: list[Fault] = field(default_factory=list)


def check(line: Mapping[str, Any], known: Mapping[str, Collection[str]]) -> Found:
    """Everything that can be proved of one line. `known`: the hashes of editions, disclosures and wordings there."""
    found = Found()
    name = line.get("participation")
    where = f"learner {name}" if isinstance(name, str) else "a learner without a number"
    if line.keys() != layout.LINE or not isinstance(name, str):
        found.faults.append(Fault("chain", f"{where}: the line lacks something, or has something that no line has."))
        return found
    rows = line["entries"]
    chain = [_entry(one) for one in rows] if isinstance(rows, list) else [None]
    whole = [one for one in chain if one is not None]
    if len(whole) < len(chain):
        found.faults.append(Fault("chain", f"{where}: an entry is in a form that was never written."))
        return found
    found.entries = len(whole)
    found.faults += [Fault("chain", f"{where}: {one}") for one in _chain(name, whole, layout.head(line))]
    found.faults += [Fault("shown", f"{where}: {one}") for one in _shown(whole, known)]
    found.late = is_late(whole)
    found.acknowledged = any(one.kind is Kind.DISCLOSURE_ACKNOWLEDGED for one in whole)
    claims = line["claims"] if isinstance(line["claims"], list) else [None]
    found.claims = len(claims)
    found.faults += [Fault("claim", f"{where}: {one}") for one in _claims(claims, whole)]
    found.faults += [Fault("shown", f"{where}: {one}") for one in _unworded(claims, known)]
    sealed = line["sealed"] is True
    found.faults += [Fault("evaluation", f"{where}: {one}") for one in _evaluations(line, whole, sealed=sealed)]
    return found


def _entry(data: Any) -> Entry | None:
    """The entry in a line; None for what is none."""
    if not isinstance(data, dict) or data.keys() != layout.ENTRY:
        return None
    texts = [data[one] for one in ("kind", "edition", "at", "prev", "hash")]
    if type(data["seq"]) is not int or not isinstance(data["payload"], dict):
        return None
    if not all(isinstance(one, str) for one in texts):
        return None
    try:
        kind, at = Kind(data["kind"]), datetime.fromisoformat(data["at"])
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    return Entry(data["seq"], kind, data["edition"], at, data["payload"], data["prev"], data["hash"])


def _chain(name: str, chain: list[Entry], head: tuple[object, object]) -> Iterator[str]:
    yield from (str(one) for one in entries.verify(name, chain))
    last = (chain[-1].seq, chain[-1].hash) if chain else (0, entries.GENESIS)
    if last != head:
        yield "The chain does not end where its head says: entries are missing at the end, or the head was changed."


def _shown(chain: list[Entry], known: Mapping[str, Collection[str]]) -> Iterator[str]:
    for one in chain:
        if one.edition not in known[layout.EDITIONS]:
            yield f"Entry {one.seq} is of an edition that is not in the file."
        if one.kind is Kind.DISCLOSURE_ACKNOWLEDGED and one.payload.get("disclosure") not in known[layout.DISCLOSURES]:
            yield f"Entry {one.seq} acknowledges disclosures that are not in the file."


def is_late(chain: Iterable[Entry]) -> bool:
    """Whether somebody took part before the disclosures were acknowledged. Source: spec R-1.5."""
    for one in chain:
        if one.kind is Kind.DISCLOSURE_ACKNOWLEDGED:
            return False
        if one.kind in _ENGAGED:
            return True
    return False


def _unworded(claims: list[Any], known: Mapping[str, Collection[str]]) -> Iterator[str]:
    for one in claims:
        facts = one.get("facts") if isinstance(one, dict) else None
        if isinstance(facts, dict) and _facts(facts) and facts["wording"] not in known[layout.WORDINGS]:
            yield f"The wording that claim {facts['uuid']} attests to is not in the file."


def _claims(claims: list[Any], chain: list[Entry]) -> Iterator[str]:
    folded = credits.fold(chain)
    by_seq = {one.seq: one for one in chain}
    attested: set[int] = set()
    there: set[str] = set()
    for one in claims:
        if not isinstance(one, dict) or one.keys() != {"facts", "hash", "entry", "live"} or not _facts(one["facts"]):
            yield "A claim is in a form that was never written."
            continue
        facts, entry = one["facts"], by_seq.get(one["entry"]) if type(one["entry"]) is int else None
        there.add(facts["uuid"])
        if entry is None or entry.kind not in _MAKES_CLAIM or not _same(facts, entry):
            yield f"Claim {facts['uuid']} says something else than the entry that attested it."
        else:
            attested.add(entry.seq)
            if _fingerprint(facts, entry.hash) != one["hash"]:
                yield f"Claim {facts['uuid']} was changed: it has another hash than when it was written."
        if folded.is_live(facts["uuid"]) is not one["live"]:
            yield f"Claim {facts['uuid']} counts by its mark or by the entries, and not by both."
    if len(there) < len(claims):
        yield "A claim stands there twice."
    for entry in chain:
        if entry.kind in _MAKES_CLAIM and entry.seq not in attested:
            yield f"Entry {entry.seq} claims credit, and its claim is missing or another one."


def _facts(data: Any) -> bool:
    return (
        isinstance(data, dict)
        and data.keys() == set(claimed.FACTS)
        and all(isinstance(one, str) for one in data.values())
    )


def _same(facts: Mapping[str, str], entry: Entry) -> bool:
    names = {"uuid": "claim", **{one: one for one in ("system", "profession", "completed_on", "wording")}}
    if entry.kind is Kind.CREDIT_CORRECTED:
        names |= {"replaces": "replaces", "change": "change"}
    if any(entry.payload.get(said) != facts[fact] for fact, said in names.items()):
        return False
    try:
        return Decimal(str(entry.payload.get("amount"))) == Decimal(facts["amount"])
    except InvalidOperation:
        return False


def _fingerprint(facts: Mapping[str, str], entry: str) -> str:
    try:
        return claimed.fingerprint(facts, entry=entry)
    except (ValueError, KeyError):
        return ""


def _evaluations(line: Mapping[str, Any], chain: list[Entry], *, sealed: bool) -> Iterator[str]:
    """Evaluations with a name against the entries that have their hashes. Retirement takes the words and the salt."""
    given = line["evaluations"]
    sheets = {str(one.get("uuid")): one for one in given if isinstance(one, dict)} if isinstance(given, list) else {}
    for one in chain:
        if one.kind is not Kind.EVALUATION_SUBMITTED or "sheet" not in one.payload:
            continue
        sheet = sheets.pop(str(one.payload["sheet"]), None)
        if sheet is None:
            yield f"The evaluation that entry {one.seq} names is not there."
        elif not (sealed and not sheet.get("salt")) and _digest(sheet) != one.payload.get("sha256"):
            yield f"The evaluation that entry {one.seq} names was changed."
    if sheets or not isinstance(given, list):
        yield "There is an evaluation that no entry names."


def _digest(data: object) -> str:
    try:
        return canonical.digest(data)
    except ActivityError:
        return ""
