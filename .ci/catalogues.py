"""Message catalogues: takes every marked sentence out of the code, and compiles what translators wrote.

Usage: catalogues.py extract | compile | check | missing LOCALE | fill LOCALE FILE

extract writes translations/en/LC_MESSAGES/text.po (the source catalogue) and brings every other locale's text.po up to
it: new sentences come empty, those that are gone go, none is guessed. compile writes the text.mo that hosts read. check
says what is not as these two would leave it, and what is wrong in a translation; exit status 1 then. missing prints the
sentences that a locale still lacks, as JSON; fill takes translations from a JSON object of sentence and translation. A
sentence with a number in it is printed as both its English forms; filled in, it is the English of one, and a list of
the language's forms in gettext's order (Arabic: 0, 1, 2, 3 to 10, 11 to 99, 100 and more).

Marked are N_("…"), gettext("…") and {% trans "…" %}, NP_("…", "…") and {% trans_count "…" "…" %}; of the data files
the words that pages translate (WORDS). What accreditors mandate word for word is not among them: it stays in its own
language (docs/reference/glossary.md).
"""

from __future__ import annotations

import io
import json
import re
import string
import sys
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from gettext import c2py  # the compiler of Plural-Forms that gettext itself uses
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "cme_xblock"
TRANSLATIONS = ROOT / "translations"
SOURCE = "en"
KEYWORDS = ("N_", "NP_", "gettext", "_")
_TEXT = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
TEMPLATE = re.compile(rf"\{{%\s*(?:trans\s+({_TEXT})|trans_count\s+({_TEXT})\s+({_TEXT}))")
# The place of the number in a sentence of several forms.
COUNT = "count"
# A sentence, or its form for one and its form for many.
Text = str | tuple[str, str]
# Arabic's as Django and gettext's manual have it; Babel has the last two the other way round.
PLURALS: Mapping[str, str] = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
}
# In which data files which keys are words for people.
WORDS: Mapping[str, frozenset[str]] = {
    "rules/professions.toml": frozenset({"label"}),
    "rules/identifiers.toml": frozenset({"label"}),
    "rules/library.toml": frozenset({"text", "title"}),
}
HEADER = """\
# {language} catalogue of cme_xblock.
# Copyright (C) 2026 the cme_xblock authors
# This file is distributed under the Apache License, Version 2.0."""


def messages() -> dict[str, set[str]]:
    """Every sentence in the code, with the files that have it; of one in two forms the form for one."""
    return {text if isinstance(text, str) else text[0]: files for text, files in _texts().items()}


def plurals() -> dict[str, str]:
    """The sentences in two forms: the form for one, and the form for many."""
    return dict(one for one in _texts() if not isinstance(one, str))


@cache
def _texts() -> Mapping[Text, set[str]]:
    """Read once: a run takes seconds for it, and nothing in a run changes the code."""
    found: dict[Text, set[str]] = {}
    for file, text in _marked():
        if text:
            found.setdefault(text, set()).add(file)
    return found


def _marked() -> Iterator[tuple[str, Text]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        with path.open("rb") as file:
            for _, keyword, said, _ in extract_python(file, KEYWORDS, (), {"encoding": "utf-8"}):
                texts = [said] if isinstance(said, str) else [one for one in said or () if one]
                if keyword == "NP_":
                    # The two names of its definition are no sentences.
                    yield from [(_name(path), (texts[0], texts[1]))] if len(texts) > 1 else ()
                else:
                    # The first argument is the sentence; a second one of gettext is a value.
                    yield _name(path), next(iter(texts), "")
    for path in sorted((PACKAGE / "templates").rglob("*.html")):
        for text, *forms in TEMPLATE.findall(path.read_text(encoding="utf-8")):
            yield _name(path), _unquoted(text) if text else (_unquoted(forms[0]), _unquoted(forms[1]))
    for name, keys in WORDS.items():
        for text in _words(tomllib.loads((PACKAGE / name).read_text(encoding="utf-8")), keys):
            yield f"cme_xblock/{name}", text


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _words(value: Any, keys: frozenset[str]) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key in keys and isinstance(one, str):
                yield one
            else:
                yield from _words(one, keys)
    elif isinstance(value, list):
        for one in value:
            yield from _words(one, keys)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _file(locale: str, suffix: str = "po") -> Path:
    return TRANSLATIONS / locale / "LC_MESSAGES" / f"text.{suffix}"


def locales() -> list[str]:
    """Every locale that is shipped, the source left out."""
    there = (one.parent.parent.name for one in TRANSLATIONS.glob("*/LC_MESSAGES/text.po"))
    return sorted(one for one in there if one != SOURCE)


def read(locale: str) -> Catalog:
    """The catalogue of that locale as it lies there."""
    with _file(locale).open("rb") as file:
        return read_po(file, locale=locale)


def renewed(locale: str) -> Catalog:
    """The catalogue as `extract` leaves it: the sentences of the code, with what was translated of them."""
    old = read(locale) if _file(locale).exists() else Catalog(locale=locale)
    new = Catalog(
        locale=locale,
        header_comment=HEADER.format(language=new_name(locale)),
        project="cme_xblock",
        version="1",
        copyright_holder="the cme_xblock authors",
        fuzzy=False,
        creation_date=old.creation_date if _file(locale).exists() else None,
        revision_date=old.revision_date if _file(locale).exists() else None,
    )
    if locale in PLURALS:
        new.mime_headers = [("Plural-Forms", PLURALS[locale])]
    for text, files in sorted(_texts().items(), key=lambda one: one[0] if isinstance(one[0], str) else one[0][0]):
        before = old.get(text if isinstance(text, str) else text[0])
        said = before.string if before is not None and not before.fuzzy and before.id == text else ""
        if not isinstance(text, str):
            said = tuple(said) if said else ("",) * new.num_plurals
        comments = before.user_comments if before is not None else ()
        # No line numbers: they would change with every commit.
        new.add(text, said, locations=[(file, None) for file in sorted(files)], user_comments=comments)
    return new


def new_name(locale: str) -> str:
    """The language's English name, for the file's first line."""
    found = Catalog(locale=locale).locale
    return found.get_display_name("en") if found else locale


def as_po(catalogue: Catalog) -> bytes:
    """The file: without the dates that would differ at every run."""
    out = io.BytesIO()
    write_po(out, catalogue, width=120, omit_header=True, include_lineno=False)
    plural = f"nplurals={catalogue.num_plurals}; plural={catalogue.plural_expr};"
    head = [
        *catalogue.header_comment.splitlines(),
        'msgid ""',
        'msgstr ""',
        '"Project-Id-Version: cme_xblock\\n"',
        '"Report-Msgid-Bugs-To: \\n"',
        f'"Language: {catalogue.locale}\\n"',
        '"MIME-Version: 1.0\\n"',
        '"Content-Type: text/plain; charset=UTF-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
        f'"Plural-Forms: {plural}\\n"',
        "",
        "",
    ]
    return "\n".join(head).encode() + out.getvalue().rstrip(b"\n") + b"\n"


def as_mo(locale: str) -> bytes:
    """The compiled catalogue of what lies in text.po."""
    out, found = io.BytesIO(), read(locale)
    # text.po bears no day, and this minute's would make another file of the same sentences.
    found.creation_date = datetime(2026, 1, 1, tzinfo=UTC)
    write_mo(out, found)
    return out.getvalue()


def places(text: str) -> set[str]:
    """The `{named}` places of a sentence. Raises ValueError for one that cannot be filled."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def problems() -> Iterator[str]:
    """What is wrong, in sentences."""
    for locale in [SOURCE, *locales()]:
        if _file(locale).read_bytes() != as_po(renewed(locale)):
            yield f"{_name(_file(locale))} is not what is in the code: run `make extract-translations`."
    for locale in locales():
        compiled = _file(locale, "mo")
        if not compiled.exists() or compiled.read_bytes() != as_mo(locale):
            yield f"{_name(compiled)} is not made of text.po: run `make compile-translations`."
        catalogue = read(locale)
        for one in catalogue:
            yield from (f"{locale}: {problem}" for problem in _wrong(one.id, one.string, catalogue))
    for one, many in plurals().items():
        if one in _texts():
            yield f"{one[:80]!r} is marked in one form and in two."
        if COUNT not in places(many):
            yield f"{many[:80]!r} has no place {{{COUNT}}} for its number."


def _wrong(english: Any, said: Any, catalogue: Catalog) -> Iterator[str]:
    """What is wrong with that translation: a text, or the language's forms of one."""
    if not english or not said:
        return
    if isinstance(english, str) != isinstance(said, str):
        yield f"{str(english)[:80]!r} is a text in one form, and its translation in several, or the other way."
    elif isinstance(english, str):
        yield from _unlike(english, said)
    elif len(said) != catalogue.num_plurals:
        yield f"{english[0][:80]!r} has {len(said)} forms; the language has {catalogue.num_plurals}."
    else:
        for number, form in enumerate(said):
            # A form that is said of one number only may have it in its words.
            yield from _unlike(english[1], form, frozenset({COUNT}) if _is_of_one(number, catalogue) else frozenset())


def _is_of_one(form: int, catalogue: Catalog) -> bool:
    chooses = c2py(catalogue.plural_expr)
    return sum(chooses(count) == form for count in range(1000)) == 1


def _unlike(english: str, said: str, may_lack: frozenset[str] = frozenset()) -> Iterator[str]:
    if not said:
        return
    try:
        if places(said) | may_lack != places(english) | may_lack:
            yield f"{english[:80]!r} has the places {sorted(places(english))}, its translation {sorted(places(said))}."
    except ValueError:
        yield f"the translation of {english[:80]!r} has a brace that closes nothing."
    for tag in sorted(set(re.findall(r"</?[a-z]+[^>]*>", english)) ^ set(re.findall(r"</?[a-z]+[^>]*>", said))):
        yield f"{english[:80]!r}: {tag} is in one of the two only."


def missing(locale: str) -> list[Any]:
    """The sentences that this locale has no words for yet, or not in all its forms: those are a list of two."""
    return [
        one.id if isinstance(one.id, str) else list(one.id)
        for one in renewed(locale)
        if one.id and not (one.string if isinstance(one.string, str) else all(one.string))
    ]


def fill(locale: str, said: Mapping[str, str | list[str]]) -> list[str]:
    """Take these translations into the locale's text.po; what is wrong with those that were left out."""
    catalogue, wrong = renewed(locale), []
    for english, translated in said.items():
        found = catalogue.get(english)
        if found is None:
            wrong.append(f"{english[:80]!r} is not in the code.")
        elif problem := next(_wrong(found.id, translated, catalogue), ""):
            wrong.append(problem)
        else:
            found.string = translated if isinstance(translated, str) else tuple(translated)
    _file(locale).write_bytes(as_po(catalogue))
    return wrong


def main(arguments: list[str]) -> int:
    """Do what was asked for; the exit status."""
    match arguments:
        case ["extract"]:
            for locale in [SOURCE, *locales()]:
                made = as_po(renewed(locale))
                _file(locale).write_bytes(made)
                lacking = 0 if locale == SOURCE else len(missing(locale))
                print(f"{locale}: {len(messages())} sentences, {lacking} missing")
        case ["compile"]:
            for locale in locales():
                _file(locale, "mo").write_bytes(as_mo(locale))
        case ["check"]:
            found = list(problems())
            print("\n".join(found))
            return int(bool(found))
        case ["missing", locale]:
            print(json.dumps(missing(locale), ensure_ascii=False, indent=0))
        case ["fill", locale, file]:
            wrong = fill(locale, json.loads(Path(file).read_text(encoding="utf-8")))
            print("\n".join([*wrong, f"{locale}: {len(missing(locale))} missing"]))
            return int(bool(wrong))
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
