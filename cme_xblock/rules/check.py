"""All rules at once: what accreditors would say of an activity, and whether it may open.

The rules themselves stand by subject, one function each; `docs/reference/rules.md` is made from the table here. That an
activity is not released yet, or is expired, is no fault of it: `participation/` deals with both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.rules import (
    approval,
    attendance,
    credit,
    disclosing,
    evaluating,
    front_matter,
    identity,
    items,
    marketing,
    moc,
    overrides,
    passing,
    people,
    planning,
    providership,
    support,
    team,
    uan,
    wording,
)
from cme_xblock.rules.finding import Finding, Rule, Severity

# In the order of the activity's own fields.
SUBJECTS: Mapping[str, tuple[Rule, ...]] = {
    N_("Identity and dates"): identity.RULES,
    N_("Provider"): providership.RULES,
    N_("Need and design"): planning.RULES,
    N_("Front matter"): front_matter.RULES,
    N_("People and disclosures"): people.RULES,
    N_("What disclosures say"): disclosing.RULES,
    N_("Commercial support"): support.RULES,
    N_("Links"): marketing.RULES,
    N_("Sessions"): attendance.RULES,
    N_("Credit"): credit.RULES,
    N_("What each credit asks"): approval.RULES,
    N_("Universal activity number"): uan.RULES,
    N_("Planning team"): team.RULES,
    N_("Assessment"): passing.RULES,
    N_("Questions"): items.RULES,
    N_("Evaluation"): evaluating.RULES,
    N_("MOC"): moc.RULES,
    N_("Wording"): wording.RULES,
    N_("Reasons to let a warning stand"): overrides.RULES,
}
RULES: tuple[Rule, ...] = tuple(rule for rules in SUBJECTS.values() for rule in rules)


def check(activity: Activity, *, today: date) -> tuple[Finding, ...]:
    """Every finding on that civil date, in the order of the activity's own fields. Never raises for a draft.

    A warning that the provider let stand with a reason is among them, with that reason as `overridden`.
    """
    found = (finding for rule in RULES for finding in rule.findings(activity, today))
    return tuple(overrides.apply(activity, found))


def open_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that nobody has let stand with a reason."""
    return tuple(one for one in findings if one.overridden is None)


def is_open(findings: Iterable[Finding]) -> bool:
    """Whether learners may begin: nothing blocks."""
    return all(one.severity is not Severity.BLOCK for one in findings)
