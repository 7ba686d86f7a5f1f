"""A refusal: why something a learner sent was not accepted, as a value. Nothing in this room raises for bad input."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from cme_xblock.activity.message import Message


@dataclass(frozen=True)
class Refusal:
    """`code` for machines, `message` for the learner, `field` the id of the item or field it is about (or empty).

    `fields` has a message for each field where several are at fault at once.
    """

    code: str
    message: Message
    field: str = ""
    fields: Mapping[str, Message] = dataclasses.field(default_factory=dict)
