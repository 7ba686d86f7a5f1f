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
`cancelled`: taken back before it left, by a correction, or left alone by a person's decision.

`accepted`, `refused`, `dead` and `cancelled` are final for the engine. `reporting/decisions.py` is a person's way on:
it takes a dead or cancelled row back to `held`, follows a refused one by a new row with a new CreditID, cancels what is
to be left alone from every state in which nothing is under way, and sends once more what was accepted and is missing.
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
        State.HELD: frozenset({State.READY, State.CANCELLED}),
        State.READY: frozenset({State.SENDING, State.HELD, State.REFUSED, State.DEAD, State.CANCELLED}),
        State.SENDING: frozenset(set(State) - {State.SENDING}),
        State.PENDING: frozenset({State.PENDING, State.ACCEPTED, State.REFUSED, State.UNKNOWN}),
        State.UNKNOWN: frozenset(
            {State.UNKNOWN, State.PENDING, State.ACCEPTED, State.REFUSED, State.READY, State.DEAD, State.CANCELLED}
        ),
        State.ACCEPTED: frozenset({State.HELD}),
        State.REFUSED: frozenset({State.HELD, State.CANCELLED}),
        State.DEAD: frozenset({State.HELD, State.CANCELLED}),
        State.CANCELLED: frozenset({State.HELD}),
    }
)

FINAL = frozenset({State.ACCEPTED, State.REFUSED, State.DEAD, State.CANCELLED})
# What still has a way to go. A later row of the same order waits for it.
OPEN = frozenset(set(State) - FINAL)

# What a lease does in each state that a worker looks for. `sending` is not among them: only an expired lease leaves it.
WORK: Mapping[State, Action] = MappingProxyType(
    {State.READY: Action.SEND, State.PENDING: Action.ASK, State.UNKNOWN: Action.ASK}
)


def require(old: State, new: State) -> None:
    """Raise IllegalMoveError unless `old` may become `new`."""
    if new not in MOVES[old]:
        raise IllegalMoveError(old, new)
