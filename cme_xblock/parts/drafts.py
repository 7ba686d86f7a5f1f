"""Unsent answers, kept in the learner's own state so that a closed laptop loses nothing. No record, no credit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cme_xblock.activity.message import N_, Message
from cme_xblock.participation import confidence, evaluation, retention
from cme_xblock.participation.decide import Refusal
from cme_xblock.participation.progress import Part, Status
from cme_xblock.parts.visit import Visit

_REFUSED = Message(N_("There is nothing to keep for this part at the moment."))
_UNKNOWN = Message(N_("The draft holds an answer that is not offered here. Reload the page."))


def key(visit: Visit, part: Part) -> str:
    """The name of a part's form: the assessment has one for each attempt."""
    return f"assessment:{len(visit.progress.attempts) + 1}" if part is Part.ASSESSMENT else part.value


def parse(visit: Visit, part: Part, data: Mapping[str, Any]) -> dict[str, list[str]] | Refusal:
    """The answers in a request, if the part is open and each is an option that it offers."""
    if part is Part.EVALUATION and visit.progress.is_open(part):
        kept = evaluation.drafted(visit.activity, data.get("responses"))
        return Refusal("no_draft", _REFUSED) if kept is None else kept
    items = {
        Part.BASELINE: visit.activity.baseline.items,
        Part.ASSESSMENT: visit.activity.assessment.items,
        Part.RETENTION: retention.items(visit.activity),
    }.get(part)
    given = data.get("responses")
    if items is None or visit.progress.state(part).status is not Status.OPEN or not isinstance(given, dict):
        return Refusal("no_draft", _REFUSED)
    offered = {item.id: {one.id for one in item.options} for item in items}
    for item, chosen in given.items():
        known = offered.get(item)
        if known is None or not isinstance(chosen, list) or len(chosen) > len(known):
            return Refusal("unknown_answer", _UNKNOWN)
        if not all(isinstance(one, str) and one in known for one in chosen):
            return Refusal("unknown_answer", _UNKNOWN)
    sure = confidence.drafted(items, data.get("sure") or {})
    if sure is None:
        return Refusal("unknown_answer", _UNKNOWN)
    return {item: list(chosen) for item, chosen in given.items()} | sure


def including(drafts: Mapping[str, Any], visit: Visit, part: Part, kept: Mapping[str, list[str]]) -> dict[str, Any]:
    """The drafts with this one in it; those of earlier attempts go."""
    return {**without(drafts, part), key(visit, part): dict(kept)}


def without(drafts: Mapping[str, Any], part: Part) -> dict[str, Any]:
    """The drafts without any of that part."""
    return {name: one for name, one in drafts.items() if name.split(":")[0] != part.value}
