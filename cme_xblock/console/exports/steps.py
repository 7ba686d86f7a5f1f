"""An export as steps: each a piece of the file, and the place from which a successor goes on behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cme_xblock.console.exports import formats, own_files
from cme_xblock.console.exports.columns import Column
from cme_xblock.console.exports.datasets import Dataset
from cme_xblock.console.exports.definition import Definition
from cme_xblock.console.exports.scope import START, Page, Scope

__all__ = ["Step", "columns_of", "file_name", "of", "writer_of"]


@dataclass(frozen=True)
class Step:
    """`content`: bytes of the file. `place`: plain data to go on with. `done`: participations passed; `rows`: new ones.

    `packed`: the content is compressed already. `last`: the file is whole with it.
    """

    content: bytes
    place: Mapping[str, Any]
    done: int
    rows: int
    packed: bool
    last: bool = False


def of(definition: Definition, scope: Scope, place: Mapping[str, Any]) -> Iterator[Step]:
    """The steps from that place on; `{}` is the beginning."""
    dataset = definition.dataset
    if dataset is None:
        yield from (Step(*one) for one in own_files.steps(definition.endpoint, scope, place))
        return
    yield from _rows(definition, dataset(), scope, place)


def _rows(definition: Definition, dataset: Dataset, scope: Scope, place: Mapping[str, Any]) -> Iterator[Step]:
    chosen = _chosen(definition, dataset)
    writer = formats.writer(definition.form, tuple(dataset.columns[one] for one in chosen))
    cursor, done = place.get("cursor", START), 0
    if place:
        writer.resume(place["writer"])
        head = b""
    else:
        head = writer.begin()
    page: Page
    for page in dataset.pages(scope, cursor):
        content = head + (writer.rows([page.columns[one] for one in chosen]) if page.rows else b"")
        head, cursor, done = b"", page.cursor, page.done
        yield Step(content, {"cursor": cursor, "writer": writer.state()}, done, page.rows, writer.packed)
    content = head + writer.end()
    yield Step(content, {"cursor": cursor, "writer": writer.state()}, done or cursor["done"], 0, writer.packed, True)


def _chosen(definition: Definition, dataset: Dataset) -> list[int]:
    names = set(definition.columns)
    return [number for number, one in enumerate(dataset.columns) if not names or one.name in names]


def columns_of(definition: Definition) -> tuple[Column, ...]:
    """The columns of that export; none for a receiver's own file."""
    dataset = definition.dataset
    if dataset is None:
        return ()
    names = set(definition.columns)
    return tuple(one for one in dataset.columns if not names or one.name in names)


def writer_of(definition: Definition) -> formats.Writer:
    """A writer of that export's form. Raises KeyError for a receiver's own file."""
    return formats.writer(definition.form, columns_of(definition))


def file_name(definition: Definition, *, uuid: str, day: str) -> str:
    """What the file is called: words of ours, a day and the beginning of its number; nothing that anybody typed."""
    kind = definition.preset or definition.kind.replace(":", "-")
    safe = "".join(one if one.isascii() and (one.isalnum() or one in "-_") else "-" for one in kind)
    suffix = own_files.suffix(definition.endpoint) if definition.dataset is None else writer_of(definition).suffix
    return f"cme-{safe}-{day}-{uuid[:8]}.{suffix}"
