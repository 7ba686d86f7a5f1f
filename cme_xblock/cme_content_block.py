"""`cme_content`: a container whose children are rendered only for learners who have done what comes first.

Rendering is one door; the LMS has others for the children themselves, and `gate/` is to close those. A block with
children cannot live in a v2 content library, which is why this is not a part of `cme`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from web_fragments.fragment import Fragment
from webob import Request, Response
from xblock.core import XBlock
from xblock.fields import Scope, String

from cme_xblock.activity.message import N_, Message
from cme_xblock.host import language, place, tell, visitor
from cme_xblock.learner_block import (
    BadRequest,
    LearnerBlock,
    body_of,
    is_live,
    part_of,
    refuse_preview,
    status_of,
    stored,
)
from cme_xblock.participation.decide import Refusal
from cme_xblock.participation.progress import Part, Status
from cme_xblock.parts import editions, page, sections, service
from cme_xblock.parts.service import Published
from cme_xblock.parts.visit import Setting, Visit


class CmeContentXBlock(LearnerBlock):
    """The content of the activity with `activity_id`: its children, once they are unlocked."""

    has_children = True
    completion_mode = "aggregator"

    display_name = String(display_name="Name", scope=Scope.settings, default="Content of the activity")
    activity_id = String(display_name="Activity", scope=Scope.content, default="")

    @XBlock.supports("multi_device")
    def student_view(self, context: Mapping[str, Any] | None = None) -> Fragment:
        """The children, or what to do first. Locked children are not even loaded."""
        if not is_live(self):
            return self.author_view(context)
        published = self._published()
        setting = self._setting(published)
        if published is None:
            return self._framed(setting, page.closed(setting, _NOT_OPEN))
        visit = service.visit(setting, published)
        if visit.progress.state(Part.CONTENT).status is Status.LOCKED:
            return self._framed(setting, sections.locked(visit), visit)
        return self._with_children(visit, context)

    def public_view(self, context: Mapping[str, Any] | None = None) -> Fragment:
        """Nothing for visitors: content comes after disclosure."""
        setting = self._setting()
        return self._framed(setting, page.closed(setting, _NOT_OPEN))

    def author_view(self, context: Mapping[str, Any] | None = None) -> Fragment:
        """For the course team, who see the children as they stand."""
        fragment = Fragment()
        children = (
            [
                child.render("author_view" if hasattr(child, "author_view") else "student_view", dict(context or {}))
                for child in self._loaded()
            ]
            if visitor.may_author(self)
            else []
        )
        for child in children:
            fragment.add_fragment_resources(child)
        setting = self._setting()
        fragment.add_content(
            sections.preview(
                setting, self.activity_id, heading=self.display_name, children=[child.content for child in children]
            )
        )
        return fragment

    @XBlock.handler
    def submit(self, request: Request, suffix: str = "") -> Response:
        """Take the learner's word that this section is done. It opens the next part; it is never evidence by itself."""
        try:
            data = body_of(request)
            part = part_of(data, (Part.CONTENT,))
            refusal = visitor.refuse_write(self, request.path)
            if refusal:
                return self.refused(refusal, status=403)
            published = self._published()
            if published is None:
                return self.refused(_NOT_OPEN, status=409)
            visit, result = service.submit(self._setting(published), published, part, data)
        except BadRequest as bad:
            return self.refused(bad.message, status=bad.status)
        except service.Busy as busy:
            return self.refused(busy.message, status=503)
        if isinstance(result, Refusal):
            return self.refused(result.message, status=status_of(result))
        if result is not None:
            tell.event(self, result, visit.progress, activity_id=visit.activity.activity_id)
        return self.answer({"html": sections.end(visit), "announce": language.current().gettext(_DONE)})

    @XBlock.handler
    def show(self, request: Request, suffix: str = "") -> Response:
        """What stands below the content now: the button, or that it is done, or that it has been unlocked."""
        try:
            data = body_of(request)
            refuse_preview(self)
        except BadRequest as bad:
            return self.refused(bad.message, status=bad.status)
        published = self._published()
        if published is None:
            return self.refused(_NOT_OPEN, status=409)
        visit = service.visit(self._setting(published), published)
        return self.answer({"html": sections.refreshed(visit, with_pages=data.get("pages") is True)})

    def student_view_data(self, context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What the course blocks API may tell anybody: which activity opens it."""
        return {"activity_id": str(self.activity_id or "")}

    def _with_children(self, visit: Visit, context: Mapping[str, Any] | None) -> Fragment:
        rendered = [
            (getattr(child, "display_name", "") or "", child.render("student_view", dict(context or {})))
            for child in self._loaded()
        ]
        pages = sections.pages(visit, [(name, part.content) for name, part in rendered])
        fragment = self._framed(visit.setting, sections.end(visit), visit, pages=pages)
        for _, part in rendered:
            fragment.add_fragment_resources(part)
        return fragment

    def _loaded(self) -> list[XBlock]:
        # What was opened by this very request would still be missing in what the runtime remembers of it.
        self.clear_child_cache()
        return [child for child in self.get_children() if child is not None]

    def _framed(self, setting: Setting, panel: str, visit: Visit | None = None, *, pages: str = "") -> Fragment:
        return self.framed(
            setting,
            heading=self.display_name,
            panel=panel,
            activity_id=visit.activity.activity_id if visit else stored(self, "activity_id"),
            author_language=visit.activity.language if visit else "",
            pages=pages,
        )

    def _setting(self, published: Published | None = None) -> Setting:
        home = published.source if published else ""
        return self.setting((Part.CONTENT,), home=home, section=place.local_id(self))

    def _published(self) -> Published | None:
        return editions.published(place.course_key(self), stored(self, "activity_id"), now=datetime.now(UTC))


_NOT_OPEN = Message(N_("This content opens with its activity. Begin where the activity's overview is in this course."))
_DONE = N_("This section is done.")
