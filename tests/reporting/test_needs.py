"""What a learner is asked for, and why."""

from __future__ import annotations

from dataclasses import replace

from cme_xblock.activity.model import Provider
from cme_xblock.reporting import needs
from tests.reporting import world

ACTIVITY = world.activity()
OFFERING = ACTIVITY.offering(world.SYSTEM)


def wanted(settings, profession="md", activity=ACTIVITY, **changes):
    settings.CME_ENDPOINTS = [world.endpoint("https://pars.example.org", **changes)]
    return needs.for_claim(activity, OFFERING, system=world.SYSTEM, profession=profession)


def test_a_physician_is_asked_for_what_boards_match_by(settings):
    asked = wanted(settings)
    assert asked
    assert asked.endpoints == ("pars",)
    assert [one.name for one in asked.fields] == ["given_name", "family_name", "birth_month_day", "npi_or_licence"]
    assert all(str(one.label) and str(one.purpose) for one in asked.fields)


def test_the_consent_names_who_sends_what_to_whom(settings):
    (consent,) = wanted(settings).consents
    assert consent.purpose == world.PURPOSE
    text = str(consent.text)
    assert text.startswith("I agree that Example Academic Medical Center sends my name, the month and day of my birth")
    assert "ACCME" in text
    assert len(consent.version) == 64


def test_other_words_are_another_version(settings):
    first = wanted(settings).consents[0].version
    assert wanted(settings).consents[0].version == first
    other = replace(ACTIVITY, provider=Provider(name="Another Provider"))
    assert wanted(settings, activity=other).consents[0].version != first
    assert wanted(settings, label="PARS (rehearsal)").consents[0].version != first


def test_nobody_is_asked_for_what_is_not_sent(settings):
    assert not wanted(settings, profession="rn")
    assert wanted(settings, enabled=False)  # it is only waiting: what is claimed now is sent later
    settings.CME_ENDPOINTS = []
    assert not needs.for_claim(ACTIVITY, OFFERING, system=world.SYSTEM, profession="md")
    assert not needs.for_claim(ACTIVITY, None, system=world.SYSTEM, profession="md")
    assert not needs.for_claim(ACTIVITY, OFFERING, system="participation", profession="md")
