"""Batches, order, retraction: against a receiver that takes several records in one document, or none of them."""

from __future__ import annotations

from collections import Counter

import pytest

from cme_xblock.records import keys
from cme_xblock.records.models import Claim, Delivery, DeliveryAttempt, EntryRow
from cme_xblock.records.models.delivery import Operation, State
from cme_xblock.reporting import decisions, moves, order, outbox
from cme_xblock.reporting.endpoints.base import Outcome, Result
from tests.reporting import paper, world
from tests.reporting.paper import claims

pytestmark = pytest.mark.django_db


def key_of(claim: Claim) -> str:
    return claim.deliveries.get(operation="add").credit_id


def deletion(claim: Claim) -> Delivery:
    return claim.deliveries.get(operation=Operation.DELETE)


def test_what_is_due_leaves_in_full_batches(desk, clock):
    far = desk(batch_max=8)
    claims(20)
    assert world.run(clock).accepted == 20
    assert [len(one) for one in far.documents] == [8, 8, 4]
    assert Counter(DeliveryAttempt.objects.values_list("batch_size", flat=True)) == {8: 16, 4: 4}
    assert DeliveryAttempt.objects.values("batch").distinct().count() == 3
    assert not DeliveryAttempt.objects.filter(request_hash="").exists()


def test_a_bad_record_is_refused_alone_and_the_others_go(desk, clock):
    far = desk(batch_max=16)
    bad = claims(16)[5]
    far.poison = {key_of(bad)}
    world.run(clock)
    assert world.states() == {"accepted": 15, "refused": 1}
    assert bad.deliveries.get().state == "refused"
    assert set(far.copies.values()) == {1}
    assert len(far.documents) <= 2 * 4 + 1


def test_a_document_that_is_too_big_goes_in_halves(desk, clock):
    far = desk(batch_max=16)
    claims(16)
    far.bytes_max = 400
    world.run(clock)
    assert world.states() == {"accepted": 16}
    assert len(far.documents) > 4


def test_a_document_beyond_our_own_limit_is_halved_before_it_leaves(desk, clock):
    far = desk(batch_max=16, bytes_max=400)
    claims(16)
    world.run(clock)
    assert world.states() == {"accepted": 16}
    assert max(map(len, far.documents)) < 16


def test_a_record_that_breaks_the_receiver_is_alone_after_a_few_tries(desk, clock):
    """It answers 500 to whatever document that record is in, and says no word of why."""
    far = desk(batch_max=16)
    bad = key_of(claims(16)[5])
    far.trouble = lambda keys: Outcome(Result.RETRY, "receiver_error", http_status=500) if bad in keys else None
    for _ in range(20):
        world.run(clock)
        clock.forward(hours=1)
    assert world.states() == {"accepted": 15, "dead": 1}
    assert far.copies.keys() == set(Delivery.objects.filter(state="accepted").values_list("credit_id", flat=True))


def test_what_may_have_arrived_is_asked_about_and_not_sent_again(desk, clock):
    far = desk()
    claims(4)
    far.trouble, far.keeps = lambda keys: Outcome(Result.UNKNOWN, "no_answer"), True
    world.run(clock)
    assert world.states() == {"unknown": 4}
    clock.forward(minutes=1)
    world.run(clock)
    assert world.states() == {"accepted": 4}
    assert (len(far.documents), len(far.asked)) == (1, 1)
    assert set(far.copies.values()) == {1}


def test_where_nobody_can_be_asked_a_person_decides(desk, clock):
    far = desk(readback=False)
    (claim,) = claims(1)
    far.trouble = lambda keys: Outcome(Result.UNKNOWN, "no_answer")
    world.run(clock)
    clock.forward(days=30)
    assert world.run(clock).worked == 0
    row = claim.deliveries.get()
    assert (row.state, row.detail) == ("unknown", moves.LOOK_THERE)
    far.trouble = lambda keys: None
    decisions.replay(row.uuid, by="Desk", reason="It is not there: asked them by telephone.", now=clock())
    world.run(clock)
    assert far.copies == {key_of(claim): 1}


def test_a_receiver_that_knows_a_key_again_is_simply_sent_it_again(desk, clock):
    far = desk(readback=False, idempotent=True)
    claims(1)
    far.trouble = lambda keys: Outcome(Result.UNKNOWN, "no_answer")
    world.run(clock)
    far.trouble = lambda keys: None
    clock.forward(minutes=5)
    world.run(clock)
    clock.forward(minutes=5)
    world.run(clock)
    assert world.states() == {"accepted": 1}
    assert far.asked == []


def test_a_key_that_the_answer_leaves_out_is_not_taken_for_accepted(desk, clock, monkeypatch):
    far = desk()
    first, second = claims(2)
    whole = paper.Paper.send
    monkeypatch.setattr(
        paper.Paper, "send", lambda self, document, payloads: dict([*whole(self, document, payloads).items()][:1])
    )
    world.run(clock)
    assert first.deliveries.get().state == "accepted"
    assert (second.deliveries.get().state, second.deliveries.get().reason) == ("unknown", "answer_unclear")
    assert len(far.documents) == 1


def test_what_never_left_is_cancelled_by_a_correction(desk, clock):
    far = desk()
    (claim,) = claims(1)
    assert outbox.retract(claim, now=clock()) == []
    assert world.states() == {"cancelled": 1}
    world.run(clock)
    assert far.documents == []


def test_what_was_sent_is_deleted_before_the_new_claim_is_added(desk, clock):
    far = desk()
    (claim,) = claims(1)
    world.run(clock)
    (owed,) = outbox.retract(claim, now=clock())
    assert outbox.retract(claim, now=clock()) == [owed]
    new = another(claim, clock)
    assert world.run(clock).accepted == 2
    assert far.documents == [[key_of(claim)], [key_of(claim)], [key_of(new)]]
    assert (far.gone, far.copies) == ([key_of(claim)], {key_of(new): 1})


def another(claim: Claim, clock: world.Clock) -> Claim:
    """A second claim of the same participation and system, as a correction writes it."""
    new = Claim.objects.get(pk=claim.pk)
    entry = claim.entry
    row = EntryRow(
        participation=claim.participation, seq=99, kind=entry.kind, edition=entry.edition, payload=entry.payload,
        at=entry.at, prev=entry.hash, hash="b" * 64,
    )  # fmt: skip
    row.save()
    new.pk, new.uuid, new.entry, new.certificate_code = None, "11111111-0000-4000-8000-000000000000", row, "c" * 40
    new._state.adding = True
    new.save()
    outbox.owe(new, now=clock())
    return new


def test_a_later_row_waits_for_an_earlier_one_that_is_still_open(desk, clock):
    far = desk()
    (claim,) = claims(1)
    far.trouble, far.keeps = lambda keys: Outcome(Result.PENDING), True
    world.run(clock)
    outbox.retract(claim, now=clock())
    far.trouble = lambda keys: None
    world.run(clock)
    row = deletion(claim)
    assert (row.state, row.reason) == ("ready", order.IN_TURN)
    assert len(far.documents) == 1
    clock.forward(minutes=5)
    world.run(clock)  # the first is accepted now, and wakes the other
    assert deletion(claim).state == "accepted"
    assert far.copies == {}


def test_a_row_that_waits_is_not_looked_at_again_and_again(desk, clock):
    far = desk()
    (claim,) = claims(1)
    far.trouble, far.keeps = lambda keys: Outcome(Result.PENDING), True
    world.run(clock)
    outbox.retract(claim, now=clock())
    world.run(clock)
    assert deletion(claim).next_attempt_at > clock()


def test_a_deletion_of_what_was_refused_has_nothing_to_do(desk, clock):
    far = desk(batch_max=1)
    (claim,) = claims(1)
    far.trouble, far.keeps = lambda keys: Outcome(Result.UNKNOWN, "no_answer"), False
    world.run(clock)
    outbox.retract(claim, now=clock())
    claim.deliveries.filter(operation="add").update(state="refused", settled_at=clock())
    world.run(clock)
    assert (deletion(claim).state, deletion(claim).reason) == ("cancelled", order.NOTHING_THERE)
    assert len(far.documents) == 1


def test_nothing_is_added_while_a_deletion_failed_until_a_person_has_decided(desk, clock):
    far = desk(batch_max=1)
    (claim,) = claims(1)
    world.run(clock)
    outbox.retract(claim, now=clock())
    new = another(claim, clock)
    far.trouble = lambda keys: Outcome(Result.REFUSED, "unclassified")
    world.run(clock)
    assert deletion(claim).state == "refused"
    assert new.deliveries.get().reason == "not_taken_back"
    far.trouble = lambda keys: None
    clock.forward(days=2)
    world.run(clock)
    assert far.copies == {key_of(claim): 1}
    decisions.cancel(deletion(claim).uuid, by="Desk", reason="Deleted on their web page.", now=clock())
    world.run(clock)
    assert new.deliveries.get().state == "accepted"


def test_a_refused_deletion_can_be_replayed(desk, clock):
    far = desk(batch_max=1)
    (claim,) = claims(1)
    world.run(clock)
    outbox.retract(claim, now=clock())
    far.trouble = lambda keys: Outcome(Result.REFUSED, "unclassified")
    world.run(clock)
    far.trouble = lambda keys: None
    decisions.replay(deletion(claim).uuid, by="Desk", reason="They have repaired it.", now=clock())
    world.run(clock)
    assert (deletion(claim).state, far.copies) == ("accepted", {})


def test_where_nothing_can_be_taken_back_a_person_is_told(desk, clock):
    far = desk(void=False)
    (claim,) = claims(1)
    world.run(clock)
    (owed,) = outbox.retract(claim, now=clock())
    assert (owed.state, owed.reason) == ("held", "no_void")
    clock.forward(days=30)
    world.run(clock)
    assert deletion(claim).state == "held"
    assert len(far.documents) == 1


def test_taking_back_needs_no_consent_where_it_names_nobody(desk, clock):
    desk(purpose="accme_transmission", void_by_key=True)
    (claim,) = claims(1)
    world.run(clock)
    world.agree("0", granted=False, now=clock())
    outbox.retract(claim, now=clock())
    world.run(clock)
    assert deletion(claim).state == "accepted"


def test_taking_back_waits_for_consent_where_it_names_somebody(desk, clock):
    desk(purpose="accme_transmission")
    (claim,) = claims(1)
    world.run(clock)
    world.agree("0", granted=False, now=clock())
    outbox.retract(claim, now=clock())
    world.run(clock)
    assert deletion(claim).reason == "no_consent"


def test_every_entry_is_owed_with_itself_to_who_follows_ledgers(desk, clock, django_assert_num_queries):
    far = desk(subjects=["entry"])
    world.claim()
    (row,) = Delivery.objects.all()
    assert (row.kind, row.state, row.claim) == ("credit_claimed", "ready", None)
    assert row.entry == EntryRow.objects.get()
    assert row.subject == f"entry:{row.participation.uuid}/1"
    world.run(clock)
    assert list(far.copies) == [f"{row.subject}/credit_claimed/1"]


def test_no_entry_is_asked_for_where_nobody_follows_ledgers(desk, clock, django_assert_num_queries):
    desk(subjects=["claim"])
    world.claim()
    (participation,) = {one.participation for one in EntryRow.objects.all()}
    with django_assert_num_queries(0):
        assert outbox.written(participation, [], now=clock()) == 0


def test_an_endpoint_of_one_provider_hears_of_no_other(desk, clock):
    desk(provider="another provider")
    world.claim("1")
    assert not Delivery.objects.exists()
    desk(provider="example academic medical center")
    world.claim("2")
    assert Delivery.objects.count() == 1


def test_a_paused_endpoint_sends_nothing_and_is_still_owed(desk, clock):
    far = desk()
    decisions.pause("paper", by="Desk", reason="They asked us to wait.", now=clock())
    claims(2)
    assert world.run(clock).worked == 0
    decisions.resume("paper", by="Desk", reason="They are back.", now=clock())
    assert world.run(clock).accepted == 2
    assert len(far.documents) == 1


def test_paused_while_a_document_is_made_nothing_leaves(desk, clock, monkeypatch):
    far = desk()
    claims(2)
    render = paper.Paper.render

    def pausing(self, payloads, *, now):
        decisions.pause("paper", by="Desk", reason="Wait.", now=now)
        return render(self, payloads, now=now)

    monkeypatch.setattr(paper.Paper, "render", pausing)
    world.run(clock)
    assert far.documents == []
    assert set(Delivery.objects.values_list("state", "sent_at")) == {("ready", None)}


def test_a_rate_holds_across_workers(desk, clock):
    far = desk(batch_max=1, rate_per_minute=6)
    claims(5)
    assert world.run(clock, owner="a").accepted == 1
    assert world.run(clock, owner="b").worked == 0
    clock.forward(seconds=10)
    assert world.run(clock, owner="b").accepted == 1
    clock.forward(seconds=1000)
    assert world.run(clock, owner="a").accepted == 1  # what was not used is not saved up
    assert len(far.documents) == 3


def test_no_more_workers_talk_to_an_endpoint_than_it_likes(desk, clock, monkeypatch):
    desk(concurrency=1, batch_max=1)
    claims(2)
    take, others = paper.Receiver.take, []

    def meanwhile(self, document):
        if not others:
            others.append(None)
            others.append(world.run(clock, owner="another").worked)
        return take(self, document)

    monkeypatch.setattr(paper.Receiver, "take", meanwhile)
    assert world.run(clock).accepted == 2
    assert others == [None, 0]


def test_a_silent_receiver_is_left_alone_and_then_tried_with_one(desk, clock):
    far = desk(batch_max=1)
    claims(20)
    far.trouble = lambda keys: Outcome(Result.RETRY, "unreachable")
    assert world.run(clock).ready == 5
    clock.forward(seconds=29)
    assert world.run(clock, owner="another").worked == 0
    clock.forward(seconds=1)
    assert world.run(clock).ready == 1  # one probe, and the pause is longer now
    clock.forward(seconds=59)
    assert world.run(clock).worked == 0
    far.trouble = lambda keys: None
    clock.forward(seconds=1)
    assert world.run(clock).accepted == 20


def test_who_asks_for_patience_gets_it_for_all_rows(desk, clock):
    far = desk(batch_max=1)
    claims(3)
    busy = Outcome(Result.RETRY, "busy", http_status=429, retry_after="120")
    far.trouble = lambda keys: busy
    assert world.run(clock).ready == 1
    far.trouble = lambda keys: None
    clock.forward(seconds=119)
    assert world.run(clock, owner="another").worked == 0
    clock.forward(seconds=1)
    assert world.run(clock).accepted == 3


def test_a_decision_says_who_and_why(desk, clock):
    desk()
    (claim,) = claims(1)
    row = decisions.hold(claim.deliveries.get().uuid, by="Desk", reason="A doubt.", now=clock())
    assert world.run(clock).worked == 0
    outbox.release_held(now=clock(), learner_key=keys.learner_key("0"))
    assert claim.deliveries.get().state == State.HELD
    decisions.release(row.uuid, by="Desk", reason="No doubt.", now=clock())
    world.run(clock)
    said = list(row.decisions.order_by("pk").values_list("action", "by", "reason", "before"))
    assert said == [("hold", "Desk", "A doubt.", "ready"), ("resume", "Desk", "No doubt.", "held")]
    with pytest.raises(decisions.NotPossible, match="accepted"):
        decisions.cancel(row.uuid, by="Desk", reason="Too late.", now=clock())
    with pytest.raises(ValueError, match="who takes it and why"):
        decisions.cancel(row.uuid, by="Desk", reason=" ", now=clock())
