"""How far a learner is in an activity that keeps something closed: folded from the ledger, as every page does it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from cme_xblock.gate import request
from cme_xblock.participation.progress import Progress
from cme_xblock.participation.stages import Stage, reached
from cme_xblock.parts import editions
from cme_xblock.parts.editions import Described, Published
from cme_xblock.records import editions as recorded
from cme_xblock.records import faults, ledger
from cme_xblock.records.gates import Kept
from cme_xblock.rules import check

log = logging.getLogger(__name__)


def stage(course_key: str, gate: Kept, learner_id: str) -> Stage:
    """The stage that somebody has reached. `learner_id` empty for nobody, who has reached none; costs no query then."""
    found = progress(course_key, gate, learner_id)
    return reached(found) if found is not None else Stage.CLOSED


def progress(course_key: str, gate: Kept, learner_id: str) -> Progress | None:
    """How somebody stands; None for nobody, and for an activity that is not open. At most one query a request."""
    if not learner_id or not gate.edition:
        return None
    key = ("progress", course_key, gate.activity_id, learner_id)
    return request.once(key, lambda: _folded(course_key, gate, learner_id))


def forget(sender: Any, *, participation: Any, **more: Any) -> None:
    """The receiver of `ledger.written`: what was opened by this very request is open for the rest of it."""
    request.forget(("progress", participation.course_key, participation.activity_id, participation.learner_id))


def _folded(course_key: str, gate: Kept, learner_id: str) -> Progress | None:
    now = datetime.now(UTC)
    try:
        activity = recorded.load(gate.edition)[gate.edition]
        if not check.is_open(editions.findings(Described(gate.edition, activity), now=now)):
            return None
        entries = ledger.entries(course_key, gate.activity_id, learner_id)
        return editions.standing(Published(gate.edition, activity, gate.source), entries, now=now).progress
    except (ledger.LedgerBroken, recorded.EditionMissing, recorded.EditionDamaged) as error:
        # Closed, and not a broken page: `cme_verify` names what is damaged, by the same words as here.
        activity_id, where = gate.activity_id, faults.place(error)
        log.error("How far a learner is can't be read: activity %s of %s (%s)", activity_id, course_key, where)
        return None
