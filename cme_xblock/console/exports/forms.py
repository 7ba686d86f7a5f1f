"""The form of one export: what can be chosen, what was chosen, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from cme_xblock.activity.message import N_, Message
from cme_xblock.console import pages
from cme_xblock.console.access import May, Visit
from cme_xblock.console.exports import columns, definition, folders, formats, jobs, permitted, presets, shown
from cme_xblock.console.exports.datasets import KINDS
from cme_xblock.console.exports.definition import ENDPOINT, OWN, Definition, DefinitionError
from cme_xblock.host import language
from cme_xblock.records.models import ActivityIndex
from cme_xblock.rules import credit_system, professions

__all__ = ["Form"]

_DAYS = ("since", "until")
# They take the permission for identified exports, and name nobody.
_NAMELESS = ("research", "closeout")
_LABELS: Mapping[str, str] = {
    "since": N_("From (day)"),
    "until": N_("To (day, included)"),
    "system": N_("Credit systems"),
    "profession": N_("Professions"),
    "standing": N_("Which claims"),
    "completed": N_("Completed"),
    "part": N_("Which part"),
    "state": N_("State of the delivery"),
    "endpoint": N_("Receivers"),
    "section": N_("Sections of the report"),
}
_HOLDS: Mapping[columns.Form, str] = {
    columns.Form.TEXT: N_("text"),
    columns.Form.DAY: N_("date"),
    columns.Form.INSTANT: N_("instant"),
    columns.Form.NUMBER: N_("decimal"),
    columns.Form.COUNT: N_("whole number"),
    columns.Form.FLAG: N_("yes or no"),
}


class Form:
    """One export as a form has it. `allowed`: the reader may export something of this kind."""

    def __init__(self, data: QueryDict, visit: Visit) -> None:
        self._data = data
        self._visit = visit
        self._preset = presets.PRESETS.get(data.get("preset", ""))
        self._kind = self._preset.kind if self._preset else data.get("kind", "")
        known = self._kind in KINDS or self._kind.startswith(ENDPOINT)
        wants = jobs.wants(Definition(self._kind, preset=self._preset.id if self._preset else ""))
        rows = permitted.activities(visit.reader, wants, now=visit.now) if known else []
        self._providers = permitted.providers(rows)
        chosen = data.get("provider", "")
        self.provider = chosen if chosen in self._providers else next(iter(self._providers), "")
        self._rows: list[ActivityIndex] = [one for one in rows if one.provider_key == self.provider]
        self.allowed = bool(self._rows) and chosen in ("", self.provider)

    @property
    def why(self) -> str:
        """What the export is for."""
        return str(self._data.get("why", "")).strip()

    @property
    def keeps(self) -> bool:
        """Whether it is to be kept, and not started."""
        return self._data.get("do") == "keep"

    @property
    def name(self) -> str:
        """Under which name."""
        return str(self._data.get("name", ""))

    @property
    def every(self) -> str:
        """How often it goes by itself."""
        return str(self._data.get("every", ""))

    @property
    def folder(self) -> str:
        """Where to, by name; empty for a mail."""
        return str(self._data.get("folder", ""))

    def given(self) -> Mapping[str, Any]:
        """What `definition.read` takes."""
        every = {name: self._data.getlist(name) for name in (*_LABELS, "columns", "activities") if name in self._data}
        if self._data.get("which") != "some":
            every.pop("activities", None)
        elif not every.get("activities"):
            text = N_("Choose at least one activity, or all of the provider's.")
            raise DefinitionError({"activities": Message(text)})
        if self._data.get("all_columns") == "yes":
            every.pop("columns", None)
        return {"kind": self._kind, "preset": self._data.get("preset", ""), "form": self._data.get("form", ""), **every}

    def shown(self, problems: Mapping[str, str]) -> dict[str, Any]:
        """The page's values."""
        say = language.current().gettext
        dataset = KINDS.get(self._kind)
        filters = self._filters(dataset.filters if dataset else (), problems)
        about = self._preset.about if self._preset else dataset.about if dataset else shown.FORMS[OWN]
        return {
            "title": shown.title_of(self._kind, self._preset.id if self._preset else ""),
            "about": say(about),
            "kind": self._kind,
            "preset": self._preset.id if self._preset else "",
            "providers": [{"key": key, "name": name, "chosen": key == self.provider}
                          for key, name in self._providers.items()] if len(self._providers) > 1 else [],
            "provider": self.provider,
            "provider_name": self._providers.get(self.provider, ""),
            "activities": self._activities(),
            "some": self._data.get("which") == "some",
            "days": [one for one in filters if "day" in one],
            "filters": [one for one in filters if "day" not in one],
            "forms": self._forms(),
            "columns": self._columns(),
            "fixed": bool(self._preset and self._preset.fixed),
            "identified": May.EXPORT in jobs.wants(Definition(self._kind)) and self._kind not in _NAMELESS,
            "folders": sorted(folders.known(self.provider)),
            "every": [{"value": value, "title": say(title), "chosen": value == self.every}
                      for value, title in shown.EVERY.items()],
            "given": {name: self._data.get(name, "") for name in ("why", "name", "folder")},
            "problems": [{"at": name, "text": text} for name, text in problems.items()],
            "wrong": problems,
            "problem": say(N_("Nothing was started. Correct what is marked.")) if problems else "",
            "action": pages.url("console-export-new"),
            "home": pages.url("console-exports"),
        }  # fmt: skip

    def _activities(self) -> list[dict[str, Any]]:
        chosen = set(self._data.getlist("activities"))
        return [
            {"key": one.activity_key, "title": one.title, "course": one.course_key, "language": one.language,
             "chosen": one.activity_key in chosen}
            for one in self._rows
        ]  # fmt: skip

    def _filters(self, names: Sequence[str], problems: Mapping[str, str]) -> list[dict[str, Any]]:
        say = language.current().gettext
        fixed = self._preset.filters if self._preset else {}
        first, last = presets.year(self._visit.now.date()) if self._preset and self._preset.yearly else ("", "")
        found: list[dict[str, Any]] = []
        for name in names:
            if name in fixed:
                continue
            one: dict[str, Any] = {"name": name, "label": say(_LABELS[name]), "wrong": problems.get(name, "")}
            if name in _DAYS:
                begun = first if name == "since" else last
                one |= {"day": True, "value": self._data.get(name, begun)}
            else:
                chosen = set(self._data.getlist(name))
                one["choices"] = [
                    {"value": code, "title": _named(name, code), "chosen": code in chosen}
                    for code in self._choices(name)
                ]
                one["chosen"] = len(chosen)
            found.append(one)
        return found

    def _choices(self, name: str) -> Sequence[str]:
        return list(permitted.receivers(self._rows)) if name == "endpoint" else definition.choices(name) or ()

    def _forms(self) -> list[dict[str, Any]]:
        say = language.current().gettext
        if self._kind not in KINDS:
            return []
        chosen = self._data.get("form", "csv_bom")
        return [
            {"value": one, "title": say(shown.FORMS[one]), "chosen": one == chosen}
            for one in sorted(formats.FORMS, key=list(shown.FORMS).index)
        ]

    def _columns(self) -> list[dict[str, Any]]:
        dataset, say = KINDS.get(self._kind), language.current().gettext
        chosen = set(self._data.getlist("columns"))
        return [
            {"name": one.name, "holds": say(_HOLDS[one.form]), "meaning": say(one.meaning), "personal": one.personal,
             "chosen": not chosen or one.name in chosen}
            for one in (dataset.columns if dataset else ())
        ]  # fmt: skip


def _named(name: str, code: str) -> str:
    """A code as people know it."""
    if name == "system":
        found = credit_system.load().get(code)
        return found.short_name if found else code
    if name == "profession":
        known = professions.load().get(code)
        return language.current().gettext(known.label) if known else code
    return language.current().gettext(_CODES.get(code, code))


_CODES = {
    "live": N_("Those that count"),
    "superseded": N_("Superseded by a correction"),
    "withdrawn": N_("Withdrawn"),
    "yes": N_("Completed"),
    "no": N_("Not completed"),
    "baseline": N_("Baseline"),
    "assessment": N_("Assessment"),
}
