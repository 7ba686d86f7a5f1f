"""The sets of rows that can be exported, by their ids."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cme_xblock.console.exports.datasets.base import Dataset
from cme_xblock.console.exports.datasets.claims import Claims
from cme_xblock.console.exports.datasets.closeout import CloseOut
from cme_xblock.console.exports.datasets.completions import Completions
from cme_xblock.console.exports.datasets.deliveries import Deliveries
from cme_xblock.console.exports.datasets.evaluations import Evaluations, EvaluationSums
from cme_xblock.console.exports.datasets.outcomes import Outcomes
from cme_xblock.console.exports.datasets.research import Research
from cme_xblock.console.exports.datasets.responses import Responses

__all__ = ["KINDS", "Dataset"]

KINDS: Mapping[str, type[Dataset]] = MappingProxyType(
    {
        one.id: one
        for one in (
            Completions, Claims, Responses, Evaluations, EvaluationSums, Outcomes, Deliveries, CloseOut, Research,
        )
    }
)  # fmt: skip
