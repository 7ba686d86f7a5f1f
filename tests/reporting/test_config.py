"""The setting CME_ENDPOINTS: a slip is named, and a secret in the wrong place is not shown."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from cme_xblock.reporting import config
from cme_xblock.reporting.endpoints import redact
from tests.reporting import world
from tests.reporting.test_document import PERSON


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"nam": "x"}, "CME_ENDPOINTS[0].nam "),
        ({"name": "PARS"}, "CME_ENDPOINTS[0].name"),
        ({"name": "a" * 51}, "CME_ENDPOINTS[0].name"),
        ({"kind": "lrs"}, "CME_ENDPOINTS[0].kind"),
        ({"url": 1}, "CME_ENDPOINTS[0].url"),
        ({"enabled": "yes"}, "CME_ENDPOINTS[0].enabled"),
        ({"send_attempts": True}, "CME_ENDPOINTS[0].send_attempts"),
        ({"send_attempts": 0}, "CME_ENDPOINTS[0].send_attempts"),
        ({"read_timeout": "30"}, "CME_ENDPOINTS[0].read_timeout"),
        ({"total_timeout": -1}, "CME_ENDPOINTS[0].total_timeout"),
        ({"lease_seconds": 1.5}, "CME_ENDPOINTS[0].lease_seconds"),
        ({"ask_waits": ["2"]}, "CME_ENDPOINTS[0].ask_waits"),
        ({"activity_numbers": []}, "CME_ENDPOINTS[0].activity_numbers"),
        ({"wire": {"paths": {"safe": "x"}}}, "CME_ENDPOINTS[0].wire.paths.safe"),
        ({"password": "hunter2"}, "CME_ENDPOINTS[0].password "),
    ],
)
def test_a_slip_is_named(settings, changes, named):
    settings.CME_ENDPOINTS = [world.endpoint("https://pars.example.org", **changes)]
    with pytest.raises(ImproperlyConfigured) as caught:
        config.endpoints()
    assert named in str(caught.value) + " "
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("value", [[1], [{"kind": "pars_learners"}], [{"name": "pars"}]])
def test_a_setting_that_is_no_endpoint_is_refused(settings, value):
    settings.CME_ENDPOINTS = value
    with pytest.raises(ImproperlyConfigured, match=r"CME_ENDPOINTS\[0\]"):
        config.endpoints()


def test_two_endpoints_can_not_share_a_name(settings):
    settings.CME_ENDPOINTS = [world.endpoint("https://a.example.org")] * 2
    with pytest.raises(ImproperlyConfigured, match=r"CME_ENDPOINTS\[1\].name"):
        config.endpoints()


def test_without_the_setting_there_are_no_endpoints(settings):
    del settings.CME_ENDPOINTS
    assert config.endpoints() == {}


def test_an_endpoint_does_not_show_its_wire_or_password(settings):
    settings.CME_ENDPOINTS = [world.endpoint("https://pars.example.org")]
    assert world.PASSWORD not in repr(config.endpoints())


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("No match", "No match"),
        ("AVERY sample-Jones", "[removed] [removed]-Jones"),
        ("&lt;Name&gt;Avery&lt;/Name&gt;", "<Name>[removed]</Name>"),
        ("id 036-000-001 and 1234567893", "id [removed] and [removed]"),
        ("born 5/17, 05-17 or 1900-05-17", "born [removed], [removed] or [removed]"),
        ("write to a.b@example.org now", "write to [removed] now"),
        ("ccid:lms.example.org:0f5c2a7e12345678-cme is there", "ccid:lms.example.org:0f5c2a7e12345678-cme is there"),
        ("line\nbreak\x00\x1b[31m", "line break [31m"),
        ("the password is Tr0ub4dor", "the password is [removed]"),
    ],
)
def test_a_person_is_taken_out_of_a_text(text, kept):
    assert redact.text(text, PERSON, secrets=("Tr0ub4dor",)) == kept


def test_without_the_person_at_hand_nothing_is_kept():
    assert redact.text("No match for somebody", None) == ""


def test_a_long_text_is_cut():
    assert len(redact.text("a b " * 5000, PERSON)) == 500
