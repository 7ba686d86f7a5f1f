"""What an operator has: commands, numbers, mails. None of it shows who a learner is."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import RequestFactory

from cme_xblock.records.models import Delivery, DeliveryDecision
from cme_xblock.reporting import alerts, decisions, dryrun, metrics, outbox
from cme_xblock.reporting.endpoints.base import Outcome, Result
from tests.reporting import world
from tests.reporting.paper import claims

pytestmark = pytest.mark.django_db
WHO = ("--by", "A. Coordinator", "--reason", "They asked for it.")


def said(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_the_list_names_deliveries_and_no_learner(desk, clock):
    (claim,) = claims(1)
    told = said("cme_deliveries", "list")
    assert claim.deliveries.get().uuid in told
    assert "Avery" not in told


def test_many_are_replayed_at_once_by_their_reason(desk, clock):
    far = desk(batch_max=1)
    far.trouble = lambda keys: Outcome(Result.REFUSED, "activity")
    claims(3)
    world.run(clock)
    Delivery.objects.filter(pk=Delivery.objects.first().pk).update(reason="identity")
    said("cme_deliveries", "replay", "--endpoint", "paper", "--state", "refused", "--because", "activity", *WHO)
    assert world.states() == {"refused": 3, "ready": 2}
    assert set(DeliveryDecision.objects.values_list("action", "by", "reason")) == {
        ("replay", "A. Coordinator", "They asked for it.")
    }


def test_an_endpoint_is_paused_and_resumed(desk, clock):
    said("cme_deliveries", "pause", "--endpoint", "paper", *WHO)
    assert "paused by A. Coordinator: They asked for it." in said("cme_endpoints", "list")
    assert "paused: nothing would be sent" in said("cme_deliveries", "dry-run")
    said("cme_deliveries", "resume", "--endpoint", "paper", *WHO)
    assert not decisions.paused(["paper"])


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("pause", "--endpoint", "paper"), "--by and --reason"),
        (("pause", *WHO), "which endpoint"),
        (("cancel", *WHO), "which deliveries"),
        (("cancel", "nothing", *WHO), "no delivery nothing"),
        (("list", "--endpoint", "elsewhere"), "no endpoint elsewhere"),
    ],
)
def test_what_is_missing_is_named(arguments, why, desk):
    with pytest.raises(CommandError, match=why):
        said("cme_deliveries", *arguments)


def test_a_decision_that_is_not_possible_says_why(desk, clock):
    (claim,) = claims(1)
    world.run(clock)
    assert "is accepted: only what is not under way" in said(
        "cme_deliveries", "cancel", claim.deliveries.get().uuid, *WHO
    )


def test_one_delivery_is_shown_with_all_that_was_done(desk, clock):
    (claim,) = claims(1)
    row = claim.deliveries.get()
    decisions.hold(row.uuid, by="Desk", reason="A doubt.", now=clock())
    decisions.release(row.uuid, by="Desk", reason="No doubt.", now=clock())
    world.run(clock)
    told = said("cme_deliveries", "show", row.uuid)
    assert "send accepted" in told
    assert "hold by Desk: A doubt." in told


def test_a_check_says_what_is_wrong_and_fails(desk):
    assert "nothing wrong was found" in said("cme_endpoints", "check")
    desk(wrong=["The password is not accepted: ask the accreditor for a new one."])
    out = StringIO()
    with pytest.raises(CommandError, match="see above"):
        call_command("cme_endpoints", "check", stdout=out)
    assert "paper: The password is not accepted" in out.getvalue()


def test_a_dry_run_says_what_would_become_of_each_and_sends_nothing(desk, clock):
    far = desk(purpose="accme_transmission", batch_max=1)
    sent, there = claims(2)
    world.claim("refuses", consent=False)
    far.copies[there.deliveries.get().credit_id] = 1
    before = list(Delivery.objects.values())
    verdicts = {line.uuid: line.verdict for line in dryrun.run("paper", now=clock(), compare=True)}
    assert sorted(verdicts.values()) == ["held", "send", "there"]
    assert verdicts[sent.deliveries.get().uuid] == "send"
    assert verdicts[there.deliveries.get().uuid] == "there"
    assert far.documents == []
    assert list(Delivery.objects.values()) == before


def test_a_dry_run_against_pars_shows_no_person(far, connected, clock):
    world.claim()
    (line,) = dryrun.run("pars", now=clock(), compare=True)
    assert (line.verdict, line.size > 500) == ("send", True)
    assert "Avery" not in str(line)
    assert far.arrivals("save") == []


def test_an_audit_names_what_was_accepted_and_is_missing_and_it_can_be_sent_again(desk, clock):
    far = desk()
    lost, kept = claims(2)
    world.run(clock)
    far.copies.pop(lost.deliveries.get().credit_id)
    (line,) = dryrun.audit("paper", since=world.START)
    assert (line.uuid, line.verdict) == (lost.deliveries.get().uuid, "missing")
    with pytest.raises(decisions.NotPossible, match="accepted"):
        decisions.replay(line.uuid, by="Desk", reason="By mistake.", now=clock())
    decisions.replay(line.uuid, by="Desk", reason="They lost it.", missing=True, now=clock())
    world.run(clock)
    assert set(far.copies.values()) == {1}
    assert list(dryrun.audit("paper", since=world.START)) == []
    assert kept.deliveries.get().attempts == 1


def test_an_audit_does_not_miss_what_was_taken_back(desk, clock):
    desk()
    (claim,) = claims(1)
    world.run(clock)
    outbox.retract(claim, now=clock())
    world.run(clock)
    assert list(dryrun.audit("paper", since=world.START)) == []


def test_the_numbers_are_those_of_the_rows(desk, clock):
    far = desk(batch_max=1, deadline_days=60, deadline_warnings=[30, 45, 55])
    world.claim("refuses", consent=False)
    done = claims(4)
    far.trouble = lambda keys: Outcome(Result.REFUSED, "activity") if len(far.documents) == 1 else None
    world.run(clock, limit=3)
    clock.forward(days=31)
    (one,) = metrics.gather(now=clock())
    assert (one.counts, one.oldest) == ({"ready": 2}, timedelta(days=31))
    assert (one.deadline, one.warned) == (29, {30: 2, 45: 0, 55: 0})
    world.run(clock)
    (one,) = metrics.gather(now=clock())
    assert (one.counts["accepted"], one.refused, one.oldest) == (2, 0.0, None)
    assert len(done) == 4


def test_a_monitor_needs_the_token(desk, clock, settings):
    claims(2)
    factory = RequestFactory()
    assert metrics.view(factory.get("/cme/metrics", headers={"Authorization": "Bearer "})).status_code == 404
    settings.CME_METRICS_TOKEN = "s3cret"
    assert metrics.view(factory.get("/cme/metrics")).status_code == 404
    answer = metrics.view(factory.get("/cme/metrics", headers={"Authorization": "Bearer s3cret"}))
    text = answer.content.decode()
    assert 'cme_deliveries{endpoint="paper",state="ready"} 2\n' in text
    assert "# TYPE cme_delivery_oldest_seconds gauge\n" in text
    assert all(line.startswith(("#", "cme_")) for line in text.splitlines())


def test_staff_hears_of_trouble_once_a_day_and_of_new_trouble_at_once(desk, clock, settings):
    settings.CME_DELIVERY_ALERTS = {"to": {"*": ["cme@example.org"]}, "oldest_hours": 48}
    far = desk(batch_max=1)
    claims(2)
    assert alerts.run(now=clock()) == 0
    clock.forward(hours=49)
    assert (alerts.run(now=clock()), alerts.run(now=clock())) == (1, 0)
    assert mail.outbox[0].to == ["cme@example.org"]
    assert "Something has waited for 2 days." in mail.outbox[0].body
    far.trouble = lambda keys: Outcome(Result.REFUSED, "activity")
    world.run(clock)
    assert alerts.run(now=clock()) == 1
    assert "100 % of the last week were refused" in mail.outbox[1].body
    clock.forward(hours=25)
    assert alerts.run(now=clock()) == 1
    clock.forward(days=8)
    assert alerts.run(now=clock()) == 0


def test_a_threshold_that_is_not_known_is_named(desk, clock, settings):
    settings.CME_DELIVERY_ALERTS = {"oldest": 3}
    with pytest.raises(ImproperlyConfigured, match=r"\['oldest'\] is not known"):
        alerts.run(now=clock())


def test_the_alerts_can_be_run_from_cron(desk):
    assert "0 mails were sent." in said("cme_deliver", "--alerts")


def test_a_nudge_never_fails_a_claim(desk, settings, django_capture_on_commit_callbacks, caplog):
    celery = pytest.importorskip("celery")
    celery.Celery("nobody there", broker="redis://127.0.0.1:9/0", set_as_current=True)
    settings.CME_DELIVER_BY_CELERY = True
    with django_capture_on_commit_callbacks(execute=True) as nudges:
        world.claim()
    assert len(nudges) == 1
    assert Delivery.objects.count() == 1
    assert "looked at by the next sweep" in caplog.text


def test_no_nudge_without_the_setting(desk, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as nudges:
        world.claim()
    assert nudges == []
