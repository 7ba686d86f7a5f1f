"""QTI files and packages: which of them hold items, in which order, and what else lies in the package.

Reads QTI 2.x and 3.0 through `qti.py` and QTI 1.2 (Canvas and older systems) through `qti1.py`.

Source: 1EdTech Content Packaging 1.2 and QTI 3.0 Packaging: a manifest names resources with their types.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from urllib.parse import unquote

from lxml import etree

from cme_xblock.activity.importers import archive, qti, qti1
from cme_xblock.activity.importers.draft import Collector, Unusable
from cme_xblock.activity.importers.outcome import Fate, Import, ImportFailed
from cme_xblock.activity.importers.xmltext import attr, descendants, local, parse
from cme_xblock.activity.message import N_

MANIFEST = "imsmanifest.xml"
# Canvas keeps its exact export beside a poorer one for other systems, under this ending.
_ENDINGS = (".xml", ".qti")


def read(data: bytes, *, name: str, kind: str = "qti") -> Import:
    """The questions of a package or of a single item. Raises ImportFailed."""
    collector = Collector(kind=kind, name=name)
    if archive.is_zip(data):
        _Package(archive.read(data, name=name), collector).collect()
    else:
        root = parse(data, name=name or "XML")
        if not _take(root, collector, place=name, present=frozenset(), folder=""):
            collector.note(Fate.DROPPED, N_("<{tag}> is not an item of QTI."), tag=local(root))
    return collector.finish()


class _Package:
    """One package on its way into the collector."""

    def __init__(self, packed: archive.Archive, collector: Collector) -> None:
        self._packed = packed
        self._collector = collector
        self._others: Counter[str] = Counter()

    def collect(self) -> None:
        """Read the items that the manifest names, in its order; then those it forgot."""
        listed = self._listed()
        spare = [one for one in self._packed.named(*_ENDINGS) if one not in listed and not one.endswith(MANIFEST)]
        for path in _without_doubles([*listed, *sorted(spare)]):
            self._file(path, spare=bool(listed) and path not in listed)
        for one in self._packed.nested:
            self._collector.note(Fate.DROPPED, N_("An archive inside the archive was not opened."), place=one)
        for tag, count in sorted(self._others.items()):
            text = N_("Left out, for they hold no question: files of <{tag}> ({count}).")
            self._collector.note(Fate.DROPPED, text, count=str(count), tag=tag)

    def _listed(self) -> list[str]:
        """The files that the manifest names as items, those of a test in the order of the test."""
        manifests = sorted(self._packed.named(MANIFEST), key=lambda one: (one.count("/"), one))
        if not manifests:
            self._collector.note(
                Fate.CHANGED, N_("The package has no imsmanifest.xml, so files stand in order of name.")
            )
            return []
        try:
            root = parse(self._packed.read(manifests[0]), name=manifests[0])
        except ImportFailed as error:
            self._collector.refuse(manifests[0], "", error.message)
            return []
        folder = posixpath.dirname(manifests[0])
        paths = []
        for one in descendants(root, "resource"):
            if "qti" not in attr(one, "type").lower() and "assessment" not in attr(one, "type").lower():
                continue
            href = attr(one, "href") or next((attr(file, "href") for file in descendants(one, "file")), "")
            path = joined(folder, href)
            if path in self._packed.names and path not in paths:
                paths.append(path)
            elif href and path not in self._packed.names:
                text = N_("The manifest names this file, but the package does not hold it.")
                self._collector.note(Fate.DROPPED, text, place=href[:200])
        return [one for one in paths if one.lower().endswith(_ENDINGS)]

    def _file(self, path: str, *, spare: bool) -> None:
        try:
            root = parse(self._packed.read(path), name=path)
        except ImportFailed as error:
            self._collector.refuse(path, "", error.message)
            return
        taken = _take(
            root, self._collector, place=path, present=frozenset(self._packed.names), folder=posixpath.dirname(path)
        )
        if not taken:
            self._others[_spoken(root)] += 1
        elif spare:
            self._collector.note(
                Fate.UNDERSTOOD, N_("The manifest does not name this file; it was read all the same."), place=path
            )


def _without_doubles(paths: list[str]) -> list[str]:
    """Canvas packs each quiz twice: poorer as `ID/assessment_qti.xml`, in full as `non_cc_assessments/ID.xml.qti`."""
    full = {posixpath.basename(one).removesuffix(".xml.qti") for one in paths if one.endswith(".xml.qti")}
    poorer = "/assessment_qti.xml"
    return [one for one in paths if not (one.endswith(poorer) and one.removesuffix(poorer).rpartition("/")[2] in full)]


def joined(folder: str, href: str) -> str:
    """The name in the archive that a reference from that folder means."""
    return posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0].partition("?")[0])))


def _take(root: etree._Element, collector: Collector, *, place: str, present: frozenset[str], folder: str) -> bool:
    """Whether the file was one of questions."""
    if local(root) == qti1.ROOT:
        collector.format = collector.format or "QTI 1.2"
        qti1.take(root, collector, place=place)
        return True
    if local(root) != qti.ITEM:
        return False
    collector.format = collector.format or f"QTI {qti.version(root)}".strip()
    shown = place or attr(root, "identifier")
    try:
        drafts = qti.drafts(root, place=shown)
    except Unusable as reason:
        collector.refuse(shown, attr(root, "title") or attr(root, "identifier"), reason.message)
        return True
    for draft in drafts:
        draft.images = [(joined(folder, one) if ":" not in one else one, alt) for one, alt in draft.images]
        collector.add(draft, present=present)
    return True


def _spoken(root: etree._Element) -> str:
    return str(root.tag).rpartition("}")[2]
