"""What is installed around us: fonts, time zones, and the names of settings."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

from cme_xblock.activity.message import N_, Message
from cme_xblock.console.health.found import Found, State
from cme_xblock.credit import pdf
from cme_xblock.settings import NAMES

_FONTS = (".ttf", ".otf", ".ttc")
# A zone that every table has, and the one that activities begin with.
_ZONES = ("UTC", "America/New_York")


def fonts(now: datetime) -> Iterator[Found]:
    """Whether certificates can be printed here, and whether the folders with fonts hold some."""
    if not pdf.is_available():
        yield Found(State.BAD, Message(NO_PRINTER), Message(NO_PRINTER_FIX))
    for folder in getattr(settings, "CME_FONT_PATHS", ()) or ():
        path = Path(str(folder))
        params = {"folder": str(folder)}
        try:
            there = path.is_dir() and any(one.suffix.lower() in _FONTS for one in path.rglob("*"))
        except OSError:
            there = False
        if not there:
            yield Found(State.LOOK, Message(NO_FONTS, params), Message(NO_FONTS_FIX))


def time(now: datetime) -> Iterator[Found]:
    """Whether instants have a zone, and zones are known: an activity expires at the end of a day in its own."""
    if not settings.USE_TZ:
        yield Found(State.BAD, Message(NO_TZ), Message(NO_TZ_FIX))
    for name in (*_ZONES, str(settings.TIME_ZONE)):
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            yield Found(State.BAD, Message(NO_ZONE, {"name": name}), Message(NO_ZONE_FIX))


def names(now: datetime) -> Iterator[Found]:
    """Settings that look like ours and are none: misspelt ones are silent otherwise."""
    for name in dir(settings):
        if name.startswith("CME_") and name.isupper() and name not in NAMES and not name.startswith("CME_DEMO_"):
            near = difflib.get_close_matches(name, NAMES, n=1)
            params = {"name": name, "near": near[0] if near else "docs/reference/settings.md"}
            yield Found(State.LOOK, Message(UNKNOWN, params), Message(UNKNOWN_FIX, params))


NO_PRINTER = N_("This process can print no PDF: typst is not installed, or it was forked after it had printed.")
NO_PRINTER_FIX = N_("Install the package typst; let servers fork before the first certificate is printed.")
NO_FONTS = N_("CME_FONT_PATHS: there are no fonts in {folder}.")
NO_FONTS_FIX = N_("Install them (Debian: fonts-noto-core, fonts-noto-cjk), or take the folder out of the setting.")
NO_TZ = N_("USE_TZ is False.")
NO_TZ_FIX = N_("Set USE_TZ = True, as Open edX does.")
NO_ZONE = N_("The time zone {name} is not known here.")
NO_ZONE_FIX = N_("Install the package tzdata, or correct TIME_ZONE.")
UNKNOWN = N_("{name} is no setting of this software.")
UNKNOWN_FIX = N_("Meant is perhaps {near}. Correct it, or take it away.")
