"""A compiled query gives what the query gives, for every key, and refuses to be made where it could not."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cme_xblock.records import claims, editions, keys, ledger
from cme_xblock.records.models import EntryRow, Participation
from cme_xblock.records.prepared import Prepared
from tests.records import samples

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def claimed() -> Participation:
    edition = samples.record()
    samples.append(samples.acknowledgement(edition))
    samples.append(samples.claiming(edition))
    return Participation.objects.get()


def test_the_entries_alone_are_those_of_the_ledger(claimed) -> None:
    assert ledger.entries(*samples.PLACE) == ledger.read(*samples.PLACE).entries
    assert len(ledger.entries(*samples.PLACE)) == 2


def test_each_key_gets_its_own_rows(claimed) -> None:
    assert ledger.entries(samples.COURSE, samples.ACTIVITY, "somebody else") == ()
    assert claims.held(keys.participation_key(samples.COURSE, samples.ACTIVITY, "somebody else")) == ()


def test_what_is_held_is_what_is_live_in_the_same_types(claimed) -> None:
    [held], [live] = claims.held(claimed.key), claims.live(claimed.key)
    names = ("pk", "uuid", "system", "amount", "name_certified", "completed_on", "certificate_code")
    shown = tuple(getattr(live, name) for name in names)
    assert tuple(vars(held).values()) == shown
    assert [type(one) for one in vars(held).values()] == [type(one) for one in shown]


def test_the_current_edition_is_the_one_published_last(now) -> None:
    for title in ("One", "Two"):
        sha = editions.publish(samples.COURSE, samples.activity(title), source="cme@a", now=now)
        assert editions.current(samples.COURSE, samples.ACTIVITY) == editions.Current(sha, "cme@a")
    assert editions.current(samples.COURSE, "another") is None


def test_each_call_is_one_query(claimed) -> None:
    with CaptureQueriesContext(connection) as captured:
        ledger.entries(*samples.PLACE)
    assert len(captured) == 1


def test_an_entry_that_cannot_be_read_is_a_damaged_ledger(claimed) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cme_xblock_entryrow SET at = 'yesterday' WHERE seq = 1")
    with pytest.raises(ledger.LedgerBroken, match=claimed.uuid):
        ledger.entries(*samples.PLACE)


@pytest.mark.parametrize(
    "build",
    [
        pytest.param(lambda key: EntryRow.objects.values_list("seq"), id="no key"),
        pytest.param(lambda key: EntryRow.objects.filter(prev=key, hash=key).values_list("seq"), id="twice"),
        pytest.param(lambda key: EntryRow.objects.filter(hash__contains=key).values_list("seq"), id="changed"),
    ],
)
def test_a_query_that_cannot_be_filled_in_is_refused(build) -> None:
    with pytest.raises(TypeError, match="once, as it is"):
        Prepared(EntryRow, build)("a" * 64)
