"""A name as it is to stand on a certificate. Source: spec part 7, cases 10 and 11."""

from __future__ import annotations

import re

from cme_xblock.activity.message import N_, Message

NAME_LENGTH = 200
# Persian and Indic names are not spelt right without joiners: one of them, behind a letter or mark beyond Latin.
_JOINER = re.compile("(?<=[\u0590-\u1fff])[\u200c\u200d]")


def certified(typed: object) -> str | Message:
    """The typed name with its spaces in order, or what to do about it.

    No character that nobody sees may stand in it: such a one could turn the direction of what follows.
    """
    name = " ".join(typed.split()) if isinstance(typed, str) else ""
    if not name:
        return Message(N_("Type your name as it should stand on the certificate."))
    if len(name) > NAME_LENGTH or not _JOINER.sub("", name).isprintable():
        return Message(N_("This name cannot be printed: use letters, spaces and up to 200 characters."))
    return name
