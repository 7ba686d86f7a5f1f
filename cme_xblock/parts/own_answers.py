"""A learner's own page: own answers before and after, the reasons, and how the others answered.

The others are the report's numbers of its last step, or nobody (docs/decisions/0034). What is right is told where
`participation/own_answers.py` says so; without it a page has own answers and nothing that tells options apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.outcomes.pairs import item_version
from cme_xblock.participation import confidence, own_answers
from cme_xblock.participation.own_answers import Given, Own
from cme_xblock.parts import editions as open_editions
from cme_xblock.parts import labels
from cme_xblock.parts.editions import Published, Standing
from cme_xblock.parts.visit import Visit
from cme_xblock.records import accounts, editions, keys, ledger, releases
from cme_xblock.records.models import Participation
from cme_xblock.records.releases import Peers

TEMPLATE = "own_answers.html"


def address(visit: Visit) -> str:
    """Where the page is; empty where there is nothing to look back at, or this host has no such page."""
    if not own_answers.is_there(visit.progress):
        return ""
    try:
        key = keys.activity_key(visit.setting.course_key, visit.activity.activity_id)
        return reverse("cme_xblock:own-answers", args=[key])
    except NoReverseMatch:
        return ""


def context(learner_id: str, key: str, *, gettext: Any, now: datetime) -> dict[str, object] | None:
    """The page of that person (the host's id) on the activity of that key; None where there is none to see.

    `gettext` of the reader's language; `now`: aware.
    """
    found = _standing(learner_id, key, now)
    if found is None:
        return None
    entries, stands, known = found
    if not own_answers.is_there(stands.progress):
        return None
    told = own_answers.is_told(stands.activity, stands.progress)
    own = own_answers.of(stands.activity, stands.progress, entries, editions=known)
    others = releases.peers(key)
    scale = {one.id: gettext(one.text) for one in confidence.scale()}
    questions = [
        _question(one, stands.activity, told=told, others=others.get(item_version(one.item)), scale=scale)
        for one in own
    ]
    return {
        "activity": stands.activity,
        "questions": questions,
        "told": told,
        "counts": _counts(own) if told else None,
        "day": labels.day(now.date()),
    }


def _standing(
    learner_id: str, key: str, now: datetime
) -> tuple[tuple[ledger.Entry, ...], Standing, Mapping[str, Activity]] | None:
    """The entries of that person there, how they stand, and all editions that they name."""
    try:
        mine = accounts.of(keys.learner_key(learner_id))
    except ValueError:
        return None
    rows = Participation.objects.filter(activity_key=key, learner_key__in=mine).order_by("-head_seq")
    row = rows.first()
    entries = ledger.entries(row.course_key, row.activity_id, row.learner_id) if row else ()
    if row is None or not entries:
        return None
    known = editions.load({one.edition for one in entries})
    current = editions.current(row.course_key, row.activity_id)
    sha256 = current.sha256 if current else entries[-1].edition
    published = Published(sha256, (known | editions.load([sha256]))[sha256])
    return entries, open_editions.standing(published, entries, now=now), known


def _question(
    own: Own, activity: Activity, *, told: bool, others: Peers | None, scale: Mapping[str, str]
) -> dict[str, object]:
    item = own.item
    times = [(WHEN_BEFORE, own.before), (WHEN_FIRST if own.last else WHEN_AFTER, own.first), (WHEN_LAST, own.last),
             (WHEN_LATER, own.later)]  # fmt: skip
    citations = {one.id: one.citation for one in activity.references}
    return {
        "stem": item.stem,
        "given": [_given(when, one, item.stem, told=told, scale=scale) for when, one in times if one is not None],
        "no_baseline": own.before is None,
        "key": _right_answers(own) if told else [],
        "corrected": told and own.accepted is not None,
        "rationale": item.rationale if told else "",
        "references": [citations[cite] for cite in item.references if cite in citations] if told else [],
        "others": _others(others) if others else None,
    }


def _right_answers(own: Own) -> list[list[str]]:
    """The options of each right answer, in the author's order; none where the provider lets every answer count."""
    answers = {own.item.key} if own.accepted is None else own.accepted
    texts = [[one.text for one in own.item.options if one.id in answer] for answer in answers]
    return sorted(one for one in texts if one)


def _given(when: str, one: Given, stem: str, *, told: bool, scale: Mapping[str, str]) -> dict[str, object]:
    return {
        "when": when,
        "asked": one.item.stem if one.item.stem != stem else "",
        "chosen": [each.text for each in one.item.options if each.id in one.chosen],
        "right": told and one.right,
        "wrong": told and not one.right,
        "sure": scale.get(one.sure, ""),
    }


def _others(one: Peers) -> dict[str, object]:
    """Whole percent: more would pretend to be about the reader's own answer."""
    return {"n": one.n, "before": round(one.before * 100 / one.n), "after": round(one.after * 100 / one.n)}


def _counts(own: tuple[Own, ...]) -> dict[str, int]:
    """How many of the questions that were asked both times were answered rightly."""
    both = [one for one in own if one.before is not None and one.first is not None]
    later = [one for one in own if one.later is not None]
    return {
        "pairs": len(both),
        "before": sum(one.before.right for one in both if one.before),
        "after": sum(one.first.right for one in both if one.first),
        "asked_later": len(later),
        "later": sum(one.later.right for one in later if one.later),
    }


WHEN_BEFORE = N_("Before the activity")
WHEN_AFTER = N_("After it")
WHEN_FIRST = N_("After it, at your first attempt")
WHEN_LAST = N_("At your last attempt")
WHEN_LATER = N_("Some time later")
