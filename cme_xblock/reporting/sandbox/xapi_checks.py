"""What the LRS desk has against statements. PURE.

Source: xAPI 1.0.3, Data 2.1 to 2.4 and 4.1. It knows the shapes that a CME statement may take, and refuses what else
the specification allows (groups, sub-statements, attachments), so that no such thing slips out unnoticed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cme_xblock.reporting.endpoints import xapi_statements

_PROPERTIES = {"id", "actor", "verb", "object", "result", "context", "timestamp", "version"}
_RESULT = {"score", "success", "completion", "response", "duration", "extensions"}
_CONTEXT = {"registration", "platform", "language", "contextActivities", "extensions", "statement"}
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s<>\"{}|\\^`]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class Rejection(ValueError):  # noqa: N818 - an answer to the sender, not an error of the receiver
    """The request is not taken; the text is the answer's message."""


def read(body: bytes) -> list[dict[str, Any]]:
    """The statements of a request: one, or a list of them. Raises Rejection, with the reason as the sender reads it."""
    try:
        data = xapi_statements.decode(body)
    except ValueError:
        raise Rejection("The body is not JSON") from None
    statements = data if isinstance(data, list) else [data]
    if not statements:
        raise Rejection("There is no statement")
    for one in statements:
        _statement(one)
    ids = [one["id"] for one in statements]
    if len(set(ids)) < len(ids):
        raise Rejection("Two statements have the same id")
    return statements


def at(seconds: float) -> str:
    """That instant as a statement has it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _statement(one: Any) -> None:
    _only(one, _PROPERTIES, {"id", "actor", "verb", "object"}, "statement")
    _need(re.fullmatch(r"[12]\.0(\.[0-9]+)?", str(one.get("version", "1.0"))), "version must be 1.0.x or 2.0.x")
    _need(isinstance(one["id"], str) and _UUID.fullmatch(one["id"]), "id must be a UUID")
    _actor(one["actor"])
    _only(one["verb"], {"id", "display"}, {"id"}, "verb")
    _iri(one["verb"]["id"], "verb.id")
    _words(one["verb"].get("display", {}), "verb.display")
    _object(one["object"])
    if "result" in one:
        _result(one["result"])
    if "context" in one:
        _context(one["context"])
    if "timestamp" in one:
        _instant(one["timestamp"])


def _actor(actor: Any) -> None:
    """An account and nothing else: an address or a name would be a leak, which is worse than a refusal."""
    _only(actor, {"objectType", "account"}, {"account"}, "actor")
    _need(actor.get("objectType", "Agent") == "Agent", "actor must be an Agent")
    _only(actor["account"], {"homePage", "name"}, {"homePage", "name"}, "actor.account")
    _iri(actor["account"]["homePage"], "actor.account.homePage")
    _need(isinstance(actor["account"]["name"], str) and actor["account"]["name"], "actor.account.name must be text")


def _object(thing: Any) -> None:
    _need(isinstance(thing, dict), "object must be an object")
    if thing.get("objectType") == "StatementRef":
        _only(thing, {"objectType", "id"}, {"id"}, "object")
        _need(isinstance(thing["id"], str) and _UUID.fullmatch(thing["id"]), "object.id must be a UUID")
    else:
        _activity(thing, "object")


def _activity(thing: Any, where: str) -> None:
    _only(thing, {"objectType", "id", "definition"}, {"id"}, where)
    _need(thing.get("objectType", "Activity") == "Activity", f"{where}.objectType must be Activity")
    _iri(thing["id"], f"{where}.id")
    definition = thing.get("definition", {})
    allowed = {"type", "name", "description", "moreInfo", "interactionType", "choices", "correctResponsesPattern"}
    _only(definition, allowed, set(), f"{where}.definition")
    if "type" in definition:
        _iri(definition["type"], f"{where}.definition.type")
    _words(definition.get("name", {}), f"{where}.definition.name")
    if "choices" in definition:
        ids = [one.get("id") for one in definition["choices"]]
        _need(len(set(ids)) == len(ids) and all(ids), f"{where}.definition.choices must have different ids")


def _result(result: Any) -> None:
    _only(result, _RESULT, set(), "result")
    for name in ("success", "completion"):
        _need(isinstance(result.get(name, True), bool), f"result.{name} must be true or false")
    _need(isinstance(result.get("response", ""), str), "result.response must be text")
    score = result.get("score", {})
    _only(score, {"scaled", "raw", "min", "max"}, set(), "result.score")
    _need(all(isinstance(one, Decimal) for one in score.values()), "result.score must hold numbers")
    _need(-1 <= score.get("scaled", 0) <= 1, "result.score.scaled must be from -1 to 1")
    raw = score.get("raw", score.get("min", 0))
    _need(score.get("min", raw) <= raw <= score.get("max", raw), "result.score.raw must be within min and max")
    _extensions(result.get("extensions", {}), "result.extensions")


def _context(context: Any) -> None:
    _only(context, _CONTEXT, set(), "context")
    kinds = context.get("contextActivities", {})
    _only(kinds, {"parent", "grouping", "category", "other"}, set(), "context.contextActivities")
    for name, found in kinds.items():
        _need(isinstance(found, list), f"context.contextActivities.{name} must be a list")
        for one in found:
            _activity(one, f"context.contextActivities.{name}")
    _need(_LANGUAGE.fullmatch(context.get("language", "en")), "context.language must be a language tag")
    _extensions(context.get("extensions", {}), "context.extensions")


def _extensions(found: Any, where: str) -> None:
    _need(isinstance(found, dict), f"{where} must be an object")
    for name in found:
        _iri(name, where)


def _only(value: Any, allowed: set[str], needed: set[str], where: str) -> None:
    _need(isinstance(value, dict), f"{where} must be an object")
    _need(value.keys() <= allowed, f"{where} has a property that does not belong there")
    _need(needed <= value.keys(), f"{where} lacks a property")
    _need(None not in value.values(), f"{where} has an empty property")


def _words(value: Any, where: str) -> None:
    _need(isinstance(value, Mapping), f"{where} must be a language map")
    for language, text in value.items():
        _need(_LANGUAGE.fullmatch(language) and isinstance(text, str), f"{where} must be a language map")


def _iri(value: Any, where: str) -> None:
    _need(isinstance(value, str) and _IRI.fullmatch(value), f"{where} must be an IRI")


def _instant(value: Any) -> None:
    try:
        _need(datetime.fromisoformat(value).tzinfo is not None, "timestamp must have a time zone")
    except (TypeError, ValueError):
        raise Rejection("timestamp must be ISO 8601 with a time zone") from None


def _need(fine: object, text: str) -> None:
    if not fine:
        raise Rejection(text)
