"""Text files of unknown encoding as text. This module knows no format of questions."""

from __future__ import annotations

import codecs

from cme_xblock.activity.importers.outcome import ImportFailed
from cme_xblock.activity.message import N_, Message

LARGEST = 4_000_000
MOST_LINES = 200_000

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # Before UTF-16, whose mark is the beginning of this one.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes, *, name: str) -> tuple[str, str]:
    """The text with line feeds only, and its encoding: `utf-8`, `utf-16`, or `cp1252` where it was guessed.

    Raises ImportFailed for what is too large, no text, or broken in the encoding that it names.
    """
    if len(data) > LARGEST:
        raise _failed(N_("it is larger than {most} MB of text"), name, most=str(LARGEST // 1_000_000))
    mark, encoding = next(((mark, known) for mark, known in _MARKS if data.startswith(mark)), (b"", ""))
    data = data[len(mark) :]
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        if encoding:
            raise _failed(N_("a character in it is not {said}: save it as UTF-8"), name, said=encoding) from None
        # Excel on Windows writes this; every other byte order would be a guess without reason.
        text, encoding = data.decode("cp1252", "replace"), "cp1252"
    if "\0" in text:
        raise _failed(N_("it is no text: it holds the character NUL"), name)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") > MOST_LINES:
        raise _failed(N_("it has more than {most} lines"), name, most=str(MOST_LINES))
    return text, encoding or "utf-8"


def _failed(text: str, name: str, **params: str) -> ImportFailed:
    frame = N_("{name} can't be read: {problem}.")
    return ImportFailed(Message(frame, {"name": name or Message(N_("The text")), "problem": Message(text, params)}))
