"""What the rules say of an activity, each finding at its field of the form, overridden ones apart."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.activity.shapes import Shape, shapes
from cme_xblock.host.language import Language
from cme_xblock.parts import overview, preview
from cme_xblock.rules.check import RULES
from cme_xblock.rules.finding import Finding, Severity
from cme_xblock.studio import layout

# The fields by which a finding may name one of several.
_NAMES = ("id", "system", "name", "company")
_STEP = re.compile(r"([a-z_0-9]+)(?:\[([^\]]*)\])?")
# What an override may name: a finding of the course, such as an id that is taken, is mended or goes away by itself.
_RULES = frozenset(one.code for one in RULES)
_ORDER = {Severity.BLOCK: 0, Severity.WARN: 1, Severity.AUDIT: 2}


@dataclass(frozen=True)
class Tally:
    """How many findings there are of each weight, in words."""

    block: int
    warn: int
    overridden: int
    words: str


def shown(language: Language, activity: Activity, found: Iterable[Finding]) -> list[dict[str, Any]]:
    """The findings for the page, gravest first; `at` is the path of the field, `section` where it stands."""
    gettext = language.gettext
    rows = []
    for one in found:
        path = path_of(activity, one.where)
        let = one.overridden
        rows.append(
            {
                "severity": "overridden" if let else one.severity.value,
                "label": gettext(OVERRIDDEN if let else preview.SEVERITIES[one.severity]),
                "message": one.message.format(gettext),
                "fix": one.fix.format(gettext),
                "source": one.source,
                "url": overview.web_address(one.source_url),
                "code": one.code,
                "where": one.where,
                "at": path,
                "section": gettext(layout.section_of(path).title),
                "reason": let.reason if let else "",
                "may_stand": one.severity is Severity.WARN and not let and one.code in _RULES,
                "order": (let is not None, _ORDER[one.severity]),
            }
        )
    return sorted(rows, key=lambda row: row["order"])


def tally(language: Language, rows: Iterable[dict[str, Any]]) -> Tally:
    """The count, as a sentence."""
    weights = [row["severity"] for row in rows]
    block, warn, let = (weights.count(one) for one in ("block", "warn", "overridden"))
    words = language.gettext(COUNT if block or warn else NOTHING).format(block=block, warn=warn)
    return Tally(block, warn, let, words)


def path_of(activity: Activity, where: str) -> str:
    """The form's path of a finding's place: `people[lee].relationships[0]` as `people.0.relationships.0`.

    As far as it goes: a place that is not there any more leads to what is around it.
    """
    value: Any = activity
    path: list[str] = []
    for name, key in _STEP.findall(where):
        shape = _shape(value, name)
        if shape is None:
            break
        path.append(name)
        value = getattr(value, name)
        if not shape.repeated:
            continue
        index = _index(value, key)
        if index is None:
            break
        path.append(str(index))
        value = value[index]
    return ".".join(path)


def _shape(value: Any, name: str) -> Shape | None:
    if not hasattr(type(value), "__dataclass_fields__"):
        return None
    return next((one for one in shapes(type(value)) if one.name == name), None)


def _index(members: tuple[Any, ...], key: str) -> int | None:
    for index, one in enumerate(members):
        if key and (one == key or key in [getattr(one, name, None) for name in _NAMES]):
            return index
    return int(key) if key.isdecimal() and len(key) < 6 and int(key) < len(members) else None


OVERRIDDEN = N_("Overridden")
COUNT = N_("Must be fixed: {block}. To check: {warn}.")
NOTHING = N_("Ready to open: no rule that is checked here finds anything that must be fixed.")
