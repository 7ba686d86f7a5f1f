"""A registered activity is published with other content: PARS is told, or somebody is told that it is not."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cme_xblock.activity.model import Assessment, Offering
from cme_xblock.parts import editions as parts
from cme_xblock.records.models import ActivityDecision, Delivery
from cme_xblock.records.models.delivery import Operation
from cme_xblock.reporting import pars_facts_form, republishing
from cme_xblock.reporting.endpoints import data, pars_facts
from cme_xblock.reporting.endpoints.data import WireError
from cme_xblock.reporting.registering import NotDecided
from tests.reporting import world
from tests.reporting.test_pars_activities import ACTIVITY, SAID, WHO, command, decide, pars, publish, settled

__all__ = ["pars"]

pytestmark = pytest.mark.django_db


def willing(settings: Any, at_publish: str = "owe") -> None:
    for one in settings.CME_ENDPOINTS:
        if one["kind"] == "pars_activities":
            one["options"] = {"at_publish": at_publish}


@pytest.fixture
def registered(pars: world.Far, clock: world.Clock, settings: Any) -> world.Far:
    """An activity that PARS has."""
    willing(settings)
    publish(clock)
    decide(clock, Operation.ADD, facts=SAID)
    settled(clock)
    return pars


def owed() -> list[tuple[str, str]]:
    return list(Delivery.objects.filter(claim=None).order_by("pk").values_list("operation", "state"))


def after(clock: world.Clock) -> list[Delivery]:
    return republishing.after_publishing(world.COURSE, ACTIVITY, now=clock())


def test_other_content_is_owed_and_arrives(registered, clock):
    publish(clock, title="Opioids, revised")
    (row,) = after(clock)
    assert row.operation == "update"
    last = ActivityDecision.objects.latest("pk")
    assert (last.by, "title" in last.reason, "at_publish" in last.reason) == ("publishing", True, True)
    settled(clock)
    assert owed() == [("add", "accepted"), ("update", "accepted")]
    (kept,) = registered.store.records()
    assert "Opioids, revised" in str(kept.facts)


def test_publishing_the_same_owes_nothing(registered, clock):
    publish(clock)
    assert after(clock) == []
    publish(clock, title="Opioids, revised")
    after(clock)
    assert after(clock) == []
    assert owed() == [("add", "accepted"), ("update", "ready")]


def test_what_pars_is_not_told_owes_nothing(registered, clock):
    """The pass mark is none of the form's fields."""
    publish(clock, assessment=Assessment(pass_mark=Decimal("0.80")))
    assert after(clock) == []


def test_without_the_option_it_is_listed_for_somebody_to_decide(registered, clock, settings):
    willing(settings, "list")
    publish(clock, title="Opioids, revised")
    assert after(clock) == []
    (one,) = republishing.all_behind(now=clock())
    assert (one.activity_id, one.differs, one.against) == (ACTIVITY, ("title",), ())
    assert f"{world.COURSE}/{ACTIVITY}: title" in command("behind")
    said = command("behind", "--owe", "--by", WHO["by"], "--reason", "New title")
    assert "Owed: update" in said
    assert command("behind") == ""
    assert owed() == [("add", "accepted"), ("update", "ready")]


def test_what_would_make_a_second_activity_is_never_owed_by_itself(registered, clock, caplog):
    publish(clock, title="Opioids, revised", release=date(2026, 2, 1))
    assert after(clock) == []
    assert owed() == [("add", "accepted")]
    (one,) = republishing.all_behind(now=clock())
    assert "second" in one.against[0]
    assert "earlier edition" in caplog.text
    with pytest.raises(NotDecided, match="second"):
        republishing.owe(one, now=clock(), **WHO)


@pytest.mark.parametrize("operation", [Operation.CLOSE, Operation.DELETE])
def test_an_activity_that_is_closed_or_gone_is_left_alone(registered, clock, operation):
    clock.at = clock.at.replace(year=2026, month=12, day=1)
    decide(clock, operation)
    settled(clock)
    publish(clock, title="Opioids, revised")
    assert after(clock) == []


def test_an_activity_that_nobody_registered_is_left_alone(pars, clock, settings):
    willing(settings)
    publish(clock)
    publish(clock, title="Opioids, revised")
    assert after(clock) == []
    assert list(republishing.all_behind(now=clock())) == []


def test_a_wrong_setting_does_not_stop_a_course_from_being_published(registered, clock, settings, caplog):
    settings.CME_ENDPOINTS = [{"name": "parsact", "kind": "nonsense"}]
    assert after(clock) == []
    assert "could not be found out" in caplog.text


def test_publishing_a_course_is_what_owes_it(registered, clock, monkeypatch):
    """By the way that a published block takes."""
    from cme_xblock.activity import canonical
    from cme_xblock.host.published import PublishedBlock
    from tests.reporting.test_pars_activities import described

    changed = described(title="Opioids, revised", offerings=(Offering("ama_pra_1", Decimal("1.50")),))
    monkeypatch.setattr(parts, "findings", lambda *_args, **_how: ())
    parts.record_published(PublishedBlock(world.COURSE, "cme@1", canonical.to_data(changed)))
    assert [row.operation for row in Delivery.objects.filter(claim=None).order_by("pk")] == ["add", "update"]


def test_a_slip_in_the_options_is_named(pars, settings):
    from cme_xblock.reporting.endpoints.base import EndpointConfig
    from cme_xblock.reporting.endpoints.pars_activities import ParsActivities

    with pytest.raises(WireError, match="at_publish"):
        ParsActivities.from_config(EndpointConfig(name="a", kind="pars_activities", options={"at_publish": "yes"}))


WIRE = data.merged("pars_activities", {})
EVERYTHING = {
    "delivery": ["online"],
    "location": {"city": "Chicago", "state": "IL", "country": "USA"},
    "public": True,
    "fee": "free",
    "registration": "open",
    "url": "https://lms.example.org/a",
    "outcomes": [{"outcome": "knowledge", "types": ["objective"]}, {"outcome": "competence", "types": []}],
    "commendations": ['A "quoted" one'],
    "mips": False,
    "moc": [{"board": "abim", "practice_areas": ["Pain"], "attested": True}],
    "content_areas": ["Opioids"],
    "rems_type": "opioid",
    "rems_id": "1",
    "state_content": [{"domain": "FL", "topic": "Human trafficking"}],
    "interprofessional": True,
    "pharmacy": {"type": "Knowledge", "sequence": 7, "uan_pharmacist": "x"},
}


def test_the_form_has_every_fact_and_its_file_is_read_back_as_it_was():
    """Filled in and empty: whatever was said stands in it, and what was not said is nothing."""
    everything = pars_facts.parse(EVERYTHING, WIRE)
    assert isinstance(everything, pars_facts.Facts), everything
    for facts in (everything, pars_facts.Facts()):
        text = pars_facts_form.written(facts, "parsact")
        assert pars_facts.parse(tomllib.loads(text), WIRE) == facts
    import dataclasses

    assert {one.name for one in pars_facts_form.fields()} == {one.name for one in dataclasses.fields(pars_facts.Facts)}


def test_every_line_of_an_empty_form_can_be_filled_in():
    """Without its # each is TOML that `parse` knows the name of."""
    text = pars_facts_form.written(pars_facts.Facts(), "parsact")
    bare = "\n".join(line.removeprefix("# ") for line in text.splitlines() if not line.startswith("##"))
    problems = pars_facts.parse(tomllib.loads(bare), WIRE)
    assert not [one for one in (problems if isinstance(problems, tuple) else ()) if "not known here" in one]


def test_the_command_writes_the_form(registered, clock):
    text = command("facts", world.COURSE, ACTIVITY)
    assert pars_facts.parse(tomllib.loads(text), WIRE) == pars_facts.parse(SAID, WIRE)
