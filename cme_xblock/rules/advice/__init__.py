"""Pairing help: advice on the questions of an activity, with the reason. It never blocks, and is no finding.

Reads texts and keys, no learner's answers (how a question did is a matter of outcomes) and no platform. One module per
subject, one function per flaw; each says nothing rather than something doubtful, and those that read English words say
nothing of other languages. Source: NBME Item-Writing Guide, in our own words; spec 5.3 for pairs.
"""

from __future__ import annotations

from cme_xblock.activity.model import Activity
from cme_xblock.rules.advice import coverage, cues, key, options, stems, twins
from cme_xblock.rules.advice.lint import Advice, Lint
from cme_xblock.rules.advice.reading import read
from cme_xblock.rules.advice.twins import PairRow, PairTable, pairs

__all__ = ["LINTS", "Advice", "Lint", "PairRow", "PairTable", "advise", "pairs"]

LINTS: tuple[Lint, ...] = (
    *coverage.LINTS,
    *twins.LINTS,
    *key.LINTS,
    *stems.LINTS,
    *options.LINTS,
    *cues.LINTS,
)


def advise(activity: Activity) -> tuple[Advice, ...]:
    """All advice on the activity's questions, subject by subject. Never raises for a draft."""
    test = read(activity)
    return tuple(advice for one in LINTS for advice in one.advice(test))
