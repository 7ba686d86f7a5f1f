"""XML from and for a stranger: parsed without entities, network or DTD; checked by the schemas beside this file.

PURE. Source: architecture, part 6 ("parse every foreign XML with entities, DTDs and network off").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import as_file, files
from xml.sax.saxutils import unescape

from lxml import etree

# How often a WCF service has been seen to wrap its XML as escaped text; more is not an answer but an attack.
_UNWRAP_MAX = 2


class XmlError(ValueError):
    """What came is not XML that we take; the message says why, without quoting it."""


def parse(document: bytes) -> etree._Element:
    """The root of a document from outside. Raises XmlError for anything broken, and for any DOCTYPE."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlError("it is not well-formed XML") from error
    if root.getroottree().docinfo.doctype:
        raise XmlError("it has a document type declaration, which is refused")
    return root


def judged(document: bytes, judge: Callable[[etree._Element], str]) -> tuple[etree._Element | None, str]:
    """The root of a document of ours where nothing is wrong with it; else None, and what is.

    `judge`: what its schema has against a tree, "" for nothing.
    """
    try:
        root = parse(document)
    except XmlError as error:
        return None, str(error)
    wrong = judge(root)
    return (None, wrong) if wrong else (root, "")


def unwrapped(document: bytes) -> etree._Element:
    """As `parse`, and where the root holds nothing but XML written as text, the root of that (twice at most)."""
    root = parse(document)
    for _ in range(_UNWRAP_MAX):
        text = (root.text or "").strip()
        if len(root) or not text.startswith(("<", "&lt;")):
            break
        root = parse((text if text.startswith("<") else unescape(text)).encode())
    return root


def first_text(root: etree._Element, names: list[str]) -> str:
    """The text of the first element with one of the local names, in the order of the names; "" if there is none."""
    for name in names:
        for found in root.iter("{*}" + name):
            return " ".join("".join(found.itertext()).split())
    return ""


@cache
def schema(name: str) -> etree.XMLSchema:
    """The compiled schema `schemas/<name>.xsd`, with the files that it imports from the same folder."""
    with as_file(files("cme_xblock.reporting.endpoints").joinpath("schemas")) as folder:
        return etree.XMLSchema(etree.parse(str(folder / f"{name}.xsd")))


def schema_problem(root: etree._Element, name: str, *, namespaces: Mapping[str, str]) -> str:
    """Why the tree is not valid by that schema, naming element and rule but no value; "" when it is.

    `namespaces` maps the namespaces on the wire to those in the schema.
    """
    checker = schema(name)
    tree = _with_namespaces(root, namespaces)
    if checker.validate(tree):
        return ""
    # libxml2 quotes the offending value in its message, and that value may be a licence number: keep place and rule.
    first = next(iter(checker.error_log), None)
    if first is None:
        return "the document is not valid"
    return f"{_place(tree, first.path)} breaks the rule {first.type_name.removeprefix('SCHEMAV_')}"


def _place(tree: etree._Element, path: str | None) -> str:
    """The element's name at libxml2's path, which says `*` for elements of a default namespace."""
    prefixes = {prefix: uri for element in tree.iter("*") for prefix, uri in element.nsmap.items() if prefix}
    try:
        found = tree.getroottree().xpath(path or ".", namespaces=prefixes)
    except etree.XPathError:
        found = []
    return etree.QName(found[0]).localname if isinstance(found, list) and found else "the document"


def _with_namespaces(root: etree._Element, namespaces: Mapping[str, str]) -> etree._Element:
    changed = {wire: ours for wire, ours in namespaces.items() if wire != ours}
    if not changed:
        return root
    copy = etree.fromstring(etree.tostring(root))
    for element in copy.iter("*"):
        name = etree.QName(element)
        if (name.namespace or "") in changed:
            ours = changed[name.namespace or ""]
            element.tag = f"{{{ours}}}{name.localname}" if ours else name.localname
    return copy
