"""What one claim is to PARS: which credits, each under which certification and with how many points. PURE.

A claim of CME is one credit. A claim of MOC points is one for each type of credit that the activity is registered for
at the board, and for the ABA the safety part apart from the rest. The words are data (`[credit]` and `[board]` of
`pars.toml`): a board whose words nobody has confirmed is not reported, for an invented word is worse than a late point.
Source: spec pars, 2.6, 2.7 and 3.1; R-4.1 to R-4.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from cme_xblock.activity.model import Activity, MocOffering
from cme_xblock.reporting.endpoints.base import Problem

# The offering that carries MOC registrations. Source: R-4.3 (points go with AMA PRA credit).
_REGISTERED_WITH = "ama_pra_1"
# The offering's identifier that says how many of the points are patient safety, and the end of that credit's kind.
SAFETY_POINTS, _SAFETY = "aba_safety_points", "safety"


@dataclass(frozen=True)
class Credit:
    """One credit as PARS counts it. `kind` tells it apart in a CreditID; `amount` in credits or points."""

    kind: str
    certification: str
    amount: Decimal


def board_of(system: str, wire: Mapping[str, Any]) -> str:
    """The board's code of a MOC system (`moc_abim` gives `abim`), "" for any other credit."""
    return str(wire["credit"].get(system, {}).get("board", ""))


def registration(activity: Activity, board: str) -> MocOffering | None:
    """The activity's registration with that board, or None."""
    offering = activity.offering(_REGISTERED_WITH)
    return next((one for one in offering.moc if one.board == board), None) if offering else None


def credits_of(
    activity: Activity, system: str, amount: Decimal, wire: Mapping[str, Any]
) -> tuple[Credit, ...] | Problem:
    """The credits of one claim, the first under the plain kind (`cme`, `moc-abim`), or why it can't be said.

    `amount` in the system's unit.
    """
    entry = wire["credit"].get(system)
    if entry is None:
        return Problem("setting_missing", f"The setting wire.credit.{system} is missing: how PARS calls this credit.")
    board = str(entry.get("board", ""))
    if not board:
        return (Credit(entry["kind"], entry["certification"], amount),)
    if board not in wire["board"]:
        return Problem("setting_missing", f"The setting wire.board.{board} is missing: what PARS calls this board.")
    registered = registration(activity, board)
    if registered is None:
        return Problem("not_registered", f"The activity is not registered for MOC with {board.upper()}.", hold=False)
    return _points(activity, registered, str(entry["kind"]), amount, wire["board"][board])


def _points(
    activity: Activity, registered: MocOffering, kind: str, amount: Decimal, board: Mapping[str, Any]
) -> tuple[Credit, ...] | Problem:
    labels = _labels(registered, board)
    if isinstance(labels, Problem):
        return labels
    if board["splits_safety"]:
        offering = activity.offering(_REGISTERED_WITH)
        return _split(kind, labels, amount, offering.identifier(SAFETY_POINTS) if offering else "", registered)
    # Letters, for a number at the end of a CreditID is a revision.
    tails = ("", *(f"-{letter}" for letter in "bcdefgh"))[: len(labels)]
    return tuple(Credit(f"{kind}{tail}", label, amount) for tail, label in zip(tails, labels, strict=True))


def kinds_of(activity: Activity, system: str, wire: Mapping[str, Any]) -> tuple[str, ...]:
    """The kinds of the credits that a claim of this system is, whatever its amount.

    The plain kind alone where they can't be said yet: it is then owed, and held with the reason.
    """
    board = board_of(system, wire)
    registered = registration(activity, board) if board else None
    amount = registered.points if registered and registered.points is not None else Decimal(1)
    found = credits_of(activity, system, amount, wire)
    return (str(wire["credit"][system]["kind"]),) if isinstance(found, Problem) else tuple(one.kind for one in found)


def _labels(registered: MocOffering, board: Mapping[str, Any]) -> tuple[str, ...] | Problem:
    """The words of the types that the activity is registered for, without repetition."""
    known: Mapping[str, list[str]] = board["credit_types"]
    codes = registered.credit_types or tuple(board["default_types"])
    if not codes:
        return Problem("moc_type_missing", "The MOC registration names no type of credit. Add it to the activity.")
    unknown = [code for code in codes if not known.get(code)]
    if unknown:
        where = f"wire.board.{registered.board}.credit_types.{unknown[0]}"
        return Problem("setting_missing", f"The setting {where} is missing: the word PARS has for this type of credit.")
    return tuple(dict.fromkeys(label for code in codes for label in known[code]))


def _split(
    kind: str, labels: tuple[str, ...], amount: Decimal, safety: str, registered: MocOffering
) -> tuple[Credit, ...] | Problem:
    """Points of safety and others apart, adding up to the claim. Source: spec pars 2.7, ABA.

    `labels` holds the word for other points first, the word for safety second; one of them alone takes all.
    """
    if len(labels) == 1:
        return (Credit(kind, labels[0], amount),)
    try:
        part = Decimal(safety)
    except InvalidOperation:
        part = Decimal("NaN")
    if part.is_nan() or part < 0:
        detail = (
            f"How many points are patient safety is not said. Add {SAFETY_POINTS} to the offering of AMA PRA credit."
        )
        return Problem("safety_unclear", detail)
    # Who claims less than all has not said which part: a person decides, for neither reading may be reported as the
    # learner's. Nothing to divide where all or nothing is safety.
    if registered.points is not None and amount != registered.points and 0 < part < registered.points:
        return Problem(
            "safety_unclear", "Part of the points was claimed, and which of them are patient safety is open."
        )
    safe = min(part, amount)
    parts = ((kind, labels[0], amount - safe), (f"{kind}-{_SAFETY}", labels[1], safe))
    return tuple(Credit(*one) for one in parts if one[2] > 0)
