"""PDF: a Typst template and its data in, a tagged PDF/UA-1 out, the same bytes for the same data.

Knows no claim and no activity. Data reaches a template as JSON and never as markup, so no name can be a command. No
clock, no network, no packages, no fonts but those that come with Typst and those that the site names.

.. setting_name: CME_FONT_PATHS
.. setting_default: []
.. setting_description: Folders with fonts (TTF, OTF, TTC) for letters that the fonts inside Typst lack, such as
    ["/usr/share/fonts/truetype/noto", "/usr/share/fonts/opentype/noto"]. Without them Latin, Greek, Cyrillic and Hebrew
    letters are printed; where a letter is missing the PDF says so and names the page that shows it.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from django.conf import settings

log = logging.getLogger(__name__)

TEMPLATES = Path(__file__).resolve().parent / "templates"
STANDARD = "ua-1"
_MISSING_LETTER = "could not be displayed with font"
# Families in the order of preference, for scripts that the first one lacks. Han letters differ by language.
_TEXT = "Libertinus Serif"
_SCRIPTS = ("Noto Naskh Arabic", "Noto Serif Hebrew", "Noto Serif Devanagari")
_HAN = {"ja": "JP", "ko": "KR", "zh": "SC"}
# Letters that every family of ours has.
_COMMON = frozenset(chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x180)))


class Unavailable(RuntimeError):  # noqa: N818 - says what is the case
    """Typst is not installed on this server, or lost to this process, so there are no PDF files."""


class TemplateBroken(RuntimeError):  # noqa: N818 - says what is the case
    """A template does not compile; the message is the compiler's."""


@dataclass(frozen=True)
class Printed:
    """A PDF file. `incomplete`: some text could not be printed, and the PDF says where it can be read."""

    content: bytes
    incomplete: bool


@dataclass(frozen=True)
class Sheet:
    """What is to be printed: the template's source, its folder (pictures are read from there), and its data.

    `data` is JSON. Where a text of it can't be printed, `unprintable` takes its place and `note` is added as "note".
    """

    source: bytes
    folder: Path
    data: Mapping[str, Any]
    at: datetime
    unprintable: str
    note: str


@lru_cache(maxsize=1)
def _typst() -> ModuleType | None:
    try:
        import typst
    except ImportError:
        return None
    return typst


def is_available() -> bool:
    """Whether this process can make PDF files at all."""
    return _typst() is not None and not _orphaned


def _after_fork() -> None:
    """Typst's threads stay behind in a fork, and a child would wait for them for ever: so it prints nothing.

    Servers fork before the first request comes, so this is for whoever prints first and forks later.
    """
    if _press.cache_info().currsize:
        log.error("This process was forked after a PDF was made, so it can make none. Fork first, then print.")
        _orphaned.append(os.getpid())


_orphaned: list[int] = []
os.register_at_fork(after_in_child=_after_fork)


def template(name: str) -> bytes:
    """The source of one of our own templates."""
    return (TEMPLATES / name).read_bytes()


def render(sheet: Sheet) -> Printed:
    """The PDF. Raises Unavailable, and TemplateBroken for a template that does not compile."""
    if not is_available():
        raise Unavailable
    press = _press(str(sheet.folder), tuple(getattr(settings, "CME_FONT_PATHS", ()) or ()))
    try:
        return Printed(press.pdf(sheet.source, sheet.data, at=sheet.at), incomplete=False)
    except _Unprintable:
        known: dict[str, bool] = {}

        def printable(text: str) -> bool:
            if text not in known:
                known[text] = _COMMON.issuperset(text) or press.prints(text)
            return known[text]

        data = _replaced(dict(sheet.data), printable=printable, by=sheet.unprintable)
        data["note"] = sheet.note
        try:
            return Printed(press.pdf(sheet.source, data, at=sheet.at), incomplete=True)
        except _Unprintable as error:
            raise TemplateBroken(str(error)) from error


def han(text: str) -> str:
    """The language whose Han letters a text of unknown language asks for, or empty: kana say Japanese."""
    names = [unicodedata.name(letter, "") for letter in text]
    if any(name.startswith(("HIRAGANA", "KATAKANA")) for name in names):
        return "ja"
    return "ko" if any(name.startswith("HANGUL") for name in names) else ""


def direction(text: str) -> str:
    """`rtl` where the first letter with a direction runs from right to left, else `ltr`; HTML's dir="auto"."""
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        if kind in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return "ltr"


class _Unprintable(Exception):  # noqa: N818 - says what is the case
    """Some letter is in no font."""


@dataclass
class _Press:
    """One compiler, used by one thread at a time: it keeps fonts and parsed templates between calls.

    A compiler for each call would leave a quarter of a megabyte behind each time (typst 0.15).
    """

    typst: ModuleType
    compiler: Any
    families: frozenset[str]
    lock: threading.Lock = field(default_factory=threading.Lock)

    def pdf(self, source: bytes, data: Mapping[str, Any], *, at: datetime) -> bytes:
        """Compile. Raises _Unprintable and TemplateBroken."""
        fonts = self._fonts(str(data.get("name_lang") or data.get("lang", "")))
        inputs = {"data": json.dumps({**data, "fonts": fonts}, ensure_ascii=False)}
        with self.lock:
            try:
                made = self.compiler.compile(
                    input=source,
                    format="pdf",
                    sys_inputs=inputs,
                    pdf_standards=[STANDARD],
                    timestamp=int(at.timestamp()),
                )
            except self.typst.TypstError as error:
                if _MISSING_LETTER in error.diagnostic:
                    raise _Unprintable(error.message) from error
                raise TemplateBroken(error.diagnostic) from error
        return bytes(made)

    def prints(self, text: str) -> bool:
        """Whether there is a font for each letter of a text."""
        try:
            self.pdf(_PROBE, {"text": text}, at=_EPOCH)
        except (_Unprintable, TemplateBroken):
            return False
        return True

    def _fonts(self, language: str) -> list[str]:
        first = _HAN.get(language, "SC")
        regions = [first, *(one for one in ("SC", "JP", "KR") if one != first)]
        wanted = [_TEXT, *_SCRIPTS, *(f"Noto Serif CJK {one}" for one in regions)]
        return [one for one in wanted if one in self.families]


_PROBE = b"""#let d = json(bytes(sys.inputs.data))
#set document(title: "probe")
#set text(font: d.fonts)
#d.text"""
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@lru_cache(maxsize=8)
def _press(folder: str, font_paths: tuple[str, ...]) -> _Press:
    typst = _typst()
    if typst is None:
        raise Unavailable
    there = [one for one in font_paths if Path(one).is_dir()]
    for one in set(font_paths) - set(there):
        log.warning("CME_FONT_PATHS names %s, and there is no such folder: its letters will be missing.", one)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=there)
    # Packages are code from elsewhere: a folder that is not there has none, and nothing is fetched into it.
    nowhere = str(TEMPLATES / "packages")
    compiler = typst.Compiler(
        root=folder, font_paths=fonts, ignore_system_fonts=True, package_path=nowhere, package_cache_path=nowhere
    )
    return _Press(typst, compiler, frozenset(fonts.families()))


def _replaced(value: Any, *, printable: Callable[[str], bool], by: str) -> Any:
    """The same JSON with every text that cannot be printed replaced."""
    if isinstance(value, str):
        return value if printable(value) else by
    if isinstance(value, Mapping):
        return {key: _replaced(one, printable=printable, by=by) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(one, printable=printable, by=by) for one in value]
    return value
