"""A visit to an activity, and what a submission makes of it: the one way from a block to the ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings

from cme_xblock.activity.message import N_, Message
from cme_xblock.participation import attendance as attending
from cme_xblock.participation import own_work, remedies
from cme_xblock.participation.decide import Refusal
from cme_xblock.participation.entries import Draft, Entry, Kind
from cme_xblock.participation.progress import Part
from cme_xblock.parts import (
    assessment,
    attendance,
    baseline,
    claim,
    content,
    correction,
    evaluation,
    follow_up,
    overview,
    retention,
    sharing,
)
from cme_xblock.parts.editions import Published, is_name, standing
from cme_xblock.parts.visit import Setting, Visit
from cme_xblock.records import claims, editions, ledger
from cme_xblock.records.ledger import Proposal, Several
from cme_xblock.records.models import Participation

__all__ = ["Busy", "Published", "submit", "visit", "visit_to_certificate"]

_ACCEPT = {
    Part.OVERVIEW: overview.accept,
    Part.BASELINE: baseline.accept,
    Part.CONTENT: content.accept,
    Part.ATTENDANCE: attendance.accept,
    Part.ASSESSMENT: assessment.accept,
    Part.EVALUATION: evaluation.accept,
    Part.CLAIM: claim.accept,
    Part.RETENTION: retention.accept,
    # What is shown there is the claim; what can be sent there is its correction.
    Part.CERTIFICATE: correction.accept,
}


class Busy(Exception):  # noqa: N818 - says what is the case
    """Others keep writing to the same ledger; nothing was written."""

    message = Message(N_("Your other window is saving at this moment. Nothing was recorded here: try again."))


def visit(setting: Setting, published: Published) -> Visit:
    """The visit as the ledger has it now. One query, none for somebody unknown."""
    if not setting.visitor.known:
        return _visit(setting, published, ())
    entries = ledger.entries(setting.course_key, published.activity.activity_id, setting.visitor.learner_id)
    return _visit(setting, published, entries)


def visit_to_certificate(setting: Setting, activity_id: str) -> Visit | None:
    """What stays of an activity that was closed after somebody earned credit in it: the certificate, and own plans.

    None for whoever claimed none, and where the certificate is not shown. Their edition applies, not a newer one.
    """
    edition = claimed_edition(setting, activity_id)
    stays = tuple(part for part in setting.shown if part in (Part.CERTIFICATE, Part.FOLLOW_UP, Part.RETENTION))
    return None if edition is None else visit(replace(setting, shown=stays), edition)


def claimed_edition(setting: Setting, activity_id: str) -> Published | None:
    """The edition under which this person claimed credit of an activity that is closed now: for what stays of it."""
    if Part.CERTIFICATE not in setting.shown or not setting.visitor.known or not is_name(activity_id):
        return None
    entries = ledger.entries(setting.course_key, activity_id, setting.visitor.learner_id)
    claimed = [one.edition for one in entries if one.kind is Kind.CREDIT_CLAIMED]
    return Published(sha256=claimed[-1], activity=editions.load(claimed[-1])[claimed[-1]]) if claimed else None


def submit(
    setting: Setting, published: Published, part: Part, data: Mapping[str, Any]
) -> tuple[Visit, Entry | Refusal | None]:
    """Decide on one part's answers and write what follows, in one transaction; and the visit as it is afterwards.

    With the entry that was written, None where what was sent makes none. Raises Busy when the ledger can't be had.
    """
    if part is Part.CERTIFICATE and data.get("door") == sharing.VIEW:
        return _without_entry(setting, published, data, sharing.change)
    if part is Part.FOLLOW_UP:
        return _without_entry(setting, published, data, follow_up.change)
    if part is Part.RETENTION and data.get("door") == retention.MAILS:
        return _without_entry(setting, published, data, retention.change)
    accept = _ACCEPT.get(part)
    if accept is None:
        return visit(setting, published), Refusal("no_answers", Message(N_("Nothing can be submitted for this part.")))

    def decide(entries: tuple[Entry, ...]) -> Draft | Refusal | Proposal | Several:
        now = _visit(setting, published, entries)
        if data.get("edition") not in (None, now.edition):
            return Refusal("edition_changed", _CHANGED)
        own = own_work.barred(now.activity, setting.visitor.account, _barred_roles()) if part is Part.CLAIM else None
        if own is not None:
            return Refusal("own_work", own)
        return _begun(setting, entries, accept(now, data))

    activity_id, learner_id = published.activity.activity_id, setting.visitor.learner_id
    try:
        entries = ledger.append_all(setting.course_key, activity_id, learner_id, decide=decide, now=setting.now)
    except ledger.LedgerBusy as busy:
        raise Busy from busy
    except claims.AlreadyClaimed:
        entries = Refusal("already_claimed", _CLAIMED)
    if isinstance(entries, Refusal):
        return visit(setting, published), entries
    result: Entry | Refusal = entries[-1]
    if result.kind is Kind.ATTENDANCE_REFUSED:
        # Recorded, so that nobody guesses on; and refused all the same.
        result = attending.wrong_code()
    return _visit(setting, published, entries), result


def _without_entry(
    setting: Setting,
    published: Published,
    data: Mapping[str, Any],
    change: Callable[[Visit, Mapping[str, Any]], Refusal | None],
) -> tuple[Visit, Refusal | None]:
    """What is sent to whom, or what became of plans; no entry is made."""
    now = visit(setting, published)
    try:
        refusal = change(now, data)
    except ledger.LedgerBusy as busy:
        raise Busy from busy
    return now, refusal


def _begun(
    setting: Setting, entries: tuple[Entry, ...], decision: Draft | Refusal | Proposal | Several
) -> Draft | Refusal | Proposal | Several:
    """The same; of somebody whom the host takes for a test, the first entry comes with one that says so. Case 18."""
    if entries or not setting.visitor.is_test or not isinstance(decision, Draft):
        return decision

    def effects(participation: Participation, written: tuple[Entry, ...]) -> None:
        Participation.objects.mark(participation.pk, is_test=True)

    return Several((remedies.begin_as_test(decision.edition), decision), effects)


def _visit(setting: Setting, published: Published, entries: tuple[Entry, ...]) -> Visit:
    stands = standing(published, entries, now=setting.now)
    activity, folded = stands.activity, stands.progress
    own = own_work.barred(activity, setting.visitor.account, _barred_roles())
    if own is not None:
        folded = folded.closing(Part.CLAIM, own)
    # A block names parts for any activity; this one may not have them all.
    shown = tuple(part for part in setting.shown if folded.has(part))
    return Visit(
        setting=replace(setting, shown=shown or setting.shown),
        activity=activity,
        edition=stands.edition,
        entries=entries,
        progress=folded,
    )


def _barred_roles() -> Collection[str]:
    """Who gets no learner's credit for an activity of their own.

    .. setting_name: CME_NO_CREDIT_FOR
    .. setting_default: ["item_writer"]
    .. setting_description: Roles of people in control of content (planner, faculty, author, reviewer, moderator,
        item_writer, staff, other) who can't claim credit as learners of that activity. People are known by the user
        name that the author gave. In a live activity it goes by session. Source: spec part 7, case 17.
    """
    return getattr(settings, "CME_NO_CREDIT_FOR", own_work.USUAL)


_CHANGED = Message(N_("The activity was updated while this page was open. Reload the page to see what applies now."))
_CLAIMED = Message(N_("This credit has been claimed already. Reload the page to see your certificate."))
