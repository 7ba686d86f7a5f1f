"""Corrections: whether a claim may be changed or withdrawn, by whom, and until when.

Learners change a claim until it was reported; afterwards staff do, with a reason and where credit is added with
evidence. Lowering and withdrawing are always possible; more credit only up to what the activity was designated for, and
only while the body that gives it takes any. Decides and describes; writing is `credit.correcting`.
Source: spec part 7, cases 2, 10, 16, 24, 35; R-3.5; R-4.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.participation import attestation, names
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.credits import LEARNER
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.participation.progress import Progress, claim_closed
from cme_xblock.participation.refusal import Refusal
from cme_xblock.rules import calendar, credit_system, statements
from cme_xblock.rules.credit_system import CreditSystem

LONGEST_REASON = 500


class Change(StrEnum):
    """What a correction changes. Stored for six years and more: add, never rename."""

    LOWERED = "lowered"
    RAISED = "raised"
    PROFESSION = "profession"
    NAME = "name"
    REISSUED = "reissued"


# The credit itself is the same: whoever was told of it was told the truth.
SAME_CREDIT = frozenset({Change.NAME, Change.REISSUED})
MORE_CREDIT = frozenset({Change.RAISED, Change.PROFESSION, Change.REISSUED})


@dataclass(frozen=True)
class Who:
    """Who corrects: LEARNER, or a pseudonym of staff with their reason and, where it is needed, evidence.

    `evidence` names a document ("mail of 3 March", a ticket's number), never a person.
    """

    by: str = LEARNER
    reason: str = ""
    evidence: str = ""

    @property
    def learner(self) -> bool:
        """Whether it is the learner."""
        return self.by == LEARNER


@dataclass(frozen=True)
class Old:
    """The claim to be corrected, as it was recorded. `reported`: something of it has left, or is leaving, for anybody.

    `live` is False for a claim that was withdrawn. `statement` and `wording` are what the learner attested last.
    """

    claim: str
    edition: str
    system: str
    amount: Decimal
    profession: str
    name: str
    completed_on: date
    completed_at: datetime
    claimed_at: datetime
    statement: str
    wording: str
    reported: bool
    live: bool = True
    types: tuple[str, ...] = ()
    name_shown: str = ""

    def made(self, *, profession: str = "", amount: Decimal | None = None, statement: str = "") -> Attestation:
        """The same claim once more, with what is different."""
        return replace(
            Attestation(
                edition=self.edition,
                system=self.system,
                amount=self.amount if amount is None else amount,
                profession=profession or self.profession,
                completed_on=self.completed_on,
                completed_at=self.completed_at,
                statement=statement or self.statement,
                wording=self.wording,
            ),
            types=self.types,
        )


@dataclass(frozen=True)
class Wanted:
    """What the claim is to say instead, as it was sent: any of it may be anything. `name` is ready to be certified."""

    name: str
    profession: object
    system: object
    amount: object
    wording: object


@dataclass(frozen=True)
class Along:
    """Another claim of the same learner that can't stay as it is: `withdraw` it, or `correct` it with the first one."""

    claim: str
    withdraw: Draft | None = None
    correct: Correction | None = None


@dataclass(frozen=True)
class Correction:
    """A correction as it may be recorded: a claim in the place of `replaces`, and what goes `along` with it."""

    made: Attestation
    name: str
    replaces: str
    change: Change
    who: Who
    along: tuple[Along, ...] = ()
    name_shown: str = ""

    def draft(self, *, claim: str) -> Draft:
        """The entry of this correction; `claim` is the number under which the new claim is recorded."""
        payload = {
            **self.made.draft(claim=claim).payload,
            "replaces": self.replaces,
            "change": str(self.change),
            **({"name_shown": self.name_shown} if self.name_shown else {}),
            **_said(self.who, str(self.change)),
        }
        return Draft(Kind.CREDIT_CORRECTED, self.made.edition, payload)


def correct(
    old: Old,
    wanted: Wanted,
    who: Who,
    *,
    others: Sequence[Old] = (),
    progress: Progress,
    activity: Activity,
    now: datetime,
) -> Correction | Refusal:
    """The claim that takes the place of `old`, or why none does.

    `others`: the learner's other live claims; those made as the same profession follow a change of it, and a board's
    points never stay above the credit. `progress` is folded under the old claim's edition, `activity`. `now`: aware.
    Staff attest nothing, so `wanted.wording` is not looked at, and the new claim says what the learner attested.
    """
    refusal = shut(old, who) or _said_enough(who)
    if refusal is not None:
        return refusal
    moving = wanted.profession != old.profession
    points = [one.claim for one in others if _goes_with(one.system, old.system)]
    following = [one for one in others if one.live and (one.profession == old.profession or one.claim in points)]
    asides = {old.system, *(one.system for one in following if moving)}
    made = _attested(old, wanted, who, asides=asides, progress=progress, activity=activity)
    if isinstance(made, Refusal):
        return made
    change = _change(old, made, wanted.name)
    if change is None:
        text = N_("Nothing is different from the claim as it is. Change what is wrong, then send it.")
        return Refusal("unchanged", Message(text))
    late = _late(old, made, change, who, activity=activity, now=now) or _proved(change, who)
    if late is not None:
        return late
    moved = (_along(one, old, made, change, who, activity=activity, progress=progress) for one in following)
    along = tuple(one for one in moved if one is not None)
    if any(one.claim == found.claim and one.reported for found in along for one in following) and who.learner:
        return Refusal("reported", Message(REPORTED))
    return _corrected(old, made, wanted.name, change, who, along=along)


def _corrected(
    old: Old, made: Attestation, name: str, change: Change, who: Who, *, along: tuple[Along, ...] = ()
) -> Correction:
    """The correction; what verification may show of the name stays as the learner chose it."""
    return Correction(made, name, old.claim, change, who, along, old.name_shown)


def _along(
    other: Old, old: Old, made: Attestation, change: Change, who: Who, *, activity: Activity, progress: Progress
) -> Along | None:
    """What becomes of a claim of the same profession, or of points that go with the credit; None where it stays."""
    profession = made.profession if other.profession == old.profession else other.profession
    offered = {one.system.code: one for one in attestation.options(activity, profession, progress.attended)}
    choice = offered.get(other.system)
    gone = Along(other.claim, withdraw=withdrawal(other, who, str(change)))
    if _goes_with(other.system, old.system) and not _goes_with(other.system, made.system):
        return gone
    moved = change is Change.PROFESSION
    if moved and (choice is None or other.system == made.system or other.amount not in choice.amounts):
        return gone
    amount = other.amount
    if _goes_with(other.system, made.system) and amount > made.amount:
        amount = max((one for one in choice.amounts if one <= made.amount), default=Decimal()) if choice else Decimal()
    if (profession, amount) == (other.profession, other.amount):
        return None
    if choice is None or not amount:
        return gone
    credit = statements.credit(choice.system, amount)
    said = other.statement if amount == other.amount else _WITH_IT.format(credit=credit, attested=other.statement)
    followed = other.made(profession=profession, amount=amount, statement=said)
    kind = Change.LOWERED if profession == other.profession else Change.PROFESSION
    return Along(other.claim, correct=_corrected(other, followed, other.name, kind, who))


def reissue(
    old: Old, who: Who, *, name: str, progress: Progress, activity: Activity, now: datetime
) -> Correction | Refusal:
    """The same credit with another certificate: a new name, a new number, or counting again after a withdrawal.

    By staff alone; a withdrawn claim counts again only while the body that gives the credit takes any.
    """
    if who.learner:
        return Refusal("not_yours", Message(N_("Ask the provider to issue the certificate anew.")))
    change = Change.NAME if old.live and name != old.name else Change.REISSUED
    made = old.made()
    taken = old.system in progress.claimed and not old.live
    refusal = _said_enough(who) or _unfit(old, name) or (Refusal("already_claimed", Message(_AGAIN)) if taken else None)
    if refusal is None and not old.live:
        refusal = _beside(old, progress) or _late(old, made, change, who, activity=activity, now=now)
    refusal = refusal or _proved(change, who)
    return refusal or _corrected(old, made, name, change, who)


def _beside(old: Old, progress: Progress) -> Refusal | None:
    """Why a claim can't count again beside what counts now: points above their credit, hours beside credit."""
    systems = credit_system.load()
    mine = credit_system.recorded(old.system, None)
    most = max((one.amount for code, one in progress.held.items() if code in mine.goes_with), default=Decimal())
    if mine.goes_with and old.amount > most:
        return Refusal("beyond_credit", Message(_POINTS_AFTER, {"system": mine.short_name}))
    hours = any(systems[code].fallback_for for code in progress.held if code in systems)
    if progress.held and (hours or mine.fallback_for):
        return Refusal("profession_changed", Message(_HOURS_BESIDE))
    return None


def withdraw(old: Old, who: Who, *, others: Sequence[Old] = ()) -> tuple[Draft, ...] | Refusal:
    """The entries that take a claim back, or why it may not. Always possible; by learners until it was reported.

    A board's points go with the credit that they were given for.
    """
    along = [one for one in others if one.live and _goes_with(one.system, old.system)]
    refusals = (shut(one, who) for one in (old, *along))
    refusal = next((one for one in refusals if one is not None), None) or _said_enough(who)
    if refusal is not None:
        return refusal
    return tuple(withdrawal(one, who, "withdrawn") for one in (old, *along))


def withdrawal(old: Old, who: Who, reason: str) -> Draft:
    """The entry that takes one claim back. `reason`: what the learner did, where it was the learner."""
    return Draft(Kind.CREDIT_VOIDED, old.edition, {"claim": old.claim, **_said(who, reason)})


def _goes_with(points: str, credit: str) -> bool:
    """Whether the first system is a board's points that go with credit of the second. Source: spec R-4.3."""
    system = credit_system.load().get(points)
    return system is not None and credit in system.goes_with


def shut(old: Old, who: Who) -> Refusal | None:
    """Why this person can't change anything about this claim, or None."""
    if who.learner and old.reported:
        return Refusal("reported", Message(REPORTED))
    if not old.live:
        return Refusal("not_live", Message(_GONE))
    return None


def last_day(system: CreditSystem, completed_on: date) -> date | None:
    """The last civil date on which the body takes more credit for a completion, or None where it sets no limit.

    ACPE: 60 days from the completion (R-3.5). A board's points: the year of the completion (R-4.5).
    """
    if system.claim_within_days:
        return calendar.add_days(completed_on, system.claim_within_days)
    if system.reported_by_year_end:
        return date(completed_on.year, 12, 31)
    return None


def _attested(
    old: Old, wanted: Wanted, who: Who, *, asides: set[str], progress: Progress, activity: Activity
) -> Attestation | Refusal:
    """What the correction makes, judged as on the day of the claim: the old one aside, all requirements met then."""
    aside = replace(
        progress,
        claimed=tuple(one for one in progress.claimed if one not in asides),
        held={code: one for code, one in progress.held.items() if code not in asides},
        completed_on=old.completed_on,
        completed_at=old.completed_at,
    )
    wording = wanted.wording
    if not who.learner and isinstance(wanted.profession, str):
        options = attestation.options(activity, wanted.profession, progress.attended)
        wording = next((one.wording_sha for one in options if one.system.code == wanted.system), "")
    made = attestation.attest(
        aside,
        activity,
        old.edition,
        profession=wanted.profession,
        system=wanted.system,
        amount=wanted.amount,
        wording=wording,
        now=old.claimed_at,
    )
    if isinstance(made, Refusal) or who.learner:
        return made
    credit = statements.credit(credit_system.for_activity(activity)[made.system], made.amount)
    return replace(made, statement=_BY_PROVIDER.format(credit=credit, attested=old.statement), wording=old.wording)


def _change(old: Old, made: Attestation, name: str) -> Change | None:
    """What is different, by what weighs most; None where nothing is."""
    if (made.profession, made.system) != (old.profession, old.system):
        return Change.PROFESSION
    if made.amount != old.amount:
        return Change.RAISED if made.amount > old.amount else Change.LOWERED
    return Change.NAME if name != old.name else None


def _late(
    old: Old, made: Attestation, change: Change, who: Who, *, activity: Activity, now: datetime
) -> Refusal | None:
    """Why it is too late for what adds credit. The site's own window binds learners; the body's binds everybody."""
    if change not in MORE_CREDIT:
        return None
    system = credit_system.recorded(made.system, calendar.edition_day(activity))
    last = last_day(system, old.completed_on)
    if last is not None and calendar.civil_date(activity, now) > last:
        text = N_("More credit could be given until {date} ({system}). Lowering or withdrawing it is still possible.")
        return Refusal("too_late", Message(text, {"date": last.isoformat(), "system": system.short_name}))
    closed = claim_closed(activity, old.completed_at, now) if who.learner else None
    return Refusal("too_late", closed) if closed is not None else None


def _said_enough(who: Who) -> Refusal | None:
    """Staff give a reason; it is shown to the learner and kept for good."""
    if who.learner:
        return None
    if not who.reason.strip() or len(who.reason) > LONGEST_REASON or not who.reason.isprintable():
        text = N_("Give a reason of up to {most} characters, in one line: the learner reads it, and it is kept.")
        return Refusal("no_reason", Message(text, {"most": str(LONGEST_REASON)}), field="reason")
    return None


def _unfit(old: Old, name: str) -> Refusal | None:
    """Why a new name can't stand on a certificate: the same for staff as for learners."""
    made = name if name == old.name else names.certified(name)
    if made == name:
        return None
    return Refusal("name", made if isinstance(made, Message) else Message(_SPACES), field="name_certified")


def _proved(change: Change, who: Who) -> Refusal | None:
    """Staff who do more than take credit away say on what evidence."""
    if who.learner or change is Change.LOWERED or 0 < len(who.evidence.strip()) <= LONGEST_REASON:
        return None
    text = N_('Name the evidence, for example "mail of 3 March": the learner did not attest this on a page of ours.')
    return Refusal("no_evidence", Message(text), field="evidence")


def _said(who: Who, change: str) -> dict[str, str]:
    """Who and why, as an entry carries it. A learner's reason is what they changed."""
    said = {"by": who.by, "reason": who.reason.strip() or change}
    return {**said, "evidence": who.evidence.strip()} if who.evidence.strip() else said


REPORTED = N_("This credit has been reported already, so only the provider can correct it. Write to the provider.")
_GONE = N_("This claim was replaced or withdrawn before. Reload the page to see what counts now.")
_AGAIN = N_("Credit of this kind has been claimed again since. Correct that claim.")
_SPACES = N_("Write the name with single spaces, and none before or behind it.")
_POINTS_AFTER = N_("Points go with the credit of the activity ({system}): issue at least as much of that first.")
_HOURS_BESIDE = N_("A certificate of participation is not given beside credit. Withdraw the other record first.")
# Part of the record, so in English as all statements are.
_WITH_IT = "Lowered to {credit} together with the credit. The learner had attested: {attested}"
_BY_PROVIDER = "The provider corrected this claim to {credit}. The learner had attested: {attested}"
