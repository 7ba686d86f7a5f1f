"""Who is looking, and whether what they do may be recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cme_xblock.activity.message import N_, Message
from cme_xblock.host import kind, place

if TYPE_CHECKING:
    from xblock.core import XBlock

_WORKBENCH_ANONYMOUS = "none"
_AUTHOR_SETTING = "CME_WORKBENCH_AUTHORS"
_TEST_SETTING = "CME_TEST_ACCOUNTS"
_STAFF_SETTING = "CME_STAFF_ARE_TESTS"
NO_ANSWERS = Message(N_("This address does not accept answers. Open the activity in your course and try again."))
PREVIEW = Message(N_("This is a preview. Nothing is recorded here."))


@dataclass(frozen=True)
class _Question:
    """One question to the platform: by the service's names for it, the best first, and by the library's."""

    of_course: tuple[str, ...]
    of_library: tuple[str, ...]
    of_context: str


_READ = _Question(("can_read", "can_read_content"), ("can_read_content", "can_read"), "can_view_block_for_editing")
_WRITE = _Question(("can_write", "can_edit_content"), ("can_edit_content", "can_write"), "can_edit_block")


@dataclass(frozen=True)
class Visitor:
    """One person at one block. `learner_id` is empty for someone the host does not know. `is_test`: only trying it.

    `account` is the name of the account, as authors know people by; in the workbench the student id. `staff`: of the
    course's own team, as itself and not viewing as a student.
    """

    host: kind.Host
    learner_id: str
    full_name: str
    is_test: bool = False
    account: str = field(default="", repr=False)
    staff: bool = False

    @property
    def known(self) -> bool:
        """Whether the host knows who this is."""
        return bool(self.learner_id)


def of(block: XBlock) -> Visitor:
    """The person the host names. The name is what the platform has, not a legal name."""
    host = kind.of(block)
    service = block.runtime.service(block, "user")
    user = service.get_current_user() if service is not None else None
    attributes = getattr(user, "opt_attrs", None) or {}
    if host is kind.Host.WORKBENCH:
        learner_id = str(block.scope_ids.user_id or "")
        learner_id = "" if learner_id == _WORKBENCH_ANONYMOUS else learner_id
        account = learner_id
    else:
        learner_id = str(attributes.get("edx-platform.user_id") or "")
        account = str(attributes.get("edx-platform.username") or "")
    staff = bool(attributes.get("edx-platform.user_is_staff"))
    return Visitor(
        host=host,
        learner_id=learner_id,
        full_name=str(getattr(user, "full_name", "") or ""),
        is_test=_is_test(learner_id, staff=staff),
        account=account,
        staff=staff,
    )


def _is_test(learner_id: str, *, staff: bool) -> bool:
    """Whether what this person does is a test from the start: the course's own team, and accounts that are named.

    .. setting_name: CME_STAFF_ARE_TESTS
    .. setting_default: True
    .. setting_description: Whether what a course's team does in its own course is a test, which counts nowhere and is
        reported to nobody. They are told so on the page, and `manage.py cme_test_account` undoes it for one person.
    .. setting_name: CME_TEST_ACCOUNTS
    .. setting_default: []
    .. setting_description: Ids of accounts that only test, as strings. Source: spec part 7, case 18.
    """
    from django.conf import settings

    named = [str(one) for one in getattr(settings, _TEST_SETTING, ())]
    return learner_id in named or (staff and bool(getattr(settings, _STAFF_SETTING, True)))


def refuse_write(block: XBlock, path: str) -> Message | None:
    """Why nothing may be recorded for this request, or None.

    Refused: anonymous, not enrolled, acting as somebody else, previews, and `handler_noauth`, through which the LMS
    runs any handler with no check at all (ADR 0003).
    """
    if is_noauth(path):
        return NO_ANSWERS
    visitor = of(block)
    if visitor.host not in (kind.Host.LMS, kind.Host.WORKBENCH):
        return PREVIEW
    if not visitor.known:
        return Message(N_("Sign in to take part. Nothing was recorded."))
    return _lms_refusal(block, visitor) if visitor.host is kind.Host.LMS else None


def is_noauth(path: str) -> bool:
    """Whether the request came through a door that has no authentication."""
    return "/handler_noauth/" in path or "/unauth_handler/" in path


def may_author(block: XBlock) -> bool:
    """Whether the visitor may see the key and change the activity: in Studio, where the platform has checked it.

    .. setting_name: CME_WORKBENCH_AUTHORS
    .. setting_default: ["author"]
    .. setting_description: In the workbench, which knows no roles: the student ids that may see and change what authors
        see and change. LMS and Studio do not read it.
    """
    host = kind.of(block)
    if host is kind.Host.WORKBENCH:
        from django.conf import settings

        return of(block).learner_id in getattr(settings, _AUTHOR_SETTING, ("author",))
    if host is kind.Host.LMS or not _in_studio():
        return False
    return host is not kind.Host.LIBRARY or _platform_allows(block, _READ)


def may_edit(block: XBlock) -> bool:
    """Whether the visitor may change the activity.

    Studio runs a block's handlers for whoever can log in there, its preview even without keeping anything, so the
    question is asked here once more. Source: edx-platform, contentstore/views, component.py and preview.py.
    """
    if not may_author(block):
        return False
    host = kind.of(block)
    if host in (kind.Host.EDITOR, kind.Host.LIBRARY):
        return _platform_allows(block, _WRITE)
    return host is kind.Host.WORKBENCH


def _platform_allows(block: XBlock, question: _Question) -> bool:
    """What Studio's own service says of the visitor, or the library.

    A v2 library renders any view for whoever may learn from it, the author's too, so it has to be asked. Source:
    edx-platform, openedx/core/djangoapps/xblock, rest_api/views.py and learning_context; content/services.py.
    """
    library = kind.of(block) is kind.Host.LIBRARY
    service = block.runtime.service(block, "studio_user_permissions")
    for name in question.of_library if library else question.of_course:
        ask = getattr(service, name, None)
        if ask is not None:
            return bool(ask(place.plain_key(block)))
    user = getattr(block.runtime, "user", None)
    if not library or user is None:
        return False
    from openedx.core.djangoapps.xblock.learning_context.manager import get_learning_context_impl

    usage_key = block.scope_ids.usage_id
    return bool(getattr(get_learning_context_impl(usage_key), question.of_context)(user, usage_key))


def _in_studio() -> bool:
    from django.conf import settings

    return getattr(settings, "SERVICE_VARIANT", "") == "cms"


def _lms_refusal(block: XBlock, visitor: Visitor) -> Message | None:
    """What the LMS says against recording: enrolment and masquerade (edx-platform, courseware/masquerade.py)."""
    import crum
    from common.djangoapps.student.models import CourseEnrollment
    from lms.djangoapps.courseware import masquerade

    actor: Any = crum.get_current_user()
    course_key = place.plain_key(block)
    if actor is None or not actor.is_authenticated:
        return Message(N_("Sign in to take part. Nothing was recorded."))
    acting = masquerade.get_course_masquerade(actor, course_key)
    if str(actor.id) != visitor.learner_id or (acting is not None and acting.role == "student"):
        return Message(N_("You are viewing the course as somebody else. Nothing is recorded for them."))
    if not CourseEnrollment.is_enrolled(actor, course_key):
        return Message(N_("Enrol in the course to take part. Nothing was recorded."))
    return None
