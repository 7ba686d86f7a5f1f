"""What must not be shown of an evaluation: one plan for how many there are, and one for each of its questions. PURE.

Answers of one evaluation are not kept together, so nobody knows who is in two questions' groups at once (0019), and
each question has a plan of its own. Those who handed in an evaluation and answered other questions are in each plan:
the report tells how many people handed in any. Page, files and exports ask here, so that what one hides no other tells.
Source: promise 11; docs/decisions/0029, 0042.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cme_xblock.activity import canonical
from cme_xblock.outcomes.evidence import Evaluated
from cme_xblock.outcomes.planner import TOLD, Name, Parts, Planner, plain

__all__ = ["ANSWERED", "LEFT_OUT", "TOP", "TOTAL", "Hidden", "atoms", "hidden", "is_rating"]

Question = Mapping[str, Any]
Count = Callable[[Evaluated], Mapping[Name, int]]
LEFT_OUT, TOTAL, ANSWERED, TOP = "left out", "total", "answered", "top"
# Who handed in an evaluation and answered other questions; and these together with those who answered this one.
_OTHERS, _EVERYBODY = "others", "everybody"
# Choices, where several may be made: those that are not somebody's first.
_BEYOND = "beyond the first"
_FIVE = ("5", "4", "3", "2", "1")
_BEST = frozenset({"5", "4"})
_WORTH = {TOTAL: 9, ANSWERED: 8, TOP: 7, _EVERYBODY: TOLD}


@dataclass(frozen=True)
class Hidden:
    """What is hidden of an evaluation. `whole`: how many there are; `questions`: by id, which of their numbers.

    A question's numbers: TOTAL, ANSWERED, LEFT_OUT, TOP (the two best of five) and its choices' ids, or the numbers
    that were given.
    """

    whole: bool
    questions: Mapping[str, frozenset[str]]


def hidden(most: Evaluated, *, minimum: int, planner: Planner = plain) -> Hidden:
    """What is hidden. Of anonymous evaluations nothing is remembered: a history would lead to learners."""
    asks = plain if most.anonymous else planner
    gone = _ask(asks, most, "", _whole, {TOTAL: frozenset({TOTAL})}, minimum)
    whole = TOTAL in gone or 0 < most.n < minimum
    # What learners say of their practice is kept with the record and told of by the report's groups (0033).
    asked = [one for one in most.questions if one["purpose"] != "practice"]
    return Hidden(whole, {str(one["id"]): _of(asks, most, one, whole, minimum) for one in asked})


def is_rating(one: Question) -> bool:
    """Whether it is rated on five steps of ours, of which 5 is the best."""
    return one["kind"] == "rating" and {each["id"] for each in one["choices"]} == set(_FIVE)


def _of(asks: Planner, most: Evaluated, one: Question, whole: bool, minimum: int) -> frozenset[str]:
    name = f" {one['id']} "
    if one["kind"] == "multiple":
        # Whoever may choose several is judged by each choice: against all who answered.
        gone: set[str] = set()
        for each in one["choices"]:
            count = partial(_chosen, one=one, choice=each["id"])
            cells = {ANSWERED: frozenset({"chosen", "not"}), "chosen": frozenset({"chosen"})}
            plan = _ask(asks, most, f"{name}{each['id']}", count, cells | _total(whole, count(most)), minimum)
            gone |= {each["id"] if cell == "chosen" else cell for cell in plan}
        return frozenset(gone | _several(asks, most, one, gone, minimum))
    count = partial(_written if one["kind"] == "text" else _given if one["kind"] == "number" else atoms, one=one)
    counted = count(most)
    answered = frozenset(counted) - {LEFT_OUT}
    cells = {choice: frozenset({choice}) for choice in counted} | {ANSWERED: answered} | _total(whole, counted)
    if is_rating(one):
        cells[TOP] = _BEST & answered
    return _ask(asks, most, name, count, cells, minimum)


def _several(asks: Planner, most: Evaluated, one: Question, gone: set[str], minimum: int) -> set[str]:
    """What goes so that nobody can count how many choices were made beyond everybody's first, where these are few."""
    count = partial(_beyond, one=one)
    table = f"evaluation {canonical.digest(list(most.questions))} {one['id']} +"
    parts = (lambda: {code: count(part) for code, part in most.parts.items()}) if most.parts else None
    cells = {_BEYOND: frozenset({_BEYOND})}
    few = asks(table, count(most), cells, minimum=minimum, worth={_BEYOND: 1}, parts=parts)
    counts = {each["id"]: int(_sums(most, one)["counts"].get(each["id"], 0)) for each in one["choices"]}
    if gone or not few or not any(counts.values()):
        return set()
    return {min((name for name, number in counts.items() if number), key=lambda name: counts[name])}


def _beyond(most: Evaluated, one: Question) -> dict[Name, int]:
    """How many choices were made more than there are people who made one."""
    found = _sums(most, one)
    return {_BEYOND: max(sum(int(number) for number in found["counts"].values()) - int(found["answered"]), 0)}


def _total(whole: bool, counted: Mapping[Name, int]) -> dict[Name, frozenset[Name]]:
    return {} if whole else {TOTAL: frozenset(counted)}


def _ask(
    asks: Planner, most: Evaluated, name: str, count: Count, cells: dict[Name, frozenset[Name]], minimum: int
) -> frozenset[Name]:
    counted = _with_others(most, count)
    if most.others is not None:
        cells[_EVERYBODY] = frozenset(counted)
    worth = {cell: _WORTH.get(cell, 0) for cell in cells}
    table = f"evaluation {canonical.digest(list(most.questions))}{name}"
    return asks(table, counted, cells, minimum=minimum, worth=worth, parts=_parts(most, count))


def _with_others(most: Evaluated, count: Count) -> dict[Name, int]:
    return {**count(most), **({_OTHERS: most.others} if most.others is not None else {})}


def _parts(most: Evaluated, count: Count) -> Parts | None:
    """A table by when its people were counted; None where the report does not know."""
    return (lambda: {code: _with_others(part, count) for code, part in most.parts.items()}) if most.parts else None


def _whole(most: Evaluated) -> dict[Name, int]:
    return {TOTAL: most.n}


def atoms(most: Evaluated, one: Question) -> dict[Name, int]:
    """How often each choice of a question with one answer was made, and how many left it out."""
    counts = _sums(most, one)["counts"]
    found = {each["id"]: int(counts.get(each["id"], 0)) for each in one["choices"]}
    return found | {LEFT_OUT: most.n - sum(found.values())}


def _chosen(most: Evaluated, one: Question, choice: str) -> dict[Name, int]:
    """How many of those who may choose several chose this one, others, and none."""
    found = _sums(most, one)
    chosen, n = int(found["counts"].get(choice, 0)), int(found["answered"])
    return {"chosen": chosen, LEFT_OUT: most.n - n, "not": n - chosen}


def _given(most: Evaluated, one: Question) -> dict[Name, int]:
    """How often each number was given, and how many gave none."""
    counts = {value: int(number) for value, number in sorted(_sums(most, one)["counts"].items())}
    return counts | {LEFT_OUT: most.n - sum(counts.values())}


def _written(most: Evaluated, one: Question) -> dict[Name, int]:
    """How many wrote something, and how many did not."""
    n = int(_sums(most, one)["answered"])
    return {"written": n, LEFT_OUT: most.n - n}


def _sums(most: Evaluated, one: Question) -> Mapping[str, Any]:
    return most.sums.get(one["id"], {"answered": 0, "counts": {}, "texts": []})
