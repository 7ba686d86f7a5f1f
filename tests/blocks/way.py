"""The steps of a learner's way, as requests: what the page would send, with the right answers from the activity."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any

from cme_xblock.activity.codes import QuestionKind
from cme_xblock.activity.model import Activity, Item
from cme_xblock.participation import evaluation
from tests.blocks import course
from tests.blocks.course import Answer
from tests.rules import sample

IDENTITY = {
    "given_name": "Ana",
    "family_name": "Müller",
    "birth_month_day": "02/29",
    "npi": "1234567893",
    "licence_state": "",
    "licence_number": "",
}


def right(items: tuple[Item, ...]) -> dict[str, list[str]]:
    """The right answer to each item; the middle of the scale where there is none."""
    return {one.id: sorted(one.key) or [one.options[0].id] for one in items}


def wrong(items: tuple[Item, ...]) -> dict[str, list[str]]:
    """A wrong answer to each item."""
    return {one.id: [next(o.id for o in one.options if not o.correct or not one.scored)] for one in items}


def thoughts(activity: Activity) -> dict[str, list[str]]:
    """An answer to each question of the evaluation, none of which asks for more."""
    return {one.id: [_thought(one)] for one in evaluation.questions(activity)}


def _thought(question: evaluation.Question) -> str:
    if question.chosen:
        return next(one.id for one in question.choices if not one.comment)
    return "25" if question.kind is QuestionKind.NUMBER else f"My answer to {question.id}."


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a form, as the browser would send them."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


@dataclass
class Way:
    """One learner, at the `cme` block unless another is named. `door` is the host: `tests.blocks.course` or a World."""

    student: str
    block: str = ""
    activity: Activity = field(default_factory=sample.activity)
    door: Any = course

    def __post_init__(self) -> None:
        self.block = self.block or self.door.ACTIVITY

    def show(self, **body: Any) -> str:
        answer = self.door.call(self.block, self.student, "show", body)
        return answer.data["html"] if answer.status == 200 else answer.text

    def submit(self, part: str, **body: Any) -> Answer:
        return self.door.call(self.block, self.student, "submit", {"part": part, **body})

    def acknowledge(self) -> Answer:
        return self.submit("overview", **hidden(self.show(part="overview")))

    def baseline(self) -> Answer:
        page = self.show(part="baseline")
        return self.submit("baseline", **hidden(page), responses=right(self.activity.baseline.items))

    def content(self) -> Answer:
        return self.door.call(self.door.CONTENT, self.student, "submit", {"part": "content"})

    def assessment(self, *, pass_it: bool = True) -> Answer:
        page = self.show(part="assessment", view="attempt")
        choose = right if pass_it else wrong
        return self.submit("assessment", **hidden(page), responses=choose(self.activity.assessment.items))

    def evaluation(self, **answers: list[str]) -> Answer:
        page = self.show(part="evaluation")
        return self.submit("evaluation", **hidden(page), responses=thoughts(self.activity) | answers)

    def claim_form(self, profession: str = "md") -> dict[str, str]:
        return hidden(self.show(part="claim", view="amount", profession=profession))

    def claim(self, amount: str, *, profession: str = "md", **more: Any) -> Answer:
        """The first credit that is offered, with this amount."""
        form = self.claim_form(profession)
        first = next((name.removeprefix("wording:") for name in form if name.startswith("wording:")), "")
        return self.claim_all({first: amount}, profession=profession, form=form, **more)

    def claim_all(
        self, credits: dict[str, str], *, profession: str = "md", form: dict[str, str] | None = None, **more: Any
    ) -> Answer:
        """These amounts by credit system, each attested."""
        body = {**(self.claim_form(profession) if form is None else form), "name_certified": "Ana Müller"}
        body |= {f"amount:{system}": amount for system, amount in credits.items()}
        body |= {f"attested:{system}": True for system in credits}
        return self.submit("claim", **(body | more))

    def all_before_claim(self) -> None:
        for step in (self.acknowledge, self.baseline, self.content, self.assessment):
            answer = step()
            assert answer.status == 200, answer.text
