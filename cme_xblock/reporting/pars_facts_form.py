"""What PARS asks of an activity beyond what its author wrote, as a form: for the command, and for a page. PURE.

`fields` names each fact with its codes; `written` gives the same as a TOML file with what was said so far, to be edited
and given back (`cme_pars_activity update --facts`). What is read back is `endpoints/pars_facts.parse`'s to judge.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cme_xblock.activity.message import N_, Message
from cme_xblock.reporting.endpoints import data, pars_facts
from cme_xblock.reporting.endpoints.pars_facts import Facts

__all__ = ["Asked", "fields", "written"]


@dataclass(frozen=True)
class Asked:
    """One fact. `choices`: codes with PARS' own words, {} for free text; `form`: text, texts, truth, table, tables.

    `parts`: of a table, the facts in it.
    """

    name: str
    label: Message
    form: str
    choices: Mapping[str, str]
    parts: tuple[Asked, ...] = ()


def fields(wire: Mapping[str, Any] | None = None) -> tuple[Asked, ...]:
    """All facts, in the order of the portal. `wire`: the endpoint's, with its own words; ours without it."""
    words = wire if wire is not None else data.merged("pars_activities", {})
    country = _one("country", N_("Country, by three ISO letters"))
    place = (_one("city", N_("City")), _one("state", N_("State, by two letters")), country)
    measured = (
        _one("outcome", N_("What was measured"), choices=words["outcomes"]),
        _one("types", N_("How it was measured"), "texts", words["measurement"]),
    )
    board = (
        _one("board", N_("Board"), choices={code: str(one["name"]) for code, one in words["board"].items()}),
        _one("practice_areas", N_("Practice areas, in the board's words"), "texts"),
        _one("attested", N_("The board's attestation was given"), "truth"),
    )
    pharmacy = words["pharmacy"]
    uan = (
        _one("type", N_("Type"), choices=dict.fromkeys(pharmacy["types"], "")),
        _one("topic", N_("Topic"), choices=dict.fromkeys(pharmacy["topics"], "")),
        _one("sequence", N_("Sequence number, 1 to 9999"), "number"),
        _one("uan_pharmacist", N_("UAN for pharmacists")),
        _one("uan_technician", N_("UAN for technicians")),
    )
    return (
        _one("delivery", N_("How it is delivered"), "texts", words["delivery"]),
        _one("location", N_("Where it takes place"), "table", parts=place),
        _one("public", N_("Whether CME Passport shows it"), "truth"),
        _one("fee", N_("Fee"), choices=words["fee"]),
        _one("registration", N_("Who may register"), choices=words["registration"]),
        _one("url", N_("The page that learners register on")),
        _one("outcomes", N_("Outcomes that were measured"), "tables", parts=measured),
        _one("commendations", N_("Commendation criteria"), "texts"),
        _one("mips", N_("Improvement activity for MIPS"), "truth"),
        _one("moc", N_("What boards ask for their points"), "tables", parts=board),
        _one("content_areas", N_("Content areas"), "texts"),
        _one("rems_type", N_("REMS"), choices=words["rems"]),
        _one("rems_id", N_("Identifier of the REMS")),
        _one(
            "state_content",
            N_("Content that a state requires"),
            "tables",
            parts=(_one("domain", N_("State or domain")), _one("topic", N_("Topic"))),
        ),
        _one("interprofessional", N_("Interprofessional continuing education"), "truth"),
        _one("pharmacy", N_("Pharmacy education"), "table", parts=uan),
    )


def written(facts: Facts, endpoint: str, wire: Mapping[str, Any] | None = None) -> str:
    """A TOML file with what was said; what nobody has said stands there as a comment, with the codes that there are."""
    said = pars_facts.to_data(facts)
    plain = [one for one in fields(wire) if one.form not in ("table", "tables")]
    nested = [one for one in fields(wire) if one.form in ("table", "tables")]
    lines = [
        f"## What {endpoint} is told of this activity beside what its author wrote.",
        "## Take the # away from a line that you can fill in; lines with ## only explain.",
    ]
    for one in plain:
        lines += ["", *_said(one, said)]
    for one in nested:
        lines += ["", *_table(one, said.get(one.name))]
    return "\n".join(lines) + "\n"


def _one(
    name: str,
    label: str,
    form: str = "text",
    choices: Mapping[str, str] | None = None,
    parts: tuple[Asked, ...] = (),
) -> Asked:
    return Asked(name, Message(label), form, dict(choices or {}), parts)


def _said(one: Asked, said: Mapping[str, Any]) -> list[str]:
    codes = f" ({', '.join(one.choices)})" if one.choices else ""
    if one.name in said:
        return [f"## {one.label.text}{codes}", f"{one.name} = {_value(said[one.name])}"]
    empty = {"texts": "[]", "truth": "false", "number": "1"}.get(one.form, '""')
    return [f"## {one.label.text}{codes}", f"# {one.name} = {empty}"]


def _table(one: Asked, said: Any) -> list[str]:
    rows = said if isinstance(said, list) else [said] if said else []
    heading = f"[[{one.name}]]" if one.form == "tables" else f"[{one.name}]"
    lines = [f"## {one.label.text}"]
    for row in rows:
        lines.append(heading)
        for part in one.parts:
            lines += _said(part, {key: value for key, value in row.items() if value not in ("", [], (), 0)})
    if not rows:
        lines.append(f"# {heading}")
        for part in one.parts:
            lines += _said(part, {})
    return lines


def _value(value: Any) -> str:
    """A string of TOML is one of JSON, as long as it stands on one line, and so are truths and lists of strings."""
    return json.dumps(value, ensure_ascii=False)
