"""Entries form a chain: any edit, gap or reorder shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from cme_xblock.participation.entries import GENESIS, Draft, Entry, Kind, chain_hash, seal, verify
from tests.participation.ledger import PARTICIPATION, Ledger
from tests.rules import sample

NOW = datetime(2026, 6, 1, 15, tzinfo=UTC)


@pytest.fixture
def chain() -> list[Entry]:
    ledger = Ledger(sample.activity())
    ledger.acknowledge(NOW)
    ledger.baseline(NOW, sample.right_baseline())
    ledger.content(NOW, sample.SECTION)
    ledger.assessment(NOW, sample.right_assessment())
    assert len(ledger.entries) == 4
    return ledger.entries


def problems(chain: list[Entry], participation: str = PARTICIPATION) -> list[str]:
    return [str(one) for one in verify(participation, chain)]


def test_a_whole_chain_verifies(chain: list[Entry]) -> None:
    assert problems(chain) == []
    assert problems([]) == []
    assert [one.seq for one in chain] == [1, 2, 3, 4]
    assert chain[0].prev == GENESIS
    assert [one.prev for one in chain[1:]] == [one.hash for one in chain[:-1]]


@pytest.mark.parametrize(
    "changes",
    [
        {"payload": {"responses": {"b1": ["b"], "b2": ["b"]}}},
        {"payload": {"responses": {}, "more": 1}},
        {"payload": []},
        {"payload": {"responses": 0.5}},
        {"at": NOW + timedelta(microseconds=1)},
        {"at": NOW.replace(tzinfo=None)},
        {"kind": Kind.CONTENT_COMPLETED},
        {"kind": "unheard_of"},
        {"edition": "0" * 64},
        {"seq": 7},
        {"prev": GENESIS},
        {"hash": "0" * 64},
    ],
    ids=str,
)
def test_any_edit_of_an_entry_shows(chain: list[Entry], changes: dict[str, Any]) -> None:
    chain[1] = dataclasses.replace(chain[1], **changes)
    assert problems(chain)


def test_an_edited_entry_that_was_hashed_again_breaks_the_next(chain: list[Entry]) -> None:
    one = dataclasses.replace(chain[1], payload={"responses": {}})
    chain[1] = dataclasses.replace(
        one,
        hash=chain_hash(
            participation=PARTICIPATION,
            seq=one.seq,
            kind=one.kind,
            edition=one.edition,
            at=one.at,
            payload=one.payload,
            prev=one.prev,
        ),
    )
    assert problems(chain) == ["Entry 3 does not follow the entry before it."]


@pytest.mark.parametrize("gap", [0, 1, 2])
def test_a_missing_entry_shows(chain: list[Entry], gap: int) -> None:
    del chain[gap]
    assert f"Entry {gap + 2} stands where entry {gap + 1} should." in problems(chain)


@pytest.mark.parametrize("reorder", [lambda chain: chain[::-1], lambda chain: [chain[0], chain[2], chain[1], chain[3]]])
def test_a_changed_order_shows(chain: list[Entry], reorder: Callable[[list[Entry]], list[Entry]]) -> None:
    assert problems(reorder(chain))


def test_a_repeated_entry_shows(chain: list[Entry]) -> None:
    assert problems([*chain, chain[-1]])


def test_entries_of_another_participation_show(chain: list[Entry]) -> None:
    found = problems(chain, "5f0c1c1e-0000-4000-8000-000000000002")
    assert found == [f"Entry {n} was changed, or belongs to another participation." for n in (1, 2, 3, 4)]


def test_time_running_backwards_shows(chain: list[Entry]) -> None:
    draft = Draft(Kind.CREDIT_CLAIMED, chain[-1].edition, {"system": "ama_pra_1", "amount": "0.5"})
    chain.append(seal(draft, participation=PARTICIPATION, after=chain[-1], at=NOW - timedelta(seconds=1)))
    assert problems(chain) == ["Entry 5 is dated before the entry in front of it."]


def test_an_entry_that_lacks_what_its_kind_carries_shows(chain: list[Entry]) -> None:
    draft = Draft(Kind.CREDIT_CLAIMED, chain[-1].edition, {"system": "ama_pra_1"})
    chain.append(seal(draft, participation=PARTICIPATION, after=chain[-1], at=NOW))
    assert problems(chain) == ["Entry 5 lacks something that its kind must carry."]


def hashed(at: datetime, payload: dict[str, Any]) -> str:
    return chain_hash(
        participation="p", seq=1, kind=Kind.CONTENT_COMPLETED, edition="e", at=at, payload=payload, prev=""
    )


def test_the_hash_depends_on_the_instant_and_not_on_how_it_is_written() -> None:
    assert hashed(NOW, {"a": 1, "b": 2}) == hashed(NOW.astimezone(timezone(timedelta(hours=13))), {"b": 2, "a": 1})


def test_the_hash_is_the_same_in_every_version() -> None:
    """Stored chains must verify for years: this value never changes."""
    assert hashed(NOW, {"section": "é"}) == "06c9bdcd3a3c5e2bbd55d5b87cc12af0bd358bd01ae14992d25d4abe1aaad608"


def test_an_instant_without_zone_and_a_payload_with_fractions_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        hashed(NOW.replace(tzinfo=None), {})
    with pytest.raises(ValueError, match="fraction"):
        hashed(NOW, {"share": 0.5})
