"""A block that shows parts of an activity: what `cme` and `cme_part` have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree
from web_fragments.fragment import Fragment
from webob import Request, Response
from xblock.core import XML_NAMESPACES, XBlock
from xblock.fields import Dict, Float, List, Scope, ScopeIds
from xblock.runtime import Runtime

from cme_xblock.activity.message import N_, Message
from cme_xblock.host import language, tell, visitor
from cme_xblock.learner_block import BadRequest, LearnerBlock, body_of, is_live, part_of, refuse_preview, status_of
from cme_xblock.participation.decide import Refusal
from cme_xblock.participation.progress import Part, Status
from cme_xblock.parts import drafts, page, service
from cme_xblock.parts.service import Published
from cme_xblock.parts.visit import Setting, Visit


class PartsBlock(LearnerBlock):
    """Shows the parts of one activity, one open at a time, and takes what the learner submits."""

    has_score = True
    has_custom_completion = True
    completion_mode = "completable"

    weight = Float(scope=Scope.settings, default=1.0)
    parts = List(scope=Scope.settings, default=[])
    drafts = Dict(scope=Scope.user_state, default={})

    @classmethod
    def parse_xml(cls, node: etree._Element, runtime: Runtime, keys: ScopeIds) -> XBlock:
        """The block from OLX. It has no child blocks: another element in it is passed over."""
        block = runtime.construct_xblock_from_class(cls, keys)
        for name, value in node.items():
            cls._set_field_if_present(block, name, value, {})
        for child in node.iterchildren(etree.Element):
            name = etree.QName(child)
            if name.namespace == XML_NAMESPACES["option"]:
                cls._set_field_if_present(block, name.localname, child.text or "", child.attrib)
        return block

    def published(self) -> Published | None:
        """The edition that is open to learners now, or None. Each block has its own way to it."""
        raise NotImplementedError

    def closed_reason(self) -> Message:
        """Why there is nothing to take part in."""
        return Message(N_("This activity is not open yet."))

    @property
    def shown(self) -> tuple[Part, ...]:
        """The parts this block shows, in their order; all where the author chose none."""
        parts = self.parts if isinstance(self.parts, list) else []
        chosen = {name for name in parts if isinstance(name, str)}
        return tuple(part for part in Part if part.value in chosen) or tuple(Part)

    def max_score(self) -> int | None:
        """The number of scored items where this block shows the assessment; None keeps it out of the grade."""
        if Part.ASSESSMENT not in self.shown:
            return None
        published = self.published() if is_live(self) else None
        return sum(item.scored for item in published.activity.assessment.items) if published else None

    def learner_view(self, context: Mapping[str, Any] | None = None) -> Fragment:
        """The page for a learner (LMS, workbench)."""
        setting = self._setting()
        visit = self._visit(setting)
        if visit is None:
            panel = page.closed(setting, self.closed_reason())
            return self.framed(setting, heading=self.display_name, panel=panel, activity_id="")
        return self.framed(
            setting,
            heading=visit.activity.title,
            panel=page.panel(visit),
            activity_id=visit.activity.activity_id,
            author_language=visit.activity.language,
            pages=self.for_the_team(visit),
        )

    def for_the_team(self, visit: Visit) -> str:
        """What stands above the page for the course's own team; nothing for learners."""
        return ""

    @XBlock.handler
    def submit(self, request: Request, suffix: str = "") -> Response:
        """Take one part's answers: record them, and answer with what comes next. Refusals are 4xx and write nothing."""
        try:
            data = body_of(request)
            part = part_of(data, self.shown)
            refusal = visitor.refuse_write(self, request.path)
            if refusal:
                return self.refused(refusal, status=403)
            setting = self._setting()
            visit, result = service.submit(setting, self._open_for(setting, part), part, data)
        except BadRequest as bad:
            return self.refused(bad.message, status=bad.status)
        except service.Busy as busy:
            return self.refused(busy.message, status=503)
        if isinstance(result, Refusal):
            return self._refusal(result)
        if result is not None:
            tell.event(self, result, visit.progress, activity_id=visit.activity.activity_id)
        self._tell(visit, part)
        self.drafts = drafts.without(self.drafts, part)
        return self.answer(page.after_submit(visit, part))

    @XBlock.handler
    def show(self, request: Request, suffix: str = "") -> Response:
        """The current part's HTML, or that of another part where it is open or done. Writes nothing."""
        try:
            data = body_of(request)
            part = part_of(data, self.shown) if data.get("part") else None
            refuse_preview(self)
            visit = self._visit(self._setting())
            if visit is None or part not in (None, *visit.setting.shown):
                raise BadRequest(self.closed_reason(), status=409)
            answer = page.shown(visit, part, data)
        except BadRequest as bad:
            return self.refused(bad.message, status=bad.status)
        if isinstance(answer, Refusal):
            return self._refusal(answer)
        return self.answer(answer)

    @XBlock.handler
    def save_draft(self, request: Request, suffix: str = "") -> Response:
        """Keep unsent answers of the open part in the learner's own state. They are no record and carry no credit."""
        try:
            data = body_of(request)
            part = part_of(data, self.shown)
            refusal = visitor.refuse_write(self, request.path)
            if refusal:
                return self.refused(refusal, status=403)
            visit = service.visit(self._setting(), self._open())
            kept = drafts.parse(visit, part, data)
        except BadRequest as bad:
            return self.refused(bad.message, status=bad.status)
        if isinstance(kept, Refusal):
            return self._refusal(kept)
        self.drafts = drafts.including(self.drafts, visit, part, kept)
        return self.answer({"kept": True})

    def _setting(self) -> Setting:
        setting = self.setting(self.shown, home=self.home())

        def draft(key: str) -> Mapping[str, Sequence[str]]:
            kept = self.drafts.get(key)
            return kept if isinstance(kept, dict) else {}

        return setting.with_draft(draft)

    def _visit(self, setting: Setting) -> Visit | None:
        """The visit to the open activity. While it is closed: to the certificate that this person earned, or None."""
        published = self.published()
        if published is not None:
            return service.visit(setting, published)
        return service.visit_to_certificate(setting, self.names())

    def names(self) -> str:
        """The id of the activity that this block shows, as far as it is known while the activity is closed."""
        raise NotImplementedError

    def home(self) -> str:
        """The name of the block where the activity begins, for links; empty if unknown."""
        return ""

    def _open(self) -> Published:
        published = self.published()
        if published is None:
            raise BadRequest(self.closed_reason(), status=409)
        return published

    def _open_for(self, setting: Setting, part: Part) -> Published:
        """The open edition; for the certificate of an activity that is closed, the one that was claimed under."""
        published = self.published()
        if published is None and part in (Part.CERTIFICATE, Part.FOLLOW_UP, Part.RETENTION):
            published = service.claimed_edition(setting, self.names())
        if published is None:
            raise BadRequest(self.closed_reason(), status=409)
        return published

    def _refusal(self, refusal: Refusal) -> Response:
        gettext = language.current().gettext
        fields = {refusal.field: refusal.message.format(gettext)} if refusal.field else {}
        fields |= {name: message.format(gettext) for name, message in refusal.fields.items()}
        return self.refused(refusal.message, status=status_of(refusal), fields=fields)

    def _tell(self, visit: Visit, part: Part) -> None:
        here = [visit.progress.state(part) for part in self.shown if visit.progress.has(part)]
        # What may be left out keeps nobody from having done everything.
        states = [one for one in here if not one.optional] or here
        # A certificate and a follow-up are never done with, but there is nothing left that they wait for.
        lasting = (Part.CERTIFICATE, Part.FOLLOW_UP, Part.RETENTION)
        done = sum(one.status is Status.DONE or (one.part in lasting and one.status is Status.OPEN) for one in states)
        tell.completion(self, done=done, total=len(states))
        if part is Part.ASSESSMENT:
            last = visit.progress.attempts[-1]
            tell.grade(self, correct=last.correct, total=last.total)
