"""Who the learner is to a licensing board: parsed from what they typed, with a reason for everything refused. PURE.

Source: ACCME learner credit data; spec pars 3.2, R-1.18, R-6.3. Names as on the licence, month and day of birth (the
year is refused wherever it turns up), and an NPI or a state licence. What comes in is hostile until it was parsed here.

An `Identity` never shows its values in `repr`, so that a traceback or an error report can't carry them away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cme_xblock.activity.message import N_, Message
from cme_xblock.reporting import identifiers
from cme_xblock.reporting.identifiers import (
    BIRTH_MONTH_DAY,
    FAMILY_NAME,
    GIVEN_NAME,
    LICENCE_NUMBER,
    LICENCE_STATE,
    NPI,
    Refused,
    npi_is_valid,
)

__all__ = [
    "BIRTH_MONTH_DAY",
    "FAMILY_NAME",
    "GIVEN_NAME",
    "KINDS",
    "LICENCE_NUMBER",
    "LICENCE_STATE",
    "NPI",
    "Identity",
    "Refused",
    "from_kinds",
    "npi_is_valid",
    "parse",
]

KINDS = (GIVEN_NAME, FAMILY_NAME, BIRTH_MONTH_DAY, NPI, LICENCE_STATE, LICENCE_NUMBER)


@dataclass(frozen=True, repr=False)
class Identity:
    """One person as licensing boards know them. `birth_month` 1 to 12, `birth_day` a real day of it; never a year.

    Either `npi`, or `licence_state` with `licence_number`, or both; what is not there is an empty string.
    """

    given_name: str
    family_name: str
    birth_month: int
    birth_day: int
    npi: str = ""
    licence_state: str = ""
    licence_number: str = ""

    def __repr__(self) -> str:
        return "Identity(not shown)"

    def to_kinds(self) -> dict[str, str]:
        """The identity as the vault keeps it: one string per kind of `KINDS`, without the empty ones."""
        birth = f"{self.birth_month:02d}-{self.birth_day:02d}"
        all_kinds = {name: getattr(self, name) for name in KINDS if name != BIRTH_MONTH_DAY} | {BIRTH_MONTH_DAY: birth}
        return {name: value for name, value in all_kinds.items() if value}


def parse(data: Mapping[str, object]) -> Identity | dict[str, Message]:
    """The identity that a form or a JSON document gives, or a message for each field that can't be taken.

    Keys: given_name, family_name, birth_month_day ("MM/DD", "MM-DD" or "MMDD") or birth_month with birth_day, npi,
    licence_state, licence_number. Other keys are ignored, unless they bring a year of birth: that is refused.
    Messages are keyed by the names in `KINDS`.
    """
    problems: dict[str, Message] = {}
    values: dict[str, str] = {}
    for name, reader in (
        (GIVEN_NAME, identifiers.name),
        (FAMILY_NAME, identifiers.name),
        (NPI, identifiers.npi),
        (LICENCE_STATE, identifiers.state),
        (LICENCE_NUMBER, identifiers.licence),
    ):
        try:
            values[name] = reader(data.get(name, ""))
        except Refused as refused:
            problems[name] = refused.message
    month, day = 0, 0
    try:
        month, day = _birth(data)
    except Refused as refused:
        problems[BIRTH_MONTH_DAY] = refused.message
    problems = _missing(values, problems) | problems
    if problems:
        return problems
    return Identity(birth_month=month, birth_day=day, **values)


def from_kinds(kinds: Mapping[str, str]) -> Identity | None:
    """The identity that the vault's values make up, or None while they are not complete."""
    parsed = parse({name: kinds.get(name, "") for name in KINDS})
    return parsed if isinstance(parsed, Identity) else None


def _missing(values: Mapping[str, str], problems: Mapping[str, Message]) -> dict[str, Message]:
    found: dict[str, Message] = {}
    if values.get(GIVEN_NAME) == "":
        found[GIVEN_NAME] = Message(N_("Give your first name as it is on your licence."))
    if values.get(FAMILY_NAME) == "":
        found[FAMILY_NAME] = Message(N_("Give your last name as it is on your licence."))
    state, number = values.get(LICENCE_STATE), values.get(LICENCE_NUMBER)
    if number and state == "":
        found[LICENCE_STATE] = Message(N_("Choose the state that issued this licence."))
    if state and number == "":
        found[LICENCE_NUMBER] = Message(N_("Give the number of this licence, or leave the state empty."))
    if values.get(NPI) == "" and state == "" and number == "" and not {LICENCE_STATE, LICENCE_NUMBER} & set(problems):
        found[NPI] = Message(N_("Give your NPI, or your state licence: boards find you by one of them."))
    return found


def _birth(data: Mapping[str, object]) -> tuple[int, int]:
    if identifiers.year_given(data):
        raise Refused(identifiers.YEAR)
    whole = _part(data, "birth_month_day")
    parts = [_part(data, name) for name in ("birth_month", "birth_day")]
    if not whole and not any(parts):
        raise Refused(Message(N_("Give the month and day of your birth, for example 05/17.")))
    if any(re.search(r"[0-9]{3}", part) for part in parts):
        raise Refused(identifiers.YEAR)
    return identifiers.real_day(whole or "/".join(parts))


def _part(data: Mapping[str, object], name: str) -> str:
    return identifiers.text(identifiers.as_text(data.get(name)))
