"""A simulated cohort for the demonstration: invented learners who go the real way through the ledger.

The model, so that nobody takes it for data. Each learner has an ability a ~ N(0, 1), each question a difficulty
b ~ N(0.3, 0.6), each question teaches g ~ N(1.5, 0.6) logits, and the chance of a right answer is 1 / (1 + exp(b - a))
before and 1 / (1 + exp(b - a - g)) after. How sure somebody is follows from the same logit with noise N(0, 1), one
step lower before. Of those who acknowledge the disclosure 90 % hand in the baseline, 85 % of them finish the content
and hand in the assessment. Who fails tries once more, nine of ten of them with
success; of those who passed 80 % evaluate and 85 % claim. Half make a plan for an objective; of plans that are a month
old 70 % come back: half fully, a third partly, the rest not yet. A month after they passed 65 % answer the questions
once more, and have 70 % of each gain left. Professions, fields, years and settings are drawn from fixed shares. The
seed is fixed: the same cohort each time.

It is an activity of its own, made of the demonstration's (`activity_of`), so that nobody real is ever among them. Every
learner's id begins with outcomes.reading.SIMULATED: that marks the report, wherever it is shown.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cme_xblock.activity.codes import FollowUp
from cme_xblock.activity.evaluation import EvaluationItem
from cme_xblock.activity.model import Activity, Item
from cme_xblock.activity.retention import Retention
from cme_xblock.outcomes import refresh
from cme_xblock.outcomes.reading import SIMULATED
from cme_xblock.participation import attestation, evaluation, retention, scoring
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.commitments import Given, Outcome
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.records import claims, editions, evaluations, follow_ups, keys, ledger
from cme_xblock.records.ledger import Proposal
from cme_xblock.rules import calendar, credit_system, disclosure
from demo import cohort_words

SEED = 20261122
LEARNERS = 120
# Days until the questions come again, and what is left of a gain then.
AGAIN, LEFT = 30, 0.7
TITLE = "Simulated: {title}"
_ID = "{activity_id}-simulated"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
# What somebody did, and how many minutes after the last thing.
Step = tuple[int, Callable[[], Draft | Proposal]]


def activity_of(activity: Activity) -> Activity:
    """The activity that invented learners take: the given one, with every instrument that a report can show."""
    asked = activity.evaluation
    items = (*asked.items, *(EvaluationItem(id=name, library=name) for name in ("confidence", *evaluation.PRACTICE)))
    return replace(
        activity,
        activity_id=_ID.format(activity_id=activity.activity_id),
        title=TITLE.format(title=activity.title),
        baseline=replace(activity.baseline, ask_confidence=True),
        assessment=replace(activity.assessment, ask_confidence=True),
        evaluation=replace(asked, items=items, follow_up=(FollowUp.DAYS_30, FollowUp.DAYS_90)),
        retention=Retention(days=AGAIN),
    )


def install(course_key: str, activity: Activity, *, learners: int = LEARNERS, now: datetime) -> int:
    """Publish the simulated activity beside the demonstration's, and have the cohort take part; how many are new."""
    one = activity_of(activity)
    begun = now - timedelta(days=80)
    edition = editions.publish(course_key, one, source="cohort", now=begun)
    new = add(course_key, one, edition, learners=learners, now=now)
    refresh.refresh(key_of(course_key, activity))
    return new


def key_of(course_key: str, activity: Activity) -> str:
    """keys.activity_key of the simulated activity."""
    return keys.activity_key(course_key, _ID.format(activity_id=activity.activity_id))


def add(course_key: str, activity: Activity, edition: str, *, learners: int = LEARNERS, now: datetime) -> int:
    """Have these learners take part; how many are new. Safe to run again: who is there already is left alone."""
    chance = random.Random(SEED)  # noqa: S311 - nothing is secret here
    asked = [one for one in activity.assessment.items if one.scored]
    worth = {one.pair_id: (chance.gauss(0.3, 0.6), chance.gauss(1.5, 0.6)) for one in asked}
    new = 0
    for number in range(learners):
        one = _Learner(f"{SIMULATED}{number:04d}", activity, edition, random.Random(chance.random()), worth)  # noqa: S311
        if ledger.entries(course_key, activity.activity_id, one.name):
            continue
        new += 1
        at = now - timedelta(days=33 + number % 40, minutes=7 * number)
        for minutes, make in one.way():
            at += timedelta(minutes=minutes)
            one.at = at
            made = make()
            ledger.append(course_key, activity.activity_id, one.name, decide=lambda _, made=made: made, now=at)  # type: ignore[misc]
        one.come_back(course_key, now=now)
        one.remember(course_key, now=now)
    return new


@dataclass
class _Learner:
    """One invented learner, and what chance makes of them."""

    name: str
    activity: Activity
    edition: str
    chance: random.Random
    worth: Mapping[str, tuple[float, float]]
    at: datetime = _LONG_AGO

    def __post_init__(self) -> None:
        self.ability = self.chance.gauss(0, 1)
        self.passed = False
        self.profession, fields = self.chance.choices(*zip(*cohort_words.PROFESSIONS, strict=True))[0]
        self.practice = {
            "specialty": self.chance.choice(fields),
            "years_in_practice": self.chance.choice(cohort_words.YEARS),
            "setting": "pharmacy" if self.profession == "pharmd" else self.chance.choice(cohort_words.SETTINGS),
            "first_time": self.chance.choice(("first", "first", "returning")),
        }

    def way(self) -> Iterator[Step]:
        """What the learner does, in order."""
        one, chance = self.activity, self.chance
        yield self._draft(0, Kind.DISCLOSURE_ACKNOWLEDGED, {"disclosure": disclosure.sha256(one)})
        if chance.random() > 0.9:
            return
        stays = chance.random() < 0.85
        answers = self._answers(one.baseline.items, share=0, sure=one.baseline.ask_confidence)
        yield self._draft(3, Kind.BASELINE_SUBMITTED, answers)
        if not stays:
            return
        for section in one.content.sections:
            yield self._draft(9, Kind.CONTENT_COMPLETED, {"section": section})
        sure = one.assessment.ask_confidence
        answers = self._answers(one.assessment.items, share=1, sure=sure)
        yield self._draft(8, Kind.ASSESSMENT_SUBMITTED, {"attempt": 1, **answers})
        passed = self._passes(answers["responses"])
        if not passed and chance.random() < 0.9:
            right = {item.id: sorted(item.key) for item in one.assessment.items if item.scored}
            again = {**answers, "responses": {**answers["responses"], **right}}
            yield self._draft(6, Kind.ASSESSMENT_SUBMITTED, {"attempt": 2, **again})
            passed = True
        self.passed = passed
        if passed and one.evaluation.items and chance.random() < 0.8:
            yield 4, self._evaluation
        if passed and one.offerings and chance.random() < 0.85:
            yield 2, self._claim

    def come_back(self, course_key: str, *, now: datetime) -> None:
        """Answer what became of the plans that are a month old."""
        key = keys.participation_key(course_key, self.activity.activity_id, self.name)
        given = [
            Given(one.name, 30, outcome, self.chance.choice(cohort_words.REASONS) if self.chance.random() < 0.6 else "")
            for one in follow_ups.held(key)
            if self.chance.random() < 0.7
            for outcome in self.chance.choices(list(Outcome), (5, 3, 2))
        ]
        if given:
            follow_ups.answer(key, given, now=now - timedelta(days=1))

    def remember(self, course_key: str, *, now: datetime) -> None:
        """Answer the questions that come again, some days after they have come."""
        asked = retention.items(self.activity)
        at = self.at + timedelta(days=AGAIN, hours=1 + 4 * self.chance.randrange(6))
        if not (self.passed and asked and self.chance.random() < 0.65 and at < now):
            return
        given = {"responses": self._answers(asked, share=LEFT, sure=False)["responses"]}
        draft = Draft(Kind.RETENTION_SUBMITTED, self.edition, given)
        ledger.append(course_key, self.activity.activity_id, self.name, decide=lambda _: draft, now=at)

    def _draft(self, minutes: int, kind: Kind, payload: Mapping[str, Any]) -> Step:
        return minutes, lambda: Draft(kind, self.edition, payload)

    def _logit(self, item: Item, *, share: float) -> float:
        difficulty, gain = self.worth.get(item.pair_id, (0.0, 0.0))
        return self.ability - difficulty + gain * share

    def _answers(self, items: tuple[Item, ...], *, share: float, sure: bool) -> dict[str, Any]:
        """An answer to each item: right with the model's chance, else one wrong option; and how sure.

        `share`: how much of what each teaches they have: 0 before, 1 after.
        """
        found: dict[str, list[Any]] = {}
        levels: dict[str, str] = {}
        for one in items:
            logit = self._logit(one, share=share)
            wrong = [option.id for option in one.options if not option.correct]
            if not one.scored:
                found[one.id] = [self.chance.choice([option.id for option in one.options])]
                continue
            is_right = self.chance.random() < 1 / (1 + math.exp(-logit))
            found[one.id] = sorted(one.key) if is_right else [self.chance.choice(wrong)]
            levels[one.id] = _step(logit + self.chance.gauss(0, 1) - (0 if share else 0.5))
        return {"responses": found, **({"sure": levels} if sure else {})}

    def _passes(self, responses: Mapping[str, list[Any]]) -> bool:
        score = scoring.score(self.activity.assessment.items, {name: tuple(one) for name, one in responses.items()})
        return Decimal(score.correct) >= (self.activity.assessment.pass_mark or 0) * score.total

    def _evaluation(self) -> Proposal:
        given = evaluation.take(self.activity, self._sheet())
        if not isinstance(given, evaluation.Evaluated):
            raise TypeError(f"The simulated evaluation does not fit the questions: {given}")
        prepared = evaluations.prepare(self.activity, given)
        draft = Draft(Kind.EVALUATION_SUBMITTED, self.edition, prepared.payload)

        def effects(participation: Any, entry: Any) -> None:
            evaluations.keep(participation, entry, activity=self.activity, given=given, prepared=prepared, now=entry.at)

        return Proposal(draft, effects)

    def _sheet(self) -> dict[str, list[str]]:
        """The evaluation, question by question."""
        found: dict[str, list[str]] = {}
        for one in evaluation.questions(self.activity):
            if one.fact:
                if self.chance.random() < 0.9:
                    found[one.id] = [self.practice[one.fact]]
            elif one.purpose == "bias":
                found[one.id] = ["no"]
            elif one.kind == "rating":
                ids = sorted((each.id for each in one.choices), reverse=True)
                found[one.id] = self.chance.choices(ids, (50, 36, 10, 3, 1)[: len(ids)])
            elif one.kind == "multiple":
                plain = [each.id for each in one.choices if not each.comment and each.id != "none"]
                found[one.id] = sorted({self.chance.choice(plain[:5]) for _ in range(self.chance.randint(1, 2))})
            elif one.kind == "single":
                found[one.id] = [one.choices[0].id]
            elif one.kind == "number":
                found[one.id] = [str(self.chance.choice((40, 45, 50, 55, 60, 60, 70, 75)))]
            elif self.chance.random() < 0.5:
                found[one.id] = [self.chance.choice(cohort_words.TEXTS.get(one.purpose, cohort_words.NEEDS))]
        return found

    def _claim(self) -> Proposal:
        """A claim of the whole credit, which is reported to nobody: the receiver rehearses with real visitors."""
        offering = self.activity.offerings[0]
        number = claims.new_uuid()

        def effects(participation: Any, entry: Any) -> None:
            claims.create(
                participation, entry, attestation=made, name_certified="Simulated Learner", zone=self.activity.time_zone
            )

        if offering.amount is None:
            raise TypeError("The activity has no amount of credit.")
        made = Attestation(
            edition=self.edition,
            system=offering.system,
            amount=offering.amount,
            profession=self.profession,
            completed_on=calendar.civil_date(self.activity, self.at),
            completed_at=self.at,
            statement="Simulated.",
            wording=attestation.wording_sha(self.activity, offering, credit_system.load()[offering.system]),
        )
        return Proposal(made.draft(claim=number), effects)


def _step(value: float) -> str:
    """A step of the scale of five."""
    return str(min(5, max(1, round(value * 0.9 + 3))))
