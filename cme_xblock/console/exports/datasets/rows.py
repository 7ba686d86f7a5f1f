"""What rows that are put together in Python have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from cme_xblock.activity import richtext
from cme_xblock.activity.message import N_
from cme_xblock.console.exports.columns import Column, Columns, Form
from cme_xblock.records.models import ActivityIndex

# Who and where: the same names in every file, so that files can be laid side by side.
PARTICIPATION = Column("participation", Form.TEXT, N_("One learner in one activity."), personal=True)
LEARNER = Column(
    "learner", Form.TEXT, N_("The account's id on the platform; a token once it is retired."), personal=True
)
ACTIVITY = Column("activity_id", Form.TEXT, N_("The activity's id in its course."))
COURSE = Column("course", Form.TEXT, N_("The course."))
TITLE = Column("title", Form.TEXT, N_("The activity's title as it is published now."))


def turned(rows: Iterable[Sequence[Any]], columns: tuple[Column, ...]) -> Columns:
    """Rows, on their side."""
    made = [list(values) for values in zip(*rows, strict=True)]
    return made or [[] for _ in columns]


def place(activity_key: str) -> tuple[str, str, str]:
    """Activity id, course and title of an activity as it is published now."""
    row = ActivityIndex.objects.filter(activity_key=activity_key)
    return row.values_list("activity_id", "course_key", "title").first() or ("", "", "")


@lru_cache(maxsize=4096)
def plain(markup: str) -> str:
    """The words of a text with the little markup that authors may use, in one line."""
    return " ".join(richtext.plain(markup).split())
