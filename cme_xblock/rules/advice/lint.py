"""What advice is, and a lint: a function with its code, its sentences and its source. Knows no flaw by itself.

Advice never blocks and needs no override: an author may know better. That is why it is no `Finding`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cme_xblock.activity.message import Message
from cme_xblock.rules.advice.reading import Asked, Test
from cme_xblock.rules.finding import Hit

# Technical item flaws, as the guide groups them; stated here in our own words.
NBME_CUES = "NBME Item-Writing Guide: technical item flaws, cues for the testwise"
NBME_DIFFICULTY = "NBME Item-Writing Guide: technical item flaws, irrelevant difficulty"
NBME_FORMATS = "NBME Item-Writing Guide: item formats"
NBME_SHAPE = "NBME Item-Writing Guide: the shape of a good item"
OUTCOMES = "Outcomes pair questions by pair_id, not by position (spec 5.3)"
OURS = "How this software scores and reports"


@dataclass(frozen=True)
class Advice:
    """One remark on a question or a test: what to do, and why.

    `where` is a path into the activity, `assessment.items[a1].options[c]`. `message` says what is the case and what to
    do next, `reason` why it matters, `source` who says so.
    """

    code: str
    where: str
    message: Message
    reason: Message
    source: str


Find = Callable[[Test], Iterable[Hit]]


@dataclass(frozen=True)
class Lint:
    """One flaw that can be detected. `english`: whether it reads English words, and so says nothing of other texts."""

    code: str
    message: str
    reason: str
    source: str
    english: bool
    find: Find

    def advice(self, test: Test) -> Iterator[Advice]:
        """What this lint says of the activity's questions."""
        if self.english and not test.english:
            return
        for hit in self.find(test):
            yield Advice(self.code, hit.where, Message(self.message, hit.params), Message(self.reason), self.source)


def lint(code: str, *, message: str, reason: str, source: str, english: bool = False) -> Callable[[Find], Lint]:
    """Make a lint of the function below, which looks at a whole test."""

    def build(find: Find) -> Lint:
        return Lint(code=code, message=message, reason=reason, source=source, english=english, find=find)

    return build


def item_lint(
    code: str, *, message: str, reason: str, source: str, english: bool = False
) -> Callable[[Callable[[Asked], Iterable[Hit]]], Lint]:
    """Make a lint of the function below, which looks at one scored question at a time."""

    def build(look: Callable[[Asked], Iterable[Hit]]) -> Lint:
        def find(test: Test) -> Iterator[Hit]:
            for part in test.parts:
                for one in part.items:
                    if one.item.scored:
                        yield from look(one)

        return Lint(code=code, message=message, reason=reason, source=source, english=english, find=find)

    return build
