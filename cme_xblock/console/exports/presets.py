"""Exports that are asked for again and again, each with what it is for and what it must not hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from cme_xblock.activity.message import N_
from cme_xblock.console.access import May

__all__ = ["PRESETS", "SECTIONS", "Preset"]

# The sections of an outcomes report that an export may be limited to.
SECTIONS = ("funnel", "objectives", "changes", "questions", "professions", "matching", "levels", "commitments")


@dataclass(frozen=True)
class Preset:
    """One of them. `may`: every permission that it takes. `filters` hold whatever else was asked for.

    `sealed` and `tests`: whether retired accounts and test participations are in it. `fixed`: no columns to choose.
    """

    id: str
    title: str
    about: str
    kind: str
    may: tuple[May, ...]
    filters: Mapping[str, Any] = field(default_factory=dict)
    sealed: bool = False
    tests: bool = False
    fixed: bool = False
    yearly: bool = False


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        one.id: one
        for one in (
            Preset(
                "pars_closeout",
                N_("PARS close-out"),
                N_(
                    "For 31 March: each activity's learners, credit and support, and what of it PARS does not have yet."
                ),
                "closeout",
                (May.EXPORT,),
                yearly=True,
            ),
            Preset(
                "not_reported",
                N_("Not reported yet"),
                N_("Every credit that a receiver has refused, or does not have yet, with the reason."),
                "deliveries",
                (May.EXPORT,),
                filters={"state": ("held", "ready", "sending", "pending", "refused", "unknown", "dead")},
            ),
            Preset(
                "board_audit",
                N_("Board audit"),
                N_(
                    "Every claim with its history, attestation and certificate, those of retired accounts too: what a "
                    "board or licensing authority asks to see."
                ),
                "claims",
                (May.EXPORT, May.AUDIT_FILE),
                sealed=True,
            ),
            Preset(
                "whole_record",
                N_("Everything on record"),
                N_("Completion records of everybody: tests and retired accounts are in it, and marked."),
                "completions",
                (May.EXPORT, May.AUDIT_FILE),
                sealed=True,
                tests=True,
            ),
            Preset(
                "supporters",
                N_("For supporters"),
                N_("Sums alone: who took part and what changed. Numbers that could name somebody are hidden."),
                "outcomes",
                (May.EXPORT_AGGREGATE,),
                filters={"section": ("funnel", "objectives", "changes", "professions")},
                fixed=True,
            ),
            Preset(
                "research",
                N_("Research, de-identified"),
                N_(
                    "First attempts under pseudonyms that are this file's alone. No names, no days; small groups are "
                    "withheld."
                ),
                "research",
                (May.EXPORT,),
                fixed=True,
            ),
        )
    }
)


def year(today: date) -> tuple[str, str]:
    """The year that is being closed: last year until June, this one from July on."""
    closing = today.year - 1 if today.month < 7 else today.year
    return f"{closing}-01-01", f"{closing}-12-31"
