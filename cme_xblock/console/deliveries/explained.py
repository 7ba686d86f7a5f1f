"""Why a delivery stands where it stands, and what to do about it: one sentence each, for every page that says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cme_xblock.activity.message import N_, Message
from cme_xblock.console import words
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import oversight
from cme_xblock.reporting.endpoints.base import Endpoint

__all__ = ["explained", "receiver"]

_TABLES: Mapping[str, Mapping[str, tuple[str, str]]] = {State.HELD: oversight.HELD, State.REFUSED: oversight.REFUSED}
# What to do about a reason, where the console has a better way than the operator's command line.
_STEPS: Mapping[str, str] = {"by_hand": N_("Its history says who holds it and why. Let it go, or cancel it.")}


def explained(
    state: str, reason: str, endpoint: str, known: Mapping[str, Endpoint], say: Callable[[str], str]
) -> tuple[str, str]:
    """What it is and what to do; the second may be empty. `known`: the configured endpoints by name."""
    what, step = _TABLES.get(state, {}).get(reason, (words.SENT.get(state, state), ""))
    step = _STEPS.get(reason, step)
    params = {"receiver": receiver(endpoint, known), "endpoint": endpoint, "reason": reason}
    return Message(what, params).format(say), Message(step, params).format(say) if step else ""


def receiver(endpoint: str, known: Mapping[str, Endpoint]) -> str:
    """What an endpoint is called."""
    found = known.get(endpoint)
    return (found.config.label or endpoint) if found else endpoint
