"""The delayed retention check: the paired questions once more, some time after the assessment.

Part of the model (`model.py`), in a file of its own. Which questions come again is `participation/retention.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from cme_xblock.activity.fields import Value, attribute, text


@dataclass(frozen=True)
class Retention(Value):
    """After how many days the questions come again; 0: not at all. Not graded, and no credit waits for it."""

    days: int = attribute(0)
    minutes: int = attribute(0)
    introduction: str = text("")
