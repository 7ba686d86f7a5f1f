"""What the provider's staff may decide, read from their form: relevance, mitigation, exception, assignment.

Each gives the entry to write, or a refusal that says what to do. Source: ACCME SII 3.2 to 3.4; spec R-1.2, R-1.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from cme_xblock.activity import scalars
from cme_xblock.activity.codes import Eligibility, EmployeeException, Relevance, Role
from cme_xblock.activity.fields import clean
from cme_xblock.activity.message import N_, Message
from cme_xblock.rules.desk.chain import Draft, Kind
from cme_xblock.rules.desk.dossier import Dossier
from cme_xblock.rules.desk.given import LONGEST_NAME, LONGEST_WORDS

MITIGATIONS: Mapping[str, str] = {
    "peer_review": N_("Peer review of the content by somebody without relevant relationships"),
    "divestment": N_("The person ended the relationship"),
    "recusal": N_("The person does not control the content in question"),
    "restricted_content": N_("The person's part is limited to content without recommendations"),
    "evidence_only": N_("Recommendations rest on a structured review of the best evidence"),
    "attestation": N_("The person attested that recommendations are evidence-based and free of bias"),
    "other": N_("Another way (write which)"),
}
EXCEPTIONS: Mapping[str, str] = {
    "unrelated_content": N_("The content is unrelated to the company's business lines or products"),
    "basic_science": N_("The content is basic science or research methods, without recommendations on care"),
    "technician": N_("The person only teaches the safe use of a device, as a technician"),
}


class Verdict(StrEnum):
    """The provider's decision on one relationship, as one choice."""

    ELIGIBLE = "eligible"
    NOT_RELEVANT = "not_relevant"
    RELEVANT = "relevant"


VERDICTS: Mapping[Verdict, str] = {
    Verdict.ELIGIBLE: N_("Not an ineligible company"),
    Verdict.NOT_RELEVANT: N_("Ineligible company; not relevant to this content"),
    Verdict.RELEVANT: N_("Ineligible company; relevant to this content"),
}
_DECIDED = {
    Verdict.ELIGIBLE: (Eligibility.ELIGIBLE, Relevance.NOT_RELEVANT),
    Verdict.NOT_RELEVANT: (Eligibility.INELIGIBLE, Relevance.NOT_RELEVANT),
    Verdict.RELEVANT: (Eligibility.INELIGIBLE, Relevance.RELEVANT),
}


class Refused(ValueError):  # noqa: N818 - says what is the case
    """Why something can't be written: `field` is the form's, `message` for the staff."""

    def __init__(self, field: str, text: str, **params: str) -> None:
        self.field = field
        self.message = Message(text, params)
        super().__init__(str(self.message))


def decision(dossier: Dossier, form: Mapping[str, str], *, by: str, today: date) -> Draft:
    """The provider's verdict on one relationship of the current disclosure for one activity. Raises Refused."""
    about = _about(dossier, form)
    verdict = form.get("verdict", "")
    if verdict not in tuple(Verdict):
        raise Refused("verdict", NO_VERDICT)
    eligibility, relevance = _DECIDED[Verdict(verdict)]
    facts = {**about, "eligibility": eligibility.value, "relevance": relevance.value, "on": today.isoformat()}
    return Draft(Kind.DECIDED, by, facts, {"note": text(form, "note", LONGEST_WORDS)})


def mitigation(dossier: Dossier, form: Mapping[str, str], *, by: str, today: date) -> Draft:
    """A step that mitigated one relevant relationship. Raises Refused, also where it is not relevant.

    A relationship of an owner or employee is not mitigated: the person is excluded, or an exception applies.
    """
    about = _about(dossier, form)
    made = dossier.decisions.get((about["number"], about["relationship"], about["activity"]))
    if made is None or made.relevance is not Relevance.RELEVANT:
        raise Refused("method", NOT_RELEVANT)
    method, note = form.get("method", ""), text(form, "note", LONGEST_WORDS)
    if method not in MITIGATIONS:
        raise Refused("method", NO_METHOD)
    if method == "other" and not note:
        raise Refused("note", NO_NOTE)
    day = date_of(form, "on", latest=today)
    if day is None:
        raise Refused("on", NO_DAY)
    return Draft(Kind.MITIGATED, by, {**about, "method": method, "on": day.isoformat()}, {"note": note})


def exception(dossier: Dossier, form: Mapping[str, str], *, by: str) -> Draft:
    """One of the three exceptions of Standard 3.2 for one activity, with its reason; `none` takes it back."""
    activity = _activity(dossier, form)
    code, note = form.get("exception", ""), text(form, "note", LONGEST_WORDS)
    if code not in tuple(EmployeeException):
        raise Refused("exception", NO_EXCEPTION)
    if code != EmployeeException.NONE and not note:
        raise Refused("note", NO_REASON)
    return Draft(Kind.EXCEPTED, by, {"activity": activity, "exception": code}, {"note": note})


def assignment(form: Mapping[str, str], *, activity: str, roles: list[str], by: str) -> Draft:
    """That a person controls content of an activity. `activity` is its key, made of course key and id by the caller."""
    known = [role for role in Role if role.value in roles]
    if not known or len(known) < len(set(roles)):
        raise Refused("roles", NO_ROLE)
    began = date_of(form, "role_started_on", latest=date.max)
    facts = {
        "activity": activity,
        "course_key": form["course_key"],
        "activity_id": form["activity_id"],
        "title": text(form, "title", LONGEST_NAME),
        "roles": [role.value for role in known],
        "role_started_on": began.isoformat() if began else None,
    }
    return Draft(Kind.ASSIGNED, by, facts)


def unassignment(dossier: Dossier, form: Mapping[str, str], *, by: str) -> Draft:
    """That a person controls no content of an activity any more."""
    return Draft(Kind.UNASSIGNED, by, {"activity": _activity(dossier, form)})


def text(form: Mapping[str, str], name: str, longest: int) -> str:
    """A text of the form in the one form that is kept. Raises Refused for one that is too long or not text."""
    said = form.get(name, "")
    if len(said) > longest:
        raise Refused(name, TOO_LONG, length=str(len(said)), longest=str(longest))
    try:
        return clean(said)
    except ValueError:
        raise Refused(name, UNREADABLE) from None


def date_of(form: Mapping[str, str], name: str, *, latest: date) -> date | None:
    """A day of the form, None where it is empty. Raises Refused for one that is none, or lies after `latest`."""
    said = form.get(name, "").strip()
    if not said:
        return None
    try:
        day = scalars.date_of(said[:20])
    except scalars.UnfitError:
        raise Refused(name, NO_DAY) from None
    if day > latest:
        raise Refused(name, IN_FUTURE)
    return day


def _about(dossier: Dossier, form: Mapping[str, str]) -> dict[str, str]:
    current, activity = dossier.current, _activity(dossier, form)
    if current is None or form.get("number") != current.number:
        raise Refused("number", SUPERSEDED)
    named = form.get("relationship", "")
    if not any(one.id == named for one in current.relationships or ()):
        raise Refused("relationship", NO_RELATIONSHIP)
    return {"number": current.number, "relationship": named, "activity": activity}


def _activity(dossier: Dossier, form: Mapping[str, str]) -> str:
    activity = form.get("activity", "")
    if activity not in dossier.assignments:
        raise Refused("activity", NOT_ASSIGNED)
    return activity


NO_VERDICT = N_("Choose what you decided.")
NOT_RELEVANT = N_("Only a relevant relationship is mitigated: decide first whether it is relevant.")
NO_METHOD = N_("Choose how it was mitigated.")
NO_NOTE = N_("Write how it was mitigated.")
NO_EXCEPTION = N_("Choose one of the three exceptions, or none.")
NO_REASON = N_("Write why the exception applies: the accreditor asks for it.")
NO_ROLE = N_("Choose at least one role.")
NO_DAY = N_("Give the day as year-month-day, such as 2026-11-22.")
IN_FUTURE = N_("This day is still to come: write down what has been done.")
SUPERSEDED = N_("There is a newer disclosure. Look at it, and decide on that one.")
NO_RELATIONSHIP = N_("This disclosure has no such relationship. Reload the page.")
NOT_ASSIGNED = N_("The person is not assigned to this activity. Assign them first.")
TOO_LONG = N_("This has {length} characters; {longest} is the most. Shorten it.")
UNREADABLE = N_("This has a character that is no letter or sign, such as a null. Type it again instead of pasting it.")
