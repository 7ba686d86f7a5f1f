"""The author's page: the form first, then the source, and what the rules say of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString

from cme_xblock.activity import canonical, olx
from cme_xblock.activity.canonical import ActivityError
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.pages import templating
from cme_xblock.parts import editions, preview
from cme_xblock.parts.visit import Setting
from cme_xblock.studio import choices, desk, pairing, turns
from cme_xblock.studio import findings as found_by
from cme_xblock.studio.conflict import Row
from cme_xblock.studio.form import Form
from cme_xblock.studio.layout import SECTIONS


def page(setting: Setting, data: Mapping[str, Any]) -> str:
    """The page with the stored activity's fields, findings and source."""
    try:
        activity = editions.described(data).activity if data else Activity()
    except ActivityError as error:
        # An empty page would invite its author to save over what may still be mended.
        broken = {"language": setting.language, "broken": error.message.format(setting.language.gettext)}
        return templating.render("studio_broken.html", broken)
    form = Form(setting.language, setting.prefix)
    gettext = setting.language.gettext
    base = canonical.sha256(activity) if data else ""
    turns.stands(setting, base)
    return templating.render(
        "studio.html",
        {
            "language": setting.language,
            "prefix": setting.prefix,
            "base": base,
            "sections": form.sections(activity),
            "templates": form.templates(),
            "links": [{"key": one.key, "title": gettext(one.title)} for one in SECTIONS],
            "suggestions": {name: offer() for name, offer in choices.SUGGESTIONS.items()},
            "source": olx.to_xml(activity),
            **_found(setting, activity),
        },
    )


def shown(setting: Setting, activity: Activity) -> dict[str, Any]:
    """The whole form of an activity that is not stored yet, and its findings."""
    return {"form": Form(setting.language, setting.prefix).sections(activity), **findings(setting, activity)}


def findings(setting: Setting, activity: Activity) -> dict[str, Any]:
    """The list of findings and the pairs with their advice, for a page that is there already."""
    values = {"language": setting.language, "prefix": setting.prefix, **_found(setting, activity)}
    return {
        "findings": templating.render("studio_findings.html", values),
        "pairs": templating.render("studio_pairs.html", values),
        "desk": values["desk"],
    }


def conflict(setting: Setting, rows: Sequence[Row]) -> SafeString:
    """What somebody else changed, with a choice for each."""
    return templating.render(
        "studio_conflict.html", {"language": setting.language, "prefix": setting.prefix, "rows": rows}
    )


def sentences(setting: Setting) -> dict[str, str]:
    """Translated sentences for the page's scripts."""
    return {name: setting.language.gettext(text) for name, text in _SENTENCES.items()}


def _found(setting: Setting, activity: Activity) -> dict[str, Any]:
    found = preview.judged(setting, editions.Described(canonical.sha256(activity), activity))
    rows = found_by.shown(setting.language, activity, found)
    return {
        "rows": rows,
        "desk": desk.newer(setting, activity),
        "tally": found_by.tally(setting.language, rows),
        "pairs": pairing.rows(setting.language, activity),
        "advice": pairing.remarks(setting.language, activity),
    }


_SENTENCES = {
    "saving": N_("Saving…"),
    "unsaved": N_("There are unsaved changes."),
    "added": N_("Added: {what}."),
    "removed": N_("Removed: {what}."),
    "moved": N_("Moved: {what}, now {number} of {total}."),
    "undo": N_("Undo"),
    "restored": N_("Back again: {what}."),
    "badDate": N_("This date is not complete. Type day, month and year, or clear it."),
    "toFix": N_("{number} to fix"),
    "toCheck": N_("{number} to check"),
    "next": N_("Next finding ({number} of {total})"),
    "checkAgain": N_("Check again"),
    "errors": N_("{number} to correct"),
    "none": N_("None yet."),
    "link": N_("Address of the link, beginning with https://"),
    "badLink": N_("A link begins with https:// or mailto:"),
    "formatting": N_("Formatting"),
    "merged": N_("Both changes are on the page now. Look, then save."),
    "loaded": N_("The form shows the other author's version."),
    "sourceRead": N_("The form shows the source now. Save to keep it."),
    "sourceShown": N_("The source of what is on this page, saved or not."),
    "working": N_("Working…"),
    "noFile": N_("Choose a file first."),
    "largeFile": N_("The file is larger than 10 MB. Split it, and import the parts one after the other."),
    "known": N_("(on this page already)"),
    "brought": N_("Added to the form: {number}. Save to keep them."),
    "renewed": N_("The form shows next year's activity. Save to keep it."),
    "noAnswer": N_("The server did not answer. Everything is still on this page; try again."),
}
