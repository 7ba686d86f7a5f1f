"""What learners are asked about the activity itself, after it: composed from the library and of the author's own items.

Part of the model (`model.py`); apart from it because it is a form of its own. The library's texts are in
`rules/library.toml`: an item that names a code of it takes its words, kind and tags from there.
"""

from __future__ import annotations

from dataclasses import dataclass

from cme_xblock.activity.codes import Each, EvaluationMode, FollowUp, Moore, Purpose, QuestionKind, Whom
from cme_xblock.activity.fields import Value, attribute, body, many, text


@dataclass(frozen=True)
class EvaluationOption(Value):
    """One answer of an own item. `comment`: whoever chooses it must say more, in a field that then appears."""

    id: str = attribute("")
    comment: bool = attribute(False)
    text: str = body("")


@dataclass(frozen=True)
class EvaluationItem(Value):
    """One item of the evaluation. With `library` the code of an item there, only `id`, `required` and `stem` count.

    `stem` then stands in place of the library's words. `objective` ties an item to one objective; `each` asks it for
    every objective or speaker. `level` is Moore's. A rating without options is asked on a scale of agreement.
    """

    id: str = attribute("")
    library: str = attribute("")
    kind: QuestionKind = attribute(QuestionKind.RATING)
    purpose: Purpose = attribute(Purpose.OTHER)
    each: Each = attribute(Each.ONCE)
    objective: str = attribute("")
    level: Moore = attribute(Moore.SATISFACTION)
    required: bool = attribute(False)
    stem: str = text("")
    options: tuple[EvaluationOption, ...] = many("option")
    about: tuple[Whom, ...] = many("about")


@dataclass(frozen=True)
class Evaluation(Value):
    """The evaluation. `mode` is told to the learner before the first answer; `follow_up` days bring commitments back.

    `required_for_credit` is the author's choice; some credit systems require it whatever stands here. Source: R-6.2.
    """

    mode: EvaluationMode = attribute(EvaluationMode.ANONYMOUS)
    required_for_credit: bool = attribute(False)
    minutes: int = attribute(0)
    introduction: str = text("")
    follow_up: tuple[FollowUp, ...] = many("follow_up")
    items: tuple[EvaluationItem, ...] = many("item")
