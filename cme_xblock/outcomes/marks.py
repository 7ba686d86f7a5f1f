"""What one participation adds to the outcomes: how far it came, and its first attempts as marks. PURE.

A mark is `1` (right), `0` (wrong) or `-` (not answered), in the order of the edition's scored items. A missing answer
counts as wrong in a score and is left out of its pair. How sure a learner was is a digit for every item, scored or not:
the place on its scale, from 1 up. Source: spec 5.2 (words of the funnel), 5.3, rules 2, 4 and 12.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntFlag

from cme_xblock.activity.model import Activity, Item
from cme_xblock.outcomes.pairs import between, scored
from cme_xblock.participation import confidence
from cme_xblock.participation.entries import Entry, Kind
from cme_xblock.participation.regrading import Regraded
from cme_xblock.participation.scoring import Responses
from cme_xblock.participation.tally import Tally, count

RIGHT, WRONG, MISSING = "1", "0", "-"
# A digit has room for no more.
LONGEST_SCALE = 9


class Reached(IntFlag):
    """How far a learner came. Stored as a number: add, never renumber."""

    ACKNOWLEDGED = 1
    BASELINE = 2
    STARTED = 4
    CONTENT = 8
    ASSESSED = 16
    PASSED = 32
    EVALUATED = 64
    CLAIMED = 128
    COMPLETED = 256
    TEST = 512
    RETAINED = 1024


@dataclass(frozen=True)
class Marks:
    """One participation. `before` and `after` are marks of the edition named (its sha256), both empty where none is.

    `later` are those of the retention check, in the places of the assessment's scored items, `-` where not asked.
    `before_sure` and `after_sure`: how sure, one digit or `-` for each item; empty where nobody said.
    """

    reached: Reached
    profession: str = ""
    before_edition: str = ""
    before: str = ""
    after_edition: str = ""
    after: str = ""
    before_sure: str = ""
    after_sure: str = ""
    later_edition: str = ""
    later: str = ""


def of(entries: Sequence[Entry], editions: Mapping[str, Activity]) -> Marks:
    """The marks of one participation's entries, in their order; `editions` by sha256 has those that they name.

    What counts as a first attempt is what counted for the learner: `participation.tally` decides.
    """
    if not entries:
        return Marks(Reached(0))
    edition = entries[-1].edition
    tally = count(editions[edition], entries, edition=edition, editions=editions)
    first = tally.attempts[0] if tally.attempts else None
    before = tally.baseline if tally.baseline_edition in editions else None
    reached = Reached(0)
    for flag, so in (
        (Reached.ACKNOWLEDGED, tally.acknowledged or tally.acknowledged_before),
        (Reached.BASELINE, tally.baseline is not None),
        (Reached.STARTED, bool(tally.sections or tally.attended or tally.attempts or tally.content_begun_before)),
        (Reached.CONTENT, tally.ready_for_content and tally.content_done and tally.attendance_done),
        (Reached.ASSESSED, first is not None),
        (Reached.PASSED, any(one.passed for one in tally.attempts)),
        (Reached.EVALUATED, tally.evaluated),
        (Reached.CLAIMED, bool(tally.claims)),
        (Reached.COMPLETED, tally.completed_at is not None),
        (Reached.TEST, tally.is_test),
        (Reached.RETAINED, tally.later is not None),
    ):
        reached |= flag if so else Reached(0)
    asked_before = editions[tally.baseline_edition].baseline.items if before is not None else ()
    return Marks(
        reached=reached,
        profession=next((one.profession for one in tally.held.values()), ""),
        before_edition=tally.baseline_edition if before is not None else "",
        before=_marks(asked_before, before, _right_before(tally, first.edition if first else "", editions)),
        after_edition=first.edition if first else "",
        after=_marks(editions[first.edition].assessment.items, first.responses, first.per_item) if first else "",
        before_sure=_sure(entries, Kind.BASELINE_SUBMITTED, asked_before, before or {}),
        after_sure=_sure(entries, Kind.ASSESSMENT_SUBMITTED, editions[first.edition].assessment.items, first.responses)
        if first
        else "",
        later_edition=edition if tally.later is not None else "",
        later=_marks(editions[edition].assessment.items, tally.later, _right_later(tally, edition, editions)),
    )


def _right_before(tally: Tally, after: str, editions: Mapping[str, Activity]) -> Mapping[str, bool]:
    """What of the baseline is right by a corrected key, by item id.

    The very same question is scored by the same key both times, or a correction would look like learning. A parallel
    form has a key of its own. `after`: the edition of the assessment; where there was none, the baseline's own.
    """
    if tally.baseline is None or tally.baseline_edition not in editions:
        return {}
    regraded = tally.regraded.get(after or tally.baseline_edition, Regraded())
    asked, answered = editions[tally.baseline_edition], editions[after or tally.baseline_edition]
    return {
        one.before.id: regraded.right(one.after, tally.baseline.get(one.before.id, ()))
        for one in between(asked, answered)
        if one.version.same
    }


def _right_later(tally: Tally, edition: str, editions: Mapping[str, Activity]) -> Mapping[str, bool]:
    items = editions[edition].assessment.items
    return tally.regraded.get(edition, Regraded()).score(items, tally.later or {}).per_item


def _sure(entries: Sequence[Entry], kind: Kind, items: Sequence[Item], given: Responses) -> str:
    """How sure of each item, in the order of all items; empty where nothing was said of any.

    An item that only asks for it has the place of the chosen option. The tally says which answers counted; how sure
    stands in the entry that they are from.
    """
    said = next((one.payload.get("sure") for one in entries if one.kind is kind and _gave(one, given)), None)
    sure = said if isinstance(said, Mapping) else {}
    found = [
        _level(str(sure.get(one.id, "")), [each.id for each in confidence.scale()])
        if one.scored
        else _level(next(iter(given.get(one.id, ())), ""), [each.id for each in one.options])
        for one in items
    ]
    return "".join(found) if set(found) - {MISSING} else ""


def _gave(entry: Entry, given: Responses) -> bool:
    """Whether these answers are of that entry."""
    sent = entry.payload.get("responses")
    return isinstance(sent, Mapping) and all(tuple(sent.get(name, ())) == tuple(one) for name, one in given.items())


def _level(chosen: str, scale: Sequence[str]) -> str:
    return str(scale.index(chosen) + 1) if chosen in scale[:LONGEST_SCALE] else MISSING


def _marks(items: Sequence[Item], responses: Responses | None, right: Mapping[str, bool]) -> str:
    """Empty where not asked. `right`: by item id, by the key as corrected; what it lacks goes by the author's key."""
    if responses is None:
        return ""
    marks = []
    for item in scored(items):
        given = frozenset(responses.get(item.id, ()))
        is_right = right[item.id] if item.id in right else bool(item.key) and item.key == given
        marks.append(MISSING if not given else RIGHT if is_right else WRONG)
    return "".join(marks)
