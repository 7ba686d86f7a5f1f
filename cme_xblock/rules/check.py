"""All rules at once: what accreditors would say of an activity, and whether it may open.

The rules themselves stand by subject, one function each. That an activity is not released yet, or is expired, is no
fault of it: `participation/` deals with both.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from cme_xblock.activity.model import Activity
from cme_xblock.rules import credit, identity, items, people, planning, support
from cme_xblock.rules.finding import Finding, Rule, Severity

RULES: tuple[Rule, ...] = (
    *identity.RULES,
    *planning.RULES,
    *people.RULES,
    *support.RULES,
    *credit.RULES,
    *items.RULES,
)


def check(activity: Activity, *, today: date) -> tuple[Finding, ...]:
    """Every finding on that civil date, in the order of the activity's own fields. Never raises for a draft."""
    return tuple(finding for rule in RULES for finding in rule.findings(activity, today))


def is_open(findings: Iterable[Finding]) -> bool:
    """Whether learners may begin: nothing blocks."""
    return all(one.severity is not Severity.BLOCK for one in findings)
