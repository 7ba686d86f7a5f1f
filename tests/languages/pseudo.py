"""A language in which every sentence of the catalogue stands between ⟦ and ⟧: what stands outside was never marked.

The catalogue takes the place of Arabic's, so that pages are also from right to left.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from lxml import etree, html

from cme_xblock.host import language

ROOT = Path(__file__).resolve().parent.parent.parent
LOCALE = "ar"
OPEN, CLOSE = "⟦", "⟧"
# What a screen reader or a tooltip says.
SPOKEN = ("aria-label", "title", "alt", "placeholder", "aria-valuetext", "aria-roledescription", "data-cme-text")
_INNERMOST = re.compile(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
# A certificate's number, an address.
_NUMBER = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4,12})*\b|\b[0-9a-f]{20,}\b|https?://\S+")
_WORD = re.compile(r"[A-Za-z]{2,}")
# A title says things of several languages, and can mark none.
_SILENT = ("script", "style", "template", "title", "code", "pre", "kbd")


def catalogues() -> ModuleType:
    """The program that takes the sentences out of the code."""
    spec = importlib.util.spec_from_file_location("catalogues", ROOT / ".ci" / "catalogues.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["catalogues"] = module
    spec.loader.exec_module(module)
    return module


def install(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Let readers of Arabic read the pseudo language."""
    made, tool = Catalog(locale=LOCALE, fuzzy=False), catalogues()
    plurals = tool.plurals()
    for text in tool.messages():
        if many := plurals.get(text):
            made.add((text, many), (f"{OPEN}{many}{CLOSE}",) * made.num_plurals)
        else:
            made.add(text, f"{OPEN}{text}{CLOSE}")
    place = folder / LOCALE / "LC_MESSAGES"
    place.mkdir(parents=True)
    with (place / "text.mo").open("wb") as file:
        write_mo(file, made)
    monkeypatch.setattr(language, "_CATALOGUES", folder)
    language._language.cache_clear()


def bare(page: str) -> list[str]:
    """What is said in the reader's language on that page and came from no catalogue."""
    return sorted({one for text in _said(_root(page)) if (one := _outside(text))})


def _root(page: str) -> etree._Element:
    if page.lstrip().startswith("<!DOCTYPE"):
        return html.document_fromstring(page)
    return html.fragment_fromstring(page, create_parent="div")


def _said(root: etree._Element) -> Iterator[str]:
    for one in root.iter(etree.Element):
        if one.tag in _SILENT or any(above.tag in _SILENT for above in one.iterancestors()) or not _is_readers(one):
            continue
        # Of a sentence with something in another language inside it both ends belong together.
        yield " ".join([one.text or "", *(child.tail or "" for child in one)])
        yield from (one.get(name) or "" for name in SPOKEN)
        if one.tag == "input" and one.get("type") in ("submit", "button"):
            yield one.get("value") or ""


def misplaced(page: str) -> list[str]:
    """What is in the reader's language on that page and is said to be in another one."""
    root = _root(page)
    ours = [one for one in root.iter(etree.Element) if not _is_readers(one)]
    texts = [text for one in ours for text in (one.text, *(child.tail for child in one))]
    return sorted({text for text in texts if text and OPEN in text})


def _is_readers(one: etree._Element) -> bool:
    near = next((each.get("lang") for each in (one, *one.iterancestors()) if each.get("lang")), LOCALE)
    return str(near).startswith(LOCALE)


def _outside(text: str) -> str:
    before = None
    while before != text:
        before, text = text, _INNERMOST.sub(" ", text)
    text = _NUMBER.sub(" ", text)
    return " ".join(text.split()) if says_something(text) else ""


def says_something(text: str) -> bool:
    """Whether there is a word in it; keys, addresses and what stands in code have none for readers."""
    return bool(_WORD.search(text))
