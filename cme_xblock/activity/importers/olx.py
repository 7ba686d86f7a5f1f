"""Open edX OLX: a single problem, or a course or library as `tar.gz` or `zip`, in the order that learners see.

Source: Open edX documentation, "OLX structure": a course names chapters, these sequentials, these verticals, these
problems, each in a file of its own by `url_name` or written in place.
"""

from __future__ import annotations

import posixpath
from collections import Counter

from lxml import etree

from cme_xblock.activity.importers import archive, olx_problem
from cme_xblock.activity.importers.draft import Collector, Unusable
from cme_xblock.activity.importers.outcome import Fate, Import, ImportFailed
from cme_xblock.activity.importers.xmltext import local, parse, words
from cme_xblock.activity.message import N_, Message

_HOLDERS = words(
    "course library chapter sequential vertical problemset problembank itembank librarycontent splittest "
    "conditional randomize wrapper unit olx"
)
_FOLDERS = ("problem", "vertical", "sequential", "chapter", "course", "library", "library_content", "split_test")
_MOST_STEPS = 50_000


def read(data: bytes, *, name: str) -> Import:
    """The questions of a problem, a course or a library. Raises ImportFailed."""
    collector = Collector(kind="olx", name=name)
    collector.format = "Open edX OLX"
    reader = _Reader(collector)
    if archive.is_zip(data) or archive.is_gzip(data):
        reader.archive(archive.read(data, name=name))
    else:
        reader.walk(parse(data, name=name or "XML"), place=name, stem=posixpath.splitext(posixpath.basename(name))[0])
    reader.report()
    return collector.finish()


class _Reader:
    """Follows a course from its root; what the root does not reach is read after it."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._files: dict[tuple[str, str], str] = {}
        self._roots: dict[str, etree._Element] = {}
        self._seen: set[str] = set()
        self._others: Counter[str] = Counter()
        self._steps = 0

    def archive(self, packed: archive.Archive) -> None:
        """Every problem of the archive, each once."""
        tops = []
        for path in packed.named(".xml"):
            folder, stem = posixpath.basename(posixpath.dirname(path)), posixpath.splitext(posixpath.basename(path))[0]
            if folder not in _FOLDERS and stem not in ("course", "library"):
                continue
            try:
                root = parse(packed.read(path), name=path)
            except ImportFailed as error:
                self._collector.refuse(path, "", error.message)
                continue
            self._roots[path] = root
            self._files.setdefault((folder, stem), path)
            if stem in ("course", "library") and folder not in _FOLDERS[:4]:
                tops.append(path)
        for path in sorted(tops, key=lambda one: (one.count("/"), one)):
            self._file(path)
        for path in sorted(self._roots):
            if local(self._roots[path]) == "problem":
                self._file(path)
        for path in sorted(self._roots):
            self._file(path)

    def walk(self, root: etree._Element, *, place: str, stem: str) -> None:
        """Problems written in place, and those that a `url_name` points to."""
        todo = [(root, place, stem)]
        while todo:
            self._steps += 1
            if self._steps > _MOST_STEPS:
                raise ImportFailed(_too_many(self._collector.name))
            element, where, name = todo.pop()
            tag, pointed = local(element), element.get("url_name") or ""
            path = self._files.get((str(element.tag), pointed)) if pointed and not len(element) else None
            if path is not None:
                if path not in self._seen:
                    self._seen.add(path)
                    todo.append((self._roots[path], path, pointed))
            elif tag == "problem":
                if len(element) or (element.text or "").strip():
                    self._problem(element, where, element.get("url_name") or name)
            elif tag in _HOLDERS:
                todo += [(one, where, "") for one in reversed(element)]
            elif tag and tag != "wiki":
                self._others[str(element.tag).rpartition("}")[2]] += 1

    def report(self) -> None:
        """Say what else there was."""
        for tag, count in sorted(self._others.items()):
            text = N_("Left out, for they hold no question: <{tag}> ({count}).")
            self._collector.note(Fate.DROPPED, text, count=str(count), tag=tag)

    def _file(self, path: str) -> None:
        if path not in self._seen:
            self._seen.add(path)
            self.walk(self._roots[path], place=path, stem=posixpath.splitext(posixpath.basename(path))[0])

    def _problem(self, problem: etree._Element, place: str, name: str) -> None:
        where = place if not name or name in place else f"{place}#{name}" if place else name
        try:
            for draft in olx_problem.drafts(problem, place=where, name=name):
                self._collector.add(draft)
        except Unusable as reason:
            self._collector.refuse(where, problem.get("display_name") or name, reason.message)


def _too_many(name: str) -> Message:
    text = N_("{name} has more parts than a course can have. Export fewer, and import again.")
    return Message(text, {"name": name or "OLX"})
