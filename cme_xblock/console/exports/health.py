"""Whether exports are made and programs are served: what `cme_doctor` says of this room."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from django.conf import settings

from cme_xblock.activity.message import N_, NP_, Message
from cme_xblock.console import api
from cme_xblock.console.exports import jobs
from cme_xblock.console.health.found import Found, State
from cme_xblock.records.models import ExportJob

__all__ = ["settings_of", "waiting"]

_PATIENCE = timedelta(hours=1)


def waiting(now: datetime) -> Iterator[Found]:
    """Whether somebody makes exports, and deletes them when their time is over."""
    old = ExportJob.objects.filter(state=ExportJob.State.WAITING, created_at__lte=now - _PATIENCE).count()
    if old:
        yield Found(State.BAD, Message(WAITING, {"count": str(old)}), Message(WAITING_FIX))
    over = ExportJob.objects.filter(expires_at__lte=now - timedelta(days=1)).exclude(state=ExportJob.State.EXPIRED)
    if over.exists():
        yield Found(State.BAD, Message(KEPT, {"count": str(over.count())}), Message(WAITING_FIX))


def settings_of(now: datetime) -> Iterator[Found]:
    """Whether the settings of exports can be used, and the API is there."""
    if not api.available():
        yield Found(State.LOOK, Message(api.MISSING), Message(API_FIX))
    jobs.days()
    for name, entry in (getattr(settings, "CME_EXPORT_FOLDERS", None) or {}).items():
        path = str(entry.get("path", "")) if isinstance(entry, Mapping) else ""
        if not os.path.isabs(path) or not os.path.isdir(path) or not os.access(path, os.W_OK | os.X_OK):
            yield Found(State.BAD, Message(FOLDER, {"name": str(name)}), Message(FOLDER_FIX))


WAITING = NP_(
    "{count} export has waited for more than an hour.", "{count} exports have waited for more than an hour."
)
KEPT = NP_(
    "{count} file of an export is kept longer than it may be.",
    "{count} files of exports are kept longer than they may be.",
)
WAITING_FIX = N_("Run `manage.py cme_export` every minute, or all the time with --loop.")
API_FIX = N_("Nothing has to be done where no program asks. Pages and files of exports work without it.")
FOLDER = N_("CME_EXPORT_FOLDERS.{name} is no absolute folder that the workers may write to.")
FOLDER_FIX = N_("Make the folder, give it to the user that runs the workers, and let nobody else read it.")
