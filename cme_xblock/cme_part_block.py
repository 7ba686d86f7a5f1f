"""`cme_part`: parts of an activity at another place in the same course, with the same state.

It knows the activity by its id and reads the published edition from the records, never the other block: the platform
gives no learner state of a block that was not asked for (ADR 0003).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from web_fragments.fragment import Fragment
from xblock.core import XBlock
from xblock.fields import List, Scope, String

from cme_xblock.activity.message import N_, Message
from cme_xblock.host import place
from cme_xblock.learner_block import is_live, stored
from cme_xblock.participation.progress import Part
from cme_xblock.parts import editions, page, preview
from cme_xblock.parts.service import Published
from cme_xblock.parts_block import PartsBlock

_USUAL = [
    one.value
    for one in (
        Part.ASSESSMENT, Part.EVALUATION, Part.CLAIM, Part.CERTIFICATE, Part.FOLLOW_UP, Part.RETENTION,
    )
]  # fmt: skip


class CmePartXBlock(PartsBlock):
    """Shows chosen parts of the activity with `activity_id` of this course."""

    display_name = String(display_name="Name", scope=Scope.settings, default="Assessment and credit")
    activity_id = String(display_name="Activity", scope=Scope.content, default="")
    parts = List(display_name="Parts", scope=Scope.settings, default=_USUAL)

    @cached_property
    def _published(self) -> Published | None:
        """Read once for each request: links need it, and then the page."""
        return editions.published(place.course_key(self), stored(self, "activity_id"), now=datetime.now(UTC))

    def published(self) -> Published | None:
        """The edition that publishing or the first view of the `cme` block recorded."""
        return self._published

    def names(self) -> str:
        """The activity that the author named."""
        return self.activity_id

    def home(self) -> str:
        """Where the `cme` block stands, as it was recorded with the edition."""
        published = self.published()
        return published.source if published else ""

    def closed_reason(self) -> Message:
        """Why there is nothing to take part in."""
        return Message(N_("This activity is not open yet. It begins where its overview is in this course."))

    @XBlock.supports("multi_device")
    def student_view(self, context: Mapping[str, Any] | None = None) -> Fragment:
        """What a learner sees; in a preview, which parts will stand here."""
        return self.learner_view(context) if is_live(self) else self.author_view(context)

    def public_view(self, context: Mapping[str, Any] | None = None) -> Fragment:
        """Nothing of the activity for visitors: its overview is at the `cme` block."""
        setting = self.setting(self.shown)
        return self.framed(setting, heading=self.display_name, panel=page.closed(setting, _SIGN_IN), activity_id="")

    def author_view(self, context: Mapping[str, Any] | None = None) -> Fragment:
        """For the course team: which parts of which activity."""
        setting = self.setting(self.shown)
        panel = preview.part(setting, self.activity_id)
        return self.framed(setting, heading=self.display_name, panel=panel, activity_id="")

    def student_view_data(self, context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What the course blocks API may tell anybody: which parts of which activity stand here."""
        return {"activity_id": str(self.activity_id or ""), "parts": [part.value for part in self.shown]}


_SIGN_IN = Message(N_("Sign in and enrol to take part in this activity."))
