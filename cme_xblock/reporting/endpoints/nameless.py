"""What all receivers have in common that know learners by a pseudonym alone: nobody is asked, for nothing identified
leaves, and what was told is taken back and told anew. PURE.
"""

from __future__ import annotations

from cme_xblock.activity.message import Message
from cme_xblock.reporting.endpoints.base import Step, Subject

__all__ = ["Nameless"]


class Nameless:
    """The part of an endpoint (`base.Endpoint`) that is the same for every one that gets no identity."""

    def subjects(self) -> tuple[Subject, ...]:
        """Credit, and the entries on the way to it."""
        return (Subject.CLAIM, Subject.ENTRY)

    def identifiers(self, system: str, profession: str) -> tuple[str, ...]:
        """None: it gets a pseudonym."""
        return ()

    def number_name(self) -> str:
        """None: it knows activities by our ids."""
        return ""

    def purpose(self) -> str:
        """None: nothing identified leaves."""
        return ""

    def consent_text(self, provider: str) -> Message:
        """Never asked for."""
        return Message("")

    def correct(self, revision: int) -> tuple[Step, ...]:
        """What was told never changes: it is voided by a message of its own, and told anew."""
        return (Step("delete", revision), Step("add", revision + 1))
