"""Where a delivery can stand, and the only moves between these places.

                       release                lease
    (owed) ─> held ─────────────> ready ────────────────> sending
               ^ ^─────────────────┘ ^                    │ │ │ │
               │   a fact is gone    │ certainly not there│ │ │ │
               └─────────────────────┼────────────────────┘ │ │ │
                                     │                      │ │ └──> refused, dead
                    dead <──────── unknown <────────────────┘ │
                                     │ ^                      │
                 refused, accepted <─┤ │ vanished             │
                                     v │                      v
                                    pending ────────> accepted, refused

`held`: something is missing, and nothing may leave (no consent, identity incomplete, a setting).
`ready`: complete; will be sent when it is due.
`sending`: a worker holds the lease and may be sending at this moment.
`pending`: the receiver has it and has not decided.
`accepted`, `refused`: the receiver's last word. A refusal that nobody has classified waits for a person.
`unknown`: it may have arrived. It is asked about by CreditID, and sent again only when it certainly is not there.
`dead`: given up; a person has to look.

`accepted`, `refused` and `dead` are final for the engine. `outbox.resend` is a person's way on: it takes a dead row
back to `held`, and follows a refused one by a new row with a new CreditID.
Pure but for the names of the states, which the table owns.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from cme_xblock.records.models.delivery import State


class Action(StrEnum):
    """What a worker does under a lease."""

    SEND = "send"
    ASK = "ask"


class IllegalMoveError(RuntimeError):
    """The program tried a move that is not in the table: a defect, never a state of the world."""

    def __init__(self, old: str, new: str) -> None:
        super().__init__(f"A delivery can't go from {old} to {new}: see reporting/states.py for the moves there are.")


MOVES: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.HELD: frozenset({State.READY}),
        State.READY: frozenset({State.SENDING, State.HELD}),
        State.SENDING: frozenset(
            {State.HELD, State.READY, State.PENDING, State.ACCEPTED, State.REFUSED, State.UNKNOWN, State.DEAD}
        ),
        State.PENDING: frozenset({State.PENDING, State.ACCEPTED, State.REFUSED, State.UNKNOWN}),
        State.UNKNOWN: frozenset(
            {State.UNKNOWN, State.PENDING, State.ACCEPTED, State.REFUSED, State.READY, State.DEAD}
        ),
        State.ACCEPTED: frozenset(),
        State.REFUSED: frozenset(),
        State.DEAD: frozenset({State.HELD}),
    }
)

FINAL = frozenset({State.ACCEPTED, State.REFUSED, State.DEAD})

# What a lease does in each state that a worker looks for. `sending` is not among them: only an expired lease leaves it.
WORK: Mapping[State, Action] = MappingProxyType(
    {State.READY: Action.SEND, State.PENDING: Action.ASK, State.UNKNOWN: Action.ASK}
)


def require(old: State, new: State) -> None:
    """Raise IllegalMoveError unless `old` may become `new`."""
    if new not in MOVES[old]:
        raise IllegalMoveError(old, new)
