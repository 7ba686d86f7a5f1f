"""Credit systems: profiles of one kind of credit each, read from `systems/*.toml`. Data, never code.

Knows units, steps, who may claim and which texts go with it; knows no activity and no learner. A system whose rules
change gets a second file with the same code and a later `effective_from`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache, lru_cache
from types import MappingProxyType
from typing import Any

from cme_xblock.activity.codes import Format
from cme_xblock.activity.model import Activity
from cme_xblock.rules import data, professions, texts
from cme_xblock.rules.calendar import edition_day

EVERYONE = "*"


class Rounding(StrEnum):
    """How minutes become credit."""

    NEAREST_HALF_UP = "nearest_half_up"
    DOWN = "down"


@dataclass(frozen=True)
class CreditSystem:
    """One kind of credit. Amounts are Decimal in `unit`; `unit_minutes` is how many minutes one unit stands for.

    `professions` holds codes of `professions.toml`, or EVERYONE. `fallback_for` names the systems whose offering opens
    this one to whoever can't claim theirs. `designation`, `attestation`, `certificate` are keys of `texts/*.toml`.
    """

    code: str
    name: str
    name_one: str
    name_many: str
    short_name: str
    unit: str
    unit_minutes: int
    increment: Decimal
    minimum: Decimal
    rounding: Rounding
    partial: bool
    professions: tuple[str, ...]
    fallback_for: tuple[str, ...]
    identifiers: tuple[str, ...]
    needs_assessment_for: tuple[str, ...]
    designation: str
    attestation: str
    certificate: str
    effective_from: date
    effective_to: date | None
    source: str
    source_url: str
    confidence: str

    def accepts(self, profession: str) -> bool:
        """Whether a person of that profession may claim. An unknown profession may claim nothing."""
        return profession in professions.load() and (EVERYONE in self.professions or profession in self.professions)


_AMA_AWARD = "AMA PRA Category 1 Credit"
_KEYS = frozenset(CreditSystem.__dataclass_fields__)
_FORMATS = frozenset(one.value for one in Format)


@lru_cache(maxsize=256)
def load(on: date | None = None) -> Mapping[str, CreditSystem]:
    """The credit systems by code: as in effect on a civil date; for None the newest of each, also of those that ended.

    Raises data.DataError, naming file, key and reason, when a file is wrong.
    """
    return MappingProxyType(in_effect(_versions(), on))


def for_activity(activity: Activity) -> Mapping[str, CreditSystem]:
    """The credit systems as in effect at the activity's last review, so that one edition always offers the same."""
    return load(edition_day(activity))


def in_effect(versions: Iterable[CreditSystem], on: date | None) -> dict[str, CreditSystem]:
    """Of several versions of a code the last that took effect by that day; the first for a day before all of them."""
    result: dict[str, CreditSystem] = {}
    for one in sorted(versions, key=lambda system: system.effective_from):
        if on is None or one.effective_from <= on or one.code not in result:
            result[one.code] = one
    return {
        code: one for code, one in result.items() if on is None or one.effective_to is None or on <= one.effective_to
    }


@cache
def _versions() -> tuple[CreditSystem, ...]:
    found: list[CreditSystem] = []
    for file, content in data.read_folder("systems"):
        one = parse(file, content)
        if any((one.code, one.effective_from) == (other.code, other.effective_from) for other in found):
            raise data.DataError(file, "effective_from", f"is the same day in another file of {one.code!r}")
        found.append(one)
    codes = {one.code for one in found}
    for one in found:
        for code in one.fallback_for:
            if code not in codes:
                raise data.DataError(f"systems/ ({one.code})", "fallback_for", f"there is no system {code!r}")
    return tuple(found)


def parse(file: str, content: dict[str, Any]) -> CreditSystem:
    """The credit system of one file's content; raises data.DataError when it is wrong."""
    read = data.table(file, content, keys=_KEYS)
    one = CreditSystem(
        code=read.filled("code"),
        name=read.filled("name"),
        name_one=read.filled("name_one"),
        name_many=read.filled("name_many"),
        short_name=read.filled("short_name"),
        unit=read.filled("unit"),
        unit_minutes=read.whole("unit_minutes"),
        increment=read.decimal("increment"),
        minimum=read.decimal("minimum"),
        rounding=Rounding(read.one_of("rounding", frozenset(Rounding))),
        partial=read.truth("partial"),
        professions=read.texts("professions"),
        fallback_for=read.texts("fallback_for"),
        identifiers=read.texts("identifiers"),
        needs_assessment_for=read.texts("needs_assessment_for"),
        designation=read.text("designation"),
        attestation=read.filled("attestation"),
        certificate=read.filled("certificate"),
        effective_from=read.day("effective_from"),
        effective_to=read.day_or_none("effective_to"),
        source=read.filled("source"),
        source_url=read.text("source_url"),
        confidence=read.one_of("confidence", texts.CONFIDENCE),
    )
    _check(read, one)
    return one


def _check(read: data.Table, one: CreditSystem) -> None:
    if one.minimum % one.increment:
        raise read.error("minimum", f"must be a multiple of the increment {one.increment}")
    if one.effective_to is not None and one.effective_to < one.effective_from:
        raise read.error("effective_to", "must not lie before effective_from")
    if not one.professions:
        raise read.error("professions", f'must name at least one profession, or "{EVERYONE}" for all')
    for code in one.professions:
        if code != EVERYONE and code not in professions.load():
            raise read.error("professions", f"{code!r} is not in professions.toml")
    for code in one.needs_assessment_for:
        if code not in _FORMATS:
            raise read.error("needs_assessment_for", f"{code!r} is not a format")
    wanted = {
        "designation": (one.designation,) if one.designation else (),
        "attestation": (f"{one.attestation}_shown", f"{one.attestation}_recorded"),
        "certificate": (one.certificate,),
    }
    for key, names in wanted.items():
        for name in names:
            if name not in texts.load():
                raise read.error(key, f"there is no text {name!r} in texts/")
    _check_award(read, one)


def _check_award(read: data.Table, one: CreditSystem) -> None:
    """AMA PRA credit is awarded to physicians only, whatever a profile says. Source: spec R-2.8; part 7, case 15."""
    everyone = professions.load()
    if all(code in everyone and everyone[code].physician for code in one.professions):
        return
    for version in texts.load()[one.certificate]:
        printed = f"{version.text} {one.name} {one.name_one} {one.name_many}"
        if _AMA_AWARD in printed and "award" in version.text:
            raise read.error("certificate", f"awards {_AMA_AWARD} to others than physicians")
