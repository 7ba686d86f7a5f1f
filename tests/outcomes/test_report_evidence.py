"""What learners say, in the report: ratings, barriers, plans, themes, how sure they were; and what of it is hidden."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cme_xblock.activity.evaluation import EvaluationItem
from cme_xblock.activity.model import Activity
from cme_xblock.outcomes import report, report_about, themes
from cme_xblock.outcomes.cohort import Cohort
from cme_xblock.outcomes.commitments import Followed
from cme_xblock.outcomes.evidence import Evaluated, Evidence
from cme_xblock.outcomes.hiding import SIDES
from cme_xblock.outcomes.numbers import Numbers
from cme_xblock.outcomes.shapes import Form, Report
from cme_xblock.participation import evaluation
from cme_xblock.records import sums
from tests.outcomes import crowd
from tests.outcomes.test_report import table
from tests.outcomes.test_spans import derived

WRITTEN = Numbers()
ITEMS = ("objective_met", "relevance", "change", "barriers", "barriers_help", "bias", "time_spent", "future_needs")
STEPS = (5, 4, 1, 0.3, 0.1)
PLANS = (
    "Offer naloxone to patients at risk", "offering naloxone more often", "Check the PDMP before each prescription",
    "check PDMP", "Taper slowly, shared with the patient", "slower tapers",
)  # fmt: skip


def asking(items: int = 4, *, sure: bool = False) -> Activity:
    one = crowd.activity(items)
    chosen = tuple(EvaluationItem(id=code, library=code, required=True) for code in ITEMS)
    return replace(
        one,
        baseline=replace(one.baseline, ask_confidence=sure),
        assessment=replace(one.assessment, ask_confidence=sure),
        evaluation=replace(one.evaluation, items=chosen),
    )


def evaluated(n: int, seed: int = 1, *, bias: float = 0.05) -> Evaluated:
    """Evaluations by chance, added up as the records do."""
    one, chance = asking(), random.Random(seed)
    asked = evaluation.described(one)
    total: sums.Sums = {}
    for _ in range(n):
        answers: dict[str, list[str]] = {}
        for question in evaluation.questions(one):
            if question.kind == "rating":
                answers |= {question.id: chance.choices("54321", STEPS)} if chance.random() < 0.97 else {}
            elif question.kind == "single":
                answers[question.id] = ["yes" if chance.random() < bias else "no"]
            elif question.kind == "multiple":
                answers[question.id] = sorted(
                    {chance.choice([each.id for each in question.choices[:5]]) for _ in range(chance.randint(1, 3))}
                )
            elif question.kind == "number":
                answers[question.id] = [str(chance.choice((30, 45, 60, 75)))]
            elif chance.random() < 0.7:
                answers[question.id] = [chance.choice(PLANS)]
        total = sums.add(total, sums.of_sheet(answers, asked))
    return Evaluated(tuple(asked), n, total, anonymous=True)


def built(evidence: Evidence) -> Report:
    return report.build(crowd.cohort(80), asking(), evidence=evidence)


def test_every_section_is_there() -> None:
    """Evaluation, barriers, plans, themes, the activity itself, and what was counted."""
    found = evaluated(60)
    followed = Followed("o1", 40, 30, 14, 10, 6, tuple("The clinic has no naloxone in stock" for _ in range(12)))
    plans = {name: tuple(found.sums[f"change#{name}"]["texts"]) for name in ("o0", "o1")}
    made = built(Evidence((found,), (followed,), plans))
    assert {"evaluation", "barriers", "commitments", "themes", "activity", "report", "levels", "limits"} <= {
        one.id for one in made.sections
    }
    rating = table(made, "ratings").rows[0]
    assert rating[1].value is None or rating[2].of == rating[1].value
    assert [WRITTEN.cell(cell) for cell in table(made, "follow-up").rows[0][1:]] == ["40", "30", "14", "10", "6"]
    words = {WRITTEN.cell(row[1]) for row in table(made, "plans").rows}
    assert any("naloxone" in one for one in words)
    assert "The clinic" not in str(made)
    levels = {WRITTEN.cell(row[0]): WRITTEN.cell(row[2]) for row in table(made, "levels").rows}
    assert levels["5 Performance, as learners see it"] == "plans and what became of them"
    assert ("Learner Performance", "Subjective") in {
        (WRITTEN.cell(row[0]), WRITTEN.cell(row[1])) for row in table(made, "pars").rows
    }


@pytest.mark.parametrize("seed", range(10))
def test_no_few_answers_of_a_rating(seed: int) -> None:
    """Steps, who left it out, the two best and everybody: no sum of what is shown counts one to four."""
    found = evaluated(12 + 7 * seed, seed)
    made = built(Evidence((found,)))
    for row, question in zip(table(made, "ratings").rows, found.questions, strict=False):
        counts = found.sums[question["id"]]["counts"]
        atoms = {step: counts.get(step, 0) for step in "54321"} | {"-": found.n - sum(counts.values())}
        names = ("54321", "54", *"54321", "-")
        shown = {
            (place, name): frozenset(name)
            for place, (name, cell) in enumerate(zip(names, row[1:], strict=True))
            if cell.value is not None
        }
        assert all(row[1 + at].value == sum(atoms[one] for one in made_of) for (at, _), made_of in shown.items())
        evaluations = table(made, "counted").rows[-1][1]
        if evaluations.value is not None:
            shown["all"] = frozenset(atoms)
        assert derived(Counter(atoms), shown) is None


def test_few_reports_of_bias_are_hidden() -> None:
    """The provider has a task for each; the report tells no number of one to four."""
    seen = []
    for seed in range(6):
        found = evaluated(50, seed, bias=0.04)
        yes = found.sums["bias"]["counts"].get("yes", 0)
        rows = next(
            t.rows for one in built(Evidence((found,))).sections for t in one.tables if "commercial" in str(t.caption)
        )
        shown = {WRITTEN.cell(row[0]): row[1].value for row in rows}
        assert (shown["Yes"] is None) == (0 < yes < 5)
        assert shown["No"] is None or not 0 < yes < 5
        seen.append(yes)
    assert any(0 < one < 5 for one in seen)


def test_below_five_evaluations_nothing_is_told() -> None:
    made = built(Evidence((evaluated(4),)))
    assert not [t.id for one in made.sections for t in one.tables if t.id in ("ratings", "minutes", "barriers-1")]
    assert next(row[1] for row in table(made, "counted").rows if WRITTEN.cell(row[0]) == "Evaluations").value is None


@pytest.mark.parametrize("texts", [0, 1, 9])
def test_below_ten_texts_there_are_no_themes(texts: int) -> None:
    assert themes.of(["Offer naloxone"] * texts).found == ()


@pytest.mark.parametrize("seed", range(8))
def test_themes_tell_of_five_at_least(seed: int) -> None:
    """Themes overlap: no sum of their counts, the texts and everybody counts one to four."""
    chance = random.Random(seed)
    words = ["naloxone", "taper", "monitoring", "dosage", "nonopioid"]
    texts = [" ".join(chance.sample(words, chance.randint(1, 3))) for _ in range(10 + 5 * seed)]
    found = themes.of(texts, silent=chance.randint(0, 6))
    atoms = Counter(frozenset(one.words for one in found.found if has(text, one.words)) for text in texts)
    shown = {one.words: frozenset(atom for atom in atoms if one.words in atom) for one in found.found}
    assert all(sum(atoms[one] for one in shown[each.words]) == each.texts >= 5 for each in found.found)
    assert derived(atoms, {**shown, "": frozenset(atoms)}) is None


@pytest.mark.parametrize("silent", range(8))
def test_a_theme_of_all_but_four_texts_is_not_shown(silent: int) -> None:
    """How many texts there are can't be hidden, however few wrote none."""
    texts = ["naloxone"] * 6 + ["taper", "monitoring", "dosage", "nonopioid"]
    assert themes.of(texts, silent=silent).found == ()
    assert [one.texts for one in themes.of([*texts, "referral"], silent=silent).found] == [6]


def has(text: str, theme: str) -> bool:
    """Whether the words of a theme stand in a text, one behind the other."""
    return f" {theme} " in f" {text} "


def sure_of(cohort: Cohort, seed: int) -> Cohort:
    """The same people, who said how sure they were: rather more where they were right, and some said nothing."""
    chance = np.random.default_rng(seed)

    def said(marks: np.ndarray, gain: int) -> np.ndarray:
        levels = np.clip(chance.integers(1, 5, marks.shape) + gain + (marks == 49), 1, 5)
        return np.where(chance.random(marks.shape) < 0.03, ord("-"), levels + 48).astype(np.uint8)

    groups = [replace(one, before_sure=said(one.before, 0), after_sure=said(one.after, 1)) for one in cohort.groups]
    return replace(cohort, groups=tuple(groups))


def sure_atoms(group: Any, place: int) -> Counter[Any]:
    """One question's matched learners: answers before and after, levels before and after (0: not said)."""
    columns = (group.before, group.after, group.before_sure, group.after_sure)
    found: Counter[Any] = Counter()
    for one in zip(*(column[:, place] for column in columns), strict=True):
        first, second, sure, later = (chr(each) for each in one)
        said = "-" not in (first, second, sure, later)
        found[first, second, int(sure) if said else 0, int(later) if said else 0] += 1
    return found


@pytest.mark.parametrize("seed", range(8))
def test_no_few_who_were_sure(seed: int) -> None:
    """One question: answers, segments, how sure, how it moved, wrong and sure together."""
    cohort = sure_of(crowd.cohort(25 + 20 * seed, items=3, seed=seed, shares=(0.4, 0.8)), seed)
    made = report.build(cohort, asking(3, sure=True))
    for place in range(3):
        atoms = sure_atoms(cohort.groups[0], place)
        said = {one for one in atoms if one[2]}
        row, wrong = table(made, "confidence").rows[place], table(made, "wrong-and-sure").rows[place]
        sides, segments = table(made, "items").rows[place], table(made, "items-segments").rows[place]
        claims = {
            "said": (row[1], said),
            "sure before": (row[2], {one for one in said if one[2] >= 4}),
            "sure after": (row[3], {one for one in said if one[3] >= 4}),
            "surer": (row[4], {one for one in said if one[3] > one[2]}),
            "same": (row[5], {one for one in said if one[3] == one[2]}),
            "less": (row[6], {one for one in said if one[3] < one[2]}),
            "wrong sure before": (wrong[1], {one for one in said if one[0] == "0" and one[2] >= 4}),
            "wrong sure after": (wrong[2], {one for one in said if one[1] == "0" and one[3] >= 4}),
            "answered": (sides[2], {one for one in atoms if "-" not in one[:2]}),
            "right before": (sides[3], {one for one in atoms if one[0] == "1" and one[1] != "-"}),
            "right after": (sides[4], {one for one in atoms if one[1] == "1" and one[0] != "-"}),
            "declined": (segments[4], {one for one in atoms if one[:2] == ("1", "0")}),
            "improved": (segments[1], {one for one in atoms if one[:2] == ("0", "1")}),
        }
        shown = {"all": frozenset(atoms)}
        for name, (cell, made_of) in claims.items():
            if cell.value is not None:
                assert cell.value == sum(atoms[one] for one in made_of), name
                shown[name] = frozenset(made_of)
                if name.startswith("wrong sure"):
                    at = SIDES.index(name.split()[-1])
                    shown[f"of {name}"] = frozenset(one for one in said if one[at] == "0")
                    assert cell.of == sum(atoms[one] for one in shown[f"of {name}"])
        merged: Counter[Any] = Counter()
        for atom, number in atoms.items():
            merged[frozenset(name for name, made_of in shown.items() if atom in made_of)] += number
        assert derived(merged, {name: frozenset(one for one in merged if name in one) for name in shown}) is None


@pytest.mark.parametrize("seed", range(4))
def test_calibration_does_not_tell_what_a_question_hides(seed: int) -> None:
    """All questions less the shown ones: what is left of wrong and sure answers is none or at least five."""
    cohort = sure_of(crowd.cohort(70, items=4, seed=seed, shares=(0.4, 0.85)), seed)
    made = report.build(cohort, asking(4, sure=True))
    ids = [t.id for one in made.sections for t in one.tables]
    if "calibration" not in ids:
        return
    levels, wrong = table(made, "calibration").rows, table(made, "wrong-and-sure").rows
    for column in (1, 2):
        high = [row[column] for row in levels[3:]]
        if any(cell.value is None for cell in high):
            continue
        whole = sum((cell.of or 0) - int(cell.value or 0) for cell in high)
        left = whole - sum(int(row[column].value or 0) for row in wrong)
        assert left == 0 or left >= 5 or all(row[column].value is not None for row in wrong)


def test_nobody_sure_is_no_section() -> None:
    assert "confidence" not in {one.id for one in report.build(crowd.cohort(80), asking()).sections}


def test_the_fingerprint_is_of_what_is_shown() -> None:
    """Another language has the same; another number another; what is hidden is not in it."""
    one = report.build(crowd.cohort(80), asking())
    german = report.build(crowd.cohort(80), asking(), numbers=Numbers(point=","))
    assert report_about.fingerprint(one) == report_about.fingerprint(german)
    assert report_about.fingerprint(one) != report_about.fingerprint(report.build(crowd.cohort(81), asking()))
    assert len({report_about.fingerprint(replace(one, simulated=said)) for said in (True, False)}) == 2


def test_shares_are_parts_of_their_n() -> None:
    """Spec 5.4: percentages recompute from the shown n; no part is larger than its whole."""
    found = evaluated(60)
    made = report.build(
        sure_of(crowd.cohort(80, practice=True), 1), asking(sure=True), evidence=Evidence((found,), (), {})
    )
    shares = [
        cell for one in made.sections for t in one.tables for row in t.rows for cell in row if cell.form is Form.SHARE
    ]
    assert len(shares) > 40
    assert all(0 <= (cell.value or 0) <= (cell.of or 0) for cell in shares if cell.value is not None)
