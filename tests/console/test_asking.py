"""A form that could write nothing says why in the reader's language, and names no person's record."""

from __future__ import annotations

import pytest

from cme_xblock.console import asking
from cme_xblock.host import language
from cme_xblock.records.ledger import LedgerBroken, LedgerBusy


@pytest.mark.parametrize(
    ("error", "says"),
    [(LedgerBusy(), "The record has changed"), (LedgerBroken("0f6c"), "finds out where with cme_verify")],
)
def test_why_nothing_was_written_is_told_in_the_readers_language(error: Exception, says: str) -> None:
    english = asking.unwritten(error, str)
    assert says in english
    assert "0f6c" not in english
    assert asking.unwritten(error, language.named("de").gettext) != english
