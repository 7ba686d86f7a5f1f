"""One finding on the installation's health."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cme_xblock.activity.message import Message


class State(StrEnum):
    """How it stands, the better first."""

    WELL = "well"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True)
class Found:
    """What is not well, and what to do. Never with a secret, an address of a person, or a learner."""

    state: State
    said: Message
    do: Message
