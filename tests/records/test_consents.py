"""Consents: one purpose at a time, the last word holds, nothing is forgotten."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cme_xblock.records import consents, keys
from cme_xblock.records.models import ConsentEvent, Participation
from tests.records import samples

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def participation() -> Participation:
    samples.append(samples.acknowledgement(samples.record()))
    return Participation.objects.get()


def say(participation: Participation, granted: bool, purpose: str = "pars") -> ConsentEvent:
    return consents.record(participation, purpose, text="Send it.", granted=granted, now=samples.NOW)


def test_silence_is_no_consent(participation) -> None:
    assert consents.granted(participation, "pars") is False


def test_the_last_word_holds_and_the_earlier_ones_stay(participation) -> None:
    for granted in (True, False, True, False):
        say(participation, granted)
        assert consents.granted(participation, "pars") is granted
        assert consents.granted(participation.pk, "pars") is granted
    assert samples.count(ConsentEvent) == 4


def test_each_purpose_and_each_participation_stands_alone(participation) -> None:
    say(participation, granted=True)
    assert not consents.granted(participation, "research")
    samples.append(samples.acknowledgement(samples.record()), (samples.COURSE, samples.ACTIVITY, "other"))
    other = Participation.objects.get(learner_id="other")
    assert not consents.granted(other, "pars")


def test_the_wording_that_was_shown_is_kept_with_its_hash(participation) -> None:
    event = say(participation, granted=True)
    event.refresh_from_db()
    assert (event.text, event.text_sha, event.at) == ("Send it.", keys.text_sha("Send it."), samples.NOW)


@pytest.mark.parametrize(("purpose", "text"), [("", "Send it."), ("pars", "")])
def test_a_consent_that_nobody_can_read_back_is_refused(participation, purpose, text) -> None:
    with pytest.raises(ValueError, match="purpose and the words"):
        consents.record(participation, purpose, text=text, granted=True, now=samples.NOW)


def test_asking_takes_one_query(participation) -> None:
    say(participation, granted=True)
    with CaptureQueriesContext(connection) as captured:
        consents.granted(participation, "pars")
    assert len(captured) == 1
