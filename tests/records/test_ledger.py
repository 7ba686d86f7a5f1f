"""One way to write: read, decide, add."""

from __future__ import annotations

import pytest

from cme_xblock.participation import entries
from cme_xblock.records import ledger
from tests.records import samples

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_an_entry_reads_back_as_it_was_appended(now) -> None:
    edition = samples.record()

    written = ledger.append(*samples.PLACE, decide=lambda _: samples.acknowledgement(edition), now=now)

    found = ledger.read(*samples.PLACE)
    assert found.entries == (written,)
    assert written.at == now
    assert entries.verify(found.participation.uuid, found.entries) == ()
