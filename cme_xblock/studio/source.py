"""The activity as OLX source, saved whole, with the findings beside their lines: for scripts and for repair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cme_xblock.activity import canonical, lines, olx
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.activity.source import LARGEST, OlxError
from cme_xblock.activity.source import parse as parse_source
from cme_xblock.pages import templating
from cme_xblock.parts import editions, preview
from cme_xblock.parts.visit import Setting

# The largest activity that can be read, and what JSON puts around its quotes and line ends.
MAX_BODY = 2 * LARGEST


@dataclass(frozen=True)
class Saved:
    """What became of a source: the activity to keep, or None, and the JSON answer."""

    activity: Activity | None
    answer: dict[str, Any]


def parse(setting: Setting, data: Mapping[str, Any]) -> Saved:
    """The activity in a request's `source`, with its findings; or what keeps it from being read, and the line."""
    source = data.get("source")
    if not isinstance(source, str):
        return Saved(None, {"message": setting.language.gettext(NO_SOURCE), "fields": {}, "line": None})
    try:
        activity = olx.from_xml(source)
    except OlxError as error:
        message = error.format(setting.language.gettext)
        return Saved(None, {"message": message, "fields": {}, "line": error.line})
    findings = _findings(setting, activity, source)
    html = templating.render("findings.html", {"language": setting.language, "findings": findings})
    return Saved(activity, {"saved": True, "html": html, "announce": setting.language.gettext(SAVED)})


def _findings(setting: Setting, activity: Activity, source: str) -> list[dict[str, Any]]:
    found = preview.judged(setting, editions.Described(canonical.sha256(activity), activity))
    root = parse_source(source)
    shown = preview.shown_findings(setting, found)
    with_lines = [{**one, "line": lines.line_of(root, one["where"])} for one in shown]
    return sorted(with_lines, key=lambda one: (one["severity"] != "block", one["line"] or 0))


NO_SOURCE = N_("Send the activity as OLX text in `source`.")
SAVED = N_("Saved.")
