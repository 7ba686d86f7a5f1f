"""Decides what a learner may do: each function gives the draft of an entry, or a refusal that says why not.

Nothing is written here, and nothing raises, whatever was sent: what a browser sends is a stranger's. `progress` must
be folded from the very entries behind which the draft will be written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from cme_xblock.activity.codes import ContentCompletion, ItemKind
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity, Assessment, Baseline, Item
from cme_xblock.participation import attendance, confidence, retention
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.participation.progress import Part, Progress, Status
from cme_xblock.participation.refusal import Refusal, first_or_all
from cme_xblock.rules import disclosure as disclosures

# More than any item or activity has; what is longer was not sent by our page.
_LONGEST = 1000


def acknowledge(progress: Progress, activity: Activity, edition: str, *, disclosure: object) -> Draft | Refusal:
    """The learner read and acknowledges the disclosures whose sha256 is `disclosure`. Source: ACCME SII 3.5; R-1.5."""
    refusal = _closed(
        progress, Part.OVERVIEW, done=N_("You have acknowledged these disclosures already. Reload the page to go on.")
    )
    if refusal is not None:
        return refusal
    current = disclosures.sha256(activity)
    if disclosure != current:
        changed = N_("The disclosures changed while the page was open. Read them again, then acknowledge them.")
        return Refusal("disclosure_changed", Message(changed), field="disclosure")
    return Draft(Kind.DISCLOSURE_ACKNOWLEDGED, edition, {"disclosure": current})


def submit_baseline(
    progress: Progress,
    activity: Activity,
    edition: str,
    responses: object,
    *,
    shown: Sequence[str] = (),
    sure: object = None,
) -> Draft | Refusal:
    """The learner's answers to the baseline, once and for all.

    `shown`: the item ids in the order in which the learner saw them, so that a refusal can name them by number.
    `sure`: how sure the learner is of each answer, where the author asks; see `confidence.parse`.
    """
    refusal = _closed(
        progress, Part.BASELINE, done=N_("You have answered these questions already. Reload the page to go on.")
    )
    if refusal is not None:
        return refusal
    payload = _answers(activity.baseline, responses, sure, shown)
    return payload if isinstance(payload, Refusal) else Draft(Kind.BASELINE_SUBMITTED, edition, payload)


def complete_content(
    progress: Progress, activity: Activity, edition: str, section: object, now: datetime
) -> Draft | Refusal:
    """The learner declares a section of the content done. The last one waits for the content's minimum time."""
    refusal = _closed(
        progress, Part.CONTENT, done=N_("You have completed the content already. Reload the page to go on.")
    )
    if refusal is not None:
        return refusal
    if not isinstance(section, str) or section not in activity.content.sections:
        unknown = N_("This section is not part of the activity. Reload the page.")
        return Refusal("unknown_section", Message(unknown), field="section")
    if section in progress.sections_done:
        done = N_("You have completed this section already. Reload the page to go on.")
        return Refusal("already_done", Message(done), field="section")
    if not set(activity.content.sections) - progress.sections_done - {section}:
        minutes = minutes_to_wait(progress, activity, now)
        if minutes:
            early = N_("This content takes at least {total} minutes. Minutes left: {minutes}.")
            params = {"total": str(activity.content.minimum_minutes), "minutes": str(minutes)}
            return Refusal("too_early", Message(early, params), field="section")
    return Draft(Kind.CONTENT_COMPLETED, edition, {"section": section})


def attend(
    progress: Progress, activity: Activity, edition: str, code: object, *, account: str, now: datetime
) -> Draft | Refusal:
    """The learner enters the code of a session. Source: spec part 7, case 5; see `attendance.enter`."""
    done = N_("Your attendance is on record already. Reload the page to go on.")
    refusal = _closed(progress, Part.ATTENDANCE, done=done)
    return refusal or attendance.enter(progress, activity, edition, code, account=account, now=now)


def minutes_to_wait(progress: Progress, activity: Activity, now: datetime) -> int:
    """Whole minutes, rounded up, until the content may be finished: counted from the entry that opened it."""
    content = activity.content
    if content.completion is not ContentCompletion.DECLARED_AFTER_TIME or progress.content_opened_at is None:
        return 0
    try:
        left = progress.content_opened_at + timedelta(minutes=content.minimum_minutes) - now
    except OverflowError:
        return content.minimum_minutes
    return max(0, -(-left // timedelta(minutes=1)))


def submit_assessment(
    progress: Progress,
    activity: Activity,
    edition: str,
    responses: object,
    attempt: object,
    *,
    shown: Sequence[str] = (),
    sure: object = None,
) -> Draft | Refusal:
    """The learner's answers to the assessment. `attempt` is the number the learner saw: a second click counts once."""
    refusal = _closed(
        progress, Part.ASSESSMENT, done=N_("You have passed the assessment already. Reload the page to go on.")
    )
    if refusal is not None:
        return refusal
    if type(attempt) is not int or attempt < 1 or attempt > progress.next_attempt:
        unknown = N_("This is not the attempt that the page was opened for. Reload the page.")
        return Refusal("unknown_attempt", Message(unknown), field="attempt")
    if attempt < progress.next_attempt:
        recorded = Message(N_("Attempt {number} is recorded already. Reload the page."), {"number": str(attempt)})
        return Refusal("already_recorded", recorded, field="attempt")
    payload = _answers(activity.assessment, responses, sure, shown)
    if isinstance(payload, Refusal):
        return payload
    return Draft(Kind.ASSESSMENT_SUBMITTED, edition, {"attempt": attempt, **payload})


def submit_retention(
    progress: Progress,
    activity: Activity,
    edition: str,
    responses: object,
    *,
    shown: Sequence[str] = (),
    sure: object = None,
) -> Draft | Refusal:
    """The learner's answers to the retention check, once and for all; arguments as of `submit_baseline`."""
    refusal = _closed(
        progress, Part.RETENTION, done=N_("You have answered these questions already. Reload the page to go on.")
    )
    if refusal is not None:
        return refusal
    asked = replace(activity.assessment, items=retention.items(activity))
    payload = _answers(asked, responses, sure, shown)
    return payload if isinstance(payload, Refusal) else Draft(Kind.RETENTION_SUBMITTED, edition, payload)


def _answers(
    part: Baseline | Assessment, responses: object, sure: object, shown: Sequence[str]
) -> dict[str, Any] | Refusal:
    """What an entry keeps of the answers; with how sure the learner is of each, where the author asks."""
    given = parse(part.items, responses, shown=shown)
    if not part.ask_confidence:
        return given if isinstance(given, Refusal) else {"responses": given}
    said = confidence.parse(part.items, sure, shown=shown)
    if isinstance(given, Refusal):
        if given.code == "unanswered" and isinstance(said, Refusal) and said.code == "unsure":
            return first_or_all({**given.faults, **said.faults}, code="unanswered")
        return given
    return said if isinstance(said, Refusal) else {"responses": given, "sure": said}


def evaluation_closed(progress: Progress) -> Refusal | None:
    """Why no evaluation can be handed in now, or None."""
    done = N_("You have handed in your evaluation already. Reload the page to go on.")
    return _closed(progress, Part.EVALUATION, done=done)


def parse(items: Sequence[Item], responses: object, *, shown: Sequence[str] = ()) -> dict[str, list[str]] | Refusal:
    """Responses as they will be stored: each item's chosen option ids, in the author's order.

    `responses` is any JSON value. Unknown items or options, repetitions and wrong types are refused, the first of them
    named by the number that the learner saw. Of unanswered items every one is named: nobody sends nine times to find
    nine of them.
    """
    if not isinstance(responses, Mapping) or len(responses) > _LONGEST:
        return Refusal("malformed", Message(N_("The answers did not arrive as they were sent. Reload the page.")))
    known = {one.id: one for one in items}
    for name in responses:
        if name not in known:
            return Refusal("unknown_item", Message(N_("The page is out of date: a question changed. Reload it.")))
    positions = {name: place for place, name in enumerate(shown)}
    seen = sorted(items, key=lambda one: positions.get(one.id, len(positions)))
    parsed: dict[str, list[str]] = {}
    missing: dict[str, Message] = {}
    for number, one in enumerate(seen, start=1):
        chosen = _choice(one, responses.get(one.id), str(number))
        if not isinstance(chosen, Refusal):
            parsed[one.id] = chosen
        elif chosen.code == "unanswered":
            missing[chosen.field] = chosen.message
        else:
            return chosen
    if missing:
        return first_or_all(missing, code="unanswered")
    return {one.id: parsed[one.id] for one in items}


def _choice(item: Item, given: object, number: str) -> list[str] | Refusal:
    """The chosen option ids of one item in the author's order, or why they can't be."""
    params = {"number": number}
    if given is None or given == []:
        if item.kind is ItemKind.MULTIPLE:
            text = N_("Question {number} has no answer. Choose at least one, then send again.")
        else:
            text = N_("Question {number} has no answer. Choose one, then send again.")
        return Refusal("unanswered", Message(text, params), field=item.id)
    options = [one.id for one in item.options]
    if not isinstance(given, list) or len(given) > _LONGEST or not all(isinstance(one, str) for one in given):
        text = N_("The answer to question {number} did not arrive as it was sent. Reload the page.")
        return Refusal("malformed", Message(text, params), field=item.id)
    if not set(given) <= set(options):
        text = N_("An answer to question {number} is not one of its options. Reload the page.")
        return Refusal("unknown_option", Message(text, params), field=item.id)
    if len(set(given)) != len(given):
        text = N_("Question {number} has the same answer twice. Reload the page.")
        return Refusal("repeated_option", Message(text, params), field=item.id)
    if len(given) > 1 and item.kind is not ItemKind.MULTIPLE:
        text = N_("Question {number} takes one answer. Choose one, then send again.")
        return Refusal("too_many_options", Message(text, params), field=item.id)
    return [one for one in options if one in given]


def _closed(progress: Progress, part: Part, *, done: str) -> Refusal | None:
    """The refusal of a part that is not open, or None."""
    state = progress.state(part)
    if state.status is Status.OPEN:
        return None
    if state.status is Status.DONE:
        return Refusal("already_done", Message(done))
    return Refusal("locked", state.reason or Message(N_("This part is not open yet.")))
