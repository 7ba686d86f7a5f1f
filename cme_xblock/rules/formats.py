"""What each learning format is credited by, and which parts a learner's way has in it.

Live formats go by attended time, material that is there at any time by a typical learner's time, and the others by the
piece of work. Pure arithmetic in AMA PRA credit. Source: AMA PRA booklet; spec R-2.5 (tag B, but for PI CME's order and
teaching, which are S).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cme_xblock.activity.codes import Format
from cme_xblock.rules.amounts import number
from cme_xblock.rules.statements import listing


class By(StrEnum):
    """What the credit of a format is counted by."""

    ATTENDANCE = "attendance"
    TIME = "time"
    WORK = "work"


@dataclass(frozen=True)
class FormatRule:
    """One format. `each`: credit of one piece of work, in AMA PRA credit; `most`: how many pieces one activity has.

    `assessed`: credit only with a passed assessment. `sessions`: it is held at certain times.
    """

    by: By
    each: Decimal | None = None
    most: int = 1
    assessed: bool = False

    @property
    def sessions(self) -> bool:
        """Whether credit goes by attended sessions."""
        return self.by is By.ATTENDANCE


RULES: Mapping[Format, FormatRule] = {
    Format.LIVE: FormatRule(By.ATTENDANCE),
    Format.RSS: FormatRule(By.ATTENDANCE),
    Format.ENDURING: FormatRule(By.TIME, assessed=True),
    Format.JOURNAL: FormatRule(By.WORK, each=Decimal(1), assessed=True),
    Format.TEST_ITEM_WRITING: FormatRule(By.WORK, each=Decimal(10)),
    Format.MANUSCRIPT_REVIEW: FormatRule(By.WORK, each=Decimal(3)),
    Format.PI_CME: FormatRule(By.WORK, each=Decimal(5), most=3),
    Format.POINT_OF_CARE: FormatRule(By.WORK, each=Decimal("0.5")),
    Format.OTHER: FormatRule(By.TIME),
}
SESSIONS = frozenset(one for one, of in RULES.items() if of.sessions)

PI_STAGES = ("A", "B", "C")
_PI_STAGE = Decimal(5)
_PI_ALL = Decimal(20)
_TEACHING_PER_HOUR = Decimal(2)


def journal(articles: int) -> Decimal:
    """One credit for each article."""
    return _pieces(Format.JOURNAL, articles)


def item_writing(examinations: int) -> Decimal:
    """Ten credits for each committee's examination."""
    return _pieces(Format.TEST_ITEM_WRITING, examinations)


def manuscripts(reviews: int) -> Decimal:
    """Three credits for each review that the editor accepted."""
    return _pieces(Format.MANUSCRIPT_REVIEW, reviews)


def point_of_care(cycles: int) -> Decimal:
    """Half a credit for each cycle: question, sources, what it changed in practice."""
    return _pieces(Format.POINT_OF_CARE, cycles)


def performance_improvement(stages: Collection[str]) -> Decimal:
    """Five credits for each stage and twenty for all three; stages count only in their order, from A on.

    Source: spec R-2.5; http://meetingsnet.com/print/cme-regs/ama-issues-updates-pra-credit-system.
    """
    done = 0
    for stage in PI_STAGES:
        if stage not in stages:
            break
        done += 1
    return _PI_ALL if done == len(PI_STAGES) else done * _PI_STAGE


def teaching(presented: Iterable[tuple[str, int]]) -> Decimal:
    """Two credits for each presented hour, to the nearest quarter; a repeated presentation counts once.

    `presented`: what was presented (a repeat bears the same name) and the minutes of it. It is no learner's credit and
    never added to any. Source: spec R-2.5; http://usuhs.mil/che/otherlearning.html.
    """
    longest: dict[str, int] = {}
    for name, minutes in presented:
        longest[name] = max(longest.get(name, 0), minutes)
    steps = (sum(longest.values()) * 4 * _TEACHING_PER_HOUR / 60 + Decimal("0.5")).to_integral_value("ROUND_FLOOR")
    return max(Decimal(0), steps) / 4


def usual(kind: Format) -> tuple[Decimal, ...]:
    """The amounts for which an activity of this format is usually designated; empty where it goes by time."""
    rule = RULES[kind]
    if kind is Format.PI_CME:
        # 15: all stages, without what is added for the whole.
        return (_PI_STAGE, 2 * _PI_STAGE, 3 * _PI_STAGE, _PI_ALL)
    return () if rule.each is None else tuple(rule.each * count for count in range(1, rule.most + 1))


def claimable(kind: Format, amounts: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Those of the amounts up to the designated one, which is the last, that whole pieces of work are worth.

    All of them where the format goes by time, or the designated amount is not one that pieces add up to (a finding of
    `rules/credit.py` says so to the author). Of PI CME a stage, two stages, or all three: fifteen only where no more is
    designated. Source: spec R-2.5.
    """
    each = RULES[kind].each
    if each is None or not amounts or amounts[-1] % each:
        return tuple(amounts)
    top = (2 * _PI_STAGE, amounts[-1]) if kind is Format.PI_CME else (amounts[-1], amounts[-1])
    return tuple(one for one in amounts if not one % each and (one <= top[0] or one == top[1]))


def said(kind: Format) -> str:
    """The usual amounts in a sentence: "5.0, 10.0, 15.0, and 20.0"."""
    return listing([number(one) for one in usual(kind)])


def _pieces(kind: Format, count: int) -> Decimal:
    each = RULES[kind].each
    return Decimal(0) if each is None or count <= 0 else each * count
