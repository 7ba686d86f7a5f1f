"""The report's sections on who took part: the funnel, and those who are in no pair. PURE."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cme_xblock.activity.message import N_, Message
from cme_xblock.outcomes.cohort import Cohort
from cme_xblock.outcomes.hiding_people import STEPS, Wording
from cme_xblock.outcomes.marks import Reached
from cme_xblock.outcomes.pairs import item_version, scored
from cme_xblock.outcomes.planner import Name
from cme_xblock.outcomes.shapes import Cell, Chart, Column, Form, Mark, Section, Table, count, hidden, words
from cme_xblock.outcomes.stats.paired import Summary
from cme_xblock.outcomes.view import View


@dataclass(frozen=True)
class People:
    """A cohort with the wordings its matched learners met and what is hidden of it (`hiding_people.people`)."""

    cohort: Cohort
    wordings: tuple[Wording, ...]
    gone: frozenset[Name]

    @property
    def matched(self) -> int:
        """How many answered both."""
        return sum(one.n for one in self.wordings)

    def number(self, name: Name, value: int) -> Cell:
        """The count of that cell, or that it is hidden."""
        return hidden() if name in self.gone else count(value)


def funnel(seen: People) -> Iterable[Section]:
    """How many came how far, in the words of the Outcomes Standardization Project. Source: spec 5.2."""
    cohort = seen.cohort
    if not cohort.registered:
        return
    steps: list[tuple[Name, int]] = [("registered", cohort.registered)]
    steps += [(one, cohort.reached.get(one, 0)) for one in STEPS]
    rows, marks = [], []
    for name, value in steps:
        label, meaning = _STEPS[name]
        cell = seen.number(name, value)
        rows.append((words(Message(label)), cell, words(Message(meaning))))
        if cell.value is not None:
            marks.append(Mark(Message(label), (value / cohort.registered,), (None,), (cell,)))
    columns = (Column(N_("Step"), Form.TEXT), Column(N_("People")), Column(N_("What it means"), Form.TEXT))
    chart = Chart("bars", Message(N_("How far people came")), Message(BARS), tuple(marks))
    yield Section(
        "funnel",
        N_("Who took part"),
        tables=(Table("funnel", Message(N_("From registration to completion")), columns, tuple(rows)),),
        chart=chart if marks and "registered" not in seen.gone else None,
        notes=(Message(PARS_LEARNERS),),
    )


def matching(seen: People, view: View | None, *, minimum: int) -> list[Section]:
    """Who is in no pair, and whether they differ: attrition, said openly. Source: spec 5.3, rule 3."""
    groups = seen.cohort.groups
    if not groups:
        return []
    before_only = sum(one.n for one in groups if one.after_edition is None)
    after_only = sum(one.n for one in groups if one.before_edition is None)
    rows = [
        (words(Message(N_("Both: matched"))), seen.number("matched", seen.matched)),
        (words(Message(N_("Baseline only"))), seen.number("before_only", before_only)),
        (words(Message(N_("Assessment only, no baseline"))), seen.number("after_only", after_only)),
    ]
    rows += [
        (words(Message(N_("Matched, in this report's main tables"))), seen.number(("wording", 0), seen.wordings[0].n))
        for _ in seen.wordings[:1]
        if len(seen.wordings) > 1
    ]
    columns = (Column(N_("Answered"), Form.TEXT), Column(N_("People")))
    table = Table("matching", Message(N_("Who answered what")), columns, tuple(rows))
    notes = []
    if view is not None:
        notes += _attrition(seen, view, minimum)
    return [Section("matching", N_("Who is not in the comparison"), tables=(table,), notes=tuple(notes))]


def _attrition(seen: People, view: View, minimum: int) -> list[Message]:
    """The baseline of those who left beside that of those who stayed, in whole percent."""
    left, stayed = view.found.before_only, view.found.matched_before
    told = {"before_only", ("wording", 0)}.isdisjoint(seen.gone) and left.n >= minimum and stayed.n >= minimum
    if told and len(_baselines(seen)) > 1:
        return [Message(OTHER_BASELINE)]
    asked = [len(scored(one.before_edition.baseline.items)) for one in seen.cohort.groups if one.before_edition]
    if not told or not all(_is_many(one, min(asked, default=0), minimum) for one in (left, stayed)):
        return [Message(NO_ATTRITION)]
    values = {"left": str(round(left.mean or 0)), "stayed": str(round(stayed.mean or 0)), "n": str(left.n),
              "matched": str(stayed.n)}  # fmt: skip
    return [Message(ATTRITION, values)]


def _baselines(seen: People) -> set[tuple[str, ...]]:
    """The baselines, by the versions of their items, of who is compared: a gap could be the questions' own."""
    first = seen.wordings[0].places
    return {
        tuple(item_version(item) for item in scored(one.before_edition.baseline.items))
        for place, one in enumerate(seen.cohort.groups)
        if one.before_edition is not None and one.n and (place in first or one.after_edition is None)
    }


def _is_many(one: Summary, asked: int, minimum: int) -> bool:
    """Whether a mean in whole percent tells of no few answers: one percent of them is more than the limit, and enough
    are right, and enough are not. `asked`: how many questions there were at least.
    """
    if one.mean is None:
        return False
    right, wrong = (share / 100 * one.n * asked for share in (one.mean, 100 - one.mean))
    return one.n * asked >= _COARSE and min(right, wrong) >= minimum


# One percent of so many answers is ten: twice the limit.
_COARSE = 1000
_STEPS: dict[Name, tuple[str, str]] = {
    "registered": (N_("Registered"), N_("Opened the activity and did at least one thing that is on record.")),
    Reached.ACKNOWLEDGED: (N_("Disclosure acknowledged"), N_("Acknowledged the disclosure before anything else.")),
    Reached.BASELINE: (N_("Baseline done"), N_("Handed in the baseline (pre-test).")),
    Reached.STARTED: (N_("Learners (start)"), N_("Began the core content, after front matter and baseline.")),
    Reached.CONTENT: (N_("Completers"), N_("Finished the core content, whether or not anything after it was done.")),
    Reached.ASSESSED: (N_("Assessment done"), N_("Handed in the assessment (post-test) at least once.")),
    Reached.PASSED: (N_("Passed"), N_("Passed the assessment at any attempt.")),
    Reached.EVALUATED: (N_("Evaluation done"), N_("Handed in the evaluation.")),
    Reached.CLAIMED: (N_("Claimed"), N_("Claimed credit at least once.")),
    Reached.COMPLETED: (N_("Completed"), N_("Met every requirement together; with a claim, has the certificate.")),
}  # fmt: skip
BARS = N_("One bar for each step, as long as its share of those who registered.")
PARS_LEARNERS = N_("PARS counts everybody who took part as a learner, whether or not they began the core content.")
NO_ATTRITION = N_(
    "Whether those who left knew less at the start is not shown: too few people, or too few of their answers."
)
ATTRITION = N_(
    "Those with a baseline only ({n}) had {left} % right at the baseline, the {matched} matched learners {stayed} %. "
    "If these differ, the matched learners do not stand for everybody."
)
OTHER_BASELINE = N_(
    "Whether those who left knew less at the start is not compared: they did not all meet the same questions."
)
