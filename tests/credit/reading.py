"""A PDF as a machine reads it: its tags in reading order, its text, and what it says of itself."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf
from pypdf import PdfReader


@dataclass(frozen=True)
class Read:
    """What was found. `tags` in reading order; `alternatives` of pictures; `spoken`: runs of text, and whole
    elements, in a language of their own, by its code."""

    text: str
    pages: int
    tags: list[str]
    alternatives: list[str]
    marked: bool
    language: str
    title: str
    title_shown: bool
    conforms_to: str
    created: str
    fonts_embedded: bool
    spoken: Counter[str]


def read(content: bytes) -> Read:
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    with pikepdf.open(io.BytesIO(content)) as document:
        root = document.Root
        elements = list(_elements(root.StructTreeRoot))
        with document.open_metadata() as about:
            title, part = str(about.get("dc:title", "")), str(about.get("pdfuaid:part", ""))
        return Read(
            text=text,
            pages=len(document.pages),
            tags=[str(one.S).lstrip("/") for one in elements],
            alternatives=[str(one.Alt) for one in elements if "/Alt" in one],
            marked=bool(root.MarkInfo.Marked),
            language=str(root.get("/Lang", "")),
            title=title,
            title_shown=bool(root.ViewerPreferences.DisplayDocTitle),
            conforms_to=part,
            created=str(document.docinfo.CreationDate),
            fonts_embedded=all(_embedded(font) for page in document.pages for font in _fonts(page)),
            spoken=Counter(
                [
                    *(lang for page in document.pages for lang in _spoken(page)),
                    *(str(one.Lang) for one in elements if "/Lang" in one),
                ]
            ),
        )


def _elements(node: pikepdf.Object) -> Iterator[pikepdf.Dictionary]:
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
            yield kid
            yield from _elements(kid)


def _spoken(page: pikepdf.Page) -> Iterator[str]:
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "BDC" and "/Lang" in operands[1]:
            yield str(operands[1].Lang)


def _fonts(page: pikepdf.Page) -> Iterator[pikepdf.Object]:
    yield from page.get("/Resources", {}).get("/Font", pikepdf.Dictionary()).values()


def _embedded(font: pikepdf.Object) -> bool:
    whole = font.DescendantFonts[0] if "/DescendantFonts" in font else font
    return any(key in whole.FontDescriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))
