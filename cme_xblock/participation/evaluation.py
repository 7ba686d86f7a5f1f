"""The evaluation: what a learner is asked about the activity, and what may be kept of the answers.

Knows the activity and what was sent; not where answers are kept. In anonymous mode the entry says only that an
evaluation was handed in, and the answers go another way, without it (docs/decisions/0019). Source: spec R-6.2, R-1.13.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cme_xblock.activity import canonical
from cme_xblock.activity.codes import Each, EvaluationMode, Purpose, QuestionKind, Role
from cme_xblock.activity.evaluation import EvaluationItem
from cme_xblock.activity.fields import clean
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.activity.remembered import remembered
from cme_xblock.participation.refusal import Refusal, incomplete
from cme_xblock.rules import library
from cme_xblock.rules.library import Choice

LONGEST_TEXT = 2000
MOST_MINUTES = 6000
_MOST = 1000
# What a learner may say of their practice: codes of the library, in the order in which they are kept together.
PRACTICE = ("specialty", "years_in_practice", "setting", "first_time")
# What stands behind a question's id: for which objective or speaker it is asked, and that it is the comment on it.
_FOR, _WHY = "#", "#why"

Answers = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Question:
    """One question as it is asked. `stem` and the choices' texts are ours to translate where `ours` says so.

    `subject` is the author's text that it is asked for: an objective, or a speaker's name; `objective` its id.
    """

    id: str
    item: str
    kind: QuestionKind
    purpose: Purpose
    stem: str
    choices: tuple[Choice, ...]
    required: bool
    ours: bool
    choices_ours: bool
    subject: str = ""
    objective: str = ""
    # Which of `PRACTICE` the answer is; empty for all other questions.
    fact: str = ""

    @property
    def chosen(self) -> bool:
        """Whether it is answered by choosing."""
        return self.kind in library.CHOSEN

    @property
    def commitment(self) -> bool:
        """Whether the answer says, in the learner's own words, what they will do differently."""
        return self.purpose is Purpose.CHANGE and self.kind is QuestionKind.TEXT

    @property
    def comments(self) -> frozenset[str]:
        """The choices that ask for a sentence."""
        return frozenset(one.id for one in self.choices if one.comment)

    @property
    def why(self) -> str:
        """The name of that sentence among the answers."""
        return self.id + _WHY


@dataclass(frozen=True)
class Commitment:
    """What a learner means to do differently, in their own words, and for which objective (its id, or empty)."""

    question: str
    objective: str
    text: str


@dataclass(frozen=True)
class Evaluated:
    """An evaluation that may be kept. `answers` go where the mode says; `commitments` are always the learner's own.

    `practice`: what the learner said of it, by the codes of `PRACTICE`; kept with the record and apart from `answers`.
    `reports_bias`: a choice that asks for a sentence was made where bias is asked for.
    """

    mode: EvaluationMode
    answers: Answers
    commitments: tuple[Commitment, ...] = ()
    reports_bias: bool = False
    practice: Mapping[str, str] = field(default_factory=dict)


@remembered
def questions(activity: Activity) -> tuple[Question, ...]:
    """Every question of the evaluation, in the author's order, once for each objective or speaker that it is for."""
    return tuple(one for item in activity.evaluation.items for one in _asked(activity, item))


@remembered
def instrument(activity: Activity) -> str:
    """The sha256 of the questions as they are asked: answers to different ones are never put together."""
    return canonical.digest({"questions": described(activity)})


def described(activity: Activity) -> list[dict[str, object]]:
    """The questions as plain data, so that what was asked can be read without the course, years later."""
    return [
        {
            "id": one.id,
            "kind": one.kind.value,
            "purpose": one.purpose.value,
            "objective": one.objective,
            "subject": one.subject,
            "stem": one.stem,
            "choices": [{"id": each.id, "text": each.text, "comment": each.comment} for each in one.choices],
        }
        for one in questions(activity)
    ]


def anonymous(activity: Activity) -> bool:
    """Whether answers are kept without the learner."""
    return activity.evaluation.mode is EvaluationMode.ANONYMOUS


def comes_back(activity: Activity, question: Question) -> bool:
    """Whether the answer comes back to the learner after some weeks, and is therefore kept with the learner."""
    return bool(activity.evaluation.follow_up) and question.commitment


def take(activity: Activity, responses: object) -> Evaluated | Refusal:
    """What was answered, or every fault of it at once, by the question it is at.

    `responses`: any JSON value; right is a list of texts for each question.
    """
    asked = questions(activity)
    names = {name for one in asked for name in (one.id, one.why)}
    if not isinstance(responses, Mapping) or len(responses) > _MOST or not responses.keys() <= names:
        return Refusal("malformed", Message(N_("The page is out of date: a question changed. Reload it.")))
    sheet = _Sheet()
    for one in asked:
        sheet.read(one, responses)
    if sheet.faults:
        return incomplete(sheet.faults)
    return _taken(activity, sheet.answers)


def drafted(activity: Activity, responses: object) -> dict[str, list[str]] | None:
    """Unsent answers of an identified evaluation, as far as they fit. None in anonymous mode: nothing is kept there
    before it is sent, because a draft has a name; and for what no form of ours sends.
    """
    names = {name for one in questions(activity) for name in (one.id, one.why)}
    if anonymous(activity) or not isinstance(responses, Mapping) or not responses.keys() <= names:
        return None
    kept: dict[str, list[str]] = {}
    for name, given in responses.items():
        if not isinstance(given, list) or len(given) > _MOST or not all(isinstance(one, str) for one in given):
            return None
        texts = [_text(one) for one in given]
        if not all(isinstance(one, str) for one in texts):
            return None
        kept[name] = [str(one) for one in texts]
    return kept


def _taken(activity: Activity, answers: dict[str, list[str]]) -> Evaluated:
    asked = questions(activity)
    own = [one for one in asked if comes_back(activity, one) and one.id in answers]
    commitments = tuple(Commitment(one.id, one.objective, answers[one.id][0]) for one in own)
    practice = {one.fact: answers[one.id][0] for one in asked if one.fact and one.id in answers}
    answers = {name: one for name, one in answers.items() if name not in {each.id for each in asked if each.fact}}
    if anonymous(activity):
        # The same words in both places would name the learner; so would the few that are in one place only.
        answers = {name: one for name, one in answers.items() if name not in {each.id for each in own}}
    return Evaluated(
        mode=activity.evaluation.mode,
        answers=answers,
        commitments=commitments,
        reports_bias=any(one.purpose is Purpose.BIAS and one.why in answers for one in asked),
        practice=practice,
    )


def _asked(activity: Activity, item: EvaluationItem) -> list[Question]:
    found = library.known(item)
    each = found.each if found else item.each
    subjects: list[tuple[str, str, str]] = [("", "", item.objective if not found else "")]
    if each is Each.OBJECTIVE:
        subjects = [(_FOR + one.id, one.text, one.id) for one in activity.objectives]
    elif each is Each.SPEAKER:
        speakers = [one for one in activity.people if Role.FACULTY in one.roles]
        subjects = [(_FOR + one.id, one.name, "") for one in speakers]
    texts = {one.id: one.text for one in activity.objectives}
    # An own item has choices of its own, which no report could put together with anything.
    fact = found.code if found and found.code in PRACTICE else ""
    return [
        Question(
            id=item.id + ending,
            item=item.id,
            kind=library.kind(item),
            purpose=library.purpose(item),
            stem=item.stem or (found.text if found else ""),
            choices=library.choices(item),
            required=item.required and not fact,
            ours=found is not None and not item.stem,
            choices_ours=found is not None or not item.options,
            subject=subject or texts.get(objective, ""),
            objective=objective,
            fact=fact,
        )
        for ending, subject, objective in subjects
    ]


@dataclass
class _Sheet:
    """What has been read so far, and what was wrong with it."""

    answers: dict[str, list[str]] = field(default_factory=dict)
    faults: dict[str, Message] = field(default_factory=dict)

    def read(self, question: Question, responses: Mapping[str, object]) -> None:
        """One question with its comment."""
        given = responses.get(question.id)
        if given is not None and (
            not isinstance(given, list) or len(given) > _MOST or not all(isinstance(one, str) for one in given)
        ):
            self.faults[question.id] = Message(_SENT_WRONG)
            return
        values = list(given or [])
        if question.chosen:
            self._choose(question, values, responses.get(question.why))
        else:
            self._write(question, values)

    def _choose(self, question: Question, values: list[str], comment: object) -> None:
        if not values:
            if question.required:
                self.faults[question.id] = Message(N_("Choose an answer."))
            return
        known = [one.id for one in question.choices]
        if not set(values) <= set(known) or len(set(values)) != len(values):
            self.faults[question.id] = Message(_SENT_WRONG)
            return
        if len(values) > 1 and question.kind is not QuestionKind.MULTIPLE:
            self.faults[question.id] = Message(N_("Choose one answer only."))
            return
        self.answers[question.id] = [one for one in known if one in values]
        if set(values) & question.comments:
            self._comment(question, comment)

    def _comment(self, question: Question, given: object) -> None:
        typed = given[0] if isinstance(given, list) and len(given) == 1 else ""
        kept = _text(typed)
        if isinstance(kept, Message):
            self.faults[question.why] = kept
        elif kept:
            self.answers[question.why] = [kept]
        else:
            self.faults[question.why] = Message(
                N_("Say in a sentence what you noticed, so that the provider can act on it.")
                if question.purpose is Purpose.BIAS
                else N_("Say in a sentence what you mean.")
            )

    def _write(self, question: Question, values: list[str]) -> None:
        kept = _text(values[0]) if len(values) == 1 else "" if not values else Message(_SENT_WRONG)
        if isinstance(kept, str) and kept and question.kind is QuestionKind.NUMBER:
            kept = _minutes(kept)
        if isinstance(kept, Message):
            self.faults[question.id] = kept
        elif kept:
            self.answers[question.id] = [kept]
        elif question.required:
            number = question.kind is QuestionKind.NUMBER
            self.faults[question.id] = Message(N_("Write a whole number.") if number else N_("Write an answer."))


def _text(typed: object) -> str | Message:
    if not isinstance(typed, str):
        return Message(_SENT_WRONG)
    if len(typed) > LONGEST_TEXT * 2:
        return Message(_TOO_LONG, {"most": str(LONGEST_TEXT)})
    try:
        kept = clean(typed)
    except ValueError:
        return Message(N_("There is a character in it that can't be kept. Type it again without special characters."))
    return kept if len(kept) <= LONGEST_TEXT else Message(_TOO_LONG, {"most": str(LONGEST_TEXT)})


def _minutes(typed: str) -> str | Message:
    if typed.isascii() and typed.isdigit() and len(typed) < 6 and int(typed) <= MOST_MINUTES:
        return str(int(typed))
    text = N_("Write a whole number from 0 to {most}, such as 45.")
    return Message(text, {"most": str(MOST_MINUTES)})


_SENT_WRONG = N_("The answer did not arrive as it was sent. Reload the page.")
_TOO_LONG = N_("This is longer than {most} characters. Shorten it.")
