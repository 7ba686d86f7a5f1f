"""Regrading: an item was found wrong, so the attempts of an edition are scored once more, by a corrected key.

The edition stays as it was shown; the corrected key is an entry, and with it a new version of every score. It may grant
a pass, at the time of the attempt that earned it; it never takes one away. Source: spec part 7, case 23.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Item
from cme_xblock.participation import scoring
from cme_xblock.participation.entries import Draft, Entry, Kind, is_complete
from cme_xblock.participation.refusal import Refusal
from cme_xblock.participation.scoring import Responses, Score

Accepted = frozenset[frozenset[str]]


@dataclass(frozen=True)
class Regraded:
    """The corrected keys of one edition: by item the sets of options that count as right; none: every answer does.

    `version` counts the regradings; 0 is the author's key.
    """

    version: int = 0
    keys: Mapping[str, Accepted] = field(default_factory=dict)

    def score(self, items: Iterable[Item], responses: Responses) -> Score:
        """The score of one submission by the corrected key."""
        per_item = {one.id: self.right(one, responses.get(one.id, ())) for one in items if one.scored}
        return Score(correct=sum(per_item.values()), total=len(per_item), per_item=per_item)

    def right(self, item: Item, chosen: Iterable[str]) -> bool:
        """Whether these options of an item of the assessment are right by its corrected key, or by its author's."""
        accepted = self.keys.get(item.id)
        given = frozenset(chosen)
        if accepted is None:
            return bool(item.key) and item.key == given
        return not accepted or given in accepted


def of(entries: Iterable[Entry]) -> Mapping[str, Regraded]:
    """The corrected keys by edition, of all entries together: a later one of an item takes the place of an earlier."""
    found: dict[str, Regraded] = {}
    for one in entries:
        if one.kind == Kind.REGRADED and is_complete(one):
            before = found.get(one.edition, Regraded())
            found[one.edition] = Regraded(before.version + 1, {**before.keys, **_keys(one.payload["keys"])})
    return found


def regrade(
    items: Sequence[Item], edition: str, keys: object, *, reason: str, by: str, before: Regraded
) -> Draft | Refusal:
    """The entry that regrades one participation. `keys`: by item id a list of right answers, each a list of option ids.

    An empty list counts every answer as right. Refused: items or options that the edition does not have, and what was
    regraded so before.
    """
    if not reason.strip():
        return Refusal("no_reason", Message(N_("Give a reason: it is kept in the record.")), field="reason")
    wrong = _wrong(items, keys)
    if wrong is not None or not isinstance(keys, Mapping):
        return wrong or _NO_KEYS
    wanted = {name: [sorted(set(one)) for one in answers] for name, answers in keys.items()}
    if all(before.keys.get(name) == accepted for name, accepted in _keys(wanted).items()):
        return Refusal("already_regraded", Message(N_("These items are regraded so already.")))
    return Draft(Kind.REGRADED, edition, {"keys": wanted, "reason": reason, "by": by})


def _wrong(items: Sequence[Item], keys: object) -> Refusal | None:
    """Why these are no keys of this assessment, or None."""
    if not isinstance(keys, Mapping) or not keys:
        return _NO_KEYS
    known = {one.id: one for one in items if one.scored}
    for name, answers in keys.items():
        item = known.get(name)
        if item is None:
            return Refusal("unknown_item", Message(N_("The assessment has no item {item}."), {"item": str(name)}))
        options = {one.id for one in item.options}
        if not isinstance(answers, list) or not all(isinstance(one, list) and one for one in answers):
            text = N_("The right answers of {item} are a list of lists of options.")
            return Refusal("malformed", Message(text, {"item": name}))
        for unknown in (one for answer in answers for one in answer if one not in options):
            params = {"item": name, "option": str(unknown)}
            return Refusal("unknown_option", Message(N_("Item {item} has no option {option}."), params))
    return None


def passes(items: Sequence[Item], responses: Responses, regraded: Regraded, mark: Decimal | None) -> bool:
    """Whether an attempt passes by the author's key or by the corrected one."""
    return scoring.passed(scoring.score(items, responses), mark) or scoring.passed(
        regraded.score(items, responses), mark
    )


def _keys(value: object) -> dict[str, Accepted]:
    """Keys as stored, without whatever has the wrong type."""
    if not isinstance(value, Mapping):
        return {}
    return {
        item: frozenset(frozenset(str(one) for one in answer) for answer in answers if isinstance(answer, list))
        for item, answers in value.items()
        if isinstance(answers, list)
    }


_NO_KEYS = Refusal("no_keys", Message(N_("Name at least one item with its right answers.")))
