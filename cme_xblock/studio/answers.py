"""What the form's page asks of the server, and what it is told: a save, another's changes, the source of a page.

Nothing is stored here: an answer with an activity is kept by the block, whole or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cme_xblock.activity import canonical, olx
from cme_xblock.activity.canonical import ActivityError
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.activity.source import OlxError
from cme_xblock.parts import editions
from cme_xblock.parts.visit import Setting
from cme_xblock.studio import conflict, ids, page, turns, values
from cme_xblock.studio.answer import Answer, refusal, unread
from cme_xblock.studio.parse import parse


def save(setting: Setting, stored: Mapping[str, Any], data: Mapping[str, Any]) -> Answer:
    """The whole form: kept if it can be read and nobody else has changed the activity since `base`."""
    parsed = parse(data.get("values"))
    if parsed.activity is None:
        return unread(setting, parsed)
    base, activity = base_of(stored), ids.fill(parsed.activity)
    if data.get("base") != base or not turns.take(setting, base=base, new=canonical.sha256(activity)):
        return refusal(setting, CHANGED, status=409)
    return _kept(setting, activity, sent=data["values"])


def compare(setting: Setting, stored: Mapping[str, Any], data: Mapping[str, Any]) -> Answer:
    """What somebody else changed since this page was made, beside what is changed on it."""
    old, mine = parse(data.get("old")), parse(data.get("values"))
    if old.activity is None or mine.activity is None:
        return unread(setting, old if old.activity is None else mine)
    try:
        theirs = editions.described(stored).activity if stored else Activity()
    except ActivityError as error:
        return refusal(setting, error.message, status=409)
    take = data.get("take")
    if take == "theirs":
        return Answer({**page.shown(setting, theirs), "base": base_of(stored)})
    if take is None:
        rows = conflict.rows(old.activity, theirs, mine.activity, setting.language)
        return Answer({"html": page.conflict(setting, rows), "base": base_of(stored)})
    if not isinstance(take, dict) or data.get("base") != base_of(stored):
        return refusal(setting, CHANGED, status=409)
    mine_at = frozenset(path for path, whose in take.items() if whose == "mine")
    merged = conflict.merged(old.activity, theirs, mine.activity, mine_at=mine_at)
    return Answer({**page.shown(setting, merged), "base": base_of(stored)})


def source(setting: Setting, data: Mapping[str, Any]) -> Answer:
    """The OLX of what stands on the page, saved or not."""
    parsed = parse(data.get("values"))
    if parsed.activity is None:
        return unread(setting, parsed)
    return Answer({"source": olx.to_xml(parsed.activity)})


def from_source(setting: Setting, data: Mapping[str, Any]) -> Answer:
    """The form of an OLX text; nothing is stored before it is saved."""
    text = data.get("source")
    if not isinstance(text, str):
        return refusal(setting, NO_SOURCE)
    try:
        activity = olx.from_xml(text)
    except OlxError as error:
        refused = refusal(setting, Message("{problem}", {"problem": error.format(setting.language.gettext)}))
        return Answer({"error": {**refused.body["error"], "line": error.line}}, 400)
    return Answer(page.shown(setting, activity))


def check(setting: Setting, data: Mapping[str, Any]) -> Answer:
    """What the rules say of the page as it stands, without saving it."""
    parsed = parse(data.get("values"))
    if parsed.activity is None:
        return unread(setting, parsed)
    return Answer(page.findings(setting, ids.fill(parsed.activity)))


def base_of(stored: Mapping[str, Any]) -> str:
    """The name of what is stored: two pages with the same one were made from the same activity."""
    try:
        return editions.described(stored).sha256 if stored else ""
    except ActivityError:
        return "damaged"


def _kept(setting: Setting, activity: Activity, *, sent: Mapping[str, Any]) -> Answer:
    kept = values.of(activity)
    body = {
        "base": canonical.sha256(activity),
        "values": {path: value for path, value in kept.items() if sent.get(path) != value},
        "announce": setting.language.gettext(SAVED),
        **page.findings(setting, activity),
    }
    return Answer(body, keep=activity)


SAVED = N_("Saved.")
CHANGED = N_("Not saved: somebody else has saved this activity since you opened it. Look at what changed, and choose.")
NO_SOURCE = N_("Send the activity as OLX text in `source`.")
