"""The learners of one wording, analysed, with what of it may be shown. PURE.

Whatever the report says of a question is asked here first. Source: spec 5.3, rule 14.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from cme_xblock.activity import canonical
from cme_xblock.outcomes import hiding, sureness
from cme_xblock.outcomes.analysis import Analysis, ItemResult, PairResult, ScoreResult
from cme_xblock.outcomes.cohort import Group, by_code
from cme_xblock.outcomes.hiding import TOTAL
from cme_xblock.outcomes.pairs import Version, item_version
from cme_xblock.outcomes.planner import Name, Planner, plain
from cme_xblock.outcomes.stats import change
from cme_xblock.outcomes.stats.paired import Comparison

# No test and no interval below, "exploratory" below the second. Source: spec 5.3, rule 14.
TESTED_FROM, EXPLORATORY_BELOW = 10, 30
# No effect size of a score over fewer items. Source: spec 5.3, rule 8.
ITEMS_FOR_D = 4


@dataclass(frozen=True)
class View:
    """An analysis with what is hidden of it. `gone`: by item id, of `hiding.item`; `scores`: of `hiding.scores`."""

    found: Analysis
    n: int
    gone: Mapping[str, frozenset[Name]]
    scores: frozenset[tuple[str, str, Name]]
    minimum: int
    # By side, of `hiding.calibration`; a side that is not there is not to be told of all questions together.
    calibration: Mapping[str, frozenset[Name]] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Analysis, groups: Sequence[Group], *, minimum: int, planner: Planner = plain) -> View:
        """The analysis of these groups, which hold the matched learners of one wording."""
        coded = by_code(groups)
        scores = hiding.scores(found, minimum=minimum, planner=planner, coded=coded)
        versions = hiding.assessment_versions(groups)
        pairs = {one.after.id: (place, one) for place, one in enumerate(found.main)}
        asked = {one.item.id: one.item for one in found.items} | {key: one.after for key, (_, one) in pairs.items()}
        gone = {}
        asked_of = canonical.digest([list(versions), [[one.version.before, one.version.after] for one in found.main]])
        told, main = found.sureness, [one.version for one in found.main]
        sure = {
            side: hiding.calibration(
                told, side, asked_of, minimum=minimum, planner=planner,
                parts=hiding.parts_of(coded, partial(_calibrated, side, main)),
            )
            for side in hiding.SIDES
            if told is not None and told.pairs
        }
        for key, item in asked.items():
            place, pair = pairs.get(key, (-1, None))
            sides = frozenset(side for side in hiding.SIDES if pair and ("item", side, place) in scores)
            pair_id = pair.version.pair_id if pair else ""
            count = partial(hiding.atoms_of, asked=item, versions=versions, pair_id=pair_id)
            gone[key] = hiding.item(
                count(groups),
                sides=sides,
                paired=pair is not None,
                minimum=minimum,
                table=f"item {item_version(item)} {(pair.version.before if pair else '') or '-'} {asked_of}",
                planner=planner,
                parts=hiding.parts_of(coded, count),
                sure=frozenset(
                    f"{name} {side}"
                    for side, hidden in sure.items()
                    for name, at in hidden
                    if at == place and name not in ("level", "right")
                ),
            )
        ids = {place: key for key, (place, _) in pairs.items()}
        scores |= {
            ("score", side, name)
            for place, key in ids.items()
            for side in hiding.SIDES
            if f"sum {side}" in gone[key]
            for name in {TOTAL, found.main[place].after.objective}
        }
        whole = {side: hidden for side, hidden in sure.items() if _agree(hidden, side, gone, ids)
                 and ("score", side, TOTAL) not in scores and len(pairs) > 1}  # fmt: skip
        return cls(found, found.matched, gone, scores, minimum, whole)

    def shows_sure(self, one: PairResult, *names: str) -> bool:
        """Whether these counts of how sure they were of the question may all be shown."""
        return self.gone[one.after.id].isdisjoint(("said", *names))

    @property
    def score(self) -> Comparison | None:
        """The scores over all pairs, where both means may be shown."""
        return self.shown_score(TOTAL, self.found.score)

    def shown_score(self, name: str, score: ScoreResult | None) -> Comparison | None:
        """The scores of an objective (or all), where both means may be shown."""
        if score is None or score.comparison.n < self.minimum:
            return None
        if any(("score", side, name) in self.scores for side in hiding.SIDES):
            return None
        return score.comparison

    def shows(self, one: PairResult, *names: str) -> bool:
        """Whether these counts of the question may all be shown."""
        return self.gone[one.after.id].isdisjoint(names)

    def shows_side(self, one: PairResult, side: str) -> bool:
        """Whether it may be shown how many were right on that side, and of how many."""
        return bool(one.change.n) and self.shows(one, "answered", f"right {side}", f"wrong {side}")

    def shows_sides(self, one: PairResult) -> bool:
        """Whether it may be shown how many were right before and after."""
        return all(self.shows_side(one, side) for side in hiding.SIDES)

    def shows_odds(self, one: PairResult) -> bool:
        """Whether tests and odds ratio may be shown: they tell how many improved and how many declined."""
        return one.change.n >= TESTED_FROM and self.shows_sides(one) and self.shows(one, "improved", "declined")

    def shows_difficulty(self, one: ItemResult) -> bool:
        """Whether it may be shown how many of all who took it were right."""
        return self.gone[one.item.id].isdisjoint(("assessed", "difficulty", "not right"))

    def odds_at_least(self, one: PairResult) -> float | None:
        """The least odds ratio that what is shown allows, where few declined; None otherwise.

        It says no more than "fewer than the limit declined", which the hidden cell says too.
        """
        found = one.change
        told = self.shows_sides(one) and found.n >= TESTED_FROM and not self.shows_odds(one)
        if not told or not 0 < found.declined < self.minimum or found.improved <= found.declined:
            return None
        most = self.minimum - 1
        return (most + found.right_after - found.right_before) / most

    def p_below(self, one: PairResult) -> float | None:
        """The p-value that holds for every count that may be behind a hidden one; None where there is no such."""
        if self.odds_at_least(one) is None:
            return None
        more = one.change.right_after - one.change.right_before
        most = max(change.mcnemar(change.Change(few + more, 0, 0, few)).p or 0.0 for few in range(self.minimum))
        return next((limit for limit in (0.001, 0.01, 0.05) if most < limit), None)


def _agree(hidden: frozenset[Name], side: str, gone: Mapping[str, frozenset[Name]], ids: Mapping[int, str]) -> bool:
    """Whether no question hides more of how sure learners were than the sums over all questions reckon with."""
    return all(
        (name, place) in hidden
        for place, key in ids.items()
        for name in ("sure", "said wrong", "wrong sure")
        if f"{name} {side}" in gone[key]
    )


def _calibrated(side: str, main: Sequence[Version], groups: Sequence[Group]) -> Mapping[Name, int]:
    """Answers by how sure, of some of the learners."""
    return hiding.calibrated(sureness.of(groups, main), side)
