"""Retirement after corrections: nothing made of the learner's id stays, and what was certified can still be proved."""

from __future__ import annotations

import pytest

from cme_xblock.credit import merging, staff, standing
from cme_xblock.credit.standing import Standing
from cme_xblock.records import keys, retirement
from cme_xblock.records.models import AccountLink, LiveClaim
from tests.credit.corrected import WHO, again, clean, done, earned, now

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_the_pointer_of_a_withdrawn_claim_loses_the_learner_too() -> None:
    old = earned("42")
    done(staff.withdraw(old, WHO, now=now()))
    before = LiveClaim.objects.get().key
    assert before == keys.live_claim_key(old.participation.key, old.system)
    retirement.seal("42", now=now())
    assert LiveClaim.objects.get().key == keys.live_claim_key(again(old).participation.key, old.system) != before
    assert standing.of(again(old)) is Standing.VOID
    # Staff may still undo it: the record goes on.
    assert done(staff.reissue(again(old), WHO, now=now())).is_live
    clean()


@pytest.mark.parametrize("leaves", ["42", "43"])
def test_a_link_between_accounts_goes_with_either_of_them(leaves: str) -> None:
    earned("42")
    merging.merge("43", "42", WHO, now=now())
    assert AccountLink.objects.count() == 1
    retirement.seal(leaves, now=now())
    assert AccountLink.objects.count() == 0
    clean()
