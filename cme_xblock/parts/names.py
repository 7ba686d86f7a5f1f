"""A name as it is to stand on a certificate."""

from __future__ import annotations

from cme_xblock.activity.message import N_, Message

NAME_LENGTH = 200


def certified(typed: object) -> str | Message:
    """The typed name with its spaces in order, or what to do about it."""
    name = " ".join(typed.split()) if isinstance(typed, str) else ""
    if not name:
        return Message(N_("Type your name as it should stand on the certificate."))
    if len(name) > NAME_LENGTH or not all(char.isprintable() for char in name):
        return Message(N_("This name cannot be printed: use letters, spaces and up to 200 characters."))
    return name
