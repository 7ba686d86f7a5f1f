"""The model's own promises: clean text, plain numbers, and declarations that both codecs can carry."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.fields import Value, attribute, body, clean, element, many, plain, text
from cme_xblock.activity.message import Message
from cme_xblock.activity.model import Activity, Audience, Item, Offering, Option
from cme_xblock.activity.scalars import excerpt
from cme_xblock.activity.shapes import shapes
from tests.activity.strategies import decimals, texts

ROOT = Path(__file__).parents[2]


class Safe(str):
    """A subclass of str as template engines have it."""

    __slots__ = ()

    def __str__(self) -> str:
        return self


@settings(max_examples=300)
@given(texts())
def test_cleaning_twice_is_cleaning_once(given: str) -> None:
    kept = clean(given)
    assert clean(kept) == kept
    assert kept == kept.strip()
    assert "\r" not in kept


@given(decimals())
def test_a_plain_number_is_the_same_number(given: Decimal) -> None:
    assert plain(given) == given
    assert str(plain(plain(given))) == str(plain(given))
    assert "E" not in str(plain(given)) or abs(given) < Decimal("0.000001")


@pytest.mark.parametrize("given", ["\x00", "a\x0bb", "\ud83d", "\ufffe", "a\x1bb"])
def test_text_that_xml_cannot_carry_is_refused_with_its_code_point(given: str) -> None:
    with pytest.raises(ValueError, match=r"U\+[0-9A-F]{4} cannot be kept"):
        Activity(title=given)
    with pytest.raises(ValueError, match="cannot be kept"):
        Audience(professions=("MD", given))


NO_AMOUNTS = ["NaN", "sNaN", "Infinity", "-Infinity", "1E12", "1E-13", "1E999999999", "1E-999999999"]


@pytest.mark.parametrize("given", NO_AMOUNTS)
def test_numbers_that_are_no_amounts_are_refused(given: str) -> None:
    with pytest.raises(ValueError, match="in an activity"):
        Offering(amount=Decimal(given))


def test_a_number_with_too_many_digits_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 12 digits after the decimal point"):
        Offering(amount=Decimal(2) / Decimal(3))


def test_a_subclass_of_text_becomes_text() -> None:
    assert type(Activity(title=Safe(" Pain ")).title) is str
    assert Activity(title=Safe(" Pain ")).title == "Pain"


def test_a_code_is_left_a_code() -> None:
    assert Item(kind=ItemKind.MULTIPLE).kind is ItemKind.MULTIPLE


def test_an_activity_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Activity().title = "other"  # type: ignore[misc]


def test_the_key_of_an_item_is_its_correct_options() -> None:
    item = Item(options=(Option(id="a", correct=True), Option(id="b"), Option(id="c", correct=True)))
    assert item.key == {"a", "c"}
    assert item.scored
    assert not Item(kind=ItemKind.CONFIDENCE).scored


def declared(**fields: tuple[Any, Any]) -> type[Value]:
    hints = {name: hint for name, (hint, _) in fields.items()}
    defaults = {name: default for name, (_, default) in fields.items()}
    return dataclass(frozen=True)(type("Made", (Value,), {"__annotations__": hints, **defaults}))


@pytest.mark.parametrize(
    "fields",
    [
        {"a": (float, attribute(0.5))},
        {"a": (str | None, attribute(""))},
        {"a": (str, text("x"))},
        {"a": (int, body(0))},
        {"a": (str, body("")), "b": (str, body(""))},
        {"a": (str, body("")), "b": (str, text(""))},
        {"a": (tuple[str, ...], attribute(()))},
        {"a": (str, many("b"))},
        {"a": (str, element(""))},
        {"a": (Option, attribute(Option()))},
        {"a": (tuple[str, ...], many("b")), "b": (str, text(""))},
        {"a": (tuple[float, ...], many("b"))},
    ],
)
def test_a_declaration_that_a_codec_would_spoil_is_refused(fields: dict[str, tuple[Any, Any]]) -> None:
    with pytest.raises(TypeError):
        shapes(declared(**fields))


def test_a_message_is_translated_with_the_messages_in_it() -> None:
    catalogue = {"{a} and {b}": "{b} und {a}", "inner {x}": "innen {x}"}
    message = Message("{a} and {b}", {"a": Message("inner {x}", {"x": "{1}"}), "b": "2"})
    assert str(message) == "inner {1} and 2"
    assert message.format(lambda text: catalogue.get(text, text)) == "2 und innen {1}"


@given(st.text(max_size=300))
def test_an_excerpt_is_short_and_on_one_line(given: str) -> None:
    shown = excerpt(given)
    assert len(shown) <= 40
    assert shown.isprintable()


def test_the_room_imports_neither_django_nor_xblock() -> None:
    program = (
        "import sys; import cme_xblock.activity.olx, cme_xblock.activity.canonical;"
        "sys.exit(bool({'django', 'xblock', 'rfc8785'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
