"""Baseline and assessment side by side, and advice on the questions, each with the way to its field.

Advice is no finding: it never keeps an activity closed, and nobody has to answer it.
"""

from __future__ import annotations

from typing import Any

from cme_xblock.activity import richtext
from cme_xblock.activity.model import Activity, Item
from cme_xblock.host.language import Language
from cme_xblock.rules import advice
from cme_xblock.studio.findings import path_of

_LONGEST = 110


def rows(language: Language, activity: Activity) -> list[dict[str, Any]]:
    """The two columns: a pair in each line, or a question without a twin."""
    gettext = language.gettext
    paths = {id(one): f"{half}.items.{index}" for half, items in _halves(activity) for index, one in enumerate(items)}
    return [
        {
            "pair": row.pair_id,
            "before": _cell(row.baseline, paths),
            "after": _cell(row.assessment, paths),
            "notes": [one.message.format(gettext) for one in row.notes],
        }
        for row in advice.pairs(activity).rows
    ]


def remarks(language: Language, activity: Activity) -> list[dict[str, str]]:
    """All advice, in the order of the questions."""
    gettext = language.gettext
    found = [
        {
            "at": path_of(activity, one.where),
            "text": one.message.format(gettext),
            "reason": one.reason.format(gettext),
            "source": gettext(one.source),
        }
        for one in advice.advise(activity)
    ]
    order = {path: number for number, path in enumerate(_paths(activity))}
    return sorted(found, key=lambda one: order.get(".".join(one["at"].split(".")[:3]), len(order)))


def _halves(activity: Activity) -> tuple[tuple[str, tuple[Item, ...]], ...]:
    return ("baseline", activity.baseline.items), ("assessment", activity.assessment.items)


def _paths(activity: Activity) -> list[str]:
    return [f"{half}.items.{index}" for half, items in _halves(activity) for index in range(len(items))]


def _cell(item: Item | None, paths: dict[int, str]) -> dict[str, str] | None:
    if item is None:
        return None
    words = " ".join(richtext.plain(item.stem).split())
    short = words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"
    return {"at": paths.get(id(item), ""), "text": short or item.id or "–"}
