"""Attendance as a form sends it: one line of a roster, with what stands for it on paper, and why it comes late."""

from __future__ import annotations

from collections.abc import Mapping

from cme_xblock.activity.message import N_, Message
from cme_xblock.participation.attendance import LONGEST_EVIDENCE, Role, Row
from cme_xblock.participation.refusal import Refusal

__all__ = ["line"]


def line(values: Mapping[str, str]) -> Row | Refusal:
    """The line of `session`, `minutes` (empty for the whole session), `evidence` and `reason`, or what is wrong."""
    minutes = values["minutes"]
    if minutes and not (minutes.isascii() and minutes.isdigit() and len(minutes) < 5):
        return Refusal("minutes", Message(MINUTES), field="minutes")
    evidence = f"{values['evidence']} ({values['reason']})"
    if len(evidence) > LONGEST_EVIDENCE:
        # Cut short, the record would hold half of a reason for good.
        return Refusal("evidence", Message(TOO_MUCH, {"most": str(LONGEST_EVIDENCE - 3)}), field="reason")
    return Row(values["session"], int(minutes) if minutes else None, Role.LEARNER, evidence)


MINUTES = N_("Enter whole minutes, such as 45, or leave the field empty for the whole session.")
TOO_MUCH = N_("Evidence and reason may have {most} characters together. Shorten one of them.")
