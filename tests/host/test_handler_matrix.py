"""Every handler of every block x every role x its own course and another: in the LMS only an enrolled learner writes.

Handlers are found by looking at the classes. No role of the console is a way around enrolment: an administrator, a
surveyor or an operator who calls a handler is a stranger there, and an author's handlers answer in Studio alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from cme_xblock.participation.progress import Part
from tests.blocks import entrances, forging, kept, marked
from tests.host.platform import Masquerade
from tests.host.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated")]
ACTIVITY = marked.activity()
# Platform ids by role. What the role is elsewhere makes no difference here: only whether its person is enrolled.
ROLES = {
    "nobody": "",
    "learner": "7",
    "course staff": "8",
    "administrator": "9",
    "surveyor": "10",
    "operator": "11",
}
LEARNERS = {"submit", "show", "save_draft"}
HANDLERS = [(block, name) for block in entrances.BLOCKS for name in sorted(entrances.handlers(block))]


def bodies() -> list[dict[str, Any]]:
    right = forging.with_part(forging.bodies(ACTIVITY))
    return [right[Part.OVERVIEW], right[Part.CLAIM], {"part": "overview"}, {}]


@pytest.fixture
def courses(world: Callable[[str], World], edx: Any) -> tuple[World, World]:
    """The learner's own course, and another one in which nobody is enrolled."""
    own, other = world("lms"), World("lms", edx, run="2031")
    for one in (own, other):
        one.install(ACTIVITY)
    own.enrol(ROLES["learner"])
    return own, other


def test_every_handler_is_a_learners_or_an_authors() -> None:
    found = {name for _, name in HANDLERS}
    assert found == LEARNERS | entrances.AUTHORS


@pytest.mark.parametrize(("block", "handler"), HANDLERS)
@pytest.mark.parametrize("role", ROLES)
def test_who_may_call_a_handler(courses: tuple[World, World], block: str, handler: str, role: str) -> None:
    for own, course in zip((True, False), courses, strict=True):
        answered = set()
        for body in bodies():
            before, authored = kept.rows(), json.dumps(course.authored)
            answer = course.call(getattr(course, block), ROLES[role], handler, body)
            answered.add(answer.status)
            assert json.dumps(course.authored) == authored
            if role == "learner" and own and handler in LEARNERS:
                continue
            # The overview may be shown to anybody; the platform asks for enrolment before it comes to a handler.
            if handler != "show":
                assert 400 <= answer.status < 500, (own, body)
                assert kept.rows() == before, (own, body)
            assert not marked.leaks(answer.text, marked.secrets(ACTIVITY).hidden(set())), (own, body)
        if role == "learner" and own and block == "ACTIVITY" and handler in ("show", "submit"):
            assert min(answered) == 200, answered


@pytest.mark.parametrize(("block", "handler"), [one for one in HANDLERS if one[1] in ("submit", "save_draft")])
def test_nobody_writes_as_somebody_else(courses: tuple[World, World], block: str, handler: str) -> None:
    own, _ = courses
    own.platform.masquerades[int(ROLES["learner"])] = Masquerade(role="student", user_name="another")
    before = kept.rows()
    for body in bodies():
        assert 400 <= own.call(getattr(own, block), ROLES["learner"], handler, body).status < 500
    assert kept.rows() == before
