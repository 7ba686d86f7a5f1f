"""Reads one credit system from a file's content, and refuses it with file, key and reason when it is wrong.

Knows what a profile must be to be usable; what it means is `credit_system.py`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cme_xblock.activity.codes import Accreditation, Format
from cme_xblock.rules import boards, data, identifiers, professions, texts
from cme_xblock.rules.credit_system import EVERYONE, CreditSystem, Explained, Rounding

_AMA_AWARD = "AMA PRA Category 1 Credit"
_KEYS = frozenset(CreditSystem.__dataclass_fields__)
_FORMATS = frozenset(one.value for one in Format)
_ACCREDITATIONS = frozenset(one.value for one in Accreditation)


def parse(file: str, content: dict[str, Any]) -> CreditSystem:
    """The credit system of one file's content; raises data.DataError when it is wrong."""
    read = data.table(file, content, keys=_KEYS)
    code = read.filled("code")
    one = CreditSystem(
        code=code,
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
        attestation=read.filled("attestation"),
        certificate=read.filled("certificate"),
        effective_from=read.day("effective_from"),
        effective_to=read.day_or_none("effective_to"),
        source=read.filled("source"),
        source_url=read.text("source_url"),
        confidence=read.one_of("confidence", texts.CONFIDENCE),
        family=read.optional(read.filled, "family", code),
        verified=read.optional(read.truth, "verified", True),
        unsure=_list(read, "unsure"),
        fallback_for=_list(read, "fallback_for"),
        **_amounts(read),
        **_numbers(read),
        **_assessment(read),
        **_texts(read),
    )
    _check_amounts(read, one)
    _check_codes(read, one)
    _check_texts(read, one)
    _check_award(read, one)
    _check_board(read, one)
    return one


def _amounts(read: data.Table) -> dict[str, Any]:
    return {
        "claim_increment": read.optional(read.decimal, "claim_increment", None),
        "minimum_minutes": read.optional(read.whole, "minimum_minutes", 0),
        "daily_maximum": read.optional(read.decimal, "daily_maximum", None),
        "counts_test_minutes": read.optional(read.truth, "counts_test_minutes", True),
        "counts_evaluation_minutes": read.optional(read.truth, "counts_evaluation_minutes", True),
        "credits_per_unit": read.optional(read.decimal, "credits_per_unit", Decimal(1)),
        "formats": _list(read, "formats"),
        "activity_types": read.decimals("activity_types") if "activity_types" in read.values else (),
        "accreditations": _list(read, "accreditations"),
    }


def _numbers(read: data.Table) -> dict[str, Any]:
    return {
        "identifiers": _list(read, "identifiers"),
        "required_identifiers": _list(read, "required_identifiers"),
        "provider_identifiers": _list(read, "provider_identifiers"),
        "learner_identifiers": _list(read, "learner_identifiers"),
        "needs_approval_expiry": read.optional(read.truth, "needs_approval_expiry", False),
        "approval_years": read.optional(read.whole, "approval_years", 0),
        "claim_within_days": read.optional(read.whole, "claim_within_days", 0),
        "report_within_days": read.optional(read.whole, "report_within_days", 0),
        "board": read.optional(read.text, "board", ""),
        "goes_with": _list(read, "goes_with"),
        "reported_by_year_end": read.optional(read.truth, "reported_by_year_end", False),
        "once_for": read.optional(read.text, "once_for", ""),
    }


def _assessment(read: data.Table) -> dict[str, Any]:
    explained = read.optional(lambda key: read.one_of(key, frozenset(Explained)), "explained", "")
    return {
        "needs_assessment_for": _list(read, "needs_assessment_for"),
        "needs_pass_mark": read.optional(read.truth, "needs_pass_mark", True),
        "minimum_pass": read.optional(read.share, "minimum_pass", None),
        "max_attempts": read.optional(read.whole, "max_attempts", 0),
        "explained": Explained(explained),
        "items_per_unit": read.optional(read.whole, "items_per_unit", 0),
        "needs_evaluation": read.optional(read.truth, "needs_evaluation", False),
    }


def _texts(read: data.Table) -> dict[str, Any]:
    return {
        "designation": read.optional(read.text, "designation", ""),
        "designation_joint_accreditation": read.optional(read.text, "designation_joint_accreditation", ""),
        "verbatim": read.optional(read.truth, "verbatim", False),
        "address_on_certificate": read.optional(read.truth, "address_on_certificate", False),
        "holder_writes_licence": read.optional(read.truth, "holder_writes_licence", False),
        "notice_only": read.optional(read.truth, "notice_only", False),
    }


def _list(read: data.Table, key: str) -> tuple[str, ...]:
    return read.texts(key) if key in read.values else ()


def _check_amounts(read: data.Table, one: CreditSystem) -> None:
    if one.minimum % one.increment:
        raise read.error("minimum", f"must be a multiple of the increment {one.increment}")
    if one.claim_increment is not None and one.claim_increment % one.increment:
        raise read.error("claim_increment", f"must be a multiple of the increment {one.increment}")
    if one.daily_maximum is not None and one.daily_maximum % one.increment:
        raise read.error("daily_maximum", f"must be a multiple of the increment {one.increment}")
    if one.effective_to is not None and one.effective_to < one.effective_from:
        raise read.error("effective_to", "must not lie before effective_from")


def _check_codes(read: data.Table, one: CreditSystem) -> None:
    if not one.professions:
        raise read.error("professions", f'must name at least one profession, or "{EVERYONE}" for all')
    known: dict[str, tuple[tuple[str, ...], frozenset[str], str]] = {
        "professions": (one.professions, frozenset({EVERYONE, *professions.load()}), "is not in professions.toml"),
        "needs_assessment_for": (one.needs_assessment_for, _FORMATS, "is not a format"),
        "formats": (one.formats, _FORMATS, "is not a format"),
        "accreditations": (one.accreditations, _ACCREDITATIONS, "is not an accreditation"),
        "unsure": (one.unsure, _KEYS, "is not a key of a profile"),
        "required_identifiers": (one.required_identifiers, frozenset(one.identifiers), "is not among the identifiers"),
    }
    for key, (given, allowed, problem) in known.items():
        for code in given:
            if code not in allowed:
                raise read.error(key, f"{code!r} {problem}")
    kinds = identifiers.load()
    owners = {
        "offering": ("identifiers", one.identifiers),
        "provider": ("provider_identifiers", one.provider_identifiers),
        "learner": ("learner_identifiers", one.learner_identifiers),
    }
    for owner, (key, names) in owners.items():
        for name in names:
            if name not in kinds or kinds[name].owner != owner:
                raise read.error(key, f"{name!r} is not a number of {owner} in identifiers.toml")


def _check_board(read: data.Table, one: CreditSystem) -> None:
    if one.board and one.board not in boards.load():
        raise read.error("board", f"{one.board!r} is not in boards.toml")
    if bool(one.board) != bool(one.goes_with):
        raise read.error("goes_with", "and board are given together: points go with a credit")


def _check_texts(read: data.Table, one: CreditSystem) -> None:
    wanted = {
        "designation": (one.designation,) if one.designation else (),
        "designation_joint_accreditation": tuple(filter(None, [one.designation_joint_accreditation])),
        "attestation": (f"{one.attestation}_shown", f"{one.attestation}_recorded"),
        "certificate": (one.certificate,),
    }
    for key, names in wanted.items():
        for name in names:
            if name not in texts.load():
                raise read.error(key, f"there is no text {name!r} in texts/")
    if one.verbatim and one.designation:
        raise read.error("verbatim", "can't be true where designation names a formula: it is one or the other")


def _check_award(read: data.Table, one: CreditSystem) -> None:
    """AMA PRA credit is awarded to physicians only, whatever a profile says. Source: spec R-2.8; part 7, case 15."""
    everyone = professions.load()
    if all(code in everyone and everyone[code].physician for code in one.professions):
        return
    for version in texts.load()[one.certificate]:
        printed = f"{version.text} {one.name} {one.name_one} {one.name_many}"
        if _AMA_AWARD in printed and "award" in version.text:
            raise read.error("certificate", f"awards {_AMA_AWARD} to others than physicians")
