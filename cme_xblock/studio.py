"""The author's page: the activity as OLX source, both ways, with the findings beside their lines.

The form for people who are no programmers comes in front of this one; the source stays, for review and repair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cme_xblock.activity import canonical, lines, olx
from cme_xblock.activity.canonical import ActivityError
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.activity.source import LARGEST, OlxError
from cme_xblock.activity.source import parse as parse_source
from cme_xblock.parts import editions, preview, templating
from cme_xblock.parts.visit import Setting

# The largest activity that can be read, and what JSON puts around its quotes and line ends.
MAX_BODY = 2 * LARGEST


@dataclass(frozen=True)
class Saved:
    """What became of a source: the activity to keep, or None, and the JSON answer."""

    activity: Activity | None
    answer: dict[str, Any]


def page(setting: Setting, data: Mapping[str, Any]) -> str:
    """The page with the stored activity's source and findings."""
    try:
        activity = editions.described(data).activity if data else Activity()
    except ActivityError as error:
        # An empty page would invite its author to save over what may still be mended.
        broken = {"language": setting.language, "broken": error.message.format(setting.language.gettext)}
        return templating.render("studio_broken.html", broken)
    source = olx.to_xml(activity)
    return templating.render(
        "studio.html",
        {
            "language": setting.language,
            "prefix": setting.prefix,
            "source": source,
            "findings": _findings(setting, activity, source),
        },
    )


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


def sentences(setting: Setting) -> dict[str, str]:
    """Translated sentences for the page's script."""
    gettext = setting.language.gettext
    return {"saving": gettext(SAVING), "saved": gettext(SAVED), "failed": gettext(FAILED), "unsaved": gettext(UNSAVED)}


def _findings(setting: Setting, activity: Activity, source: str) -> list[dict[str, Any]]:
    found = editions.findings(editions.Described(canonical.sha256(activity), activity), now=setting.now)
    root = parse_source(source)
    shown = preview.shown_findings(setting, found)
    with_lines = [{**one, "line": lines.line_of(root, one["where"])} for one in shown]
    return sorted(with_lines, key=lambda one: (one["severity"] != "block", one["line"] or 0))


NO_SOURCE = N_("Send the activity as OLX text in `source`.")
SAVED = N_("Saved.")
SAVING = N_("Saving…")
FAILED = N_("Not saved: the server did not answer. The text is still here; try again.")
UNSAVED = N_("The source has unsaved changes.")
