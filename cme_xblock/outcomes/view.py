"""The learners of one wording, analysed, with what of it may be shown. PURE.

Whatever the report says of a question is asked here first. Source: spec 5.3, rule 14.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Item
from cme_xblock.outcomes import hiding, hiding_people, spread, sureness
from cme_xblock.outcomes.analysis import Analysis, ItemResult, PairResult, ScoreResult
from cme_xblock.outcomes.cohort import Group, by_code
from cme_xblock.outcomes.hiding import TOTAL, Who
from cme_xblock.outcomes.hiding_people import NOTHING_TOLD, Told
from cme_xblock.outcomes.pairs import Version, item_version
from cme_xblock.outcomes.planner import Name, Parts, Planner, plain
from cme_xblock.outcomes.stats import change
from cme_xblock.outcomes.stats.paired import Comparison

# No test and no interval below, "exploratory" below the second. Source: spec 5.3, rule 14.
TESTED_FROM, EXPLORATORY_BELOW = 10, 30
# No effect size of a score over fewer items. Source: spec 5.3, rule 8.
ITEMS_FOR_D = 4


@dataclass(frozen=True)
class _Asked:
    """The questions of an analysis, and who is asked what is hidden of them. `versions`: of the assessment told of."""

    found: Analysis
    groups: Sequence[Group]
    versions: tuple[str, ...]
    minimum: int
    planner: Planner

    @property
    def _name(self) -> str:
        main = [[one.version.before, one.version.after] for one in self.found.main]
        return canonical.digest([list(self.versions), main])

    def _parts(self, count: Callable[[tuple[Group, ...]], Mapping[Name, int]]) -> Parts | None:
        return hiding.parts_of(by_code(self.groups), count)

    def calibration(self) -> Mapping[str, frozenset[Name]]:
        """What is hidden of how sure learners were, by side; nothing where nobody was asked."""
        sure, main = self.found.sureness, [one.version for one in self.found.main]
        return {
            side: hiding.calibration(
                sure, side, self._name, minimum=self.minimum, planner=self.planner,
                parts=self._parts(partial(_calibrated, side, main)),
            )
            for side in hiding.SIDES
            if sure is not None and sure.pairs
        }  # fmt: skip

    def alone(self) -> Mapping[str, frozenset[Name]]:
        """What is hidden of the items that only ask how sure."""
        main = [one.version for one in self.found.main]
        return {
            one.name: hiding.alone(
                hiding.alone_of(self.groups, main, one.name),
                minimum=self.minimum,
                table=f"sure {one.name} {self._name}",
                planner=self.planner,
                parts=self._parts(partial(hiding.alone_of, main=main, name=one.name)),
            )
            for one in (self.found.sureness.items if self.found.sureness is not None else ())
        }

    def item(
        self,
        item: Item,
        place: int | None,
        scores: frozenset[tuple[str, str, Name]],
        sure: Mapping[str, frozenset[Name]],
        told: Told,
    ) -> frozenset[Name]:
        """What is hidden of a question. `place`: of its pair, where it has one."""
        pair = self.found.main[place] if place is not None else None
        count = partial(
            hiding.atoms_of, asked=item, versions=self.versions, pair_id=pair.version.pair_id if pair else ""
        )
        return hiding.item(
            count(self.groups),
            paired=pair is not None,
            minimum=self.minimum,
            table=f"item {item_version(item)} {(pair.version.before if pair else '') or '-'} {self._name}"
            + (f" {item.id}" if self.versions.count(item_version(item)) > 1 else ""),
            planner=self.planner,
            parts=self._parts(count),
            already=hiding.hidden_already(
                sides=[side for side in hiding.SIDES if pair and ("item", side, place) in scores],
                sure=[
                    hiding.sure_cell(name, side)
                    for side, hidden in sure.items()
                    for name, at in hidden
                    if at == place and name not in ("level", "right")
                ],
                is_taken_told=told.taken,
            ),
            known=_known(hiding.who_met(self.groups, item, versions=self.versions), told),
        )


def _known(met: Mapping[Who, frozenset[int]], told: Told) -> tuple[frozenset[Who], ...]:
    """Of which of those who met a question it is told how many they are together."""
    several = (some for size in range(1, len(met) + 1) for some in combinations(met, size))
    return tuple(frozenset(some) for some in several if told.of(frozenset().union(*(met[one] for one in some))))


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
    # By `Said.name`, of `hiding.alone`.
    alone: Mapping[str, frozenset[Name]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        found: Analysis,
        groups: Sequence[Group],
        *,
        minimum: int,
        planner: Planner = plain,
        told: Told = NOTHING_TOLD,
    ) -> View:
        """The analysis of these groups, which hold the matched learners of one wording.

        `told`: what the report tells of their numbers elsewhere.
        """
        scores = hiding.scores(found, minimum=minimum, planner=planner, coded=by_code(groups))
        asked = _Asked(found, groups, hiding_people.assessment_versions(groups), minimum, planner)
        sure = asked.calibration()
        pairs = {one.after.id: place for place, one in enumerate(found.main)}
        items = {one.item.id: one.item for one in found.items} | {one.after.id: one.after for one in found.main}
        gone = {key: asked.item(item, pairs.get(key), scores, sure, told) for key, item in items.items()}
        scores |= {
            ("score", side, name)
            for key, place in pairs.items()
            for side in hiding.SIDES
            if f"sum {side}" in gone[key]
            for name in {TOTAL, found.main[place].after.objective}
        }
        ids = {place: key for key, place in pairs.items()}
        whole = {side: hidden for side, hidden in sure.items() if _agree(hidden, side, gone, ids)
                 and ("score", side, TOTAL) not in scores and len(pairs) > 1}  # fmt: skip
        return cls(found, found.matched, gone, scores, minimum, whole, asked.alone())

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

    def shows_spread(self, name: str, score: ScoreResult) -> bool:
        """Whether deviations, intervals and tests of the scores of an objective (or all) may be shown with their means.

        Of one question they tell what its odds ratio tells.
        """
        if score.pairs == 1:
            return all(self.shows_odds(one) for one in self.found.main if name in (TOTAL, one.after.objective))
        return self.is_vague(score)

    def is_vague(self, score: ScoreResult) -> bool:
        """Whether mean and deviation of these scores leave open how many have which."""
        return all(spread.is_vague(one, minimum=self.minimum) for one in score.counts)

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
        for name in hiding.QUESTIONS_SURE
        if hiding.sure_cell(name, side) in gone[key]
    )


def _calibrated(side: str, main: Sequence[Version], groups: Sequence[Group]) -> Mapping[Name, int]:
    """Answers by how sure, of some of the learners."""
    return hiding.calibrated(sureness.of(groups, main), side)
