"""Questions and people from other systems as values of the activity, and nothing dropped in silence.

`read` takes the bytes of one file in any known format and gives every question that it holds, with a note for whatever
was changed or left out, and a problem for whatever could not become a question. `people.read` does the same for a
table of people and disclosures. Nothing here writes, stores or decides: an author looks at what was understood first.

Every file is taken as hostile. A file that can't be read raises ImportFailed; no other exception leaves this package.
"""

from __future__ import annotations

from cme_xblock.activity.importers import aiken, archive, detect, gift, items_table, olx, qti_package
from cme_xblock.activity.importers.draft import distinct
from cme_xblock.activity.importers.items_table import template
from cme_xblock.activity.importers.outcome import (
    Fate,
    Import,
    ImportedItem,
    ImportFailed,
    Media,
    Note,
    Problem,
    to_data,
)
from cme_xblock.activity.message import N_, Message

KINDS = detect.KINDS

__all__ = [
    "KINDS",
    "Fate",
    "Import",
    "ImportFailed",
    "ImportedItem",
    "Media",
    "Note",
    "Problem",
    "distinct",
    "read",
    "template",
    "to_data",
]

_READERS = {
    "qti": qti_package.read,
    "gift": gift.read,
    "aiken": aiken.read,
    "olx": olx.read,
    "csv": items_table.read,
    "xlsx": items_table.read,
}


def read(data: bytes, *, name: str = "", kind: str = "") -> Import:
    """The questions of one file. `name` is the file's, for messages; `kind` one of `KINDS`, or empty to find out.

    Raises ImportFailed, and nothing else.
    """
    name = name[-120:]
    if len(data) > archive.LARGEST_IN:
        text = N_("{name} is larger than {most} MB. Split it, and import the parts one after the other.")
        params = {"name": name or Message(N_("The file")), "most": str(archive.LARGEST_IN // 1_000_000)}
        raise ImportFailed(Message(text, params))
    if kind and kind not in _READERS:
        text = N_("The format {kind} is not known. Use one of {kinds}.")
        raise ImportFailed(Message(text, {"kind": kind[:40], "kinds": ", ".join(KINDS)}))
    return _READERS[kind or detect.detect(data, name=name)](data, name=name)
