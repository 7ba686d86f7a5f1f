"""A dossier as the person's page shows it: where they stand, each activity with what is open, and the history."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils import timezone

from cme_xblock.activity.codes import Eligibility, EmployeeException, Relevance
from cme_xblock.activity.message import N_
from cme_xblock.console.desk import mails, words
from cme_xblock.host import language
from cme_xblock.records import desk_links
from cme_xblock.records.desk import File
from cme_xblock.records.models import DeskInvitation
from cme_xblock.rules.desk import copying, given
from cme_xblock.rules.desk.deciding import EXCEPTIONS, MITIGATIONS, VERDICTS, Verdict
from cme_xblock.rules.desk.dossier import Assignment, Decision, Disclosure
from cme_xblock.rules.desk.given import Told
from cme_xblock.rules.desk.state import Standing
from cme_xblock.rules.finding import Finding


def file(one: File, *, site: str) -> dict[str, Any]:
    """What the template wants. `site`: as of `host.address.site`."""
    gettext = language.current().gettext
    standing = one.standing(today=words.today(), zone=timezone.get_default_timezone())
    label, mark = words.STATES[standing.state]
    current = one.dossier.current
    return {
        "person": one.person,
        "credentials": one.dossier.credentials,
        "label": gettext(label),
        "mark": mark,
        "ages": words.day(standing.ages_on),
        "lapses": words.day(standing.lapses_on),
        "age": standing.age.value,
        "current": _disclosure(current, gettext) if current else None,
        "older": [_disclosure(each, gettext) for each in one.dossier.disclosures[::-1] if each is not current],
        "activities": [_activity(one, each, standing, gettext) for each in one.dossier.assignments.values()],
        "history": words.history(one.entries, gettext),
        "verdicts": [(code.value, gettext(text)) for code, text in VERDICTS.items()],
        "methods": [(code, gettext(text)) for code, text in MITIGATIONS.items()],
        "exceptions": [(code, gettext(text)) for code, text in EXCEPTIONS.items()],
        "today": words.today().isoformat(),
        **_invitation(one, standing, site=site),
    }


def _invitation(one: File, standing: Standing, *, site: str) -> dict[str, Any]:
    if one.last is None or not standing.invited:
        return {"invitation": None}
    by_hand = one.last.mail == DeskInvitation.Mail.NONE
    return {
        "invitation": {
            "until": words.day(one.last.expires_at.date()),
            "reminders": one.last.reminders,
            "failed": one.last.mail in (DeskInvitation.Mail.FAILED, DeskInvitation.Mail.UNKNOWN),
            # What was mailed is the person's alone.
            "link": mails.link(one.last, site=site) if by_hand else "",
            "days": desk_links.days(),
        }
    }


def _disclosure(one: Disclosure, gettext: Callable[[str], str]) -> dict[str, Any]:
    held = one.words or {}
    return {
        "number": one.number,
        "on": words.day(one.on),
        "at": words.moment(one.at),
        "imported": one.imported,
        "by": one.by,
        "file": held.get("file", ""),
        "evidence": held.get("evidence", ""),
        "signed": held.get("name", ""),
        "shown": held.get("shown"),
        "versions": ", ".join(f"{key} {day}" for key, day in sorted(one.facts.get("texts", {}).items())),
        "nothing": one.nothing,
        "forgotten": one.relationships is None,
        "rows": [
            {**_told(told, gettext), "imported": _as_imported(one, told, gettext)} for told in one.relationships or ()
        ],
    }


def _told(told: Told, gettext: Callable[[str], str]) -> dict[str, Any]:
    return {
        "id": told.id,
        "company": told.company,
        "nature": gettext(given.NATURES.get(told.nature, told.nature)),
        "words": told.words,
        "ended": words.day(told.ended_on),
        "excluded": told.excluded,
    }


def _activity(one: File, to: Assignment, standing: Standing, gettext: Callable[[str], str]) -> dict[str, Any]:
    current, excepted = one.dossier.current, one.dossier.exceptions.get(to.activity)
    remarks = copying.findings(one.dossier, current, to, today=words.today(), rules=copying.REMARKS) if current else ()
    stops = [found for activity, found in standing.stops if activity == to.activity]
    rows = [_relationship(one, current, to, told, gettext) for told in current.relationships or ()] if current else []
    code = excepted.exception.value if excepted else EmployeeException.NONE.value
    return {
        "key": to.activity,
        "anchor": to.activity[:12],
        "title": to.title or to.activity_id,
        "course": to.course_key,
        "activity_id": to.activity_id,
        "roles": ", ".join(gettext(words.ROLES[role.value]) for role in to.roles),
        "began": words.day(to.role_started_on),
        "rows": rows,
        "stops": [found.message.format(gettext) for found in stops],
        "open": [
            one.message.format(gettext) for one in _once(found for key, found in standing.open if key == to.activity)
        ],
        "remarks": [found.message.format(gettext) for found in remarks],
        "excluded": any(row["excluded"] for row in rows),
        "exception": code,
        "excepted": gettext(EXCEPTIONS[code]) if code in EXCEPTIONS else "",
        "exception_note": excepted.note if excepted else "",
        "taken": one.dossier.taken.get(to.activity, ""),
    }


def _once(found: Iterable[Finding]) -> list[Finding]:
    """Findings without those that are decided together with another one of the same relationship."""
    all_ = list(found)
    undecided = {one.where.rpartition(".")[0] for one in all_ if one.code == "eligibility_undecided"}
    return [one for one in all_ if one.code != "relevance_undecided" or one.where.rpartition(".")[0] not in undecided]


def _relationship(
    one: File, current: Disclosure, to: Assignment, told: Told, gettext: Callable[[str], str]
) -> dict[str, Any]:
    key = (current.number, told.id, to.activity)
    decision = one.dossier.decisions.get(key)
    decided = words.DECIDED.get((decision.eligibility.value, decision.relevance.value), "") if decision else ""
    return {
        **_told(told, gettext),
        "place": f"{to.activity[:12]}-{told.id}",
        "decide": f"decide:{to.activity}:{told.id}",
        "mitigate": f"mitigate:{to.activity}:{told.id}",
        "decided": gettext(decided) if decided else "",
        "decided_on": words.day(decision.on) if decision else "",
        "decided_by": decision.by if decision else "",
        "note": decision.note if decision else "",
        "verdict": _verdict(decision),
        "earlier": "" if decision else _earlier(one, told, key, gettext),
        "relevant": decision is not None and decision.relevance is Relevance.RELEVANT,
        "steps": [
            {
                "method": gettext(MITIGATIONS.get(step.method, step.method)),
                "on": words.day(step.on),
                "by": step.by,
                "note": step.note,
            }
            for step in one.dossier.steps.get(key, ())
        ],
    }


def _earlier(one: File, told: Told, key: tuple[str, str, str], gettext: Callable[[str], str]) -> str:
    """What the office decided of this company before, so that it need not look it up."""
    found = one.dossier.earlier(told.company, besides=key)
    if found is None:
        return ""
    decision, activity = found
    to = one.dossier.assignments.get(activity)
    decided = gettext(words.DECIDED[decision.eligibility.value, decision.relevance.value])
    where = (to.title or to.activity_id) if to else ""
    return gettext(EARLIER).format(day=words.day(decision.on), decided=decided, title=where or "–")


def _as_imported(one: Disclosure, told: Told, gettext: Callable[[str], str]) -> str:
    """What a table said was decided then."""
    held = one.as_imported(told.id)
    decided = words.DECIDED.get((held.eligibility, held.relevance))
    return ", ".join([gettext(decided) if decided else gettext(UNDECIDED), *held.mitigations])


def _verdict(decision: Decision | None) -> str:
    if decision is None:
        return ""
    return Verdict.ELIGIBLE.value if decision.eligibility is Eligibility.ELIGIBLE else decision.relevance.value


EARLIER = N_("Decided before, on {day} for {title}: {decided}")
UNDECIDED = N_("nothing decided")
