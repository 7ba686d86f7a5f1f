"""Evaluations: identified sheets answer by answer, and for everybody else sums alone.

Anonymous answers have no row for a learner anywhere (docs/decisions/0019), so they are in the sums and in nothing else.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from cme_xblock.activity.message import N_
from cme_xblock.console.access import May
from cme_xblock.console.exports.columns import Column, Columns, Form
from cme_xblock.console.exports.datasets import base, rows
from cme_xblock.console.exports.datasets.base import Dataset
from cme_xblock.console.exports.datasets.whole import WholeDataset
from cme_xblock.console.exports.scope import Scope, Stretch
from cme_xblock.participation import evaluation
from cme_xblock.records import evaluations, sums
from cme_xblock.records.models import EvaluationSheet

if TYPE_CHECKING:
    from cme_xblock.outcomes.evidence import Evaluated
    from cme_xblock.outcomes.hiding_evaluation import Hidden
    from cme_xblock.outcomes.planner import Planner

HIDDEN = "hidden"


class Evaluations(Dataset):
    """One row is one answer of one identified evaluation."""

    id = "evaluation"
    title = N_("Evaluation, identified")
    about = N_("Every answer of evaluations that learners gave with their name. Anonymous ones are in the sums alone.")
    may = May.EXPORT
    filters = ()
    page = 500
    columns = (
        Column("sheet", Form.TEXT, N_("The evaluation's number."), personal=True),
        rows.PARTICIPATION,
        rows.LEARNER,
        rows.ACTIVITY,
        rows.COURSE,
        Column("edition", Form.TEXT, N_("SHA-256 of the edition that asked.")),
        Column("question", Form.TEXT, N_("The question's id; `#why` behind it stands for the sentence that explains.")),
        Column("asked", Form.TEXT, N_("The question as the author wrote it, with whom or what it is about.")),
        Column("answer", Form.TEXT, N_("What was chosen (ids), a number, or what was written."), personal=True),
        Column("answer_text", Form.TEXT, N_("The words of what was chosen."), personal=True),
    )

    def read(self, scope: Scope, stretch: Stretch) -> Columns:
        """The answers of some learners."""
        found = EvaluationSheet.objects.filter(
            scope.belongs("participation__"), participation__activity_key=stretch.activity,
            participation_id__gt=stretch.after, participation_id__lte=stretch.upto,
        )  # fmt: skip
        columns = ("uuid", "participation__uuid", "participation__learner_id", "edition__sha256", "chosen", "written")
        sheets = found.order_by("participation_id", "pk").values_list(*columns)
        activity_id, course, _ = rows.place(stretch.activity)
        return rows.turned((row for one in sheets for row in _answers(one, activity_id, course)), self.columns)


def _answers(sheet: tuple[str, ...], activity_id: str, course: str) -> Iterator[tuple[Any, ...]]:
    uuid, participation, learner, sha256, chosen, written = sheet
    activity = base.edition(sha256)
    asked = {one.id: one for one in evaluation.questions(activity)} if activity else {}
    own = (uuid, participation, learner, activity_id, course, sha256)
    for name, values in {**_loaded(chosen), **_loaded(written)}.items():
        question = asked.get(name) or asked.get(name.removesuffix("#why"))
        words = {one.id: one.text for one in question.choices} if question and name == question.id else {}
        about = " — ".join(one for one in (rows.plain(question.stem), question.subject) if one) if question else ""
        yield (*own, name, about, " ".join(values), " | ".join(words[one] for one in values if words.get(one)))


def _loaded(text: str) -> Mapping[str, Sequence[str]]:
    try:
        return {str(name): [str(one) for one in values] for name, values in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError):
        return {"(unreadable: run cme_verify)": []}


class EvaluationSums(WholeDataset):
    """One row is one choice of one question, or one text; anonymous and identified answers by the same rules."""

    id = "evaluation_sums"
    title = N_("Evaluation, sums")
    about = N_("How often each answer was given. Numbers that could name somebody are hidden; texts from ten on.")
    may = May.EXPORT_AGGREGATE
    columns = (
        rows.ACTIVITY,
        rows.COURSE,
        rows.TITLE,
        Column("mode", Form.TEXT, N_("anonymous or identified.")),
        Column("question", Form.TEXT, N_("The question's id.")),
        Column("asked", Form.TEXT, N_("The question as the author wrote it, with whom or what it is about.")),
        Column("answered", Form.COUNT, N_("How many answered it, or `hidden`.")),
        Column("choice", Form.TEXT, N_("The choice's id, or a number; empty for a text.")),
        Column("choice_text", Form.TEXT, N_("Its words.")),
        Column("count", Form.COUNT, N_("How many chose it, or `hidden`.")),
        Column("text", Form.TEXT, N_("What one of them wrote, in the order of its letters.")),
    )

    def whole(self, scope: Scope, activity_key: str) -> Columns:
        """The sums of one activity: what its outcomes report hides is hidden here (promise 11)."""
        # Here, because scipy takes a second that no page should pay.
        from cme_xblock.outcomes import hiding_evaluation

        where = rows.place(activity_key)
        # An audit file has every sheet besides, so its sums are of all of them.
        shown = [*_anonymous(activity_key), *(_sealed if scope.sealed else _stepped)(scope, activity_key)]
        made: list[tuple[Any, ...]] = []
        for one, planner in shown:
            gone = hiding_evaluation.hidden(one, minimum=scope.minimum, planner=planner)
            mode = "anonymous" if one.anonymous else "identified"
            made += [(*where, mode, *row) for row in _summed(one, gone, scope.minimum)]
        return rows.turned(made, self.columns)


def _anonymous(activity_key: str) -> Iterator[tuple[Evaluated, Planner]]:
    from cme_xblock.outcomes.evidence import Evaluated
    from cme_xblock.outcomes.planner import plain

    for one in evaluations.released(activity_key):
        yield Evaluated(one.questions, one.evaluations, one.sums, anonymous=True), plain


def _stepped(scope: Scope, activity_key: str) -> Iterator[tuple[Evaluated, Planner]]:
    """The same as the outcomes report has it, at its last step: two files of two days name nobody by their difference.

    Nothing before the first step. Source: docs/decisions/0034.
    """
    from cme_xblock.outcomes import gathering, reading, refresh, releasing, said

    found = reading.reported(activity_key)
    if found is None:
        return
    refresh.refresh(activity_key)
    now = releasing.current(activity_key, found.activity, minimum=scope.minimum, now=timezone.now())
    if now.evidence is None:
        return
    shown = said.as_of(gathering.of(activity_key, minimum=scope.minimum), now.evidence).evaluations
    yield from ((one, now.planner) for one in shown if not one.anonymous)


def _sealed(scope: Scope, activity_key: str) -> Iterator[tuple[Evaluated, Planner]]:
    """For each set of questions what it asked, and the sums of its sheets."""
    from cme_xblock.outcomes.evidence import Evaluated
    from cme_xblock.outcomes.planner import plain

    found = EvaluationSheet.objects.filter(scope.belongs("participation__"), activity_key=activity_key)
    totals: dict[str, sums.Sums] = {}
    sheets: Counter[str] = Counter()
    asked: dict[str, tuple[Mapping[str, Any], ...]] = {}
    columns = ("instrument", "edition__sha256", "chosen", "written")
    for instrument, sha256, chosen, written in found.order_by("pk").values_list(*columns).iterator(chunk_size=2000):
        if instrument not in asked:
            activity = base.edition(sha256)
            asked[instrument] = tuple(evaluation.described(activity)) if activity else ()
        sheet = sums.of_sheet({**_loaded(chosen), **_loaded(written)}, asked[instrument])
        _add(totals.setdefault(instrument, {}), sheet)
        sheets[instrument] += 1
    for instrument in sorted(totals):
        yield Evaluated(asked[instrument], sheets[instrument], totals[instrument], anonymous=False), plain


def _add(total: sums.Sums, sheet: sums.Sums) -> None:
    """Add one sheet in place; texts are put in their order at the end, for sums of sums would sort them each time."""
    for name, one in sheet.items():
        into = total.setdefault(name, {"answered": 0, "counts": {}, "texts": []})
        into["answered"] += one["answered"]
        into["texts"] += one["texts"]
        for choice, number in one["counts"].items():
            into["counts"][choice] = into["counts"].get(choice, 0) + number


def _summed(one: Evaluated, gone: Hidden, minimum: int) -> Iterator[tuple[Any, ...]]:
    for question in one.questions:
        name, hides = question["id"], gone.questions.get(question["id"], frozenset())
        found, why = one.sums.get(name), one.sums.get(f"{name}#why")
        about = " — ".join(each for each in (rows.plain(question["stem"]), question["subject"]) if each)
        if found is not None:
            answered = HIDDEN if "answered" in hides else found["answered"]
            words = {each["id"]: each["text"] for each in question["choices"]}
            # Of a number that somebody gave it is hidden that it was given.
            told = {choice: number for choice, number in found["counts"].items()
                    if choice in words or choice not in hides}  # fmt: skip
            if found["counts"] and not told:
                yield name, about, answered, "", "", HIDDEN, ""
            for choice, number in sorted(told.items()):
                yield name, about, answered, choice, words.get(choice, ""), HIDDEN if choice in hides else number, ""
            yield from _texts((name, about, answered), found["texts"])
        if why is not None:
            told = why["answered"] if _is_told(why["answered"], one, found, hides, minimum) else HIDDEN
            yield from _texts((f"{name}#why", about, told), why["texts"])


def _texts(about: tuple[str, str, int | str], texts: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    from cme_xblock.outcomes.commitments import WORDS_FROM

    if 0 < len(texts) < WORDS_FROM:
        yield (*about, "", "", HIDDEN, "")
    for text in sorted(texts) if len(texts) >= WORDS_FROM else ():
        yield (*about, "", "", None, text)


def _is_told(
    why: int, one: Evaluated, found: Mapping[str, Any] | None, hides: Collection[str], minimum: int
) -> bool:
    """Whether it may be told how many gave a reason: they are among those who chose what asks for it."""
    shown = [number for choice, number in (found["counts"].items() if found else ()) if choice not in hides]
    return not any(0 < abs(number - why) < minimum for number in (0, one.n, *shown))
