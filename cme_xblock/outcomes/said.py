"""What learners said, as the report shows it between two of its steps: counts stay, of texts their themes. PURE.

Counts of identified evaluations and of what became of plans would otherwise move with each one who hands something in.
Of anonymous evaluations nothing is kept: they move five at a time, and a history of them could be laid beside the
ledger (promise 10). Nor are texts, because what a learner wrote goes when the account is retired: of them the words
are kept that five of them share, with the number of texts.
Source: docs/decisions/0019, 0034.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cme_xblock.activity import canonical
from cme_xblock.outcomes import themes
from cme_xblock.outcomes.evidence import Evaluated, Evidence, Followed
from cme_xblock.outcomes.themes import Theme, Themes

_NUMBERS = ("committed", "answered", "fully", "partly", "not_yet", "evaluated")
Numbers = tuple[int | None, ...]


@dataclass(frozen=True)
class Frozen:
    """Counts of one step. `evaluations`: of identified ones, by the questions' digest, how many and each one's counts.

    `followed`: by objective, the numbers of `_NUMBERS` as they were shown; None where one was hidden. `themes`: by key
    what is shown of texts that are a learner's own.
    """

    evaluations: Mapping[str, tuple[int, Mapping[str, Mapping[str, Any]]]] = field(default_factory=dict)
    followed: Mapping[str, Numbers] = field(default_factory=dict)
    themes: Mapping[str, Themes] = field(default_factory=dict)


REASONS = "reasons"


def plans_key(objective: str) -> str:
    """What the themes of an objective's plans are called."""
    return f"plans {objective}"


def text_key(one: Evaluated, question: str) -> str:
    """What the themes of a question's texts are called; empty where nothing is remembered of them."""
    return "" if one.anonymous else f"text {_digest(one)} {question}"


def step(evidence: Evidence, past: Sequence[Frozen], *, minimum: int) -> Frozen:
    """The counts of a new step. Those of plans, and themes, stay as they were where they would move by fewer than
    `minimum`.

    Those of evaluations all move: whoever shows them asks a planner, which knows what was shown.
    """
    followed = {}
    for one in evidence.followed:
        now: Numbers = tuple(getattr(one, name) for name in _NUMBERS)
        earlier = [each.followed[one.objective] for each in past if one.objective in each.followed]
        safe = all(_is_safe(then, now, minimum) for then in earlier)
        followed[one.objective] = now if safe else earlier[-1]
    evaluations = {_digest(one): _counted(one) for one in evidence.evaluations if not one.anonymous}
    told = {}
    for key, found in _themes(evidence, minimum).items():
        shown = [each.themes[key] for each in past if key in each.themes]
        told[key] = found if all(_may_follow(then, found, minimum) for then in shown) else shown[-1]
    return Frozen(evaluations, followed, told)


def _themes(evidence: Evidence, minimum: int) -> dict[str, Themes]:
    """The themes of all texts that are a learner's own, by key."""
    found = {}
    if evidence.followed:
        found[REASONS] = themes.of([text for one in evidence.followed for text in one.reasons], minimum=minimum)
    among = max((one.evaluated or 0 for one in evidence.followed), default=0)
    for objective, texts in evidence.plans.items():
        if objective not in evidence.unnamed:
            silent = max(among - len(texts), 0)
            found[plans_key(objective)] = themes.of(texts, silent=silent, minimum=minimum)
    for one in evidence.evaluations:
        for question in one.questions if not one.anonymous else ():
            if question["kind"] == "text" and question["purpose"] != "change":
                texts = one.sums.get(question["id"], {"texts": ()})["texts"]
                silent = max(one.n + (one.others or 0) - len(texts), 0)
                found[text_key(one, question["id"])] = themes.of(texts, silent=silent, minimum=minimum)
    return found


def _may_follow(then: Themes, now: Themes, minimum: int) -> bool:
    """Whether no theme moves by fewer texts than the limit, nor what a pair of words leaves of one of them."""
    old, new = ({each.words: each.texts for each in one.found} for one in (then, now))
    both = old.keys() & new.keys()
    moves = [new[words] - old[words] for words in both]
    moves += [
        (new[word] - new[pair]) - (old[word] - old[pair])
        for pair in both
        for word in both
        if word != pair and word in pair.split()
    ]
    return not any(0 < abs(one) < minimum for one in moves)


def as_of(evidence: Evidence, frozen: Frozen | None) -> Evidence:
    """The evidence with the counts of that step, and without what came after it; as it is before the first step."""
    if frozen is None:
        return evidence
    evaluations = [
        one if one.anonymous else _as_of(one, *frozen.evaluations[_digest(one)])
        for one in evidence.evaluations
        if one.anonymous or _digest(one) in frozen.evaluations
    ]
    return replace(
        evidence,
        evaluations=tuple(sorted(evaluations, key=lambda one: -one.n)),
        followed=tuple(_followed(name, numbers, evidence) for name, numbers in sorted(frozen.followed.items())),
        plans={
            **{objective: texts for objective, texts in evidence.plans.items() if objective in evidence.unnamed},
            **{key.removeprefix(plans_key("")): () for key in frozen.themes if key.startswith(plans_key(""))},
        },
        themes=frozen.themes,
    )


def dumps(frozen: Frozen) -> str:
    """As JSON."""
    told = {key: [one.texts, [[each.words, each.texts] for each in one.found]] for key, one in frozen.themes.items()}
    found = {"evaluations": frozen.evaluations, "followed": frozen.followed, "themes": told}
    return json.dumps(found, separators=(",", ":"))


def loads(text: str) -> Frozen:
    """What `dumps` wrote."""
    data = json.loads(text)
    return Frozen(
        {name: (int(n), sums) for name, (n, sums) in data.get("evaluations", {}).items()},
        {name: tuple(numbers) for name, numbers in data.get("followed", {}).items()},
        {
            key: Themes(texts, tuple(Theme(*each) for each in found))
            for key, (texts, found) in data.get("themes", {}).items()
        },
    )


def _digest(one: Evaluated) -> str:
    return canonical.digest(list(one.questions))


def _counted(one: Evaluated) -> tuple[int, Mapping[str, Mapping[str, Any]]]:
    return one.n, {name: {"answered": each["answered"], "counts": each["counts"]} for name, each in one.sums.items()}


def _as_of(one: Evaluated, n: int, sums: Mapping[str, Mapping[str, Any]]) -> Evaluated:
    return replace(one, n=n, sums={name: {**each, "texts": []} for name, each in sums.items()})


def _followed(objective: str, numbers: Numbers, evidence: Evidence) -> Followed:
    """The numbers of that step, also where all plans are gone since."""
    reasons = next((one.reasons for one in evidence.followed if one.objective == objective), ())
    *told, evaluated = _whole(numbers)
    return Followed(objective, *told, reasons=reasons, evaluated=evaluated)


def _whole(numbers: Numbers) -> Numbers:
    """Those of `_NUMBERS`; steps of earlier releases have fewer."""
    return (*numbers, *(None for _ in _NUMBERS[len(numbers) :]))


def _is_safe(then: Numbers, now: Numbers, minimum: int) -> bool:
    """Whether no number moves by fewer than the limit, nor what is left between them: who is yet to answer, say."""
    then, now = _whole(then), _whole(now)
    pairs = [(old, new) for old, new in zip(then, now, strict=True) if old is not None and new is not None]
    moves = [abs(new - old) for old, new in pairs]
    if then[0] is not None and now[0] is not None and then[1] is not None and now[1] is not None:
        moves.append(abs((now[0] - now[1]) - (then[0] - then[1])))
    if then[0] is not None and now[0] is not None and then[5] is not None and now[5] is not None:
        moves.append(abs((now[5] - now[0]) - (then[5] - then[0])))
    shown = [place for place in (2, 3, 4) if then[place] is not None and now[place] is not None]
    if then[1] is not None and now[1] is not None:
        left = (now[1] - then[1]) - sum((now[place] or 0) - (then[place] or 0) for place in shown)
        moves.append(abs(left))
    return not any(0 < one < minimum for one in moves)
