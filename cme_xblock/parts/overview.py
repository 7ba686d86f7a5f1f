"""The overview: what a learner must be told before anything else, and the acknowledgement of the disclosures.

Source: ACCME Standard 3.5 (relationships), 4.4 (support); AMA enduring material front matter; spec R-1.5, R-1.9,
R-1.15, R-1.16, R-2.1, R-2.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cme_xblock.activity.codes import EvaluationMode
from cme_xblock.activity.message import N_, NP_
from cme_xblock.activity.model import Activity, Offering
from cme_xblock.pages import templating
from cme_xblock.participation import attendance, decide, scoring
from cme_xblock.participation.decide import Refusal
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.participation.progress import Part, Status
from cme_xblock.parts import evaluation, labels
from cme_xblock.parts.visit import Visit
from cme_xblock.rules import calendar, credit_system, disclosure, sessions, statements

TEMPLATE = "overview.html"
TOLD = "overview_told.html"


def context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object]:
    """What every learner is told, and the button while it is open."""
    activity = visit.activity
    # What is said of conversion runs out on a day.
    key = (visit.setting.language.code, *(_conversion(visit, one) for one in activity.offerings))
    told = templating.made_once(activity, TOLD, key, lambda: visit.common(_told(visit)))
    state = visit.progress.state(Part.OVERVIEW)
    acknowledged = [one.at for one in visit.entries if one.kind is Kind.DISCLOSURE_ACKNOWLEDGED]
    known = visit.setting.visitor.known
    return {
        "told": told,
        "disclosure_hash": disclosure.sha256(activity),
        "acknowledged": labels.moment(acknowledged[-1], activity.time_zone)
        if state.status is Status.DONE and acknowledged
        else "",
        "can_submit": known and state.status is Status.OPEN and not view.get("preview"),
        "notice": _notice(visit),
    }


def _told(visit: Visit) -> dict[str, object]:
    """Facts, way, disclosures, statements: the same for whoever reads the language."""
    activity = visit.activity
    return {
        "facts": _facts(visit),
        "way": way(visit),
        "sessions": _sessions(activity),
        "disclosure": shown_disclosure(visit),
        "statements": shown_statements(visit),
        "people": [
            {
                "name": one.name,
                "credentials": one.credentials,
                "affiliation": one.affiliation,
                "roles": _roles(visit, [disclosure.ROLE_LABELS[role] for role in one.roles]),
            }
            for one in activity.people
        ],
        "privacy": web_address(activity.provider.privacy_url),
        "references": [{"citation": one.citation, "url": web_address(one.url)} for one in activity.references],
    }


def accept(visit: Visit, data: Mapping[str, Any]) -> Draft | Refusal:
    """The acknowledgement of exactly the disclosures that were shown."""
    return decide.acknowledge(visit.progress, visit.activity, visit.edition, disclosure=data.get("disclosure"))


def shown_statements(visit: Visit) -> list[str]:
    """The accreditation statement, and on each offering its designation, conversion and points for boards.

    In the accreditors' own words. The statement on points is mandatory on materials (spec R-4.4).
    """
    activity = visit.activity
    found = [statements.accreditation(activity)]
    for one in activity.offerings:
        found += [one.statement or statements.designation(activity, one)]
        found += [_conversion(visit, one), *(statements.moc(activity, registered) for registered in one.moc)]
    return [text for text in found if text]


def _conversion(visit: Visit, offering: Offering) -> str:
    """The sentence on conversion, as long as the agreement holds."""
    today = calendar.civil_date(visit.activity, visit.setting.now)
    return statements.conversion(visit.activity, offering, today=today)


def shown_disclosure(visit: Visit) -> dict[str, object]:
    """The disclosures as a table and sentences. Names and companies only, never a logo, trade name or amount."""
    built = disclosure.build(visit.activity)
    return {
        "relevant": [
            {"name": _name(person), "roles": _roles(visit, person.roles), "relationships": person.relationships}
            for person in built.relevant
        ],
        "sentences": [text for text in (built.mitigated_sentence, built.none_sentence) if text],
        "none": visit.text(NONE_OF, {"names": "; ".join(_name(one) for one in built.none)}) if built.none else "",
        "support": [built.support_sentence] if built.support_sentence else [],
    }


def way(visit: Visit) -> list[str]:
    """How to complete the activity, in the order of its parts, with the pass mark. Source: spec R-2.6."""
    activity = visit.activity
    steps = [visit.text(STEP_DISCLOSURES)]
    if activity.baseline.items:
        steps.append(visit.text(STEP_BASELINE, {"count": len(activity.baseline.items)}))
    if activity.content.sections:
        steps.append(visit.text(STEP_CONTENT))
    if attendance.applies(activity):
        steps.append(visit.text(STEP_ATTENDANCE))
    if activity.assessment.items:
        steps.append(pass_rule(visit))
    if activity.evaluation.items:
        named = activity.evaluation.mode is EvaluationMode.IDENTIFIED
        step = visit.text(STEP_EVALUATION_NAMED if named else STEP_EVALUATION)
        steps.append(f"{step} {evaluation.need(visit) or visit.text(STEP_EVALUATION_FREE)}")
    return [*steps, visit.text(STEP_CLAIM)]


def pass_rule(visit: Visit) -> str:
    """The minimum performance level and the attempts, in a sentence that a learner reads before taking part."""
    assessment = visit.activity.assessment
    total = sum(one.scored for one in assessment.items)
    if assessment.pass_mark is None:
        return visit.text(STEP_ASSESSMENT_UNMARKED, {"count": total})
    values = {"needed": scoring.needed(total, assessment.pass_mark), "total": total, "max": assessment.max_attempts}
    if assessment.max_attempts:
        return visit.text(STEP_ASSESSMENT_LIMITED, values)
    return visit.text(STEP_ASSESSMENT, values)


def web_address(url: str) -> str:
    """The address if it is one of the web, else nothing: an author's field is no place for a script."""
    return url if urlsplit(url).scheme in ("http", "https") else ""


def _facts(visit: Visit) -> list[dict[str, str]]:
    activity, systems = visit.activity, credit_system.load()
    credit = [
        statements.credit(systems[one.system], one.amount)
        for one in activity.offerings
        if one.system in systems and one.amount is not None
    ]
    facts = [
        (N_("Format"), visit.text(labels.FORMATS[activity.format]), ""),
        (N_("Credit, at most"), "; ".join(credit) or "–", "en" if credit else ""),
        (N_("Time"), visit.text(N_("{minutes} min"), {"minutes": activity.estimated_minutes}), ""),
        (N_("Released"), labels.day(activity.release), ""),
        (N_("Last reviewed"), labels.day(activity.last_review), ""),
        (N_("Expires"), labels.day(activity.expiry), ""),
        (N_("Provider"), activity.provider.name, activity.language),
    ]
    return [{"name": visit.text(name), "value": value, "lang": lang} for name, value, lang in facts if value]


def _sessions(activity: Activity) -> list[dict[str, str]]:
    """The sessions of a live activity with their times; never a code."""
    if not attendance.applies(activity):
        return []
    found = sorted(sessions.held(activity).values(), key=lambda one: (one.start, one.end))
    return [
        {
            "name": attendance.name(one),
            "time": labels.moment(one.start, activity.time_zone),
            "minutes": str(one.minutes),
        }
        for one in found
    ]


def _notice(visit: Visit) -> str:
    state = visit.progress.state(Part.OVERVIEW)
    if state.status is Status.LOCKED and state.reason:
        return visit.say(state.reason)
    if not visit.setting.visitor.known:
        return visit.text(N_("Sign in and enrol to take part in this activity."))
    return ""


def _name(person: disclosure.DisclosedPerson) -> str:
    return f"{person.name}, {person.credentials}" if person.credentials else person.name


def _roles(visit: Visit, roles: tuple[str, ...] | list[str]) -> str:
    return ", ".join(visit.text(role) for role in roles)


NONE_OF = N_("Nothing to disclose: {names}.")
STEP_DISCLOSURES = N_("Read this overview and acknowledge the disclosures.")
STEP_BASELINE = NP_(
    "Answer the baseline question. It is not graded.", "Answer the {count} baseline questions. They are not graded."
)
STEP_ATTENDANCE = N_("Attend the sessions. In each, enter the code that is said there, or sign the provider's sheet.")
STEP_CONTENT = N_("Work through the content and mark it as done.")
STEP_ASSESSMENT = N_(
    "Pass the assessment: at least {needed} of {total} questions right. You can try as often as you like."
)
STEP_ASSESSMENT_LIMITED = N_(
    "Pass the assessment: at least {needed} of {total} questions right, in at most {max} attempts."
)
STEP_ASSESSMENT_UNMARKED = NP_(
    "Answer the question of the assessment.", "Answer the {count} questions of the assessment."
)
STEP_EVALUATION = N_("Evaluate the activity, anonymously.")
STEP_EVALUATION_NAMED = N_("Evaluate the activity. Your answers are kept with your name.")
STEP_EVALUATION_FREE = N_("You can leave it out.")
STEP_CLAIM = N_("Claim the credit that matches the time you took part, and keep your certificate.")
