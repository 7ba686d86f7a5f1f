"""Words and controls for the sessions of a live activity."""

from __future__ import annotations

from collections.abc import Mapping

from cme_xblock.activity import sessions
from cme_xblock.activity.message import N_
from cme_xblock.studio.described import Field, Widget

_SESSION: Mapping[str, Field] = {
    "title": Field(N_("Title"), Widget.LINE, N_("Learners read it where they enter the code.")),
    "start": Field(N_("Begins"), Widget.MOMENT, N_("In the activity's time zone.")),
    "end": Field(N_("Ends"), Widget.MOMENT, N_("Credit can be claimed from then on.")),
    "minutes": Field(
        N_("Minutes that count"),
        Widget.WHOLE,
        N_("Only where fewer count than lie between begin and end without the breaks. Empty: all of those."),
    ),
    "breaks": Field(
        N_("Breaks"),
        Widget.MEMBERS,
        N_("Pauses carry no credit (AMA: only certified segments count)."),
        noun=N_("break"),
        naming="start",
    ),
    "presenters": Field(
        N_("Presenters"),
        Widget.TICKS,
        N_("Who teaches a session gets no learner's credit for it (AMA)."),
        choices="people",
    ),
    "code": Field(
        N_("Code for attendance"),
        Widget.LINE,
        N_("Six characters or more, said in the room and nowhere else. Empty: attendance by roster only."),
    ),
    "code_minutes": Field(
        N_("Minutes after the end in which the code is taken"), Widget.WHOLE, N_("15 when left as it is.")
    ),
    "id": Field(N_("Id"), Widget.LINE, N_("Made by itself when empty.")),
}

TABLES: Mapping[type, Mapping[str, Field]] = {
    sessions.Session: _SESSION,
    sessions.Break: {
        "start": Field(N_("Begins"), Widget.MOMENT),
        "end": Field(N_("Ends"), Widget.MOMENT),
    },
}
