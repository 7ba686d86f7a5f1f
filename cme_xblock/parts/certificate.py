"""The certificate part: the credit held, the way to the certificate, and how far each report of it has come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString

from cme_xblock.activity.message import N_, Message
from cme_xblock.credit import correcting
from cme_xblock.pages import templating
from cme_xblock.parts import claim, correction, fields, labels, own_answers, sharing
from cme_xblock.parts.visit import Visit
from cme_xblock.records import claims, keys, vault
from cme_xblock.records.claims import Held
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import identifiers, status
from cme_xblock.rules import calendar, credit_system, statements
from cme_xblock.rules.credit_system import CreditSystem

TEMPLATE = "claimed.html"
# Until then the learner may change the claim; afterwards the page says whom to write to.
_NOT_LEFT = (State.HELD, State.READY, State.CANCELLED)


def context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object]:
    """The live claims and their deliveries. Two queries, and three more after a correction."""
    held = _held(visit)
    found = _found(visit, held)
    html, waiting, _ = deliveries(visit, held, found)
    reported = _reported(visit, held, found)
    return {
        "claims": [
            {
                "amount": _credit(visit, one),
                "name": one.name_certified,
                "completed": labels.day(one.completed_on),
                "url": address(one),
                "claim": one.uuid,
                "whom": correction.whom(visit) if one.uuid in reported else "",
            }
            for one in held
        ],
        "deliveries": html,
        "waiting": waiting,
        "sharing": bool(sharing.wanted(visit)),
        "further": claim.further(visit),
        "kept": visit.text(KEPT),
        "transcript": _address("transcript"),
        "own": own_answers.address(visit),
    }


def _reported(visit: Visit, held: tuple[Held, ...], found: Mapping[int, tuple[status.Line, ...]]) -> set[str]:
    """The claims of which something has left; after a change of name that hangs on the claim before. Case 2."""
    left = {one.uuid for one in held if any(line.state not in _NOT_LEFT for line in found.get(one.pk, ()))}
    if any(one.replaces for one in visit.progress.held.values()):
        left |= {number for number, one in correcting.olds(visit.entries).items() if one.reported}
    return left


def refreshed(visit: Visit) -> dict[str, object]:
    """Only the deliveries, for a page that waits for an answer, and whether it should go on waiting."""
    held = _held(visit)
    html, waiting, announce = deliveries(visit, held, _found(visit, held))
    return {"html": html, "announce": announce, "waiting": waiting}


def deliveries(
    visit: Visit, held: tuple[Held, ...], found: Mapping[int, tuple[status.Line, ...]]
) -> tuple[SafeString | str, bool, str]:
    """The lines as HTML, whether any of them will still change by itself, and the same in words."""
    pairs = [(one, line) for one in held for line in found.get(one.pk, ())]
    lines = [line for _, line in pairs]
    if not lines:
        return "", False, ""
    door = bool(sharing.wanted(visit)) if any(line.fixable for line in lines) else False
    there = _there(visit, lines)
    said = [
        {
            "receiver": line.receiver,
            "so_far": visit.text(SO_FAR, {"receiver": line.receiver}),
            "credit": _credit(visit, one) if len(held) > 1 else "",
            "sentence": f"{visit.say(_worded(visit, line, there))} {_until(visit, one, line)}".strip(),
            "good": line.state == State.ACCEPTED,
            "bad": line.settled and line.state != State.ACCEPTED,
            "fix": visit.text(FIXES[line.reason]) if door and line.fixable else "",
            "view": sharing.VIEW,
            "steps": [{"text": visit.say(one.text), "at": labels.moment(one.at, line.zone)} for one in line.steps],
        }
        for one, line in pairs
    ]
    html = templating.render("deliveries.html", {"language": visit.setting.language, "lines": said})
    waiting = any(not line.settled and line.state != State.HELD for line in lines)
    return html, waiting, " ".join(str(one["sentence"]) for one in said)


def _found(visit: Visit, held: tuple[Held, ...]) -> Mapping[int, tuple[status.Line, ...]]:
    return status.for_participation(_key(visit)) if held else {}


def _there(visit: Visit, lines: list[status.Line]) -> frozenset[str]:
    """What is known already of that which keeps a credit from being sent; asked only where something does."""
    asked = {name for line in lines if line.state == State.HELD for name in line.needs}
    return vault.kinds_of(keys.learner_key(visit.setting.visitor.learner_id), asked) if asked else frozenset()


def _credit(visit: Visit, one: Held) -> str:
    return statements.credit(_system(visit, one), one.amount)


def _until(visit: Visit, one: Held, line: status.Line) -> str:
    """Until when it has to be reported, where the learner can still see to that."""
    return fields.report_by(visit, _system(visit, one), one.completed_on) if line.fixable else ""


def _system(visit: Visit, one: Held) -> CreditSystem:
    return credit_system.recorded(one.system, calendar.edition_day(visit.activity))


def _worded(visit: Visit, line: status.Line, there: frozenset[str]) -> Message:
    """The sentence with its date as the reader writes dates, and what is needed in the reader's language."""
    given = dict(line.sentence.params)
    if "date" in given:
        given["date"] = labels.day(date.fromisoformat(given["date"]))
    if "needs" in given:
        # Only what is missing; all of it where nothing is, for then something of it has a wrong form.
        missing = line.needs if line.state != State.HELD else identifiers.lacking(line.needs, there) or line.needs
        given["needs"] = "; ".join(visit.say(one) for one in status.needed(missing))
    return Message(line.sentence.text, given)


def address(claim: Held) -> str:
    """Where the certificate is; empty where this host has no such page."""
    return _address("certificate", claim.certificate_code)


def _address(name: str, *arguments: str) -> str:
    try:
        return reverse(f"cme_xblock:{name}", args=arguments)
    except NoReverseMatch:
        return ""


def _held(visit: Visit) -> tuple[Held, ...]:
    return claims.held(_key(visit))


def _key(visit: Visit) -> str:
    place = visit.setting.course_key, visit.activity.activity_id
    return keys.participation_key(*place, visit.setting.visitor.learner_id)


# What the button at a line says, by the reason that keeps it.
FIXES = {
    "no_consent": N_("Change what you agree to"),
    "identity_incomplete": N_("Add what is missing"),
    "identity": N_("Correct your numbers"),
}
SO_FAR = N_("So far, with {receiver}")
KEPT = N_("Your certificate stays available at its address for at least six years, also after the course has closed.")
