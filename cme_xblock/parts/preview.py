"""What the course team sees in Studio: the overview as learners will see it, the parts in numbers, and the findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from cme_xblock.activity.canonical import ActivityError
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.host import team
from cme_xblock.pages import templating
from cme_xblock.participation import evaluation, progress
from cme_xblock.parts import editions, gating, labels, overview, reported
from cme_xblock.parts.visit import Setting, Visit
from cme_xblock.records import keys
from cme_xblock.rules import calendar, currency
from cme_xblock.rules.finding import Finding, Severity


def panel(setting: Setting, data: Mapping[str, Any], *, with_findings: bool) -> SafeString:
    """The preview of an activity's data. Writes nothing; asks the records only whether the id is taken."""
    if not data:
        return _render(setting, "preview.html", {"empty": True})
    try:
        one = editions.described(data)
    except ActivityError as error:
        return _render(setting, "preview.html", {"broken": error.message.format(setting.language.gettext)})
    activity = one.activity
    visit = _visit(setting, one.sha256, activity)
    found = judged(setting, one) if with_findings else ()
    body = templating.render(overview.TEMPLATE, visit.values(overview.context(visit, {"preview": True})))
    return _render(
        setting,
        "preview.html",
        {
            "title": activity.title,
            "findings": shown_findings(setting, found),
            "notices": shown_notices(setting, activity) if with_findings else [],
            "blocked": any(one.severity is Severity.BLOCK for one in found),
            "counts": _counts(visit, activity),
            "overview": body,
            "reported": reported.panel(setting, activity) if with_findings else "",
            "with_findings": with_findings,
            "outcomes": outcomes_address(setting, activity.activity_id),
        },
    )


def outcomes_address(setting: Setting, activity_id: str) -> str:
    """Where the course's team finds the outcomes report; empty for an activity without an id."""
    if not activity_id or not setting.course_key:
        return ""
    try:
        key = keys.activity_key(setting.course_key, activity_id)
    except ValueError:
        # An id that no record can bear: a finding says so.
        return ""
    return team.report_address(key)


def team_link(setting: Setting, activity_id: str) -> SafeString:
    """The link to the outcomes report, for the course's team alone; nothing for a learner."""
    address = outcomes_address(setting, activity_id) if setting.visitor.staff else ""
    return _render(setting, "team_link.html", {"outcomes": address}) if address else SafeString("")


def judged(setting: Setting, one: editions.Described) -> tuple[Finding, ...]:
    """What the course team is told of the block's activity: that its id is taken, and what the rules say."""
    taken = editions.collision(one, course_key=setting.course_key, source=setting.home)
    twice = gating.findings(one.activity, course_key=setting.course_key)
    return (*taken, *twice, *editions.findings(one, now=setting.now))


def part(setting: Setting, activity_id: str) -> SafeString:
    """For a `cme_part`: which parts of which activity stand here."""
    names = [setting.language.gettext(labels.PARTS[one]) for one in setting.shown]
    return _render(setting, "part_preview.html", {"activity_id": activity_id, "names": ", ".join(names)})


def shown_findings(setting: Setting, found: tuple[Finding, ...]) -> list[dict[str, str]]:
    """Findings for people: what is wrong, what to do, and which rule says so."""
    gettext = setting.language.gettext
    return [
        {
            "severity": one.severity.value,
            "label": gettext(LET_STAND if one.overridden else SEVERITIES[one.severity]),
            "message": one.message.format(gettext),
            "fix": one.overridden.reason if one.overridden else one.fix.format(gettext),
            "source": one.source,
            "url": overview.web_address(one.source_url),
            "where": one.where,
            "code": one.code,
        }
        for one in found
    ]


def shown_notices(setting: Setting, activity: Activity) -> list[dict[str, object]]:
    """The dates that come due, for people: what, where, and whether it is over and a fault."""
    due = currency.due(activity, today=calendar.civil_date(activity, setting.now))
    gettext = setting.language.gettext
    return [
        {
            "message": one.message.format(gettext),
            "where": one.where,
            "bad": one.days_left < 0 and one.kind is not currency.Kind.DISCLOSURE_AGES,
        }
        for one in due
    ]


def _visit(setting: Setting, sha256: str, activity: Activity) -> Visit:
    folded = progress.fold(activity, (), edition=sha256, editions={}, now=setting.now)
    return Visit(setting=setting, activity=activity, edition=sha256, entries=(), progress=folded)


def _counts(visit: Visit, activity: Activity) -> list[str]:
    pairs = {one.pair_id for one in activity.baseline.items if one.pair_id}
    paired = sum(one.pair_id in pairs for one in activity.assessment.items)
    values = {
        "baseline": len(activity.baseline.items),
        "assessment": len(activity.assessment.items),
        "paired": paired,
        "sections": len(activity.content.sections),
        "evaluation": len(evaluation.questions(activity)),
    }
    return [
        visit.say(Message(text, {name: str(value) for name, value in values.items()}))
        for text in (COUNT_BASELINE, COUNT_CONTENT, COUNT_ASSESSMENT, COUNT_EVALUATION)
    ]


def _render(setting: Setting, template: str, values: Mapping[str, object]) -> SafeString:
    return templating.render(template, {"language": setting.language, "prefix": setting.prefix, **values})


LET_STAND = N_("Let stand, with the reason")
SEVERITIES = {
    Severity.BLOCK: N_("Must be fixed"),
    Severity.WARN: N_("Check"),
    Severity.AUDIT: N_("For the audit file"),
}
COUNT_BASELINE = N_("Baseline items: {baseline}.")
COUNT_CONTENT = N_("Content blocks (cme_content): {sections}.")
COUNT_EVALUATION = N_("Questions of the evaluation: {evaluation}.")
COUNT_ASSESSMENT = N_("Assessment items: {assessment}, of which {paired} are paired with the baseline.")
