"""Records whose time is over, with everything that can hang on one."""

from __future__ import annotations

from datetime import datetime, timedelta

from cme_xblock.activity import canonical
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.records import claims, consents, keys, ledger
from cme_xblock.records.models import (
    Claim,
    Commitment,
    CommitmentAnswer,
    Delivery,
    DeliveryAttempt,
    DeliveryDecision,
    EntryRow,
    EvaluationSheet,
    FirstAttempts,
    FollowUpMail,
    Participation,
)
from tests.conftest import NOW
from tests.records import samples

# The first moment at which what was done at NOW may go: one day after six years, wherever one is.
OVER = NOW.replace(year=2032, month=11, day=25)


def participation(learner: str = samples.LEARNER, *, activity: str = samples.ACTIVITY) -> Participation:
    """One learner who acknowledged and claimed, with a row of every kind."""
    edition = samples.editions.record(samples.COURSE, samples.activity(activity_id=activity), now=NOW)
    place = (samples.COURSE, activity, learner)
    samples.append(samples.acknowledgement(edition), place)
    sheet = {"uuid": keys.text_sha(learner)[:32], "salt": "5" * 64, "chosen": "{}", "written": "{}"}
    named = {"mode": "identified", "sheet": sheet["uuid"], "sha256": canonical.digest(sheet)}
    samples.append(Draft(Kind.EVALUATION_SUBMITTED, edition, named), place)
    entry = samples.append(samples.claiming(edition), place)
    one = Participation.objects.get(key=keys.participation_key(*place))
    row = EntryRow.objects.get(participation=one, seq=entry.seq)
    claim = Claim.objects.get(participation=one)
    consents.record(one, "follow_up", text="May we write?", granted=True, now=NOW)
    common = {"participation": one, "edition": row.edition}
    EvaluationSheet.objects.create(**common, activity_key=one.activity_key, instrument="i", **sheet)
    commitment = Commitment.objects.create(**common, question="q", text="I will.", days="30", made_at=NOW)
    CommitmentAnswer.objects.create(commitment=commitment, day=30, outcome="fully", at=NOW)
    FollowUpMail.objects.create(participation=one, day=30, key=keys.text_sha(one.uuid), at=NOW)
    FirstAttempts.objects.create(participation=one, activity_key=one.activity_key, seen_seq=2, reached=0)
    delivery = Delivery.objects.create(
        subject=f"claim:{claim.uuid}",
        claim=claim,
        entry=row,
        participation=one,
        edition=row.edition,
        activity_key=one.activity_key,
        endpoint="pars",
        kind="cme",
        state="accepted",
        next_attempt_at=NOW,
        created_at=NOW,
        settled_at=NOW,
    )
    DeliveryAttempt.objects.create(
        delivery=delivery, number=1, action="send", started_at=NOW, ended_at=NOW, outcome="accepted"
    )
    DeliveryDecision.objects.create(delivery=delivery, endpoint="pars", action="replay", by="7", reason="asked", at=NOW)
    return one


def corrected(one: Participation, *, at: datetime = NOW + timedelta(minutes=1)) -> Claim:
    """The same learner, whose claim was corrected: a claim that points to another."""
    old = Claim.objects.get(participation=one, live__isnull=False)
    made = samples.attestation(old.edition.sha256, amount="0.50")
    payload = {
        "claim": claims.new_uuid(),
        "replaces": old.uuid,
        "system": made.system,
        "amount": "0.50",
        "profession": made.profession,
        "completed_on": made.completed_on.isoformat(),
        "wording": made.wording,
        "change": "lowered",
        "reason": "too much",
        "by": "learner",
    }

    def effects(owner: Participation, entry: object) -> None:
        claims.replace(owner, entry, old=old, attestation=made, name_certified=old.name_certified)

    proposal = ledger.Proposal(Draft(Kind.CREDIT_CORRECTED, old.edition.sha256, payload), effects)
    samples.append(proposal, (one.course_key, one.activity_id, one.learner_id), at)
    return Claim.objects.get(participation=one, live__isnull=False)
