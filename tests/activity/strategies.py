"""Whole activities for property tests, built from the model's declarations: a new field is covered by itself."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from cme_xblock.activity.model import Activity

# What a pretty printer, a parser, a normaliser or a template is most likely to spoil.
AWKWARD = (
    " outer white space \n",
    "two\n\nlines",
    "\ta tab\tand a no-break\u00a0space",
    "carriage\r\nreturns\rhere",
    "line\u2028separator\u0085next line",
    "A\u030angstro\u0308m decomposed",
    "\u1e9b\u0323 long s",
    "\u212b\u2126 singletons",
    "<b>&amp;</b> ]]> <!-- --> <?php ?>",
    "\"double\" and 'single' “curly”",
    "{not} a %(place) {0}",
    "\U0001f9ec\U0001f469\u200d\u2695\ufe0f beyond the BMP",
    "\ufeffa byte order mark",
    "\u0627\u200f right to left \u202e",
    "true",
    "0.10",
    "2026-02-30",
)

_ALPHABET = st.characters(
    exclude_categories=["Cs"],
    exclude_characters=[chr(c) for c in range(0x20) if chr(c) not in "\t\n\r"] + ["\ufffe", "\uffff"],
)


def texts() -> st.SearchStrategy[str]:
    """Any text that an activity may hold, before it is cleaned."""
    return st.one_of(st.text(_ALPHABET, max_size=12), st.sampled_from(AWKWARD))


def decimals() -> st.SearchStrategy[Decimal]:
    """Any amount that an activity may hold, in any way of writing it: 1.50, 15E-1, -0."""
    return st.builds(
        lambda digits, exponent: Decimal(digits).scaleb(exponent),
        st.integers(-(10**9), 10**9),
        st.integers(-6, 2),
    )


@cache
def values(cls: type[Any]) -> st.SearchStrategy[Any]:
    """Any value of a class of the model."""
    hints = get_type_hints(cls)
    return st.builds(cls, **{one.name: _field(hints[one.name], one.default) for one in dataclasses.fields(cls)})


def activities() -> st.SearchStrategy[Activity]:
    """Any activity, valid by the rules or not."""
    return values(Activity)


def _field(hint: Any, default: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) is tuple:
        return st.lists(_single(get_args(hint)[0]), max_size=2).map(tuple)
    if dataclasses.is_dataclass(default):
        return _single(hint)
    # The default once more: what is left out in OLX is the case to get wrong.
    return st.just(default) | _single(hint)


def _single(hint: Any) -> st.SearchStrategy[Any]:
    if isinstance(hint, UnionType):
        return st.none() | _single(get_args(hint)[0])
    if issubclass(hint, StrEnum):
        return st.sampled_from(hint)
    if dataclasses.is_dataclass(hint):
        return values(hint)
    return {
        str: texts(),
        bool: st.booleans(),
        int: st.integers(-(10**15) + 1, 10**15 - 1),
        Decimal: decimals(),
        date: st.dates(),
        datetime: st.datetimes().map(lambda one: one.replace(second=0, microsecond=0, fold=0)),
    }[hint]
