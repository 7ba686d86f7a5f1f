"""Items as a form, and as feedback. A form never holds a key, a rationale, or anything that tells them apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity, Item, Option
from cme_xblock.activity.remembered import remembered
from cme_xblock.participation import scoring
from cme_xblock.parts import templating
from cme_xblock.parts.visit import Visit

Responses = Mapping[str, Sequence[str]]


def form(visit: Visit, items: Sequence[Item], *, attempt: str, shuffled: tuple[bool, bool]) -> list[dict[str, Any]]:
    """The items as a learner answers them, with the draft's answers chosen.

    `attempt` names the form ("baseline", "assessment:2"); the same learner gets the same order each time.
    `shuffled`: whether items and options are in an order of their own.
    """
    seed = f"{visit.edition}:{visit.setting.visitor.learner_id}:{attempt}"
    drafted = visit.setting.draft(attempt)
    shuffle_items, shuffle_options = shuffled
    ordered = scoring.order(items, seed) if shuffle_items else tuple(items)
    return [
        {
            "id": item.id,
            "stem": item.stem,
            "several": item.kind is ItemKind.MULTIPLE,
            "options": [
                _choice(visit, item, one, one.id in drafted.get(item.id, ()))
                for one in (scoring.order_options(item, f"{seed}:{item.id}") if shuffle_options else item.options)
            ],
        }
        for item in ordered
    ]


def _choice(visit: Visit, item: Item, option: Option, chosen: object) -> SafeString:
    """One option's HTML: made once for each edition, because a form has dozens and they differ by their order only."""
    made = _choices(visit.activity)
    name = (item.id, option, bool(chosen), visit.author)
    if name not in made:
        control = "checkbox" if item.kind is ItemKind.MULTIPLE else "radio"
        values = {"item": item, "option": option, "control": control, "chosen": chosen}
        made[name] = templating.render("choice.html", visit.values(values))
    return made[name]


@remembered
def _choices(activity: Activity) -> dict[tuple[str, Option, bool, str], SafeString]:
    """What was made of an activity's options so far."""
    return {}


def feedback(visit: Visit, activity: Activity, responses: Responses, before: Responses) -> list[dict[str, Any]]:
    """Each scored item with the learner's answer, the key, the rationale, its sources, and the baseline's answer."""
    citations = {one.id: one.citation for one in activity.references}
    twins = {one.pair_id: one for one in activity.baseline.items if one.pair_id}
    return [
        {
            "stem": item.stem,
            "options": [
                {"text": one.text, "key": one.correct, "chosen": one.id in responses.get(item.id, ())}
                for one in item.options
            ],
            "rationale": item.rationale,
            "references": [citations[cite] for cite in item.references if cite in citations],
            "before": _before(visit, twins.get(item.pair_id), before),
        }
        for item in activity.assessment.items
        if item.scored
    ]


def _before(visit: Visit, twin: Item | None, before: Responses) -> str:
    if twin is None or twin.id not in before:
        return ""
    if frozenset(before[twin.id]) == twin.key:
        return visit.text(BEFORE_RIGHT)
    return visit.text(BEFORE_WRONG)


BEFORE_RIGHT = N_("In the baseline you answered the twin of this question right.")
BEFORE_WRONG = N_("In the baseline you answered the twin of this question differently.")
