"""The table of the form: every field of the model once, with words and a control that fits what it holds."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator

import pytest

from cme_xblock.activity import model
from cme_xblock.activity.fields import Value
from cme_xblock.activity.shapes import Kind, shapes
from cme_xblock.studio import choices, fields_members, fields_whole, layout
from cme_xblock.studio.described import Widget


def classes(cls: type[Value]) -> Iterator[type[Value]]:
    """A class of the model, and every class that stands somewhere in it."""
    yield cls
    for shape in shapes(cls):
        if shape.kind is Kind.NESTED:
            yield from classes(shape.holds)


CLASSES = list(dict.fromkeys(classes(model.Activity)))
FITS = {
    Kind.STRING: {Widget.LINE, Widget.AREA, Widget.RICH, Widget.CHOICE},
    Kind.FLAG: {Widget.FLAG},
    Kind.INTEGER: {Widget.WHOLE},
    Kind.DECIMAL: {Widget.NUMBER, Widget.PERCENT},
    Kind.DATE: {Widget.DATE},
    Kind.MOMENT: {Widget.MOMENT},
    Kind.CODE: {Widget.CHOICE},
}


def single_paths(cls: type, prefix: str = "") -> list[str]:
    """Every field of the activity that is there once, by its path; a group counts as one."""
    found: list[str] = []
    for shape in shapes(cls):
        nested = shape.kind is Kind.NESTED and not shape.repeated
        found += single_paths(shape.holds, f"{prefix}{shape.name}.") if nested else [f"{prefix}{shape.name}"]
    return found


def test_every_field_of_the_activity_stands_in_one_section() -> None:
    assert Counter(layout.names()) == Counter(single_paths(model.Activity))


@pytest.mark.parametrize("cls", CLASSES)
def test_every_field_of_a_class_has_words_and_a_control_that_fits(cls: type) -> None:
    table = layout.table(cls)
    wanted = {one.name for one in shapes(cls) if one.kind is not Kind.NESTED or one.repeated}
    assert set(table) == wanted
    for shape in shapes(cls):
        if shape.name not in table:
            continue
        field = table[shape.name]
        assert field.label
        if shape.repeated:
            assert field.widget in ({Widget.MEMBERS} if shape.kind is Kind.NESTED else {Widget.LINES, Widget.TICKS})
            assert field.noun or field.widget is Widget.TICKS
        else:
            assert field.widget in FITS[shape.kind]


@pytest.mark.parametrize("cls", CLASSES)
def test_every_code_has_a_label(cls: type) -> None:
    for shape in shapes(cls):
        if shape.kind is Kind.CODE:
            assert list(choices.CODES[shape.holds]) == [one.value for one in shape.holds]


def test_every_list_that_a_field_names_exists() -> None:
    for table in (*fields_whole.TABLES.values(), *fields_members.TABLES.values()):
        for field in table.values():
            assert not field.choices or field.choices in {*choices.TABLES, *choices.LIVE}
            assert not field.suggestions or field.suggestions in choices.SUGGESTIONS


def test_a_group_is_told_apart_by_a_field_it_has() -> None:
    for cls in CLASSES:
        for shape in shapes(cls):
            if shape.repeated and shape.kind is Kind.NESTED:
                naming = layout.table(cls)[shape.name].naming.split()
                assert naming
                assert set(naming) <= {one.name for one in dataclasses.fields(shape.holds)}
