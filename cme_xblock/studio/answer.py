"""What the author's page is told: a status and a JSON body, and what the block is to keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.parts.visit import Setting
from cme_xblock.studio.parse import Parsed


@dataclass(frozen=True)
class Answer:
    """A status and a JSON body; with an activity that the block is to keep, where there is one."""

    body: Mapping[str, Any]
    status: int = 200
    keep: Activity | None = None


def refusal(setting: Setting, message: str | Message, *, status: int = 400) -> Answer:
    """Why nothing was done: a marked English text, or a message."""
    told = message if isinstance(message, Message) else Message(message)
    return Answer({"error": {"message": told.format(setting.language.gettext), "fields": {}}}, status)


def unread(setting: Setting, parsed: Parsed) -> Answer:
    """What keeps a form from being read, each mistake at its field."""
    gettext = setting.language.gettext
    fields = {path: one.format(gettext) for path, one in parsed.errors.items()}
    message = parsed.problem or Message(UNREAD)
    return Answer({"error": {"message": message.format(gettext), "fields": fields}}, 400)


UNREAD = N_("Some fields can't be read. Correct them and try again; everything is still on this page.")
