"""The platform's word that an account is retired, and what the platform keeps of our blocks for that account.

The signal comes in the request that retires the account. An error makes the platform's retirement fail at this step, to
be run again by its operators: so everything here is done at once or not at all, and may be done twice.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.apps import apps

from cme_xblock.reporting import retirement
from cme_xblock.reporting.retirement import Retired

__all__ = ["learner_retired", "retire"]

BLOCK_TYPES = ("cme", "cme_part", "cme_content")

_EMPTY = "{}"


def learner_retired(sender: Any, user: Any, **details: Any) -> None:
    """The receiver of USER_RETIRE_LMS_MISC (named in `apps.py`): forget this user."""
    retire(str(user.id), now=datetime.now(UTC), dry_run=False)


def retire(learner_id: str, *, now: datetime, dry_run: bool) -> Retired:
    """Forget a learner in our records, and the unsent answers that the platform keeps for our blocks.

    `learner_id`: the LMS user id, or the workbench's student id. Raises as `reporting.retirement.retire` does.
    """
    done = retirement.retire(learner_id, now=now, dry_run=dry_run)
    if not dry_run:
        _forget_drafts(learner_id)
    return done


def _forget_drafts(learner_id: str) -> None:
    """Empty what the platform stores of a learner for our blocks; a grade that stands beside it stays."""
    if apps.is_installed("workbench"):
        from workbench.models import XBlockState

        XBlockState.objects.filter(user_id=learner_id, tag__in=BLOCK_TYPES).delete()
    if apps.is_installed("lms.djangoapps.courseware") and learner_id.isdecimal():
        from lms.djangoapps.courseware.models import StudentModule

        StudentModule.objects.filter(student_id=learner_id, module_type__in=BLOCK_TYPES).update(state=_EMPTY)
