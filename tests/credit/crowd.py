"""A crowd: learners who are ready to claim, and what each of them, staff and the receiver may do to their credit."""

from __future__ import annotations

import random
from datetime import timedelta

from cme_xblock.activity.message import Message
from cme_xblock.credit import claiming, correcting, staff
from cme_xblock.participation import attestation, credits, progress
from cme_xblock.participation.correction import Wanted, Who
from cme_xblock.participation.entries import Draft, Entry, Kind
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records import claims, editions, keys, ledger
from cme_xblock.records.ledger import LedgerBusy, Several
from cme_xblock.records.models import Claim, Delivery
from cme_xblock.records.models.delivery import State
from cme_xblock.rules import disclosure
from tests.conftest import NOW
from tests.rules import sample

COURSE = "course-v1:Example+CME+2026"
ACTIVITY = sample.activity()
AMOUNTS = ("0.25", "0.5")
PROFESSIONS = {"md": "ama_pra_1", "do": "ama_pra_1", "rn": "participation"}
STAFF = staff.who("7", "The learner wrote.", "mail of 3 March")
LATER = NOW + timedelta(minutes=5)


def ready(number: int) -> str:
    """Let so many learners complete the activity; gives the edition."""
    edition = editions.record(COURSE, ACTIVITY, now=NOW)
    drafts = (
        Draft(Kind.DISCLOSURE_ACKNOWLEDGED, edition, {"disclosure": disclosure.sha256(ACTIVITY)}),
        Draft(Kind.BASELINE_SUBMITTED, edition, {"responses": sample.right_baseline()}),
        *(Draft(Kind.CONTENT_COMPLETED, edition, {"section": one}) for one in ACTIVITY.content.sections),
        Draft(Kind.ASSESSMENT_SUBMITTED, edition, {"attempt": 1, "responses": sample.right_assessment()}),
    )
    for learner in range(number):
        ledger.append(
            COURSE,
            ACTIVITY.activity_id,
            str(learner),
            decide=lambda _: Several(drafts, lambda *_: None),
            now=NOW,
        )
    return edition


def act(edition: str, rng: random.Random, learners: int) -> str:
    """One random thing that somebody does; what became of it, in a word."""
    learner = str(rng.randrange(learners))
    name = rng.choice(("claim", "claim", "correct", "correct", "staff", "void", "reissue", "report"))
    if name == "report":
        return _reported(learner)

    def decide(entries: tuple[Entry, ...]):
        if name == "claim":
            return _claim(entries, edition, rng)
        folded = credits.fold(entries)
        wanted = list(folded.every) if name == "reissue" else [one.claim for one in folded.live.values()]
        if not wanted:
            return Refusal("none", Message("There is nothing to correct."))
        claim = rng.choice(wanted)
        if name == "void":
            return correcting.withdraw(entries, claim, rng.choice((Who(), STAFF)), now=LATER)
        if name == "reissue":
            return correcting.reissue(entries, claim, STAFF, name=rng.choice(("", "Bo Schmidt")), now=LATER)
        who = STAFF if name == "staff" else Who()
        return correcting.correct(entries, claim, _wanted(rng), who, now=LATER)

    try:
        result = ledger.append(COURSE, ACTIVITY.activity_id, learner, decide=decide, now=LATER)
    except (claims.AlreadyClaimed, LedgerBusy) as error:
        return type(error).__name__
    return f"{name}: {result.code}" if isinstance(result, Refusal) else str(result.kind)


def _claim(entries: tuple[Entry, ...], edition: str, rng: random.Random):
    at = progress.fold(ACTIVITY, entries, edition=edition, editions={edition: ACTIVITY}, now=LATER)
    profession = rng.choice(tuple(PROFESSIONS))
    [choice] = [one for one in attestation.options(ACTIVITY, profession) if one.system.code == PROFESSIONS[profession]]
    made = attestation.attest(
        at,
        ACTIVITY,
        edition,
        profession=profession,
        system=choice.system.code,
        amount=rng.choice(AMOUNTS),
        wording=choice.wording_sha,
        now=LATER,
    )
    if isinstance(made, Refusal):
        return made
    return claiming.propose((made,), activity=ACTIVITY, name="Ana Müller", report=claiming.Report(), now=LATER)


def _wanted(rng: random.Random) -> Wanted:
    profession = rng.choice(tuple(PROFESSIONS))
    [choice] = [one for one in attestation.options(ACTIVITY, profession) if one.system.code == PROFESSIONS[profession]]
    return Wanted(
        name=rng.choice(("Ana Müller", "Bo Schmidt")),
        profession=profession,
        system=choice.system.code,
        amount=rng.choice(AMOUNTS),
        wording=choice.wording_sha,
    )


def _reported(learner: str) -> str:
    """The receiver takes what is owed for that learner: the far side of the network."""
    key = keys.learner_key(learner)
    waiting = Delivery.objects.filter(
        participation__learner_key=key, operation="add", state__in=(State.HELD, State.READY)
    )
    row = waiting.order_by("pk").first()
    if row is None:
        return "report: none"
    taken = Delivery.objects.filter(pk=row.pk, state=row.state).update(
        state=State.ACCEPTED, sent_at=LATER, settled_at=LATER
    )
    return "reported" if taken else "report: lost"


def broken() -> list[str]:
    """What is not as it was promised, in words; empty where all is well."""
    found: list[str] = []
    every = list(Claim.objects.select_related("live", "participation").order_by("pk"))
    by_pk = {one.pk: one for one in every}
    live: dict[tuple[int, str], list[Claim]] = {}
    told: dict[int, set[str]] = {}
    back: set[int] = set()
    for pk, operation, state in Delivery.objects.values_list("claim_id", "operation", "state"):
        back.add(pk) if operation == "delete" else told.setdefault(pk, set()).add(state)
    for claim in every:
        if claim.is_live:
            live.setdefault((claim.participation_id, claim.system), []).append(claim)
            # PARS is told of physicians' credit alone.
            if claim.system == "ama_pra_1" and not any(_owed(one, told, back) for one in _same(claim, by_pk)):
                found.append(f"{claim.uuid} counts and nobody is told of it")
        elif not any(claim in _same(one, by_pk) for one in every if one.is_live):
            if told.get(claim.pk, set()) & {State.HELD, State.READY}:
                found.append(f"{claim.uuid} counts no more and will be told")
            if State.ACCEPTED in told.get(claim.pk, set()) and claim.pk not in back:
                found.append(f"{claim.uuid} counts no more and is not taken back")
    found += [f"{place} has {len(those)} live claims" for place, those in live.items() if len(those) > 1]
    return found


def _same(claim: Claim, by_pk: dict[int, Claim]) -> list[Claim]:
    """The claim and those before it that are the same credit under another name or number."""
    chain = [claim]
    while chain[-1].change in ("name", "reissued") and chain[-1].replaces_id:
        chain.append(by_pk[chain[-1].replaces_id])
    return chain


def _owed(claim: Claim, told: dict[int, set[str]], back: set[int]) -> bool:
    return bool(told.get(claim.pk, set()) - {State.CANCELLED}) and claim.pk not in back

