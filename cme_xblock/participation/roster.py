"""A roster that somebody filled in: one line for each learner and session, from CSV or Excel. Looks nothing up.

Columns: `learner` (the platform's id, user name or e-mail), `session`, and where wanted `minutes`, `role` (learner or
presenter) and `evidence`. Source: spec part 7, cases 5 and 35.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cme_xblock.activity.importers import table
from cme_xblock.activity.importers.outcome import ImportFailed
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.scalars import UnfitError, excerpt, integer_of, text_of
from cme_xblock.participation.attendance import Role, Row

__all__ = ["ImportFailed", "Line", "parse"]

COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(("learner", "user", "username", "user_name", "user_id", "id", "email", "e_mail"), "learner"),
    **dict.fromkeys(("session", "session_id"), "session"),
    **dict.fromkeys(("minutes", "minutes_attended"), "minutes"),
    "role": "role",
    **dict.fromkeys(("evidence", "note", "evidence_note"), "evidence"),
}
NEEDED = ("learner", "session")
_LONGEST = 255


@dataclass(frozen=True)
class Line:
    """One line of the file: by its number, whom it names, and what it says; or `problem`, why it says nothing."""

    number: int
    learner: str
    row: Row
    problem: Message | None = None


def parse(data: bytes, *, name: str, evidence: str = "") -> tuple[Line, ...]:
    """The lines of a roster, also those that can't be used. `evidence` is for lines that have none of their own.

    Raises ImportFailed for a file that is no such table at all.
    """
    found = table.read(data, name=name, known=COLUMNS, needed=NEEDED)
    return tuple(_line(one, evidence) for one in found.rows)


def _line(row: table.Row, evidence: str) -> Line:
    learner, session, minutes, role, note = (row[one] for one in ("learner", "session", "minutes", "role", "evidence"))
    try:
        said = Row(
            session=text_of(session)[:_LONGEST],
            minutes=integer_of(minutes) if minutes else None,
            role=_role(role),
            evidence=text_of(note or evidence),
        )
    except UnfitError as unfit:
        return Line(row.number, learner[:_LONGEST], Row(session=""), problem=unfit.message)
    if not learner or len(learner) > _LONGEST or not session:
        return Line(row.number, learner[:_LONGEST], said, problem=Message(N_("Learner or session is missing.")))
    return Line(row.number, learner, said)


def _role(typed: str) -> Role:
    known = {"": Role.LEARNER, "faculty": Role.PRESENTER, "speaker": Role.PRESENTER, **{one.value: one for one in Role}}
    found = known.get(typed.strip().lower())
    if found is None:
        text = N_('"{role}" is no role: write learner or presenter')
        raise UnfitError(Message(text, {"role": excerpt(typed)}))
    return found
