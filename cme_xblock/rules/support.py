"""Rules on commercial support: answered, recorded, agreed before. Source: ACCME Standard 4; spec R-1.9."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cme_xblock.activity.codes import Answer, SupportKind
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.rules.finding import Hit, Severity, Source, rule

_RECORD = Source(
    "ACCME Standard 4: keep a record of amount, kind and use (spec R-1.9)",
    "S",
    "https://ww2.highmarksce.com/dignityhealthcme/index.cfm?do=cnt.page&pg=1053",
)
_AGREEMENT = Source(
    "ACCME Standard 4: written agreement executed before the activity (spec R-1.9)",
    "B",
    "https://www.aoeconsulting.com/aoe-intelligence/weekly-compliance-tips/",
)


@rule(
    "support_unanswered",
    Severity.BLOCK,
    source=_RECORD,
    message=N_("It is not answered whether commercial support was received."),
    fix=N_("Answer yes or no: learners are told before they start."),
)
def support_unanswered(activity: Activity, today: date) -> Iterator[Hit]:
    """Learners are told of support, or of its absence."""
    if activity.support.received is Answer.UNANSWERED:
        yield Hit("support.received")


@rule(
    "support_contradiction",
    Severity.BLOCK,
    source=_RECORD,
    message=N_("The answer on commercial support does not agree with the supporters listed."),
    fix=N_("With support, list at least one supporter; without, list none."),
)
def support_contradiction(activity: Activity, today: date) -> Iterator[Hit]:
    """What learners are told is true."""
    received, sources = activity.support.received, activity.support.sources
    if (received is Answer.YES and not sources) or (received is Answer.NO and sources):
        yield Hit("support.sources")


@rule(
    "support_incomplete",
    Severity.BLOCK,
    source=_RECORD,
    message=N_("A supporter lacks its name, the amount of its money or the nature of its support in kind."),
    fix=N_("Give the company and, for money, the amount; in kind, what was given. Amounts are not shown to learners."),
)
def support_incomplete(activity: Activity, today: date) -> Iterator[Hit]:
    """Company, and amount or nature."""
    for index, one in enumerate(activity.support.sources):
        money = one.amount is not None and one.amount > 0
        if not one.company or not (money if one.kind is SupportKind.MONETARY else one.nature):
            yield Hit(f"support.sources[{index}]")


@rule(
    "support_agreement",
    Severity.WARN,
    source=_AGREEMENT,
    message=N_("The agreement with {company} is missing or is dated after the release."),
    fix=N_("Give the date on which the written agreement was executed."),
)
def support_agreement(activity: Activity, today: date) -> Iterator[Hit]:
    """Agreed in writing before the activity starts."""
    limit = activity.release or date.max
    for index, one in enumerate(activity.support.sources):
        if one.agreement_on is None or one.agreement_on > limit:
            yield Hit(f"support.sources[{index}].agreement_on", {"company": one.company})


RULES = (support_unanswered, support_contradiction, support_incomplete, support_agreement)
