"""A learner's way through the activity, by the requests that the page sends; and one learner at each of its stages."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.test import Client

from benchmarks import scene
from cme_xblock.activity.codes import QuestionKind
from cme_xblock.activity.model import Activity, Item
from cme_xblock.participation import evaluation
from cme_xblock.participation.progress import Part

IDENTITY = {
    "given_name": "Ana",
    "family_name": "Sample",
    "birth_month_day": "02/29",
    "npi": "1234567893",
    "licence_state": "",
    "licence_number": "",
}
PROFESSION = "md"

# The stages of the page, and what is on it there and nowhere else.
STAGES: Mapping[str, str] = {
    "fresh: overview": 'data-cme-submit="overview"',
    "baseline open": 'data-cme-submit="baseline"',
    "content open": 'aria-current="step">Content',
    "assessment open": 'data-cme-submit="assessment"',
    "assessment result": 'data-cme-view="attempt"',
    "evaluation": 'data-cme-submit="evaluation"',
    "claim": 'aria-current="step">Claim',
    "certificate": "/cme/certificates/",
}


@dataclass
class Learner:
    """One learner. Each step is one submit; what must be on the page for it is fetched before."""

    client: Client
    student: str
    activity: Activity
    _fields: dict[str, Any] = field(default_factory=dict)

    def steps(self) -> Mapping[Part, Callable[[], HttpResponse]]:
        """The submits from the first to the last part, in order."""
        return {
            Part.OVERVIEW: lambda: self._submit(Part.OVERVIEW),
            Part.BASELINE: lambda: self._submit(Part.BASELINE, responses=right(self.activity.baseline.items)),
            Part.CONTENT: self.content,
            Part.ASSESSMENT: lambda: self._submit(Part.ASSESSMENT, responses=right(self.activity.assessment.items)),
            Part.EVALUATION: lambda: self._submit(Part.EVALUATION, responses=thoughts(self.activity)),
            Part.CLAIM: self.claim,
        }

    def open(self, part: Part) -> None:
        """Fetch the part's form, whose hidden fields its submit sends back."""
        if part is Part.CONTENT:
            return
        more = {Part.ASSESSMENT: {"view": "attempt"}, Part.CLAIM: {"view": "amount", "profession": PROFESSION}}
        answer = scene.call(self.client, scene.CME, self.student, "show", {"part": part, **more.get(part, {})})
        self._fields = hidden(answer.json()["html"])

    def go(self, *parts: Part) -> None:
        """Do these parts, one after the other."""
        for part in parts:
            self.open(part)
            accepted(self.steps()[part]())

    def fail(self) -> HttpResponse:
        """An attempt at the assessment with every answer wrong."""
        self.open(Part.ASSESSMENT)
        return accepted(self._submit(Part.ASSESSMENT, responses=wrong(self.activity.assessment.items)))

    def content(self) -> HttpResponse:
        """The learner's word that the content is done."""
        return scene.call(self.client, scene.CME_CONTENT, self.student, "submit", {"part": Part.CONTENT})

    def claim(self) -> HttpResponse:
        """A claim with everything that can be asked: consent, identity, attestation."""
        consents = {name.replace("version:", "consent:"): True for name in self._fields if name.startswith("version:")}
        assert consents, "the claim asks for no consent: is the endpoint configured?"
        systems = [name.removeprefix("wording:") for name in self._fields if name.startswith("wording:")]
        credits = {f"amount:{one}": "0.5" for one in systems} | {f"attested:{one}": True for one in systems}
        return self._submit(Part.CLAIM, name_certified="Ana Sample", **credits, **IDENTITY, **consents)

    def _submit(self, part: Part, **body: Any) -> HttpResponse:
        sent = {"part": part, **self._fields, **body}
        return scene.call(self.client, scene.CME, self.student, "submit", sent)


def at_every_stage(client: Client, activity: Activity) -> Mapping[str, str]:
    """One learner at each stage, by the stage's name."""
    done: tuple[Part, ...] = ()
    students: dict[str, str] = {}
    before = (None, Part.OVERVIEW, Part.BASELINE, Part.CONTENT, None, Part.ASSESSMENT, Part.EVALUATION, Part.CLAIM)
    for number, (stage, part) in enumerate(zip(STAGES, before, strict=True)):
        learner = Learner(client, f"stage-{number}", activity)
        done = (*done, part) if part else done
        learner.go(*done)
        if stage == "assessment result":
            learner.fail()
        students[stage] = learner.student
    return students


def right(items: tuple[Item, ...]) -> dict[str, list[str]]:
    """The right answer to each item; the first point of the scale where there is none."""
    return {one.id: sorted(one.key) or [one.options[0].id] for one in items}


def thoughts(activity: Activity) -> dict[str, list[str]]:
    """An answer to each question of the evaluation."""
    kinds = {QuestionKind.NUMBER: "45", QuestionKind.TEXT: "What I shall do differently from tomorrow on."}
    return {one.id: [kinds.get(one.kind) or one.choices[0].id] for one in evaluation.questions(activity)}


def wrong(items: tuple[Item, ...]) -> dict[str, list[str]]:
    """A wrong answer to each item."""
    return {one.id: [next(o.id for o in one.options if not o.correct or not one.scored)] for one in items}


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of a form, as the browser would send them."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def accepted(answer: HttpResponse) -> HttpResponse:
    """The answer, where it is one. Raises AssertionError with its text for a refusal."""
    assert answer.status_code == 200, f"{answer.status_code}: {answer.content.decode()[:300]}"
    return answer
