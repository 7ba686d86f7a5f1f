"""The pages that are made from the code are what the code says, and leave nothing out."""

from __future__ import annotations

import dataclasses
from importlib.metadata import entry_points

import pytest
from django.core.management import load_command_class

from cme_xblock import cli
from cme_xblock.activity.model import Activity
from cme_xblock.activity.shapes import Kind, shapes
from cme_xblock.studio import layout
from tests.docs import made
from tests.docs.made import commands, fields
from tests.docs.made.pages import PAGES


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_code_says(name: str) -> None:
    """When it fails: python -m tests.docs.made."""
    assert (made.REFERENCE / name).read_text(encoding="utf-8") == PAGES[name]()


def test_every_command_has_its_place_with_all_that_it_takes() -> None:
    page = commands.page()
    assert len(commands.names()) > 25
    for name in commands.names():
        text = page.partition(f"\n### `{name}`\n")[2].partition("\n### ")[0]
        assert text, name
        parser = load_command_class("cme_xblock", name).create_parser("manage.py", name)
        for one in commands.arguments(parser):
            assert all(f"`{sign}`" in text for sign in one.option_strings or [one.dest]), (name, one)
    for name in cli.COMMANDS:
        assert page.count(f"\n### `cme-xblock {name}`\n") == 1


def test_a_command_that_nobody_described_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """The three of `cme-xblock` have a parser each; with another one the page is another."""
    monkeypatch.setitem(cli.COMMANDS, "check", cli.COMMANDS["lint"])
    assert "### `cme-xblock check`" in commands.page()


def test_every_field_of_the_model_is_on_the_page_of_fields() -> None:
    page = fields.page()
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    for cls in (Activity, *fields._members()):
        assert dataclasses.is_dataclass(cls)
        for place in layout.places(cls):
            assert any(line.startswith(f"| {made._cell(place.field.label)} |") for line in rows), place.path
    for shape in fields._walk(Activity):
        assert shape.kind is not Kind.NESTED or shape.holds in (*fields._members(), *_once()), shape
    for name in (one.name for one in entry_points(group="xblock.v1") if one.dist.name == "cme-xblock"):
        assert f"| `{name}` |" in page


def _once() -> list[type]:
    """Values that there is one of: their fields stand in the form's own sections."""
    return [one.holds for one in shapes(Activity) if one.kind is Kind.NESTED and not one.repeated]
