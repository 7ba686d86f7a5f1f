"""Items as a form, and as feedback. A form never holds a key, a rationale, or anything that tells them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity, Item, Option
from cme_xblock.pages import templating
from cme_xblock.participation import confidence, scoring
from cme_xblock.parts.visit import Visit

Responses = Mapping[str, Sequence[str]]


def form(
    visit: Visit, items: Sequence[Item], *, attempt: str, shuffled: tuple[bool, bool], sure: bool = False
) -> list[dict[str, Any]]:
    """The items as a learner answers them, with the draft's answers chosen.

    `attempt` names the form ("baseline", "assessment:2"); the same learner gets the same order each time.
    `shuffled`: whether items and options are in an order of their own. `sure`: whether the learner is asked beside each
    answer how sure they are of it.
    """
    seed = f"{visit.edition}:{visit.setting.visitor.learner_id}:{attempt}"
    drafted = visit.setting.draft(attempt)
    shuffle_items, shuffle_options = shuffled
    ordered = scoring.order(items, seed) if shuffle_items else tuple(items)
    return [
        {
            "id": item.id,
            "error": f"{visit.setting.prefix}-{attempt.partition(':')[0]}-{number}-e",
            "sure": _sure(visit, item, number, drafted) if sure and item.scored else "",
            "legend": _question(visit, item, number, len(ordered)),
            "options": templating.joined(
                _choice(visit, item, one, one.id in drafted.get(item.id, ()))
                for one in (scoring.order_options(item, f"{seed}:{item.id}") if shuffle_options else item.options)
            ),
        }
        for number, item in enumerate(ordered, start=1)
    ]


def _question(visit: Visit, item: Item, number: int, total: int) -> SafeString:
    """An item's stem with its number."""
    values = {"item": item, "number": number, "total": total, "several": item.kind is ItemKind.MULTIPLE}
    key = (item.id, item.stem, number, total, visit.setting.language.code)
    return templating.made_once(visit.activity, "question.html", key, lambda: visit.common(values))


def _choice(visit: Visit, item: Item, option: Option, chosen: bool) -> SafeString:
    """One option's HTML. A form has dozens, and for another learner they differ by their order only."""
    control = "checkbox" if item.kind is ItemKind.MULTIPLE else "radio"
    values = {"item": item, "option": option, "control": control, "chosen": chosen}
    key = (item.id, option, control, chosen, visit.author)
    return templating.made_once(visit.activity, "choice.html", key, lambda: visit.common(values))


def _sure(visit: Visit, item: Item, number: int, drafted: Responses) -> SafeString:
    """The scale on which a learner says how sure they are of the answer above it."""
    name = confidence.PREFIX + item.id
    chosen = "".join(drafted.get(name, ()))
    scale = [{"id": one.id, "text": visit.text(one.text), "on": one.id == chosen} for one in confidence.scale()]
    values = {"item": item, "name": name, "number": number, "choices": scale}
    key = (item.id, number, chosen, visit.setting.language.code)
    return templating.made_once(visit.activity, "sure.html", key, lambda: visit.common(values))


def feedback(visit: Visit, activity: Activity, responses: Responses, before: Responses) -> list[SafeString]:
    """Each scored item with the learner's answer, the key, the rationale, its sources, and the baseline's answer."""
    twins = {one.pair_id: one for one in activity.baseline.items if one.pair_id}
    return [
        _reasons(visit, activity, number, responses.get(item.id, ()), _before(visit, twins.get(item.pair_id), before))
        for number, item in enumerate(activity.assessment.items)
        if item.scored
    ]


def _reasons(visit: Visit, activity: Activity, number: int, given: Sequence[str], before: str) -> SafeString:
    """The feedback on one item, by its place in the assessment, and `before`: a sentence about its twin."""
    item = activity.assessment.items[number]
    chosen = tuple(one.id in given for one in item.options)

    def values() -> dict[str, object]:
        citations = {one.id: one.citation for one in activity.references}
        options = zip(item.options, chosen, strict=True)
        return visit.common(
            {
                "item": item,
                "options": [{"text": one.text, "key": one.correct, "chosen": is_chosen} for one, is_chosen in options],
                "references": [citations[cite] for cite in item.references if cite in citations],
                "before": before,
            }
        )

    key = (number, chosen, before, visit.setting.language.code)
    return templating.made_once(activity, "reasons.html", key, values)


def _before(visit: Visit, twin: Item | None, before: Responses) -> str:
    if twin is None or twin.id not in before:
        return ""
    if frozenset(before[twin.id]) == twin.key:
        return visit.text(BEFORE_RIGHT)
    return visit.text(BEFORE_WRONG)


BEFORE_RIGHT = N_("In the baseline you answered the twin of this question right.")
BEFORE_WRONG = N_("In the baseline you answered the twin of this question differently.")
