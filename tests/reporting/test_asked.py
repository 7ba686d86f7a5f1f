"""What a learner is asked for beside the credits they choose, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.exceptions import ImproperlyConfigured

from cme_xblock.activity.model import Provider
from cme_xblock.reporting import asked
from cme_xblock.rules import credit_system
from tests.reporting import world

ACTIVITY = world.activity()
SYSTEMS = credit_system.load()
BOARDS_MATCH_BY = ["given_name", "family_name", "birth_month_day", "npi", "licence_state", "licence_number"]


def wanted(settings, *credits: tuple[str, str], activity=ACTIVITY, **changes) -> asked.Asked:
    settings.CME_ENDPOINTS = [world.endpoint("https://pars.example.org", **changes)]
    chosen = credits or ((world.SYSTEM, "md"),)
    return asked.of(activity, [(SYSTEMS[system], profession) for system, profession in chosen])


def test_a_physician_is_asked_for_what_boards_match_by(settings):
    found = wanted(settings)
    assert [one.name for one in found.fields] == BOARDS_MATCH_BY
    assert all(str(one.kind.label) and str(one.kind.purpose) for one in found.fields)


def test_nothing_is_needed_before_credit_and_permission_are_given(settings):
    found = wanted(settings)
    assert found.kinds([world.SYSTEM], ["pars"]) == tuple(BOARDS_MATCH_BY)
    assert found.kinds([world.SYSTEM], []) == ()
    assert found.kinds([], ["pars"]) == ()


def test_a_credit_that_nobody_is_told_of_asks_for_its_own_numbers(settings):
    found = wanted(settings, ("acpe_pharmacist", "pharmd"), ("ancc", "rn"))
    assert found.consents == ()
    assert found.kinds(["acpe_pharmacist"], []) == ("birth_month_day", "nabp_eprofile")
    assert found.kinds(["ancc"], []) == ()


def test_points_ask_for_the_boards_number(settings):
    settings.CME_ENDPOINTS = []
    found = asked.of(ACTIVITY, [(SYSTEMS["moc_abim"], "md")])
    assert [one.name for one in found.fields] == ["board_abim"]
    assert str(found.fields[0].kind.label) == "Your ABIM number"


def test_the_consent_names_who_sends_what_to_whom(settings):
    (consent,) = wanted(settings).consents
    assert consent.purpose == world.PURPOSE
    text = str(consent.text)
    assert text.startswith("I agree that Example Academic Medical Center sends my name")
    assert "ACCME" in text
    assert len(consent.version) == 64
    assert consent.systems == (world.SYSTEM,)


def test_other_words_are_another_version(settings):
    first = wanted(settings).consents[0].version
    assert wanted(settings).consents[0].version == first
    other = replace(ACTIVITY, provider=Provider(name="Another Provider"))
    assert wanted(settings, activity=other).consents[0].version != first
    assert wanted(settings, label="PARS (rehearsal)").consents[0].version != first


def test_nobody_is_asked_for_what_is_not_sent(settings):
    assert not wanted(settings, ("ancc", "rn"))
    assert wanted(settings, enabled=False)  # it is only waiting: what is claimed now is sent later
    settings.CME_ENDPOINTS = []
    assert not asked.of(ACTIVITY, [(SYSTEMS[world.SYSTEM], "md")])


def test_a_site_sets_the_form_of_a_number_and_is_told_of_a_wrong_one(settings):
    settings.CME_IDENTIFIER_FORMS = {"nabp_eprofile": r"\d{7}"}
    (_, eprofile) = wanted(settings, ("acpe_pharmacist", "pharmd")).fields
    assert eprofile.kind.read("123 4567") == "1234567"
    with pytest.raises(ValueError, match="does not look like"):
        eprofile.kind.read("123456")
    for wrong in ({"nobody": "x"}, {"npi": "("}, {"npi": 7}):
        settings.CME_IDENTIFIER_FORMS = wrong
        with pytest.raises(ImproperlyConfigured, match="CME_IDENTIFIER_FORMS"):
            asked.forms()
