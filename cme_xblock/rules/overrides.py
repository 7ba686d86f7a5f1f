"""A warning that the provider looked at and let stand: which finding it belongs to, and what is wrong with it if any.

Only a warning can be let stand, only with a reason, and only where it is: an override that matches nothing is told in
the audit file. Knows findings, not rules. Source: spec part 0 (WARN: the author may override with a reason).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity, Override
from cme_xblock.rules.finding import Finding, Hit, Severity, Source, rule

_WARN = Source("What an author may let stand, with a reason that is kept (spec part 0)", "D")


def _told_by_apply(activity: Activity, today: date) -> Iterator[Hit]:
    """What these rules find depends on all other findings: see `apply`."""
    yield from ()


override_unused = rule(
    "override_unused",
    Severity.AUDIT,
    source=_WARN,
    message=N_("A reason is kept for {code}, and there is no such warning in this place."),
    fix=N_("Remove the reason, or check the place."),
)(_told_by_apply)

override_refused = rule(
    "override_refused",
    Severity.AUDIT,
    source=_WARN,
    message=N_("A reason is kept for {code}, which blocks and cannot be let stand."),
    fix=N_("Mend what the finding says, and remove the reason."),
)(_told_by_apply)

override_unreasoned = rule(
    "override_unreasoned",
    Severity.AUDIT,
    source=_WARN,
    message=N_("{code} is marked to be let stand, without a reason."),
    fix=N_("Write the reason: a surveyor will ask for it."),
)(_told_by_apply)


def apply(activity: Activity, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings, each warning with the override that lets it stand, and after them what is wrong with overrides."""
    kept = list(findings)
    reasons: dict[tuple[str, str], Override] = {}
    for one in activity.overrides:
        if one.reason:
            reasons.setdefault((one.code, one.where), one)
    for finding in kept:
        reason = reasons.get((finding.code, finding.where))
        warns = finding.severity is Severity.WARN
        yield replace(finding, overridden=reason) if reason is not None and warns else finding
    if activity.overrides:
        severities = {(one.code, one.where): one.severity for one in kept}
        yield from _faults(activity, severities)


def _faults(activity: Activity, severities: dict[tuple[str, str], Severity]) -> Iterator[Finding]:
    for index, one in enumerate(activity.overrides):
        hit = Hit(f"overrides[{index}]", {"code": one.code})
        severity = severities.get((one.code, one.where))
        if severity is Severity.BLOCK:
            yield override_refused.finding(hit)
        elif severity is not Severity.WARN:
            yield override_unused.finding(hit)
        elif not one.reason:
            yield override_unreasoned.finding(hit)


RULES = (override_unused, override_refused, override_unreasoned)
