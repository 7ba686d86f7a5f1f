"""What PARS and the boards ask of one learner's record, beyond its form. PURE.

Source: spec pars, 1.8, 2.7 and 3.1; R-4.3, R-4.5. What a person can mend holds the record back; what is wrong with the
credit itself refuses it, with what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from cme_xblock.reporting.endpoints import pars_credit, pars_document
from cme_xblock.reporting.endpoints.base import Problem, Record
from cme_xblock.rules import boards, calendar


def problems(record: Record, wire: Mapping[str, Any]) -> Iterator[Problem]:
    """What stands against sending this record, whenever that is."""
    if not record.activity_number:
        yield Problem("no_activity_number", "The activity has no PARS activity id (pars_activity_id).")
    if not record.provider_name:
        yield Problem("setting_missing", "The accredited provider's name is empty.")
    if record.amount <= 0 or record.amount % Decimal(wire["values"]["increment"]):
        yield Problem("amount", "The credit is not a multiple of 0.25.", hold=False)
    credit = pars_document.credit_of(record, wire)
    if isinstance(credit, Problem):
        yield credit
    board = pars_credit.board_of(record.system, wire)
    if board and board in wire["board"]:
        yield from _of_board(record, board, wire["board"][board])


def window_problem(record: Record, wire: Mapping[str, Any], *, today: date) -> str:
    """Why PARS does not take a completion of that day any more, or not yet; "" where it does.

    `today`: the day of sending. A deletion is never too late here: PARS decides that.
    """
    if record.operation != "add":
        return ""
    words, day = wire["window"], record.completed_on
    month, month_day = (int(part) for part in words["grace"].split("-"))
    grace = (today.month, today.day) <= (month, month_day)
    first = date(today.year - words["years_back"] - (1 if grace else 0), 1, 1)
    if day < first:
        return (
            f"PARS takes completions from {first.isoformat()} on, and this one is of {day.isoformat()}. Ask ACCME "
            "whether it is taken by hand."
        )
    if (day - today).days > words["days_ahead"]:
        return f"The completion of {day.isoformat()} lies in the future. Look at the server's clock and time zone."
    return ""


def _of_board(record: Record, board: str, words: Mapping[str, Any]) -> Iterator[Problem]:
    name = words["name"] or board.upper()
    registered = pars_credit.registration(record.activity, board)
    if words["id_required"] and not record.identifiers.get(f"board_{board}"):
        yield Problem("identity_incomplete", f"{name} finds its diplomate by its own number, and there is none.")
    if words["completed_from"] and record.completed_on.isoformat() < words["completed_from"]:
        detail = f"{name} takes completions from {words['completed_from']} on."
        yield Problem("window", detail, hold=False)
    if registered is None:
        return
    if registered.points is not None and record.amount > registered.points:
        detail = f"More points than the activity is registered for with {name} ({registered.points})."
        yield Problem("amount", detail, hold=False)
    if words["whole"] and registered.points is not None and record.amount != registered.points:
        detail = f"{name} takes {registered.points} points of everyone and no part of them. Correct the claim."
        yield Problem("amount", detail, hold=False)
    claimed_on = calendar.civil_date(record.activity, record.claimed_at)
    if registered.claim_by is not None and claimed_on > registered.claim_by:
        detail = f"MOC points could be claimed until {registered.claim_by.isoformat()} ({name})."
        yield Problem("window", detail, hold=False)
    yield from _passed(record, board, name, registered.credit_types)


def _passed(record: Record, board: str, name: str, types: tuple[str, ...]) -> Iterator[Problem]:
    """Credit that counts only from a share of right answers on (ABS: 75 percent): every completer has the pass mark."""
    known, mark = boards.load().get(board), record.activity.assessment.pass_mark
    least = max((share for kind, share in known.minimum_pass if kind in types), default=None) if known else None
    if least is not None and (mark is None or mark < least):
        detail = f"{name} takes this type of credit from {least:%} right answers on, and the pass mark is lower."
        yield Problem("pass_mark", detail, hold=False)
