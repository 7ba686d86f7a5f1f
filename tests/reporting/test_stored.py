"""Endpoints kept in the admin's tables: they send as those of the settings do, and their secrets stay shut."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cme_xblock.records import endpoint_secrets, rotation
from cme_xblock.records.models import EndpointChange, EndpointSecret, EndpointSetting, ImmutableError
from cme_xblock.records.vault import VaultError
from cme_xblock.reporting import administering, config, stored
from cme_xblock.reporting.administering import Asked
from tests.reporting import world

pytestmark = [pytest.mark.django_db, pytest.mark.database]

OLD = {"id": "test", "key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
NEW = {"id": "new", "key": "dGVzdHMgb25seTogdGhlIG5ld2VyIG9mIHR3byBrZXk="}


@pytest.fixture(autouse=True)
def free_to_rehearse(settings: Any) -> None:
    settings.CME_ENDPOINTS = []
    settings.CME_ENDPOINT_ADMIN = {"allow": ["allow_insecure_loopback"]}


def keep(name: str = "pars", provider: str = "", secret: str = world.PASSWORD, **changes: Any) -> EndpointSetting:
    """An endpoint as the admin saves it, with a stored password."""
    said = world.endpoint("https://pars.example.org", **changes)
    for column in ("name", "kind"):
        said.pop(column)
    said.pop("password_env")
    row = EndpointSetting(
        name=name, kind="pars_learners", provider=provider, settings_text=json.dumps(said | changes, ensure_ascii=False)
    )
    administering.save(row, Asked({"password": secret} if secret else {}), by="ida", now=world.START)
    return row


def stored_password(name: str = "pars") -> str:
    return config.endpoints()[name].config.secret("stored:password")


def test_a_credit_goes_out_through_a_stored_endpoint(far, clock):
    keep(url=far.url)
    world.claim()
    world.run_until_settled(clock)
    assert world.states() == {"accepted": 1}
    assert far.arrivals("save") == ["stored"]


def test_the_secret_is_in_no_table_and_no_repr():
    row = keep()
    kept = EndpointSecret.objects.get()
    assert world.PASSWORD.encode() not in bytes(kept.ciphertext)
    assert world.PASSWORD not in row.settings_text + repr(config.endpoints()) + repr(stored.rows())
    assert stored_password() == world.PASSWORD


def test_a_ciphertext_moved_to_another_providers_row_stays_shut():
    keep("a", "Provider A", secret="the one of A")
    keep("b", "Provider B", secret="the one of B")
    of_a, of_b = EndpointSecret.objects.order_by("endpoint__name")
    EndpointSecret.objects.filter(pk=of_b.pk).update(ciphertext=bytes(of_a.ciphertext), key_id=of_a.key_id)
    stored.forget()
    assert (stored_password("a"), stored_password("b")) == ("the one of A", "")
    assert "password" in config.endpoints()["b"].settings_problem().detail
    of_b.refresh_from_db()
    with pytest.raises(VaultError, match="enter it again"):
        endpoint_secrets.opened("b", of_b)


def test_a_name_in_both_is_told_with_both(settings):
    row = keep()
    settings.CME_ENDPOINTS = [
        world.endpoint("https://a.example.org", name="x"),
        world.endpoint("https://b.example.org"),
    ]
    with pytest.raises(
        ImproperlyConfigured, match=rf"CME_ENDPOINTS\[1\].name and the endpoint {row.pk} in the admin.*pars"
    ):
        config.endpoints()


@pytest.mark.parametrize("reference", ["stored:password", "stored:token"])
def test_nothing_is_stored_with_an_endpoint_of_the_settings(settings, reference):
    settings.CME_ENDPOINTS = [world.endpoint("https://a.example.org", password_env=reference)]
    with pytest.raises(ImproperlyConfigured, match=r"CME_ENDPOINTS\[0\].password_env"):
        config.endpoints()


def test_only_the_variables_of_its_provider_are_read(settings):
    settings.CME_ENDPOINT_ADMIN = {"variables": {"provider a": [world.PASSWORD_ENV], "*": [world.SECRET_ENV]}}
    keep("a", "Provider A", secret="", password_env=world.PASSWORD_ENV)
    keep("b", "Provider B", secret="", password_env=world.PASSWORD_ENV)
    a, b = (config.endpoints()[name].config for name in ("a", "b"))
    assert (a.secret(a.password_env), b.secret(b.password_env)) == (world.PASSWORD, "")
    assert b.secret(world.SECRET_ENV) == world.SECRET
    assert a.secret("PATH") == ""


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[1]", "JSON object"),
        ("{", "not JSON"),
        ('{"name": "x"}', "name has a field"),
        ('{"find": "x"}', "settings.find is not a setting"),
        ('{"total_timeout": 0}', "settings.total_timeout"),
    ],
)
def test_a_damaged_row_is_named(text, named):
    keep()
    EndpointSetting.objects.update(settings_text=text)
    stored.forget()
    with pytest.raises(ImproperlyConfigured, match="endpoint pars in the admin") as caught:
        config.endpoints()
    assert named in str(caught.value)


def test_rows_are_read_once_in_a_few_seconds_and_again_after_a_change(monkeypatch):
    at = [1000.0]
    monkeypatch.setattr(stored, "monotonic", lambda: at[0])
    row = keep()
    config.endpoints()
    with CaptureQueriesContext(connection) as captured:
        assert stored_password() == world.PASSWORD
        at[0] += stored.FRESH - 0.1
        config.endpoints()
    assert len(captured) == 0
    # Somebody else's process saves: seen when the time is over.
    EndpointSetting.objects.update(enabled=False)
    assert config.endpoints()["pars"].config.enabled
    at[0] += 0.2
    assert not config.endpoints()["pars"].config.enabled
    # Saved here: seen at once.
    row.enabled = True
    administering.save(row, Asked({"password": "a newer one"}), by="ida", now=world.START)
    assert config.endpoints()["pars"].config.enabled
    assert stored_password() == "a newer one"


def test_secrets_are_rotated_with_the_identifiers(settings):
    keep("a")
    keep("b", secret="another")
    settings.CME_IDENTIFIER_KEYS = [NEW, OLD]
    assert rotation.rotate(dry_run=True).rotated == 2
    assert set(EndpointSecret.objects.values_list("key_id", flat=True)) == {"test"}
    report = rotation.rotate(dry_run=False)
    assert (report.before, report.after, report.seen, report.rotated) == ({"test": 2}, {"new": 2}, 2, 2)
    settings.CME_IDENTIFIER_KEYS = [NEW]
    stored.forget()
    assert (stored_password("a"), stored_password("b")) == (world.PASSWORD, "another")
    assert rotation.rotate(dry_run=False).rotated == 0


def test_a_secret_that_stays_shut_is_named_by_the_command(settings):
    keep()
    settings.CME_IDENTIFIER_KEYS = [NEW]
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("cme_rotate_keys", stdout=out)
    assert "endpoint pars: password" in out.getvalue()
    assert "CME_IDENTIFIER_KEYS" in config.endpoints()["pars"].settings_problem().detail


def test_the_history_says_what_was_changed_and_no_secret():
    row = keep()
    row.enabled = False
    administering.save(row, Asked({"password": "a newer one"}), by="bo", now=world.START)
    administering.save(row, Asked(forget=frozenset({"password", "secret"})), by="bo", now=world.START)
    administering.save(row, Asked(), by="bo", now=world.START)
    first, second, third = EndpointChange.objects.order_by("pk")
    assert (first.by, json.loads(first.what)["password"]) == ("ida", ["not set", "set"])
    assert (second.by, json.loads(second.what)) == ("bo", {"enabled": [True, False], "password": ["set", "replaced"]})
    assert json.loads(third.what) == {"password": ["set", "not set"]}
    assert not EndpointSecret.objects.exists()
    everything = "".join(EndpointChange.objects.values_list("what", flat=True))
    assert world.PASSWORD not in everything
    assert "a newer one" not in everything
    with pytest.raises(ImmutableError):
        second.save()


def test_a_page_that_asks_for_endpoints_again_asks_no_table(django_assert_num_queries):
    """What `asked.of`, `status` and `outbox` each do on a learner's page."""
    keep("a")
    keep("b")
    stored.forget()
    with django_assert_num_queries(2):
        for _ in range(5):
            assert set(config.endpoints()) == {"a", "b"}
