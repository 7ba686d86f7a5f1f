"""What a learner reads about their credit."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from cme_xblock.records import keys
from cme_xblock.records.models import Delivery, LiveClaim
from cme_xblock.reporting import config, decisions, outbox, status
from tests.reporting import world
from tests.reporting.test_batches import another

pytestmark = pytest.mark.django_db


def said(claim) -> str:
    (line,) = status.for_claims([claim.pk])[claim.pk]
    return str(line.sentence)


def test_the_sentence_follows_the_credit(far, connected, clock):
    claim = world.claim()
    assert said(claim) == "Waiting to be sent to PARS."
    far.misbehave("store_then_drop")
    world.run(clock)
    assert said(claim) == "Sent to PARS; we are checking that it arrived."
    clock.forward(seconds=1)
    clock.forward(seconds=29)
    world.run(clock)
    assert said(claim).startswith(("Sent to PARS; waiting for its answer.", "Accepted by PARS on "))
    world.run_until_settled(clock)
    assert said(claim).startswith("Accepted by PARS on 2026-11-2")


def test_sent_while_pending(far, connected, clock):
    claim = world.claim()
    world.run(clock)
    assert said(claim) == "Sent to PARS; waiting for its answer."


def test_accepted_on_the_day_it_was_in_the_activitys_zone(far, connected, clock):
    claim = world.claim()
    world.run(clock)
    clock.at = clock.at.replace(day=23, hour=3)  # 21:00 on the 22nd in Chicago
    world.run(clock)
    assert said(claim) == "Accepted by PARS on 2026-11-22."


def test_every_hold_and_refusal_has_its_sentence(connected):
    claim = world.claim(consent=False)
    assert said(claim) == "Not sent: you did not agree to sending. You can do so below."
    for state, reason, words in [
        ("held", "identity_incomplete", "Not sent yet: PARS needs from you: First name"),
        ("held", "no_activity_number", "registering this activity with PARS"),
        ("held", "setting_missing", "being set up"),
        ("refused", "identity", "NPI or state licence. Correct it below"),
        ("refused", "unclassified", "nothing for you to do"),
        ("refused", "activity", "how this activity is registered"),
        ("dead", "unreachable", "Not sent to PARS in spite of several tries"),
        ("sending", "", "Sent to PARS; waiting for its answer."),
    ]:
        Delivery.objects.update(state=state, reason=reason)
        assert words in said(claim)


def test_one_query_for_many_claims(connected, django_assert_num_queries):
    claims = [world.claim(str(number)) for number in range(4)]
    with django_assert_num_queries(1):
        lines = status.for_claims(one.pk for one in claims)
    assert all(len(lines[one.pk]) == 1 for one in claims)


def test_a_claim_that_is_owed_to_nobody_has_no_line(connected):
    claim = world.claim(profession="rn")
    assert status.for_claims([claim.pk]) == {claim.pk: ()}
    assert status.for_claims([]) == {}


def test_a_credit_that_was_sent_anew_shows_its_last_revision(far, connected, clock):
    far.misbehave("refuse", text="No match")
    claim = world.claim()
    world.run(clock)
    assert "could not match you" in said(claim)
    decisions.replay(Delivery.objects.get().uuid, by="Desk", reason="asked again", now=clock())
    assert said(claim) == "Waiting to be sent to PARS."


def steps(line: status.Line) -> list[tuple[str, str]]:
    return [(str(one.text), one.at.astimezone(ZoneInfo(line.zone)).strftime("%d %H:%M")) for one in line.steps]


def of_learner(claim) -> status.Line:
    key = keys.participation_key(world.COURSE, "opioids", "42")
    (line,) = status.for_participation(key)[claim.pk]
    return line


def test_the_steps_say_what_happened_and_when(far, connected, clock):
    claim = world.claim()
    assert steps(of_learner(claim)) == [("Claimed; to be reported to PARS.", "22 06:45")]
    clock.forward(minutes=5)
    world.run(clock)
    clock.forward(hours=1)
    world.run(clock)
    assert steps(of_learner(claim)) == [
        ("Claimed; to be reported to PARS.", "22 06:45"),
        ("Sent to PARS.", "22 06:50"),
        ("Accepted by PARS.", "22 07:50"),
    ]


def test_a_refused_one_that_is_sent_anew_keeps_its_story(far, connected, clock):
    far.misbehave("refuse", text="No match")
    claim = world.claim()
    world.run(clock)
    clock.forward(hours=1)
    decisions.replay(Delivery.objects.get().uuid, by="Desk", reason="asked again", now=clock())
    told = [text for text, _ in steps(of_learner(claim))]
    assert told[-2:] == ["Not taken by PARS.", "To be sent to PARS once more."]


def test_a_correction_is_told_with_what_it_replaced(far, connected, clock):
    first = world.claim()
    world.run_until_settled(clock)
    clock.forward(days=1)
    outbox.retract(first, now=clock())
    second = another(first, clock)
    LiveClaim.objects.filter(claim=first).update(claim=second)
    clock.forward(minutes=1)
    world.run_until_settled(clock)
    line = of_learner(second)
    assert [text for text, _ in steps(line)] == [
        "Claimed; to be reported to PARS.",
        "Sent to PARS.",
        "Accepted by PARS.",
        "Your claim was changed: PARS is asked to take the former one out.",
        "Your claim was changed: the new one is to be reported to PARS.",
        "PARS was asked to take the former one out.",
        "PARS has taken the former one out.",
        "Sent to PARS.",
        "Accepted by PARS.",
    ]
    assert line.sentence.text.startswith("Accepted by")


@pytest.mark.parametrize(
    ("state", "reason", "fixable"),
    [
        ("held", "no_consent", True),
        ("held", "identity_incomplete", True),
        ("refused", "identity", True),
        ("refused", "activity", False),
        ("held", "setting_missing", False),
        ("accepted", "identity", False),
    ],
)
def test_what_the_learner_can_put_right_is_marked(connected, state, reason, fixable):
    claim = world.claim()
    Delivery.objects.update(state=state, reason=reason)
    assert of_learner(claim).fixable is fixable


def test_what_is_needed_is_what_that_receiver_asks_for_this_credit(connected):
    world.claim()
    pars = config.endpoints()["pars"]
    words = [str(one) for one in status.needed(pars.identifiers("moc_abim", "md"))]
    assert words[-2:] == ["NPI or state licence", "Your ABIM number"]
    assert [str(one) for one in status.needed(["nabp_eprofile"])] == ["NABP e-Profile ID"]
    assert [str(one) for one in status.needed([])] == ["what it finds you by"]
