"""What these corrections are called, and what each is for."""

from __future__ import annotations

from cme_xblock.activity.message import N_

ONE = N_("Correct one learner's record")
ONE_EXPLAINED = N_("Choose the person among the participants. Their page has each correction that is possible.")
ATTENDANCE = N_("Enter attendance late")
ATTENDANCE_EXPLAINED = N_(
    "For somebody who was there and has no record in this activity yet. Their record begins with it, and your evidence."
)
NO_SESSIONS = N_("This activity has no sessions, so there is no attendance to enter. Credit goes by what learners do.")
DONE = N_("Done, and on record.")
