"""The form's HTML: each class of the model is rendered once per language by the template engine, then filled.

A rendered class has marks where values go. An activity of 200 items has some thousand fields, and a template per field
would take seconds; the same text with empty values is the `<template>` from which the page makes new members.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from cme_xblock.activity import richtext
from cme_xblock.activity.model import Activity
from cme_xblock.activity.shapes import Kind, Shape
from cme_xblock.host.language import Language
from cme_xblock.pages import tags, templating
from cme_xblock.studio import choices, layout, values
from cme_xblock.studio.described import Widget
from cme_xblock.studio.layout import Place

# Private-use characters: our templates have none, and what authors type is never searched for them.
_MARK = re.compile("\ue000([a-z]+):([a-z0-9_.]*)\ue001")
_SIMPLE = frozenset({Widget.LINE, Widget.AREA, Widget.DATE, Widget.MOMENT, Widget.WHOLE, Widget.NUMBER, Widget.PERCENT})
_Pieces = tuple[str | tuple[str, str], ...]


class Form:
    """The form of one page: its language, and the prefix of every id on it."""

    def __init__(self, language: Language, prefix: str) -> None:
        self.language = language
        self.prefix = prefix

    def sections(self, activity: Activity) -> SafeString:
        """All sections, filled."""
        return self._filled(_sections(self.language), activity, Activity, "", 0)

    def templates(self) -> SafeString:
        """A `<template>` for a new member of each kind of group; the page replaces its ids and names."""
        found = sorted(set(_groups(Activity)), key=lambda one: (one[0].__name__, one[1].path))
        return format_html_join(
            "\n",
            '<template data-cme-new="{}">{}</template>',
            ((key, self._new(outer, place)) for (outer, place) in found for key in (f"{outer.__name__}.{place.path}",)),
        )

    def member(self, outer: type, name: str, one: Any, path: str) -> SafeString:
        """One member of the group `name` of a class, filled: for what is brought in from a file."""
        place = next(each for each in layout.places(outer) if each.path == name)
        return self._member(outer, place, one, path)

    def _new(self, outer: type, place: Place) -> SafeString:
        empty = place.shape.holds() if place.shape.kind is Kind.NESTED else ""
        return self._member(outer, place, empty, "new")

    def _member(self, outer: type, place: Place, one: Any, path: str) -> SafeString:
        number = int(path.rsplit(".", 1)[-1]) + 1 if path[-1:].isdigit() else 0
        return self._filled(_member(self.language, outer, place), one, place.shape.holds, path, number)

    def _filled(self, pieces: _Pieces, value: Any, cls: type, path: str, number: int) -> SafeString:
        """The text with every mark replaced by what belongs there, escaped."""
        done: list[str] = []
        for piece in pieces:
            if type(piece) is str:
                done.append(piece)
                continue
            kind, name = piece
            if kind == "id":
                done.append(f"{self.prefix}-{path.replace('.', '-')}" if path else self.prefix)
            elif kind == "path":
                done.append(f"{path}." if path and name else path)
            elif kind == "number":
                done.append(str(number))
            elif not name:
                done.append(_LINE[kind](value))
            else:
                place, held = _held(cls, value, name)
                done.append(_FILL[kind](self, cls, place, held, f"{path}.{name}" if path else name))
        return mark_safe("".join(done))  # noqa: S308 - rendered by our templates, and each value escaped above

    def text(self, english: str) -> str:
        """A marked English text in the author's language; nothing for nothing, which gettext takes for its header."""
        return self.language.gettext(english) if english else ""


def _held(cls: type, value: Any, name: str) -> tuple[Place, Any]:
    for step in name.split("."):
        value = getattr(value, step)
    return _by_path(cls)[name], value


@lru_cache(maxsize=64)
def _by_path(cls: type) -> Mapping[str, Place]:
    return {one.path: one for one in layout.places(cls)}


def _groups(cls: type) -> Iterator[tuple[type, Place]]:
    """Every repeating group below a class, with the class that holds it."""
    for place in layout.places(cls):
        if place.shape.repeated and place.field.widget is not Widget.TICKS:
            yield cls, place
            if place.shape.kind is Kind.NESTED:
                yield from _groups(place.shape.holds)


def _mark(kind: str, name: str = "") -> SafeString:
    return mark_safe(f"\ue000{kind}:{name}\ue001")  # noqa: S308 - our own marks


def _split(text: str) -> _Pieces:
    pieces: list[str | tuple[str, str]] = []
    last = 0
    for mark in _MARK.finditer(text):
        pieces += [text[last : mark.start()], (mark[1], mark[2])]
        last = mark.end()
    return (*pieces, text[last:])


@lru_cache(maxsize=16)
def _sections(language: Language) -> _Pieces:
    shown = [
        {
            "key": section.key,
            "title": _text(language, section.title),
            "help": _text(language, section.help),
            "blocks": [
                {
                    "title": _text(language, block.title),
                    "fields": [_field(language, Activity, _by_path(Activity)[name]) for name in block.names],
                }
                for block in section.blocks
            ],
        }
        for section in layout.SECTIONS
    ]
    return _split(
        templating.render("studio_sections.html", {"language": language, "id": _mark("id"), "sections": shown})
    )


@lru_cache(maxsize=512)
def _member(language: Language, outer: type, place: Place) -> _Pieces:
    shape, words = place.shape, place.field
    nested = shape.kind is Kind.NESTED
    values_ = {
        "language": language,
        "id": _mark("id"),
        "path": _mark("path"),
        "number": _mark("number"),
        "noun": _text(language, words.noun),
        "naming": words.naming,
        "folded": words.folded,
        "fields": [_field(language, shape.holds, one) for one in layout.places(shape.holds)] if nested else [],
        "tag": _mark("tag"),
        "ending": _mark("ending"),
    }
    return _split(templating.render("studio_member.html" if nested else "studio_line.html", values_))


def _field(language: Language, cls: type, place: Place) -> SafeString:
    """One field with marks for its values."""
    words, name = place.field, place.path
    values_ = {
        "language": language,
        "widget": words.widget.value,
        "simple": words.widget in _SIMPLE,
        "id": format_html("{}-{}", _mark("id"), name.replace(".", "-").replace("_", "-")),
        "name": format_html("{}{}", _mark("path", name), name),
        "key": name,
        "label": _text(language, words.label),
        "help": _text(language, words.help),
        "live": words.choices if words.choices in choices.LIVE else "",
        "suggestions": words.suggestions,
        "noun": _text(language, words.noun),
        "new": f"{cls.__name__}.{name}",
        "value": _mark("value", name),
        "options": _mark("options", name),
        "checked": _mark("checked", name),
        "ticks": _mark("ticks", name),
        "shown": _mark("rich", name),
        "members": _mark("members", name),
        "tag": _mark("tag", name),
        "ending": _mark("ending", name),
    }
    return templating.render("studio_field.html", values_)


def _text(language: Language, english: str) -> str:
    return language.gettext(english) if english else ""


def _value(form: Form, cls: type, place: Place, held: Any, path: str) -> str:
    return escape(values.text(held, place.shape, place.field))


def _checked(form: Form, cls: type, place: Place, held: Any, path: str) -> str:
    return " checked" if held else ""


def _options(form: Form, cls: type, place: Place, held: Any, path: str) -> str:
    chosen = str.__str__(held)
    return _option_list(form.language, place.shape, place.field.choices, chosen)


@lru_cache(maxsize=2048)
def _option_list(language: Language, shape: Shape, table: str, chosen: str) -> str:
    known = _labels(language, shape, table)
    first = [] if shape.kind is Kind.CODE else [("", "–")]
    strange = [(chosen, chosen)] if chosen and chosen not in known else []
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        (
            (code, mark_safe(" selected") if code == chosen else "", label)
            for code, label in (*first, *known.items(), *strange)
        ),
    )


def _ticks(form: Form, cls: type, place: Place, held: Any, path: str) -> str:
    return _tick_list(form.language, place.shape, place.field.choices, tuple(str.__str__(one) for one in held))


@lru_cache(maxsize=2048)
def _tick_list(language: Language, shape: Shape, table: str, chosen: tuple[str, ...]) -> str:
    """Boxes for a set of codes. What was chosen in another order, twice or unknown comes first, so that it is kept."""
    known = _labels(language, shape, table)
    usual = [code for code in known if code in chosen] == list(chosen)
    shown = list(known) if usual else [*chosen, *(code for code in known if code not in chosen)]
    return format_html_join(
        "",
        '<label class="cme-choice"><input type="checkbox" value="{}"{}><span>{}</span></label>',
        ((code, mark_safe(" checked") if code in chosen else "", known.get(code, code)) for code in shown),
    )


@lru_cache(maxsize=256)
def _labels(language: Language, shape: Shape, table: str) -> Mapping[str, str]:
    found = choices.TABLES[table]() if table in choices.TABLES else choices.CODES.get(shape.holds, {})
    return {code: language.gettext(label) for code, label in found.items()}


def _rich(form: Form, cls: type, place: Place, held: Any, path: str) -> str:
    return richtext.sanitised(held) if richtext.is_html(held) else tags.paragraphs(held)


def _members(form: Form, cls: type, place: Place, held: Any, path: str) -> str:
    return "".join(form._member(cls, place, one, f"{path}.{index}") for index, one in enumerate(held))


def _line_tag(held: str) -> str:
    """Browsers drop line breaks from a field of one line, so what has some gets a larger field."""
    return 'textarea rows="3"' if "\n" in held else f'input type="text" value="{escape(held)}"'


def _line_ending(held: str) -> str:
    # The first line feed of a textarea is not its own.
    return f">\n{escape(held)}</textarea>" if "\n" in held else ">"


def _tag(form: Form, cls: type, place: Place, held: Any, path: str) -> str:
    return _line_tag(held)


def _ending(form: Form, cls: type, place: Place, held: Any, path: str) -> str:
    return _line_ending(held)


_LINE: Mapping[str, Callable[[str], str]] = {"tag": _line_tag, "ending": _line_ending}
_FILL: Mapping[str, Callable[[Form, type, Place, Any, str], str]] = {
    "value": _value,
    "checked": _checked,
    "options": _options,
    "ticks": _ticks,
    "rich": _rich,
    "members": _members,
    "tag": _tag,
    "ending": _ending,
}
