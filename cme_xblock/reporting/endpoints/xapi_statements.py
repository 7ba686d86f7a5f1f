"""xAPI statements: what a credit or an entry of the ledger becomes, and when two of them are the same. PURE.

A record is one statement or several that stand and fall together: a post-test is `completed`, `passed` or `failed`, and
`answered` for each item. Their ids follow from the record's key, so a second sending is known by them. The person is an
account with an opaque name; no statement holds a name, an address or what was answered in an evaluation.
Source: xAPI 1.0.3, Data; spec endpoints, part 3.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid5

from cme_xblock.activity.model import Activity, Item
from cme_xblock.participation import scoring
from cme_xblock.participation.entries import Kind
from cme_xblock.reporting.endpoints.base import Event, Record

# Fixed for ever, and no setting: with another base all ids would change, and all that was sent would be sent anew.
BASE = UUID("bd906a70-a93a-5e05-bb4b-fc7aeed9c90f")

CLAIM = "claim"
_SAYS = ("actor", "verb", "object", "result", "context")
_TESTS = {Kind.BASELINE_SUBMITTED: "pre", Kind.ASSESSMENT_SUBMITTED: "post"}
_DIGITS = 300
_PLACES = Decimal("0.0001")

Statement = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """Whose statements these are: the endpoint's name, and the platform's address, where accounts and things live."""

    endpoint: str
    home_page: str
    wire: Mapping[str, Any]

    def iri(self, text: str) -> str:
        """A constant of the wire, with the profile's IRI in its place."""
        return text.format(profile=self.wire["profile"])

    def extension(self, name: str) -> str:
        """The IRI of one of our extensions."""
        return f"{self.wire['profile']}/extensions/{name}"


def statement_id(endpoint: str, subject: str, kind: str, revision: int) -> str:
    """The id of a record's first statement: the same for the same arguments, whatever the settings say."""
    return str(uuid5(BASE, "\n".join((endpoint, subject, kind, str(revision)))))


def of(payload: Record | Event, site: Site) -> tuple[Statement, ...]:
    """The statements of a payload; for a deletion, those that void what it was. Never two with one id."""
    made = tuple(_earned(payload, site) if isinstance(payload, Record) else _followed(payload, site))
    if payload.operation == "delete":
        return tuple(_voiding(one["id"], site) for one in made)
    return made


def encode(value: object) -> str:
    """JSON with sorted keys, no spaces, and exact decimal numbers."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(key)}:{encode(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(encode(one) for one in value) + "]"
    if isinstance(value, Decimal):
        # What an LRS gives back is a stranger's: 1e999999999 written out would fill the memory.
        return format(value.normalize(), "f") if abs(value.adjusted()) < _DIGITS else str(value)
    return json.dumps(value, ensure_ascii=False)


def decode(text: bytes | str) -> Any:
    """The value of a JSON text, its numbers exact. Raises ValueError."""
    try:
        return json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_no_number)
    except (RecursionError, ArithmeticError) as error:
        raise ValueError("the JSON is nested too deeply, or a number in it is none") from error


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def same(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Whether the LRS holds what we say, by the hash of both. Where we give no time, it may have put its own."""
    timed = "timestamp" in ours
    return fingerprint(ours, timed=timed) == fingerprint(theirs, timed=timed)


def fingerprint(statement: Mapping[str, Any], *, timed: bool = True) -> str:
    """The SHA-256 of what a statement says, without what an LRS may add or rewrite.

    That is: who, verb, object, result, context and time. Not: `stored`, `authority`, `version`, and the words in
    `display` and `definition`, which an LRS may replace by its own. Source: xAPI 1.0.3, Data 2.3.1.
    """
    kept = {name: _bare(statement[name]) for name in _SAYS if statement.get(name)}
    if timed:
        kept["timestamp"] = _instant(statement.get("timestamp"))
    return hashlib.sha256(encode(kept).encode()).hexdigest()


def _earned(record: Record, site: Site) -> Iterator[Statement]:
    code = record.certificate_code
    facts = {
        "credit-type": record.system,
        "credit-amount": format(record.amount, "f"),
        "accreditor": str(record.activity.provider.accreditation),
        "certificate-id": hashlib.sha256(code.encode()).hexdigest() if code else "",
        "completed-on": record.completed_on.isoformat(),
    }
    told = site.wire["statements"][CLAIM]
    thing = _thing(_iri(record, site, told["object"], record.system), told, site, record.activity, detail=record.system)
    yield _statement(record.key, record, told["verb"], thing, site, record.claimed_at, facts, {"completion": True})


def _followed(event: Event, site: Site) -> Iterator[Statement]:
    told = site.wire["statements"][event.kind]
    if event.kind in _TESTS:
        yield from _tested(event, told, site)
    elif event.kind == Kind.CREDIT_CLAIMED:
        system = str(event.payload["system"])
        facts = {"credit-type": system, "statement-version": str(event.payload.get("wording", ""))}
        thing = _thing(_iri(event, site, told["object"], system), told, site, event.activity, detail=system)
        yield _statement(event.key, event, told["verb"], thing, site, event.at, facts, {})
    else:
        facts = {"content-hash": str(event.payload.get("disclosure", ""))} if event.kind == _DISCLOSURE else {}
        thing = _thing(_iri(event, site, told["object"]), told, site, event.activity)
        yield _statement(event.key, event, told["verb"], thing, site, event.at, facts, {"completion": True})


_DISCLOSURE = Kind.DISCLOSURE_ACKNOWLEDGED


def _tested(event: Event, told: Mapping[str, Any], site: Site) -> Iterator[Statement]:
    """The test as a whole, whether it was passed, and each item."""
    phase = _TESTS[Kind(event.kind)]
    iri = _iri(event, site, told["object"])
    thing = _thing(iri, told, site, event.activity)
    facts: dict[str, object] = {"phase": phase, "form-version": event.edition}
    if phase == "post":
        facts["attempt"] = str(event.payload.get("attempt", ""))
    score = _score(event.results)
    yield _statement(event.key, event, told["verb"], thing, site, event.at, facts, {"completion": True, **score})
    if phase == "post" and "passed" in event.results:
        passed = bool(event.results["passed"])
        result = {"completion": True, "success": passed, **score}
        verb = "passed" if passed else "failed"
        yield _statement(_part(event, "judged"), event, verb, thing, site, event.at, facts, result)
    if site.wire["items"]:
        part = event.activity.baseline if phase == "pre" else event.activity.assessment
        yield from _answered(event, part.items, thing, facts, site)


def _answered(
    event: Event, items: tuple[Item, ...], test: Mapping[str, Any], facts: Mapping[str, object], site: Site
) -> Iterator[Statement]:
    responses = event.payload.get("responses") or {}
    right = scoring.score(items, responses).per_item
    for item in items:
        if item.id not in responses:
            continue
        definition = {
            "type": site.iri(site.wire["types"]["item"]),
            "interactionType": "choice",
            "choices": [{"id": one.id} for one in item.options],
        }
        iri = f"{test['id']}/items/{quote(item.id, safe='')}"
        thing = {"objectType": "Activity", "id": iri, "definition": definition}
        result: dict[str, object] = {"response": "[,]".join(responses[item.id])}
        if item.id in right:
            result["success"] = right[item.id]
        more = {**facts, "item-version": event.edition, "pair-id": item.pair_id}
        one = _statement(_part(event, f"item:{item.id}"), event, "answered", thing, site, event.at, more, result)
        one["context"]["contextActivities"]["parent"] = [{"objectType": "Activity", "id": test["id"]}]
        yield one


def _statement(
    name: str,
    payload: Record | Event,
    verb: str,
    thing: Mapping[str, Any],
    site: Site,
    at: datetime,
    facts: Mapping[str, object],
    result: Mapping[str, Any],
) -> Statement:
    profile = {
        "objectType": "Activity",
        "id": site.wire["profile"],
        "definition": {"type": site.iri(site.wire["types"]["profile"])},
    }
    told = {"edition": payload.edition, "course": payload.course_key, **facts}
    if payload.revision > 1:
        told["revision"] = str(payload.revision)
    statement: Statement = {
        "id": name,
        "actor": {"objectType": "Agent", "account": {"homePage": site.home_page, "name": payload.learner}},
        "verb": _verb(verb, site),
        "object": dict(thing),
        "timestamp": _written(at),
        "context": {
            "platform": "Open edX",
            "language": payload.activity.language,
            "contextActivities": {"grouping": [_activity(payload, site)], "category": [profile]},
            "extensions": {site.extension(key): value for key, value in told.items() if value},
        },
    }
    if result:
        statement["result"] = dict(result)
    return statement


def _voiding(name: str, site: Site) -> Statement:
    """The statement that takes another one back. It speaks for the platform and names no learner."""
    return {
        "id": str(uuid5(UUID(name), "void")),
        "actor": {"objectType": "Agent", "account": {"homePage": site.home_page, "name": site.endpoint}},
        "verb": _verb("voided", site),
        "object": {"objectType": "StatementRef", "id": name},
    }


def _verb(name: str, site: Site) -> dict[str, Any]:
    return {"id": site.iri(site.wire["verbs"][name]), "display": {site.wire["language"]: name}}


def _thing(
    iri: str, told: Mapping[str, Any], site: Site, activity: Activity, *, detail: str = ""
) -> dict[str, Any]:
    name = f"{told['name']} ({detail})" if detail else told["name"]
    kind = site.iri(site.wire["types"][told["type"]])
    return {
        "objectType": "Activity",
        "id": iri,
        "definition": {"type": kind, "name": {site.wire["language"]: f"{name}: {activity.title}"}},
    }


def _activity(payload: Record | Event, site: Site) -> dict[str, Any]:
    definition = {
        "type": site.iri(site.wire["types"]["activity"]),
        "name": {payload.activity.language: payload.activity.title},
    }
    return {"objectType": "Activity", "id": _iri(payload, site), "definition": definition}


def _iri(payload: Record | Event, site: Site, *parts: str) -> str:
    """The IRI of the activity, or of something in it, at the platform's address."""
    names = ("courses", payload.course_key, "cme", payload.activity_id, *parts)
    return "/".join((site.home_page.rstrip("/"), *(quote(one, safe=":+") for one in names)))


def _part(event: Event, name: str) -> str:
    return str(uuid5(UUID(event.key), name))


def _score(results: Mapping[str, Any]) -> dict[str, Any]:
    """Raw within 0 and the number of items, scaled from 0 to 1; {} where nothing was scored."""
    if not results.get("total"):
        return {}
    score = {
        "raw": Decimal(results["correct"]),
        "min": Decimal(0),
        "max": Decimal(results["total"]),
        "scaled": Decimal(results["scaled"]).quantize(_PLACES),
    }
    return {"score": score}


def _written(at: datetime) -> str:
    """ISO 8601 in UTC to the millisecond, which every LRS keeps."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _instant(text: object) -> str:
    """The same instant always written the same, however the LRS writes it; "" where it is none."""
    try:
        return _written(datetime.fromisoformat(str(text)))
    except ValueError:
        return ""


def _bare(value: Any) -> Any:
    """A part of a statement without the words that an LRS may replace."""
    if isinstance(value, Mapping):
        return {key: _bare(one) for key, one in value.items() if key not in ("display", "definition")}
    if isinstance(value, list | tuple):
        return [_bare(one) for one in value]
    return value
