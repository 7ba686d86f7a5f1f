"""`cme`: one accredited activity in a course. Views and handlers; everything else is in the rooms below.

The activity is author's data in a content field, with an OLX form of its own (an `<activity>` child), so that export,
import, copy and libraries keep it whole. No children, because a v2 library takes no block that has some.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from lxml import etree
from web_fragments.fragment import Fragment
from webob import Request, Response
from xblock.core import XBlock
from xblock.fields import Dict, Scope, ScopeIds, String
from xblock.runtime import Runtime

from cme_xblock.activity import canonical, olx
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.activity.source import OlxError, line_of, tag_of
from cme_xblock.host import kind, place, visitor
from cme_xblock.learner_block import BadRequest, body_of, is_live, stored
from cme_xblock.participation.progress import Part
from cme_xblock.parts import editions, page, preview, response_report
from cme_xblock.parts.service import Published
from cme_xblock.parts.visit import Setting, Visit
from cme_xblock.parts_block import PartsBlock
from cme_xblock.studio import answers, desk, imports, renewing, source
from cme_xblock.studio import page as studio
from cme_xblock.studio.answer import Answer

_Answered = Callable[[Setting, Mapping[str, Any]], Answer]


class ActivityField(Dict):
    """The activity as JSON. It is only ever set as a whole, so XBlock need not copy it at every view to see changes."""

    MUTABLE = False


class CmeXBlock(PartsBlock):
    """Disclosure, baseline, assessment, claim and certificate of one accredited activity."""

    display_name = String(display_name="Name", scope=Scope.settings, default="Accredited activity")
    activity = ActivityField(scope=Scope.content, default={})

    @classmethod
    def parse_xml(cls, node: etree._Element, runtime: Runtime, keys: ScopeIds) -> XBlock:
        """The block from OLX: platform attributes on the element itself, the activity in its `<activity>` child.

        Raises OlxError for an activity that can't be read, or a second one.
        """
        block = super().parse_xml(node, runtime, keys)
        described = [child for child in node.iterchildren(etree.Element) if etree.QName(child).localname == olx.TAG]
        for number, child in enumerate(described):
            if number:
                raise OlxError(_ONE_ACTIVITY, element=tag_of(child), line=line_of(child))
            block.activity = canonical.to_data(olx.from_element(child))
        return block

    @classmethod
    def _set_field_if_present(cls, block: XBlock, name: str, value: str, attrs: Mapping[str, str]) -> None:
        if name != olx.TAG:
            super()._set_field_if_present(block, name, value, attrs)

    def add_xml_to_node(self, node: etree._Element) -> None:
        """The OLX of the block: readable in a review, and the same after any number of round trips."""
        super().add_xml_to_node(node)
        node.attrib.pop("activity", None)
        for child in node.findall("{http://code.edx.org/xblock/option}activity"):
            node.remove(child)
        if self.activity:
            node.append(olx.to_element(self.described()))

    def described(self) -> Activity:
        """The activity as its author left it. Raises ActivityError for a field that something else has damaged."""
        return editions.described(self.activity).activity

    def published(self) -> Published | None:
        """The author's activity, recorded as an edition, where no finding keeps it closed. A preview records none."""
        if not is_live(self):
            return None
        return editions.of_author_data(
            stored(self, "activity"),
            course_key=place.course_key(self),
            source=place.local_id(self),
            now=datetime.now(UTC),
        )

    def names(self) -> str:
        """The activity described here, also by a draft that can't be read."""
        found = self.activity.get("activity_id") if isinstance(self.activity, dict) else ""
        return found if isinstance(found, str) else ""

    def home(self) -> str:
        """This block is where the activity begins."""
        return place.local_id(self)

    @XBlock.supports("multi_device")
    def student_view(self, context: Mapping[str, Any] | None = None) -> Fragment:
        """What a learner sees; in a preview, what learners will see."""
        return self.learner_view(context) if is_live(self) else self._preview()

    def public_view(self, context: Mapping[str, Any] | None = None) -> Fragment:
        """The overview alone, for visitors of a public course."""
        setting = self.setting((Part.OVERVIEW,))
        published = self.published() if is_live(self) else None
        panel = page.public(setting, published) if published else page.closed(setting, self.closed_reason())
        heading = published.activity.title if published else self.display_name
        language = published.activity.language if published else ""
        return self.framed(setting, heading=heading, panel=panel, activity_id="", author_language=language)

    def author_view(self, context: Mapping[str, Any] | None = None) -> Fragment:
        """For the course team: what learners will see, and what is missing."""
        return self._preview() if visitor.may_author(self) else self.student_view(context)

    def for_the_team(self, visit: Visit) -> str:
        """How the reporting of the activity stands. A learner's page does not even ask."""
        return page.team(visit) if visit.setting.visitor.staff else ""

    def _preview(self) -> Fragment:
        """The overview as learners will see it, the parts in numbers, and the findings. Records nothing."""
        setting = self.setting((Part.OVERVIEW,), home=self.home())
        author = visitor.may_author(self) or kind.of(self) is not kind.Host.LMS
        panel = preview.panel(setting, self.activity, with_findings=author)
        return self.framed(setting, heading=self.display_name, panel=panel, activity_id="")

    def studio_view(self, context: Mapping[str, Any] | None = None) -> Fragment:
        """The author's form, with the findings beside their fields. Refused outside Studio: it shows the key."""
        setting = self.setting((Part.OVERVIEW,), home=self.home())
        if not visitor.may_author(self):
            return self.framed(
                setting, heading=self.display_name, panel=page.closed(setting, _NOT_HERE), activity_id=""
            )
        fragment = Fragment(studio.page(setting, self.activity))
        self.add_resources(fragment)
        fragment.add_css_url(self.runtime.local_resource_url(self, "static/cme_xblock/studio.css"))
        for name in _SCRIPTS:
            fragment.add_javascript_url(self.runtime.local_resource_url(self, f"static/cme_xblock/{name}.js"))
        fragment.initialize_js("CmeStudio", studio.sentences(setting))
        return fragment

    @XBlock.handler
    def save_form(self, request: Request, suffix: str = "") -> Response:
        """Take the whole form. Refused: fields that can't be read, and a form made before somebody else's save."""
        return self._asked(request, lambda setting, data: answers.save(setting, self.activity, data))

    @XBlock.handler
    def compare_form(self, request: Request, suffix: str = "") -> Response:
        """What somebody else changed meanwhile, and the form with both changes. Keeps nothing."""
        return self._asked(request, lambda setting, data: answers.compare(setting, self.activity, data))

    @XBlock.handler
    def check_form(self, request: Request, suffix: str = "") -> Response:
        """The findings of a form that is not saved. Keeps nothing."""
        return self._asked(request, answers.check)

    @XBlock.handler
    def show_source(self, request: Request, suffix: str = "") -> Response:
        """The OLX of a form that is not saved. Keeps nothing."""
        return self._asked(request, answers.source)

    @XBlock.handler
    def read_source(self, request: Request, suffix: str = "") -> Response:
        """The form of an OLX text. Keeps nothing."""
        return self._asked(request, answers.from_source)

    @XBlock.handler
    def save_source(self, request: Request, suffix: str = "") -> Response:
        """Take the activity as OLX. What can't be read is refused with its line; a broken rule is kept, and told."""

        def answered(setting: Setting, data: Mapping[str, Any]) -> Answer:
            saved = source.parse(setting, data)
            if saved.activity is None:
                return Answer({"error": saved.answer}, 400)
            return Answer(saved.answer, keep=saved.activity)

        return self._asked(request, answered)

    @XBlock.handler
    def import_file(self, request: Request, suffix: str = "") -> Response:
        """What a file of questions or people holds. Keeps nothing."""
        return self._asked(request, imports.preview, largest=imports.MAX_BODY)

    @XBlock.handler
    def import_template(self, request: Request, suffix: str = "") -> Response:
        """An empty table of questions or people."""
        return self._asked(request, imports.template)

    @XBlock.handler
    def desk_people(self, request: Request, suffix: str = "") -> Response:
        """Whom the disclosure desk offers for this activity. Keeps nothing."""
        return self._asked(request, desk.people)

    @XBlock.handler
    def desk_take(self, request: Request, suffix: str = "") -> Response:
        """Copies of what the desk offers. The block keeps nothing; the desk writes down that they were taken."""
        return self._asked(request, desk.take)

    @XBlock.handler
    def renew(self, request: Request, suffix: str = "") -> Response:
        """Next year's activity from the form. Keeps nothing."""
        return self._asked(request, renewing.renew)

    def _asked(self, request: Request, answered: _Answered, *, largest: int = source.MAX_BODY) -> Response:
        """The answer to one of the questions of the author's page; an activity in it is kept."""
        try:
            # What nobody but an author may send is read at that length from authors alone.
            data = body_of(request, largest=largest) if visitor.may_edit(self) else body_of(request)
        except BadRequest as bad:
            return self.refused(bad.message, status=bad.status)
        if not visitor.may_edit(self):
            return self.refused(_NOT_HERE, status=403)
        answer = answered(self.setting((Part.OVERVIEW,), home=self.home()), data)
        if answer.keep is not None:
            self.activity = canonical.to_data(answer.keep)
            self.display_name = answer.keep.title or self.display_name
        return self.answer(answer.body, status=answer.status)

    def student_view_data(self, context: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What the course blocks API may tell anybody: no items, no people's data."""
        return editions.public_data(self.activity)

    def generate_report_data(
        self, user_state_iterator: object, limit_responses: int | None = None
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """The answers to the assessment, for the course team's report: name of the account, and columns by name.

        The platform's iterator is not used: it knows drafts alone. Source: edx-platform,
        lms/djangoapps/instructor_task/tasks_helper/grades.py.
        """
        now = datetime.now(UTC)
        published = editions.published(place.course_key(self), self.names(), now=now)
        if published is not None:
            yield from response_report.rows(place.course_key(self), published, limit=limit_responses, now=now)

    def index_dictionary(self) -> dict[str, Any]:
        """Words for the course search: what the overview says, no items."""
        index = cast(dict[str, Any], super().index_dictionary())
        index["content"] = {**index.get("content", {}), **editions.search_words(self.activity)}
        index["content_type"] = "CME activity"
        return index


_ONE_ACTIVITY = Message(N_("expected one activity in a block: give each its own"))
# In the order in which they need each other.
_SCRIPTS = ("studio-groups", "studio-rich", "studio-findings", "studio-bring", "studio-desk", "studio-form")
_NOT_HERE = Message(N_("The activity is edited in Studio."))
