"""Credit systems: profiles of one kind of credit each, read from `systems/*.toml`. Data, never code.

Knows units, steps, who may claim and which texts go with it; knows no activity and no learner. A system whose rules
change gets a second file with the same code and a later `effective_from`. How a file is read: `credit_system_file.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from cme_xblock.activity.model import Activity
from cme_xblock.rules import data, professions, texts
from cme_xblock.rules.calendar import edition_day

EVERYONE = "*"

# What was not read at its source: a configurable default, which may warn and must not block. Source: spec part 0.
UNSURE = frozenset({"B", "K"})
# The profile with the plainest texts, for credit whose own profile a site has taken away.
_PLAIN = "ipce"


class Rounding(StrEnum):
    """How minutes become credit. `down` to an increment of 0.01 is what ANCC calls truncating to two decimals."""

    NEAREST_HALF_UP = "nearest_half_up"
    DOWN = "down"


class Explained(StrEnum):
    """What learners must be given with each question of the assessment."""

    NOTHING = ""
    RATIONALE = "rationale"
    RATIONALE_AND_REFERENCE = "rationale_and_reference"


@dataclass(frozen=True)
class CreditSystem:
    """One kind of credit. Amounts are Decimal in `unit`; `unit_minutes` is how many minutes one unit stands for.

    `professions` holds codes of `professions.toml`, or EVERYONE. `fallback_for` names the systems whose offering opens
    this one to whoever can't claim theirs. `designation`, `attestation`, `certificate` are keys of `texts/*.toml`.
    `unsure` names the fields of this profile that were not read at their source; see `sure`.
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
    attestation: str
    certificate: str
    effective_from: date
    effective_to: date | None
    source: str
    source_url: str
    confidence: str
    # Which of several profiles belong to one accreditor: acpe_pharmacist and acpe_technician are "acpe".
    family: str = ""
    verified: bool = True
    unsure: tuple[str, ...] = ()
    fallback_for: tuple[str, ...] = ()
    # The step in which learners claim, where it is coarser than what may be designated (contact hours of 1.08).
    claim_increment: Decimal | None = None
    minimum_minutes: int = 0
    daily_maximum: Decimal | None = None
    counts_test_minutes: bool = True
    counts_evaluation_minutes: bool = True
    # What the body itself makes of one unit: the Royal College gives 3 credits for an hour of Section 3. Never printed.
    credits_per_unit: Decimal = Decimal(1)
    # Formats and activity types; an empty tuple means any. A type has a smallest amount.
    formats: tuple[str, ...] = ()
    activity_types: tuple[tuple[str, Decimal], ...] = ()
    accreditations: tuple[str, ...] = ()
    # Numbers: what an offering may have, what it must have, what the provider must have, what a learner is asked for.
    identifiers: tuple[str, ...] = ()
    required_identifiers: tuple[str, ...] = ()
    provider_identifiers: tuple[str, ...] = ()
    learner_identifiers: tuple[str, ...] = ()
    # Assessment: in which formats, with a pass mark or not, how high, how often, how well explained, how long.
    needs_assessment_for: tuple[str, ...] = ()
    needs_pass_mark: bool = True
    minimum_pass: Fraction | None = None
    max_attempts: int = 0
    explained: Explained = Explained.NOTHING
    items_per_unit: int = 0
    needs_evaluation: bool = False
    # Approval by the body itself, and the days that follow from a completion.
    needs_approval_expiry: bool = False
    approval_years: int = 0
    claim_within_days: int = 0
    report_within_days: int = 0
    # Points of a certifying board, registered under the offering of a system that they go with. Source: spec.
    board: str = ""
    goes_with: tuple[str, ...] = ()
    reported_by_year_end: bool = False
    # The identifier by which the body counts one credit for each activity and day, from whatever account it is claimed.
    once_for: str = ""
    # Texts. A verbatim statement is pasted from the body's letter, with the letter's date.
    designation: str = ""
    designation_joint_accreditation: str = ""
    verbatim: bool = False
    address_on_certificate: bool = False
    # The body wants the holder's licence and address there, which no record may keep so long: lines to write on.
    holder_writes_licence: bool = False
    # The body's own register states the credit, so what a learner gets of us is a notice. Source: spec.
    notice_only: bool = False

    def accepts(self, profession: str) -> bool:
        """Whether a person of that profession may claim. An unknown profession may claim nothing."""
        return profession in professions.load() and (EVERYONE in self.professions or profession in self.professions)

    def sure(self, *fields: str) -> bool:
        """Whether those details were read at their source, so that a breach of them may block. Source: spec part 0."""
        return self.confidence not in UNSURE and not any(one in self.unsure for one in fields)


@lru_cache(maxsize=256)
def load(on: date | None = None) -> Mapping[str, CreditSystem]:
    """The credit systems by code: as in effect on a civil date; for None the newest of each, also of those that ended.

    Raises data.DataError, naming file, key and reason, when a file is wrong.
    """
    return MappingProxyType(in_effect(versions(), on))


def for_activity(activity: Activity) -> Mapping[str, CreditSystem]:
    """The credit systems as in effect at the activity's last review, so that one edition always offers the same."""
    return load(edition_day(activity))


def recorded(code: str, on: date | None) -> CreditSystem:
    """The profile under which credit was recorded: as in effect on the day of its edition, whatever has come since.

    A record outlives a site's file: where that is gone, credit is called by its code. Never raises for a code.
    """
    found = load(on).get(code) or load().get(code)
    if found is not None:
        return found
    plain = next(one for one in shipped() if one.code == _PLAIN)
    return replace(plain, code=code, name=code, name_one=code, name_many=code, short_name=code)


def in_effect(versions: Iterable[CreditSystem], on: date | None) -> dict[str, CreditSystem]:
    """Of several versions of a code the last that took effect by that day; the first for a day before all of them."""
    result: dict[str, CreditSystem] = {}
    for one in sorted(versions, key=lambda system: system.effective_from):
        if on is None or one.effective_from <= on or one.code not in result:
            result[one.code] = one
    return {
        code: one for code, one in result.items() if on is None or one.effective_to is None or on <= one.effective_to
    }


def use(paths: Sequence[str | Path]) -> None:
    """Add a site's own credit systems to those that ship: files, or folders of `*.toml`, in this order. Once, at start.

    A file with a code of ours adds a version from its `effective_from` on, or replaces the one that begins on that very
    day. A file may bring texts of its own (`[[text]]`). Without paths: what ships, and nothing else. All files are read
    first: raises data.DataError, naming file, key and reason, and then nothing is changed.
    """
    # Imported here: the reader builds what this module defines.
    from cme_xblock.rules import credit_system_site

    given = credit_system_site.read(paths)
    texts.use(given.texts)
    try:
        systems = credit_system_site.merged(shipped(), given)
    except data.DataError:
        texts.use(_SITE.texts)
        raise
    _SITE.texts, _SITE.systems = given.texts, systems
    load.cache_clear()


@dataclass
class _Site:
    """What the site brought; None while it brought nothing."""

    systems: tuple[CreditSystem, ...] | None = None
    texts: tuple[texts.Text, ...] = ()


_SITE = _Site()


def versions() -> tuple[CreditSystem, ...]:
    """All versions of all profiles that are in use here. Raises data.DataError when a file that ships is wrong."""
    return shipped() if _SITE.systems is None else _SITE.systems


@cache
def shipped() -> tuple[CreditSystem, ...]:
    """The profiles that come with the program, all versions. Raises data.DataError when a file is wrong."""
    from cme_xblock.rules.credit_system_file import parse

    found: list[CreditSystem] = []
    for file, content in data.read_folder("systems"):
        one = parse(file, content)
        if any((one.code, one.effective_from) == (other.code, other.effective_from) for other in found):
            raise data.DataError(file, "effective_from", f"is the same day in another file of {one.code!r}")
        found.append(one)
    for one in found:
        refuse_unknown(f"systems/ ({one.code})", one, found)
    return tuple(found)


def refuse_unknown(file: str, one: CreditSystem, all_of_them: Iterable[CreditSystem]) -> None:
    """Raise data.DataError where a profile names a credit system that there is not."""
    codes = {other.code for other in all_of_them}
    for key in ("fallback_for", "goes_with"):
        for code in getattr(one, key):
            if code not in codes:
                raise data.DataError(file, key, f"there is no system {code!r}")
