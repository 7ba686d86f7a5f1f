"""A learner's own answers to the questions that were asked twice or more, side by side. PURE.

What is right is told only when the provider shows it and this learner has nothing left to answer for credit.
Source: spec 5.3, rules 1 and 2; part 7, case 6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cme_xblock.activity.codes import Feedback
from cme_xblock.activity.model import Activity, Item
from cme_xblock.participation import regrading
from cme_xblock.participation.entries import Entry, Kind
from cme_xblock.participation.part import Part, Status
from cme_xblock.participation.progress import Progress
from cme_xblock.participation.regrading import Accepted, Regraded
from cme_xblock.participation.scoring import Responses


@dataclass(frozen=True)
class Given:
    """What was answered at one time: the item as it was asked then, the ids chosen, and how sure (an id, or empty).

    `right`: by the key as it is corrected now.
    """

    item: Item
    chosen: tuple[str, ...]
    sure: str
    right: bool


@dataclass(frozen=True)
class Own:
    """One question of the assessment with this learner's answers; None where it was not asked then.

    `first` and `last`: of the first attempt, which the report counts, and of the last one where there were more.
    `accepted`: the right answers where the provider corrected them since, by sets of options; none: every answer is.
    """

    item: Item
    accepted: Accepted | None
    before: Given | None
    first: Given | None
    last: Given | None
    later: Given | None


def is_told(activity: Activity, progress: Progress) -> bool:
    """Whether right answers and reasons may be shown: the assessment is behind this learner, and the policy says so."""
    behind = progress.state(Part.ASSESSMENT).status is Status.DONE or bool(progress.claimed)
    return behind and progress.passed and activity.assessment.feedback is not Feedback.NEVER


def is_there(progress: Progress) -> bool:
    """Whether there is anything to look back at: the assessment was handed in and is behind this learner."""
    behind = progress.state(Part.ASSESSMENT).status is Status.DONE or bool(progress.claimed)
    return behind and any(one.edition == progress.edition for one in progress.attempts)


def of(
    activity: Activity, progress: Progress, entries: Sequence[Entry], *, editions: Mapping[str, Activity]
) -> tuple[Own, ...]:
    """Every scored question of the assessment, in the author's order. `editions`: of all entries, by sha256."""
    attempts = [one for one in progress.attempts if one.edition == progress.edition]
    baseline = editions.get(progress.baseline_edition)
    before = {one.pair_id: one for one in (baseline.baseline.items if baseline else ()) if one.pair_id}
    regraded = regrading.of(entries).get(progress.edition, Regraded())
    sure = {kind: _sure(entries, kind) for kind in (Kind.BASELINE_SUBMITTED, Kind.RETENTION_SUBMITTED)}
    sure_of = dict(_attempts(entries))
    found = []
    for item in activity.assessment.items:
        if not item.scored:
            continue
        twin = before.get(item.pair_id) if item.pair_id else None
        first, last = (attempts[0], attempts[-1]) if attempts else (None, None)
        found.append(
            Own(
                item,
                regraded.keys.get(item.id),
                _before(twin, item, progress.baseline, sure[Kind.BASELINE_SUBMITTED], regraded) if twin else None,
                _given(item, first.responses, sure_of.get(first.number, {}), regraded) if first else None,
                _given(item, last.responses, sure_of.get(last.number, {}), regraded)
                if last and last is not first
                else None,
                _given(item, progress.later, sure[Kind.RETENTION_SUBMITTED], regraded),
            )
        )
    return tuple(found)


def _given(item: Item, responses: Responses | None, sure: Mapping[str, str], regraded: Regraded) -> Given | None:
    if responses is None or item.id not in responses:
        return None
    chosen = tuple(responses[item.id])
    return Given(item, chosen, sure.get(item.id, ""), regraded.right(item, chosen))


def _before(
    twin: Item, item: Item, responses: Responses | None, sure: Mapping[str, str], regraded: Regraded
) -> Given | None:
    """The baseline's: the very same question by the corrected key, a parallel form by its own."""
    same = (twin.kind, twin.stem, twin.options) == (item.kind, item.stem, item.options)
    accepted = regraded.keys.get(item.id)
    return _given(twin, responses, sure, Regraded(keys={twin.id: accepted} if same and accepted is not None else {}))


def _sure(entries: Sequence[Entry], kind: Kind) -> Mapping[str, str]:
    """How sure the learner was, of the first entry of that kind."""
    return next((_texts(one.payload.get("sure")) for one in entries if one.kind is kind), {})


def _attempts(entries: Sequence[Entry]) -> list[tuple[int, Mapping[str, str]]]:
    """How sure the learner was, by the number of the attempt."""
    return [
        (int(one.payload["attempt"]), _texts(one.payload.get("sure")))
        for one in entries
        if one.kind is Kind.ASSESSMENT_SUBMITTED and type(one.payload.get("attempt")) is int
    ]


def _texts(value: object) -> Mapping[str, str]:
    """A mapping of texts, without whatever else an entry may hold."""
    if not isinstance(value, Mapping):
        return {}
    return {name: one for name, one in value.items() if isinstance(name, str) and isinstance(one, str)}
