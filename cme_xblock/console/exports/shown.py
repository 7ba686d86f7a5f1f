"""What the pages of exports show: offers, lines and progress, in the reader's words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.template.defaultfilters import filesizeformat
from django.utils import formats, timezone

from cme_xblock.activity.message import N_, Message
from cme_xblock.console import pages
from cme_xblock.console.access import May, Visit
from cme_xblock.console.exports import definition, permitted, presets
from cme_xblock.console.exports.datasets import KINDS
from cme_xblock.console.exports.definition import ENDPOINT, DefinitionError
from cme_xblock.host import language
from cme_xblock.records.models import ExportJob, SavedExport
from cme_xblock.reporting import config

__all__ = ["FORMS", "job", "kept", "line", "offers", "progress", "title_of"]

State = ExportJob.State
FORMS: Mapping[str, str] = {
    "csv_bom": N_("CSV for spreadsheets (with the mark by which they know UTF-8)"),
    "csv": N_("CSV for programs"),
    "xlsx": N_("Excel workbook (XLSX)"),
    "jsonl": N_("JSON Lines"),
    "own": N_("The receiver's own form"),
}
STATES: Mapping[str, tuple[str, str]] = {
    State.WAITING: (N_("Waiting"), "soon"),
    State.RUNNING: (N_("Being made"), "soon"),
    State.DONE: (N_("Ready"), "good"),
    State.FAILED: (N_("Failed"), "bad"),
    State.CANCELLED: (N_("Cancelled"), "none"),
    State.EXPIRED: (N_("File deleted"), "none"),
}
EVERY = {"": N_("when you start it"), "day": N_("every day"), "week": N_("every week"), "month": N_("every month")}


def offers(visit: Visit) -> list[dict[str, Any]]:
    """What this reader may export, in three groups; a group of which nothing is permitted is left out."""
    has = {what: bool(permitted.activities(visit.reader, [what], now=visit.now)) for what in
           (May.EXPORT, May.EXPORT_AGGREGATE, May.AUDIT_FILE)}  # fmt: skip
    say = language.current().gettext
    ready = [
        {"title": say(one.title), "about": say(one.about), "address": _new(preset=one.id)}
        for one in presets.PRESETS.values()
        if all(has[what] for what in one.may)
    ]
    own = [
        {"title": say(one.title), "about": say(one.about), "address": _new(kind=one.id)}
        for one in KINDS.values()
        if has[one.may] and one.id not in ("research", "closeout")
    ]
    files = [
        {
            "title": one.config.label,
            "about": Message(N_("What is owed to {name} and has not left, in its own form."),
                             {"name": one.config.label}).format(say),
            "address": _new(kind=ENDPOINT + one.config.name),
        }
        for one in permitted.receivers(permitted.activities(visit.reader, [May.EXPORT], now=visit.now)).values()
    ]  # fmt: skip
    groups = (
        ("ready", N_("For a purpose"), ready),
        ("own", N_("Rows to choose"), own),
        ("files", N_("Receivers' own files"), files),
    )
    return [{"id": id_, "title": say(title), "offers": some} for id_, title, some in groups if some]


def title_of(kind: str, preset: str = "") -> str:
    """What an export is called, in the reader's language."""
    say = language.current().gettext
    if preset in presets.PRESETS:
        return say(presets.PRESETS[preset].title)
    if kind in KINDS:
        return say(KINDS[kind].title)
    found = config.endpoints().get(kind.removeprefix(ENDPOINT))
    return found.config.label if found else kind


def line(one: ExportJob) -> dict[str, Any]:
    """One export in a list."""
    say = language.current().gettext
    state, mark = STATES[State(one.state)]
    return {
        "title": title_of(one.kind, _preset(one)),
        "address": pages.url("console-export", uuid=one.uuid),
        "begun": _when(one.created_at),
        "state": say(state),
        "mark": mark,
        "rows": formats.number_format(one.rows) if one.state == State.DONE else "",
        "until": formats.date_format(timezone.localtime(one.expires_at)) if one.state == State.DONE else "",
    }


def kept(one: SavedExport) -> dict[str, Any]:
    """One kept export."""
    say = language.current().gettext
    found = _definition(one.definition)
    return {
        "name": one.name,
        "what": title_of(found.kind, found.preset) if found else "",
        "when": say(EVERY.get(one.every, "")),
        "to": one.folder or (say(N_("link by mail")) if one.every else ""),
        "next": _when(one.next_at) if one.next_at else "",
        "trouble": one.trouble,
        "start": pages.url("console-export-again", uuid=one.uuid),
        "delete": pages.url("console-export-delete", uuid=one.uuid),
    }


def progress(one: ExportJob) -> dict[str, Any]:
    """How far it is: `percent` of 100, and the sentence that says so."""
    say = language.current().gettext
    percent = 100 if one.state == State.DONE else min(99, one.done * 100 // one.total) if one.total else 0
    numbers = {"done": formats.number_format(one.done), "total": formats.number_format(one.total),
               "rows": formats.number_format(one.rows), "size": _size(one.size)}  # fmt: skip
    texts = {
        State.WAITING: N_("It waits for a worker; usually that takes a minute."),
        State.RUNNING: N_("{done} of {total} learners done, {rows} rows so far."),
        State.DONE: N_("Ready: {rows} rows, {size}."),
        State.FAILED: N_("It could not be made."),
        State.CANCELLED: N_("It was cancelled, and its file is gone."),
        State.EXPIRED: N_("Its file was deleted: its time is over, or a learner in it left the platform."),
    }
    return {
        "state": one.state,
        "percent": percent,
        "said": Message(texts[State(one.state)], numbers).format(say),
        "open": one.state in (State.WAITING, State.RUNNING),
        "ready": one.state == State.DONE,
    }


def job(one: ExportJob) -> dict[str, Any]:
    """The page of one export."""
    say = language.current().gettext
    found = _definition(one.definition)
    left_out = json.loads(one.place).get("left_out", {}) if one.state == State.DONE else {}
    state, mark = STATES[State(one.state)]
    return {
        "title": title_of(one.kind, found.preset if found else ""),
        "now": progress(one),
        "state": say(state),
        "mark": mark,
        "form": say(FORMS.get(one.form, one.form)),
        "begun": _when(one.created_at),
        "until": _when(one.expires_at),
        "why": one.why,
        "trouble": one.trouble,
        "activities": len(json.loads(one.activities)),
        "filters": [{"name": name, "value": value if isinstance(value, str) else ", ".join(value)}
                    for name, value in (found.filters if found else {}).items()],
        "left_out": [{"reason": name, "count": number} for name, number in sorted(left_out.items())],
        "sha256": one.sha256,
        "identified": one.identified,
        "file": pages.url("console-export-file", uuid=one.uuid),
        "columns": pages.url("console-export-columns", uuid=one.uuid) if found and found.dataset else "",
        "cancel": pages.url("console-export-cancel", uuid=one.uuid),
        "status": pages.url("console-export-status", uuid=one.uuid),
        "home": pages.url("console-exports"),
    }  # fmt: skip


def _new(**query: str) -> str:
    return f"{pages.url('console-export-new')}?{urlencode(query)}"


def _definition(text: str) -> definition.Definition | None:
    try:
        return definition.loads(text)
    except DefinitionError:
        return None


def _preset(one: ExportJob) -> str:
    return str(json.loads(one.definition).get("preset", ""))


def _when(at: Any) -> str:
    return str(formats.date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT"))


def _size(number: int) -> str:
    return str(filesizeformat(number)).replace("\xa0", " ")
