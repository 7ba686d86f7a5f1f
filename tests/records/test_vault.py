"""Identifiers are encrypted, bound to their owner, masked on screens, and never said in an error."""

from __future__ import annotations

import logging

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cme_xblock.records import keyring, keys, vault
from cme_xblock.records.models import Identifier
from tests.records import samples

pytestmark = [pytest.mark.database, pytest.mark.django_db]

ANA = keys.learner_key("ana")
BEN = keys.learner_key("ben")
NPI = "1234567893"


def store(value: str = NPI, kind: str = "npi", learner: str = ANA) -> None:
    vault.store(learner, kind, value, now=samples.NOW)


def columns() -> str:
    """All that is in the table, as bytes seen from outside."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cme_xblock_identifier")
        return " ".join(
            bytes(one).hex() + bytes(one).decode("latin-1") if isinstance(one, bytes | memoryview) else str(one)
            for row in cursor.fetchall()
            for one in row
        )


def test_what_was_stored_is_revealed_and_the_table_does_not_tell_it() -> None:
    store()
    assert vault.reveal(ANA, "npi") == NPI
    assert NPI not in columns()
    assert NPI.encode().hex() not in columns()


def test_nothing_stored_is_nothing_revealed() -> None:
    store()
    assert vault.reveal(BEN, "npi") is vault.masked(BEN, "npi") is vault.reveal(ANA, "licence") is None


def test_the_same_value_never_looks_the_same() -> None:
    store()
    store(learner=BEN)
    one, other = (bytes(row.ciphertext) for row in Identifier.objects.all())
    assert one != other
    store()
    assert bytes(Identifier.objects.get(learner_key=ANA).ciphertext) != one


def test_a_correction_replaces_and_leaves_no_old_value() -> None:
    store("1111111112")
    store(NPI)
    assert samples.count(Identifier) == 1
    assert vault.reveal(ANA, "npi") == NPI


def test_the_key_that_encrypts_is_the_first_and_its_id_is_stored(settings) -> None:
    store()
    assert Identifier.objects.get().key_id == "test-2"
    settings.CME_IDENTIFIER_KEYS = settings.CME_IDENTIFIER_KEYS[::-1]
    assert vault.reveal(ANA, "npi") == NPI
    store()
    assert Identifier.objects.get().key_id == "test-1"


@pytest.mark.parametrize(("value", "shown"), [(NPI, "••••7893"), ("1234567", "••••"), ("07-04", "••••"), ("x", "••••")])
def test_screens_show_the_last_four_characters_at_most(value, shown) -> None:
    store(value, "some_number")
    assert vault.masked(ANA, "some_number") == shown


@pytest.mark.parametrize(("column", "value"), [("learner_key", BEN), ("kind", "licence"), ("key_id", "test-1")])
def test_a_ciphertext_moved_to_another_row_does_not_open(column, value) -> None:
    store()
    Identifier.objects.update(**{column: value})
    row = Identifier.objects.get()
    with pytest.raises(vault.VaultError, match="the row was changed"):
        vault.reveal(row.learner_key, row.kind)


def test_a_changed_or_cut_ciphertext_does_not_open() -> None:
    store()
    sealed = bytes(Identifier.objects.get().ciphertext)
    for broken in (sealed[:-1] + bytes([sealed[-1] ^ 1]), bytes([sealed[0] ^ 1]) + sealed[1:], sealed[:15], b""):
        Identifier.objects.update(ciphertext=broken)
        with pytest.raises(vault.VaultError):
            vault.reveal(ANA, "npi")


def test_a_key_that_is_gone_is_named(settings) -> None:
    store()
    settings.CME_IDENTIFIER_KEYS = settings.CME_IDENTIFIER_KEYS[1:]
    with pytest.raises(vault.VaultError, match=r"'test-2'.*CME_IDENTIFIER_KEYS"):
        vault.reveal(ANA, "npi")


@pytest.mark.parametrize(
    "configured",
    [
        None,
        [],
        "dGVzdHMgb25seTogdGhlIG5ld2VyIG9mIHR3byBrZXk=",
        ["dGVzdHMgb25seTogdGhlIG5ld2VyIG9mIHR3byBrZXk="],
        [{"id": "a", "key": "c2hvcnQtc2VjcmV0"}],
        [{"id": "a", "key": "not base64 at all but secret"}],
        [{"id": "", "key": "dGVzdHMgb25seTogdGhlIG5ld2VyIG9mIHR3byBrZXk="}],
        [{"id": "a" * 65, "key": "dGVzdHMgb25seTogdGhlIG5ld2VyIG9mIHR3byBrZXk="}],
        [{"key": "dGVzdHMgb25seTogdGhlIG5ld2VyIG9mIHR3byBrZXk="}],
        [{"id": "a"}],
        [{"id": "a", "key": "dGVzdHMgb25seTogdGhlIG5ld2VyIG9mIHR3byBrZXk="}] * 2,
        [None],
    ],
)
def test_without_usable_keys_nothing_is_stored_and_the_setting_is_named(settings, configured) -> None:
    settings.CME_IDENTIFIER_KEYS = configured
    with pytest.raises(ImproperlyConfigured, match="CME_IDENTIFIER_KEYS") as caught:
        store()
    assert samples.count(Identifier) == 0
    assert not any(secret in str(caught.value) for secret in ("dGVz", "c2hv", "secret", NPI))


def test_a_missing_setting_is_named(settings) -> None:
    del settings.CME_IDENTIFIER_KEYS
    with pytest.raises(ImproperlyConfigured, match="CME_IDENTIFIER_KEYS"):
        store()


def test_both_alphabets_of_base64_are_the_same_key(settings) -> None:
    settings.CME_IDENTIFIER_KEYS = [{"id": "a", "key": "-_" * 21 + "8="}]
    store()
    settings.CME_IDENTIFIER_KEYS = [{"id": "a", "key": "+/" * 21 + "8="}]
    assert vault.reveal(ANA, "npi") == NPI


@pytest.mark.parametrize("value", ["01-01", "12-31", "02-29"])
def test_a_birthday_without_a_year_is_kept(value) -> None:
    store(value, vault.BIRTH_MONTH_DAY)
    assert vault.reveal(ANA, vault.BIRTH_MONTH_DAY) == value


@pytest.mark.parametrize(
    "value",
    [
        "1970-02-03",
        "02-03-1970",
        "02-03-70",
        "02/03",
        "0203",
        "2-3",
        "02-30",
        "13-01",
        "00-10",
        "04-31",
        "02-03 ",
        "02-03\n",
        "٠٢-٠٣",
        "February 3",
    ],
)
def test_no_year_of_birth_and_no_day_that_does_not_exist_is_ever_kept(value) -> None:
    with pytest.raises(ValueError, match="MM-DD") as caught:
        store(value, vault.BIRTH_MONTH_DAY)
    assert samples.count(Identifier) == 0
    assert value not in str(caught.value)


@pytest.mark.parametrize("value", ["", "x" * 501, "half a character \ud800"])
def test_a_value_that_is_no_identifier_is_refused_without_being_said(value) -> None:
    with pytest.raises(ValueError, match="identifier") as caught:
        store(value)
    assert samples.count(Identifier) == 0
    assert not value or value not in str(caught.value)


@pytest.mark.parametrize("kind", ["", "NPI", "n p i", "1a", "a" * 65, "a\n"])
def test_a_kind_is_a_short_code(kind) -> None:
    with pytest.raises(ValueError, match="kind"):
        store(kind=kind)


def test_a_learner_is_named_by_key_never_by_id() -> None:
    with pytest.raises(ValueError, match="learner_key"):
        store(learner="ana")


def test_neither_rows_nor_keys_nor_logs_say_the_value(caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        store()
        row = Identifier.objects.get()
        vault.masked(ANA, "npi")
    assert NPI not in caplog.text + repr(row) + str(row)
    assert "test-2" in repr(keyring.load()[0])
    assert str(keyring.load()[0].secret) not in repr(keyring.load()[0])


def test_deleting_forgets_the_value() -> None:
    store()
    assert vault.delete(ANA, "npi")
    assert not vault.delete(ANA, "npi")
    assert vault.reveal(ANA, "npi") is None
    assert samples.count(Identifier) == 0


def test_revealing_takes_one_query() -> None:
    store()
    with CaptureQueriesContext(connection) as captured:
        vault.reveal(ANA, "npi")
    assert len(captured) == 1


@pytest.mark.parametrize("value", ["Ana Müller", "☃" * 500, "\0", " "])
def test_any_text_comes_back_exactly(value) -> None:
    store(value)
    assert vault.reveal(ANA, "npi") == value
