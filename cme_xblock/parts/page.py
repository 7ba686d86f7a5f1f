"""A part as a page: which one, its steps, its body, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from cme_xblock.activity.message import N_, Message
from cme_xblock.pages import templating
from cme_xblock.participation.decide import Refusal
from cme_xblock.participation.progress import Part, PartState, Status
from cme_xblock.parts import (
    assessment,
    attendance,
    baseline,
    certificate,
    claim,
    content,
    correction,
    evaluation,
    follow_up,
    labels,
    overview,
    preview,
    reported,
    retention,
    service,
    sharing,
)
from cme_xblock.parts.editions import Published
from cme_xblock.parts.visit import Setting, Visit

_PARTS = {
    Part.OVERVIEW: overview,
    Part.BASELINE: baseline,
    Part.CONTENT: content,
    Part.ATTENDANCE: attendance,
    Part.ASSESSMENT: assessment,
    Part.EVALUATION: evaluation,
    Part.CLAIM: claim,
    Part.CERTIFICATE: certificate,
    Part.FOLLOW_UP: follow_up,
    Part.RETENTION: retention,
}

# What is shown on demand, for what the learner has chosen before.
_FORMS = {
    (Part.CLAIM, "amount"): (claim.AMOUNT_TEMPLATE, claim.amount_context),
    (Part.CLAIM, "who"): (claim.TEMPLATE, claim.context),
    (Part.CERTIFICATE, correction.VIEW): (correction.TEMPLATE, correction.context),
    (Part.CERTIFICATE, sharing.VIEW): (sharing.TEMPLATE, sharing.context),
}


def panel(visit: Visit, part: Part | None = None, view: Mapping[str, Any] | None = None) -> SafeString:
    """The steps and one part's body. Without a part: the one that the learner needs now."""
    view = view or {}
    part = part or _first(visit)
    body = _body(visit, part, view)
    return _wrapped(visit, part, body)


def closed(setting: Setting, reason: Message) -> SafeString:
    """A sentence instead of the activity."""
    values = {"language": setting.language, "reason": reason.format(setting.language.gettext)}
    return templating.render("closed.html", values)


def public(setting: Setting, published: Published) -> SafeString:
    """The overview for visitors: everything a learner must know beforehand, and nothing to submit."""
    visit = service.visit(setting, published)
    return _wrapped(visit, Part.OVERVIEW, _render(visit, overview.TEMPLATE, overview.context(visit, {"preview": True})))


def shown(visit: Visit, part: Part | None, data: Mapping[str, Any]) -> dict[str, object] | Refusal:
    """The answer to "show me": a part that is open or done, or the one that is needed now."""
    part = part or _first(visit)
    if visit.progress.state(part).status is Status.LOCKED and part not in (Part.OVERVIEW, Part.RETENTION):
        return {"html": panel(visit, part), "announce": ""}
    if part is Part.CERTIFICATE and data.get("only") == "deliveries":
        return certificate.refreshed(visit)
    form = _FORMS.get((part, data.get("view") if isinstance(data.get("view"), str) else ""))
    if form is not None:
        template, context = form
        values = context(visit, data)
        if isinstance(values, Refusal):
            return values
        return {"html": _wrapped(visit, part, _render(visit, template, values)), "announce": ""}
    return {"html": panel(visit, part, data), "announce": ""}


def team(visit: Visit) -> SafeString:
    """What the course's own team sees above the page: the way to the outcomes, and how the reporting stands."""
    link = preview.team_link(visit.setting, visit.activity.activity_id)
    found = reported.panel(visit.setting, visit.activity)
    values = {"language": visit.setting.language, "body": found}
    return templating.joined((link, templating.render("team.html", values))) if found else link


def after_submit(visit: Visit, part: Part) -> dict[str, object]:
    """What stands on the page after a part was accepted: the result of an assessment, otherwise what comes next."""
    following = part if part in (Part.ASSESSMENT, Part.FOLLOW_UP, Part.RETENTION) else _first(visit)
    return {"html": panel(visit, following), "announce": visit.text(SAVED)}


def _first(visit: Visit) -> Part:
    """The part to show: the learner's current one if this block shows it, else what this block has of interest."""
    current, shown_here = _current(visit), _shown_here(visit)
    asks = current is Part.CERTIFICATE or not visit.progress.is_open(current)
    if asks and Part.FOLLOW_UP in shown_here and follow_up.is_due(visit):
        return Part.FOLLOW_UP
    if asks and Part.RETENTION in shown_here and visit.progress.is_open(Part.RETENTION):
        return Part.RETENTION
    if visit.progress.claimed and Part.CERTIFICATE in shown_here:
        return Part.CERTIFICATE
    if current in shown_here:
        return current
    later = [part for part in shown_here if visit.progress.state(part).status is Status.LOCKED]
    done = [part for part in shown_here if visit.progress.state(part).status is not Status.LOCKED]
    return done[-1] if done else later[0]


def _current(visit: Visit) -> Part:
    """The part that comes next: the one that is needed, but an evaluation that may be left out is offered first."""
    current = visit.progress.current
    offered = visit.progress.is_open(Part.EVALUATION) and Part.EVALUATION in visit.setting.shown
    return Part.EVALUATION if current is Part.CLAIM and offered else current


def _shown_here(visit: Visit) -> list[Part]:
    """The parts of this block that the activity has."""
    return [part for part in visit.setting.shown if visit.progress.has(part)]


def _body(visit: Visit, part: Part, view: Mapping[str, Any]) -> SafeString:
    state = visit.progress.state(part)
    if part is Part.ASSESSMENT and assessment.shows_result(visit, view):
        return _render(visit, assessment.RESULT, assessment.result(visit) | _next(visit, part))
    if part is Part.CLAIM and state.status is Status.DONE:
        part = Part.CERTIFICATE
    elif (state.status is Status.LOCKED and part not in (Part.OVERVIEW, Part.RETENTION)) or (
        part is Part.ASSESSMENT and state.status is Status.DONE
    ):
        return _locked(visit, state)
    module = _PARTS[part]
    return _render(visit, module.TEMPLATE, _next(visit, part) | module.context(visit, view))


def _locked(visit: Visit, state: PartState) -> SafeString:
    reason = visit.say(state.reason) if state.reason else visit.text(NOTHING)
    values = {"name": visit.text(labels.PARTS[state.part]), "reason": reason}
    return _render(visit, "locked.html", values | _next(visit, state.part))


def _next(visit: Visit, part: Part) -> dict[str, object]:
    """Where to go from a part that is not the current one: a button, a link, or a sentence."""
    current = _current(visit)
    if current is part or visit.progress.claimed or visit.progress.state(current).status is not Status.OPEN:
        return {"next": None}
    name = visit.text(labels.PARTS[current])
    if current in visit.setting.shown:
        return {"next": {"part": current.value, "label": visit.text(CONTINUE, {"part": name})}}
    target = visit.setting.home if current is Part.OVERVIEW else f"part:{current.value}"
    url = visit.setting.link(target)
    if not url and current in (Part.BASELINE, Part.CONTENT) and visit.setting.home:
        url = visit.setting.link(visit.setting.home)
    label = visit.text(CONTINUE if url else ELSEWHERE, {"part": name})
    return {"next": {"url": url, "label": label}}


def _wrapped(visit: Visit, part: Part, body: SafeString) -> SafeString:
    steps = []
    here = _shown_here(visit)
    for one in here if len(here) > 1 else ():
        status = visit.progress.state(one).status
        steps.append(
            {
                "part": one.value,
                "name": visit.text(labels.PARTS[one]),
                "done": status is Status.DONE,
                "current": one is part,
                # Before its day there is a mail to ask for.
                "open": one is not part and (status is not Status.LOCKED or one is Part.RETENTION),
            }
        )
    return templating.render("panel.html", visit.values({"steps": steps, "test": _test(visit), "body": body}))


def _test(visit: Visit) -> str:
    """That all of this counts nowhere, for whoever only tries it. Source: spec part 7, case 18."""
    begins = not visit.entries and visit.setting.visitor.is_test
    return visit.text(TEST) if visit.progress.is_test or begins else ""


def _render(visit: Visit, template: str, values: Mapping[str, object]) -> SafeString:
    return templating.render(template, visit.values(values))


CONTINUE = N_("Continue: {part}")
ELSEWHERE = N_("Go on in the course to: {part}.")
NOTHING = N_("There is nothing to do here.")
SAVED = N_("Saved.")
TEST = N_(
    "This is a test: you belong to the course's team, or your account is one for tests. What you do here is reported "
    "to nobody and gives no credit. If you take part as a learner, ask your administrator to say so."
)
