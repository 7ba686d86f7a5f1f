"""Home: each thing that needs a person is there, with the way to it, and nothing of another provider."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from cme_xblock.records.models import Delivery, ProviderTask
from cme_xblock.reporting import outbox
from tests.blocks import kept
from tests.console.world import COURSE_A, PROVIDER_A, World, publish
from tests.credit import held
from tests.rules import sample

pytestmark = pytest.mark.django_db


# A day on which nothing of the sample activity comes due.
QUIET = date(2026, 6, 1)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda *_: QUIET)


def home(world: World, account: str = "office_a") -> str:
    return str(world.client(account).get("/cme/").content.decode())


def owing(learner: str, state: str, reason: str, completed: date) -> None:
    claim = held.claim(learner=learner, course=COURSE_A, completed_on=completed)
    [row] = outbox.owe(claim, now=held.NOW)
    Delivery.objects.filter(pk=row.pk).update(state=state, reason=reason, credit_id=f"key-{learner}")


def test_with_nothing_to_do_it_says_so(world: World, quiet: None) -> None:
    assert "Everything owed was delivered" in home(world)


def test_refused_and_overdue_deliveries_lead_to_their_list(world: World, settings: Any, quiet: None) -> None:
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    long_ago = date(timezone.localdate().year - 2, 5, 1)
    owing("1", "refused", "identity", long_ago)
    owing("2", "held", "identity_incomplete", timezone.localdate())
    owing("3", "held", "no_consent", long_ago)
    page = home(world)
    assert "Overdue: 1." in page
    assert "1 of 1 credit is overdue at PARS" in page
    assert f"/cme/activities/{world.a}/deliveries/?state=refused&amp;endpoint=pars" in page
    assert "Claims that wait for data (1)" in page
    assert f"/cme/activities/{world.a}/deliveries/?state=held&amp;endpoint=pars" in page
    assert "Everything owed was delivered" in home(world, "office_b")
    team = home(world, "teacher_a")
    assert "1 of 1 credit is overdue" in team
    assert "/deliveries/" not in team


def test_the_close_of_the_year_is_told_before_it_comes(world: World, settings: Any, monkeypatch: Any) -> None:
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    monkeypatch.setattr(timezone, "localdate", lambda *_: date(2026, 3, 15))
    owing("1", "pending", "", date(2025, 11, 3))
    page = home(world)
    assert "1 credit has to be at PARS by March 31, 2026, when the year closes" in page
    assert "Overdue: 0." in page


def test_dates_and_bias_reports_and_disclosures_are_there(world: World) -> None:
    today = timezone.localdate()
    made = sample.activity()
    soon = replace(
        made,
        activity_id="soon",
        title="Soon over",
        last_review=today - timedelta(days=3 * 365),
        expiry=today + timedelta(days=20),
    )
    key = publish(COURSE_A, PROVIDER_A, soon)
    ProviderTask.objects.create(key="k", kind="bias", activity_key=key, subject="pool:x", reports=2)
    page = home(world)
    assert "Activities that expire or are due for review" in page
    assert "The activity expires after" in page
    assert "Learners reported commercial bias: 2." in page
    assert f"/cme/activities/{key}/bias/" in page
    assert "Soon over" not in home(world, "office_b")


def test_a_bias_report_is_settled_with_a_note(world: World) -> None:
    task = ProviderTask.objects.create(key="k", kind="bias", activity_key=world.a, subject="pool:x", reports=2)
    client, address = world.client("office_a"), f"/cme/activities/{world.a}/bias/"
    assert client.post(address, {"task": task.uuid, "note": " "}).status_code == 400
    assert client.post(address, {"task": "0" * 36, "note": "Done."}).status_code == 400
    assert client.post(address, {"task": task.uuid, "note": "Slides were changed."}).status_code == 302
    task.refresh_from_db()
    assert (task.state, task.note, task.settled_reports) == ("settled", "Slides were changed.", 2)
    assert "Learners reported" not in home(world)
    other = ProviderTask.objects.create(key="l", kind="bias", activity_key=world.b, subject="pool:x", reports=1)
    assert client.post(address, {"task": other.uuid, "note": "Not mine."}).status_code == 400


def test_home_asks_a_few_questions_however_many_activities_there_are(world: World, settings: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def questions() -> int:
        home(world)
        client = world.client("office_a")
        with CaptureQueriesContext(connection) as asked:
            client.get("/cme/")
        return len(asked)

    few = questions()
    for number in range(10):
        publish(COURSE_A, PROVIDER_A, replace(sample.activity(), activity_id=f"a{number}"))
    assert questions() <= few
