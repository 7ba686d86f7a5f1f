"""Own work: nobody earns a learner's credit with a test that they wrote. Sessions of one's own: `attendance.py`.

Knows people in control by their account on the platform, as far as the provider wrote it down. Source: spec part 7,
case 17.
"""

from __future__ import annotations

from collections.abc import Collection

from cme_xblock.activity.codes import Role
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity, Person
from cme_xblock.participation import attendance

# Who wrote the test knows the answers; planners may learn from what they planned. A site may say otherwise.
USUAL = frozenset({Role.ITEM_WRITER.value})


def person(activity: Activity, account: str) -> Person | None:
    """The person in control of content who has that account, or None."""
    return next((one for one in activity.people if account and one.account == account), None)


def barred(activity: Activity, account: str, roles: Collection[str] = USUAL) -> Message | None:
    """Why the person of that account can't claim a learner's credit here, or None. `roles`: codes of `codes.Role`.

    In a live activity it goes by session, so this says nothing of one.
    """
    found = person(activity, account)
    if found is None or attendance.applies(activity) or not any(one.value in roles for one in found.roles):
        return None
    return Message(
        N_("You helped to make this activity's test, so it gives you no learner's credit. Write to the provider.")
    )
