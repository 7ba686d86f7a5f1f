"""Every view and every handler in every host: none breaks, and only the LMS records anything, of enrolled learners."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from cme_xblock.activity import olx
from cme_xblock.participation.progress import Part
from tests.blocks import entrances, forging, kept, marked
from tests.blocks.course import SECRET
from tests.blocks.way import Way
from tests.host.platform import Masquerade, User
from tests.host.world import HOSTS, World, send
from tests.rules import sample

pytestmark = pytest.mark.django_db

ACTIVITY = marked.activity()
HIDDEN = marked.secrets(ACTIVITY).hidden(set())
OTHERS = [name for name, one in HOSTS.items() if one["kind"] != "lms"]
STUDENTS = ("7", "")


def visit(host: World, block: str, student: str) -> list[str]:
    """Every view of a block, and what the platform asks beside them."""
    usage = getattr(host, block)
    views, data = (
        [name for name in names if hasattr(entrances.BLOCKS[block], name)]
        for names in (entrances.views(block), entrances.DATA)
    )
    seen = [host.view(usage, student, name) for name in views]
    return seen + [json.dumps(getattr(host.block(usage, student), name)()) for name in data]


def bodies() -> list[dict[str, Any]]:
    right = list(forging.with_part(forging.bodies(ACTIVITY)).values())
    return [*right, {}, {"part": "claim", "view": "amount", "profession": "md"}, {"source": olx.to_xml(ACTIVITY)}]


@pytest.fixture
def marked_world(world: Any, settings: Any) -> Any:
    """A host with the marked activity, and an endpoint to report to."""
    settings.CME_ENDPOINTS = kept.ENDPOINTS

    def make(name: str) -> World:
        made = world(name)
        made.install(ACTIVITY)
        return made

    return make


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize("block", entrances.BLOCKS)
def test_no_view_breaks_and_none_tells_a_learner_too_much(marked_world, name, block) -> None:
    host = marked_world(name)
    for student in STUDENTS:
        seen = visit(host, block, student)
        author = host.host["kind"] in ("preview", "editor") and host.host["variant"] == "cms"
        for text in seen:
            assert author or not marked.leaks(text, HIDDEN)


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_lms_records_nothing_whatever_is_viewed_or_sent(marked_world, name) -> None:
    host = marked_world(name)
    host.platform.readers.add(7)
    before, authored = kept.rows(), json.dumps(host.authored)
    for block in entrances.BLOCKS:
        for student in STUDENTS:
            visit(host, block, student)
            for handler in sorted(entrances.HANDLERS[block]):
                for body in bodies():
                    answer = host.call(getattr(host, block), student, handler, body)
                    assert 400 <= answer.status < 500, (block, handler, answer)
                    assert answer.data["error"]["message"]
                    assert not marked.leaks(answer.text, HIDDEN)
    assert kept.rows() == before
    assert json.dumps(host.authored) == authored
    assert host.published == []
    assert host.learners == {}


def test_studio_shows_a_draft_without_making_it_an_edition(marked_world) -> None:
    """Whoever can log in to Studio can call a handler of the preview: it must not publish what is unpublished."""
    host = marked_world("studio_preview")
    assert host.call(host.ACTIVITY, "7", "show", {}).status == 403
    assert kept.count("Edition", "PublishedEdition") == 0


@pytest.mark.parametrize(("name", "may"), [(name, name in ("studio_editor", "library")) for name in HOSTS])
def test_the_source_is_saved_by_authors_alone(marked_world, name, may) -> None:
    host = marked_world(name)
    source = {"source": olx.to_xml(replace(ACTIVITY, title="Another title"))}
    before = json.dumps(host.authored)
    assert host.call(host.ACTIVITY, "7", "save_source", source).status == 403
    host.platform.readers.add(7)
    assert host.call(host.ACTIVITY, "7", "save_source", source).status == 403
    assert json.dumps(host.authored) == before
    host.platform.writers.add(7)
    assert host.call(host.ACTIVITY, "7", "save_source", source).status == (200 if may else 403)
    assert (json.dumps(host.authored) != before) is may
    assert kept.count("Edition", "PublishedEdition") == 0


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize("handler", sorted(entrances.AUTHORS))
def test_an_author_handler_tells_nobody_else_and_records_nothing(marked_world, name, handler) -> None:
    """They work on the key: only who may write in the editor or the library is answered at all."""
    host = marked_world(name)
    rows, before = kept.rows(), json.dumps(host.authored)
    host.platform.readers.add(7)
    for student in STUDENTS:
        for body in ({"source": olx.to_xml(ACTIVITY)}, {"form": {}}, {}):
            answer = host.call(host.ACTIVITY, student, handler, body)
            assert answer.status == 403
            assert not marked.leaks(answer.text, HIDDEN)
    assert json.dumps(host.authored) == before
    host.platform.writers.add(7)
    answer = host.call(host.ACTIVITY, "7", handler, {"source": olx.to_xml(ACTIVITY)})
    assert (answer.status == 403) is (name not in ("studio_editor", "library"))
    assert answer.status < 500
    assert kept.rows() == rows
    assert host.learners == {}


@pytest.mark.parametrize("name", HOSTS)
def test_the_children_are_loaded_for_the_course_team_and_for_who_has_come_so_far(marked_world, name) -> None:
    host = marked_world(name)
    for student in STUDENTS:
        views = ("student_view", "author_view", "public_view")
        seen = "".join(host.view(host.CONTENT, student, view) for view in views)
        assert (SECRET in seen) is (name in ("studio_preview", "studio_editor"))


class TestLms:
    """The LMS with its people: only an enrolled learner's own doings are recorded."""

    def all_refused(self, host: World, student: str, *, actor: User | None = None, path: str = "/handler/") -> None:
        """Nothing that this visitor submits is taken, at any block."""
        before, learners = kept.rows(), dict(host.learners)
        for block in entrances.BLOCKS:
            for handler in ("submit", "save_draft"):
                if handler not in entrances.HANDLERS[block]:
                    continue
                for body in forging.with_part(forging.bodies(ACTIVITY)).values():
                    found = host.block(getattr(host, block), student)
                    if actor:
                        host.platform.actor = actor
                    answer = send(found, handler, body, path=path)
                    assert answer.status in (400, 403), answer
                    assert not marked.leaks(answer.text, HIDDEN)
        assert kept.rows() == before
        assert host.learners == learners

    def opened(self, marked_world: Any) -> World:
        host = marked_world("lms")
        host.view(host.ACTIVITY, "7")
        return host

    def test_an_enrolled_learner_comes_to_the_certificate(self, marked_world) -> None:
        host = self.opened(marked_world)
        host.enrol("7")
        way = Way("7", door=host, activity=ACTIVITY)
        way.all_before_claim()
        assert way.submit("claim", **forging.bodies(ACTIVITY)[Part.CLAIM]).status == 200
        assert kept.count("Claim", "LiveClaim", "Delivery") == 3
        done = [data["completion"] for usage, event, data in host.published if event == "completion"]
        assert done == sorted(done)
        grades = [data for usage, event, data in host.published if event == "grade"]
        assert grades[-1] == {"value": 3, "max_value": 3, "only_if_higher": True}

    def test_the_platform_is_told_nothing_by_a_look(self, marked_world) -> None:
        host = self.opened(marked_world)
        host.enrol("7")
        Way("7", door=host, activity=ACTIVITY).all_before_claim()
        told = list(host.published)
        for block in entrances.BLOCKS:
            visit(host, block, "7")
            host.call(getattr(host, block), "7", "show", {})
        assert host.published == told

    def test_somebody_not_enrolled_is_refused(self, marked_world) -> None:
        self.all_refused(self.opened(marked_world), "7")

    def test_nobody_is_refused(self, marked_world) -> None:
        self.all_refused(self.opened(marked_world), "")

    @pytest.mark.parametrize("path", ["/handler_noauth/", "/unauth_handler/"])
    @pytest.mark.parametrize("student", STUDENTS)
    def test_an_unchecked_door_is_shut(self, marked_world, path, student) -> None:
        host = self.opened(marked_world)
        host.enrol("7")
        self.all_refused(host, student, path=path)
        for block in entrances.BLOCKS:
            assert host.call(getattr(host, block), student, "show", {}, path=path).status == 403

    def test_staff_as_a_specific_learner_are_refused(self, marked_world) -> None:
        host = self.opened(marked_world)
        host.enrol("7")
        host.enrol("1")
        host.platform.masquerades[1] = Masquerade("student", user_name="ana")
        self.all_refused(host, "7", actor=User(1, is_staff=True))

    def test_staff_as_a_generic_learner_are_refused_and_after_returning_are_not(self, marked_world) -> None:
        host = self.opened(marked_world)
        host.enrol("1")
        host.platform.masquerades[1] = Masquerade("student")
        self.all_refused(host, "1", actor=User(1, is_staff=True))
        host.platform.masquerades[1] = Masquerade("staff")
        assert Way("1", door=host, activity=ACTIVITY).acknowledge().status == 200

    def test_one_learner_in_two_runs_of_a_course_is_two_participations(self, marked_world) -> None:
        host = self.opened(marked_world)
        host.enrol("7")
        assert Way("7", door=host, activity=ACTIVITY).acknowledge().status == 200
        again = World("lms", host.platform, run="2027")
        again.install(ACTIVITY)
        again.enrol("7")
        right = forging.with_part(forging.bodies(ACTIVITY))
        assert again.call(again.ACTIVITY, "7", "submit", right[Part.BASELINE]).status == 409
        assert Way("7", door=again, activity=ACTIVITY).acknowledge().status == 200
        assert kept.count("Participation") == 2

    def test_two_learners_have_drafts_of_their_own(self, marked_world) -> None:
        host = self.opened(marked_world)
        for student in ("7", "8"):
            host.enrol(student)
            assert Way(student, door=host, activity=ACTIVITY).acknowledge().status == 200
        first = ACTIVITY.baseline.items[0]
        draft = {"part": "baseline", "responses": {first.id: [first.options[1].id]}}
        assert host.call(host.ACTIVITY, "7", "save_draft", draft).status == 200
        assert " checked" in host.view(host.ACTIVITY, "7")
        assert " checked" not in host.view(host.ACTIVITY, "8")

    def test_links_lead_to_blocks_of_this_course(self, marked_world) -> None:
        host = self.opened(marked_world)
        host.enrol("7")
        way = Way("7", door=host, activity=ACTIVITY)
        assert way.acknowledge().status == 200
        assert way.baseline().status == 200
        assert f'href="/courses/{host.COURSE}/jump_to/{host.CONTENT}"' in host.view(host.ACTIVITY, "7")
        assert f'href="/courses/{host.COURSE}/jump_to/{host.ACTIVITY}"' in host.view(host.CONTENT, "8")

    def test_a_section_that_no_block_can_be_breaks_no_page(self, world) -> None:
        plain = sample.activity()
        host = world("lms")
        host.install(replace(plain, content=replace(plain.content, sections=("cme_content@a b", "x", "cme_content@é"))))
        host.enrol("7")
        way = Way("7", door=host)
        for step in (way.acknowledge, way.baseline):
            step()
        for part in Part:
            way.show(part=part.value)
        host.view(host.ACTIVITY, "7")
