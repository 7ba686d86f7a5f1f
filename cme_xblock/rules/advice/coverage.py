"""Advice on what the questions cover: objectives, rationales, references, and how many are true/false."""

from __future__ import annotations

from collections.abc import Iterator

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.message import N_
from cme_xblock.rules.advice.lint import NBME_FORMATS, NBME_SHAPE, OURS, item_lint, lint
from cme_xblock.rules.advice.reading import Asked, Test
from cme_xblock.rules.finding import Hit, place

# More true/false questions than this share are too many, from this number on.
_MOST_TRUE_FALSE = 3
_FEWEST_OPTIONS = 3


@lint(
    "objective_without_item",
    message=N_("No assessment question points to this objective. Write one for it, or point one to it."),
    reason=N_("What is not asked is not measured: the report will have nothing to say of this objective."),
    source=OURS,
)
def objective_without_item(test: Test) -> Iterator[Hit]:
    """Every objective is measured."""
    measured = {one.objective for one in test.activity.assessment.items}
    for index, one in enumerate(test.activity.objectives):
        if one.id not in measured:
            yield Hit(place("objectives", one.id, index))


@item_lint(
    "item_without_objective",
    message=N_("This question points to no objective. Choose the one that it measures, or leave the question out."),
    reason=N_("Results are reported by objective; a question without one counts for none of them."),
    source=OURS,
)
def item_without_objective(asked: Asked) -> Iterator[Hit]:
    """Every question measures an objective."""
    if not asked.item.objective:
        yield Hit(f"{asked.where}.objective")


def _assessed(test: Test) -> Iterator[Asked]:
    """Scored questions of the assessment: only these are explained to learners."""
    return (one for part in test.parts if part.where == "assessment.items" for one in part.items if one.item.scored)


@lint(
    "item_without_rationale",
    message=N_("This question has no rationale. Write why the key is right, and why the others are not."),
    reason=N_("Learners learn most from the reason, and boards and pharmacy accreditors ask for it as feedback."),
    source=OURS,
)
def item_without_rationale(test: Test) -> Iterator[Hit]:
    """Feedback has a reason."""
    yield from (Hit(f"{one.where}.rationale") for one in _assessed(test) if not one.item.rationale)


@lint(
    "item_without_reference",
    message=N_("This question cites no reference. Point it to the source of its key."),
    reason=N_("A key that can be looked up is trusted by learners, and found when its source is replaced."),
    source=OURS,
)
def item_without_reference(test: Test) -> Iterator[Hit]:
    """Keys have sources."""
    yield from (Hit(f"{one.where}.references") for one in _assessed(test) if not one.item.references)


@lint(
    "true_false_overused",
    message=N_("{count} of {total} scored questions are true/false. Turn some into cases with one best answer."),
    reason=N_(
        "A true/false question is guessed rightly half of the time, must be true without any exception, and asks what "
        "somebody recalls rather than what they would do."
    ),
    source=NBME_FORMATS,
)
def true_false_overused(test: Test) -> Iterator[Hit]:
    """Three or more, and more than a third."""
    for part in test.parts:
        scored = [one for one in part.items if one.item.scored]
        count = sum(one.item.kind is ItemKind.TRUE_FALSE for one in scored)
        if count >= _MOST_TRUE_FALSE and 3 * count > len(scored):
            yield Hit(part.where, {"count": str(count), "total": str(len(scored))})


@item_lint(
    "options_few",
    message=N_(
        "This question has only {count} options. Add wrong ones that someone might well choose: three are enough."
    ),
    reason=N_("With two options half of all guesses are right."),
    source=NBME_SHAPE,
)
def options_few(asked: Asked) -> Iterator[Hit]:
    """At least three, beside true/false."""
    if asked.choice and 0 < len(asked.options) < _FEWEST_OPTIONS:
        yield Hit(f"{asked.where}.options", {"count": str(len(asked.options))})


LINTS = (
    objective_without_item,
    item_without_objective,
    item_without_rationale,
    item_without_reference,
    true_false_overused,
    options_few,
)
