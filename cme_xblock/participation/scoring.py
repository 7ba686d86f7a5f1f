"""Scoring: how many items were answered rightly, whether that is enough, and in which order items are shown.

Knows items and responses; not attempts, learners or time. Exact numbers only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol, TypeVar

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.model import Item, Option

Responses = Mapping[str, Sequence[str]]


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


_T = TypeVar("_T", bound=_Identified)


@dataclass(frozen=True)
class Score:
    """`correct` of `total` scored items; `per_item` by item id, without the items that have no right answer."""

    correct: int
    total: int
    per_item: Mapping[str, bool]


def score(items: Iterable[Item], responses: Responses) -> Score:
    """The score of one submission. Multiple response is all or nothing; confidence is not scored.

    An item that `responses` lacks counts as wrong. Source: spec 5.3, rule 4.
    """
    per_item = {
        one.id: bool(one.key) and one.key == frozenset(responses.get(one.id, ())) for one in items if one.scored
    }
    return Score(correct=sum(per_item.values()), total=len(per_item), per_item=per_item)


def passed(result: Score, pass_mark: Decimal | None) -> bool:
    """Whether the score reaches the pass mark, a share of 1. Without items or without a mark nobody passes.

    Source: spec R-2.6, an established minimum performance level.
    """
    if pass_mark is None or not pass_mark.is_finite() or result.total == 0:
        return False
    return result.correct >= Fraction(pass_mark) * result.total


def needed(total: int, pass_mark: Decimal) -> int:
    """How many of `total` items must be right: the pass mark in the words of the overview."""
    return -(-Fraction(pass_mark) * total // 1)


def order(values: Iterable[_T], seed: str) -> tuple[_T, ...]:
    """The values in an order that only `seed` and their ids decide, so that it is the same on every server."""
    return tuple(sorted(values, key=lambda one: hashlib.sha256(f"{seed}\0{one.id}".encode()).digest()))


def order_options(item: Item, seed: str) -> tuple[Option, ...]:
    """The options of one item in the order of `seed`; scales and true/false stay as the author wrote them."""
    if item.kind in (ItemKind.CONFIDENCE, ItemKind.TRUE_FALSE):
        return item.options
    return order(item.options, f"{seed}\0{item.id}")
