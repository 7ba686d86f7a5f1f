"""Who is looking, and whose doings are recorded: only an enrolled learner's own, through a door that was checked."""

from __future__ import annotations

import pytest

from cme_xblock.host import kind, visitor
from tests.blocks import course
from tests.host.platform import Masquerade, User
from tests.host.world import HOSTS

HANDLER = "/courses/c/xblock/b/handler/submit"
UNCHECKED = ["/courses/c/xblock/b/handler_noauth/submit", "/handler_noauth/b/submit/", "/unauth_handler/b/submit/"]


def refusal(host, student, path=HANDLER) -> str:
    found = visitor.refuse_write(host.block(host.ACTIVITY, student), path)
    return str(found) if found else ""


def test_an_enrolled_learner_may_write(world) -> None:
    host = world("lms")
    host.enrol("7")
    assert refusal(host, "7") == ""
    assert visitor.of(host.block(host.ACTIVITY, "7")) == visitor.Visitor(kind.Host.LMS, "7", "Learner 7")


def test_enrolment_and_masquerade_are_asked_of_the_course_without_its_branch(world) -> None:
    host = world("lms")
    host.enrol("7")
    of_branch = host.ACTIVITY.replace("+type@", "+branch@published-branch+type@")
    assert visitor.refuse_write(host.block(of_branch, "7"), HANDLER) is None
    assert {str(key) for _, key in host.platform.asked} == {host.COURSE}


def test_somebody_not_enrolled_may_not_write(world) -> None:
    host = world("lms")
    host.enrol("8")
    assert "Enrol in the course" in refusal(host, "7")


def test_enrolment_in_another_course_does_not_count(world) -> None:
    host = world("lms")
    host.platform.enrolled.add((7, "course-v1:Example+CME101+2027"))
    assert "Enrol in the course" in refusal(host, "7")


@pytest.mark.parametrize("student", [None, ""])
def test_somebody_anonymous_may_not_write(world, student) -> None:
    host = world("lms")
    assert "Sign in" in refusal(host, student)
    assert not visitor.of(host.block(host.ACTIVITY, student)).known


@pytest.mark.parametrize("actor", [None, User()], ids=["no user", "anonymous user"])
def test_a_learner_whom_nobody_is_logged_in_for_may_not_write(world, actor) -> None:
    host = world("lms")
    host.enrol("7")
    block = host.block(host.ACTIVITY, "7")
    host.platform.actor = actor
    assert "Sign in" in str(visitor.refuse_write(block, HANDLER))


@pytest.mark.parametrize(
    "acting",
    [
        Masquerade("student", user_name="ana"),
        Masquerade("staff"),
        None,
    ],
    ids=["masquerade known", "masquerade forgotten", "no masquerade"],
)
def test_staff_acting_as_a_specific_learner_write_nothing_for_them(world, acting) -> None:
    """In a handler the user service gives the learner, while the request's user is the member of staff."""
    host = world("lms")
    host.enrol("7")
    host.enrol("1")
    block = host.block(host.ACTIVITY, "7")
    host.platform.actor = User(1, is_staff=True)
    if acting:
        host.platform.masquerades[1] = acting
    assert visitor.of(block).learner_id == "7"
    assert "as somebody else" in str(visitor.refuse_write(block, HANDLER))


@pytest.mark.parametrize(
    "acting", [Masquerade("student"), Masquerade("student", group_id=3)], ids=["any learner", "a group's learner"]
)
def test_staff_acting_as_a_generic_learner_write_nothing(world, acting) -> None:
    host = world("lms")
    host.enrol("1")
    host.platform.masquerades[1] = acting
    assert "as somebody else" in refusal(host, "1")


def test_staff_who_returned_to_themselves_may_write(world) -> None:
    """The platform keeps a masquerade of role "staff" after the return."""
    host = world("lms")
    host.enrol("1")
    host.platform.masquerades[1] = Masquerade("staff")
    assert refusal(host, "1") == ""


@pytest.mark.parametrize("path", UNCHECKED)
@pytest.mark.parametrize("name", HOSTS)
def test_nothing_is_written_through_an_unchecked_door(world, name, path) -> None:
    host = world(name)
    host.enrol("7") if host.host["kind"] == "lms" else None
    assert "does not accept answers" in refusal(host, "7", path)


@pytest.mark.parametrize("name", [name for name, one in HOSTS.items() if one["kind"] != "lms"])
def test_nothing_is_written_where_nobody_takes_part(world, name) -> None:
    assert "preview" in refusal(world(name), "7")


class TestAuthors:
    """Who sees the key, and who may change it."""

    @pytest.mark.parametrize(
        ("name", "may"),
        [
            ("lms", False),
            ("lms_draft", False),
            ("studio_preview", True),
            ("studio_editor", True),
            ("library_in_lms", False),
            ("unknown", False),
        ],
    )
    @pytest.mark.parametrize("student", ["7", None])
    def test_the_key_is_shown_in_studio_alone(self, world, name, may, student) -> None:
        host = world(name)
        host.platform.readers.add(7)
        assert visitor.may_author(host.block(host.ACTIVITY, student)) is may

    @pytest.mark.parametrize("name", HOSTS)
    def test_nobody_without_the_right_to_write_may_edit(self, world, name) -> None:
        host = world(name)
        host.platform.readers.add(7)
        for student in ("7", None):
            assert visitor.may_edit(host.block(host.ACTIVITY, student)) is False

    @pytest.mark.parametrize(
        ("name", "may"),
        [(name, name in ("studio_editor", "library")) for name in HOSTS],
    )
    def test_authors_edit_in_the_editor_and_in_their_library(self, world, name, may) -> None:
        host = world(name)
        host.platform.readers.add(7)
        host.platform.writers.add(7)
        assert visitor.may_edit(host.block(host.ACTIVITY, "7")) is may

    def test_a_library_shows_the_key_only_to_those_who_may_read_as_an_author(self, world) -> None:
        host = world("library")
        assert visitor.may_author(host.block(host.ACTIVITY, "7")) is False
        host.platform.readers.add(7)
        assert visitor.may_author(host.block(host.ACTIVITY, "7")) is True
        assert visitor.may_author(host.block(host.ACTIVITY, None)) is False

    def test_the_permission_is_asked_for_this_course(self, world) -> None:
        host = world("studio_editor")
        visitor.may_edit(host.block(host.ACTIVITY, "7"))
        assert [(one, str(key)) for one, key in host.platform.asked] == [("can_write", host.COURSE)]


@pytest.mark.django_db
class TestWorkbench:
    """The workbench has no accounts: whoever it names is a learner, its word for nobody is nobody."""

    @pytest.mark.parametrize(("student", "known"), [("ana", True), ("none", False), ("", False), (None, False)])
    def test_a_named_learner_may_write(self, student, known) -> None:
        course.install()
        block = course.block(course.ACTIVITY, student)
        assert visitor.of(block).known is known
        assert (visitor.refuse_write(block, "/handler/x/submit/") is None) is known

    def test_only_the_named_authors_may_edit(self, settings) -> None:
        course.install()
        settings.CME_WORKBENCH_AUTHORS = ("author",)
        for student, may in (("ana", False), ("author", True), (None, False), ("Author", False)):
            block = course.block(course.ACTIVITY, student)
            assert visitor.may_author(block) is may
            assert visitor.may_edit(block) is may


class TestLaterServices:
    """The platform is renaming its permissions, and may give the service to libraries: each name is understood."""

    class Later:
        """`content/services.py` of the platform's main branch, for one library author."""

        def __init__(self, *names: str, answer: bool) -> None:
            for name in names:
                setattr(self, name, lambda key: answer)

    def asked(self, host, service) -> tuple[bool, bool]:
        block = host.block(host.ACTIVITY, "7")
        block.runtime._services["studio_user_permissions"] = service
        return visitor.may_author(block), visitor.may_edit(block)

    @pytest.mark.parametrize("answer", [True, False])
    @pytest.mark.parametrize("names", [("can_read", "can_write"), ("can_read_content", "can_edit_content")])
    def test_the_editor_asks_by_the_names_there_are(self, world, names, answer) -> None:
        assert self.asked(world("studio_editor"), self.Later(*names, answer=answer)) == (True, answer)

    @pytest.mark.parametrize("answer", [True, False])
    @pytest.mark.parametrize("names", [("can_read", "can_write"), ("can_read_content", "can_edit_content")])
    def test_a_library_asks_the_service_where_it_has_one(self, world, names, answer) -> None:
        assert self.asked(world("library"), self.Later(*names, answer=answer)) == (answer, answer)

    def test_a_service_that_knows_no_such_permission_allows_nothing(self, world) -> None:
        assert self.asked(world("studio_editor"), self.Later(answer=True)) == (True, False)
