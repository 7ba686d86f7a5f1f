"""A refusal: why something a learner sent was not accepted, as a value. Nothing in this room raises for bad input."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from cme_xblock.activity.message import N_, Message


@dataclass(frozen=True)
class Refusal:
    """`code` for machines, `message` for the learner, `field` the id of the item or field it is about (or empty).

    `fields` has a message for each field where several are at fault at once.
    """

    code: str
    message: Message
    field: str = ""
    fields: Mapping[str, Message] = dataclasses.field(default_factory=dict)

    @property
    def faults(self) -> Mapping[str, Message]:
        """Every field at fault with its own sentence, one or many."""
        return self.fields or {self.field: self.message}


def incomplete(faults: Mapping[str, Message], *, code: str = "incomplete") -> Refusal:
    """The refusal of a form with faults in several fields, each with its own sentence: nobody sends once for each."""
    text = N_("Answers missing or not understood: {count}. Each is marked below. Nothing was recorded yet.")
    return Refusal(code, Message(text, {"count": str(len(faults))}), fields=faults)


def first_or_all(faults: Mapping[str, Message], *, code: str) -> Refusal:
    """Likewise; the only fault is said by its own sentence."""
    if len(faults) > 1:
        return incomplete(faults, code=code)
    [(field, message)] = faults.items()
    return Refusal(code, message, field=field)
