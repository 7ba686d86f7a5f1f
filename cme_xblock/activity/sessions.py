"""The sessions of a live activity or of a series, as their author describes them.

Part of the model (`model.py`), in a file of its own. How long a session is and what counts is `rules/sessions.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cme_xblock.activity.fields import Value, attribute, many, text


@dataclass(frozen=True)
class Break(Value):
    """A pause inside a session: its minutes carry no credit. Civil times in the activity's zone."""

    start: datetime | None = attribute(None)
    end: datetime | None = attribute(None)


@dataclass(frozen=True)
class Session(Value):
    """One session of a live activity or of a series. Civil times in the activity's `time_zone`, to the minute.

    `minutes` are those that count, where fewer do than lie between start and end without the breaks; 0: all of those.
    `code` is said in the room and never shown to learners; it is taken from the start until `code_minutes` after the
    end. Without one, attendance is by roster only. `presenters` are ids of `people`. Source: spec part 7, cases 5, 17.
    """

    id: str = attribute("")
    start: datetime | None = attribute(None)
    end: datetime | None = attribute(None)
    minutes: int = attribute(0)
    code: str = attribute("")
    code_minutes: int = attribute(15)
    title: str = text("")
    presenters: tuple[str, ...] = many("presenter")
    breaks: tuple[Break, ...] = many("break")
