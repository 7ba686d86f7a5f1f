"""The attack: at every stage of the way, every handler and view is called in every wrong order, with every forgery.

Nothing that this learner has not reached may be in any answer, nothing may be written by what was refused, and nothing
is awarded. Run in the workbench and in a runtime that answers as the LMS does.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from cme_xblock.activity import olx
from cme_xblock.activity.codes import Feedback
from cme_xblock.activity.model import Activity
from cme_xblock.participation.progress import Part
from cme_xblock.records import claims, keys
from tests.blocks import course, entrances, forging, kept, marked
from tests.blocks.course import Answer
from tests.blocks.way import Way, wrong
from tests.host import platform
from tests.host.world import World

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated"),
]

# The parts that are open at each stage.
OPEN: dict[str, set[Part]] = {
    "fresh": {Part.OVERVIEW},
    "acknowledged": {Part.BASELINE},
    "answered": {Part.CONTENT},
    "read": {Part.ASSESSMENT},
    "failed": {Part.ASSESSMENT},
    "passed": {Part.EVALUATION, Part.CLAIM},
    "evaluated": {Part.CLAIM},
    "claimed": set(),
}
STAGES = tuple(OPEN)
FORGED_PARTS = (
    "",
    "Assessment",
    "assessment ",
    "evaluations",
    "follow_up",
    "__class__",
    "../claim",
    "claim\x00",
    "ALL",
)


class Attack:
    """One host with the marked activity in it, a learner on the way, and everything that is thrown at it."""

    def __init__(self, door: Any, student: str, other: str, activity: Activity) -> None:
        self.door, self.student, self.other, self.activity = door, student, other, activity
        self.way = Way(student, activity=activity, door=door)
        self.secrets = marked.secrets(activity)
        self.done: set[str] = set()
        self.codes: set[str] = set()

    def reach(self, stage: str) -> None:
        """Go from the stage before to this one, by the proper way."""
        steps: dict[str, Callable[[], Answer]] = {
            "acknowledged": self.way.acknowledge,
            "answered": self.way.baseline,
            "read": self.way.content,
            "failed": lambda: self.way.assessment(pass_it=False),
            "passed": self.way.assessment,
            "evaluated": self.way.evaluation,
            "claimed": lambda: self.way.submit("claim", **forging.bodies(self.activity)[Part.CLAIM]),
        }
        if stage in steps:
            answer = steps[stage]()
            assert answer.status == 200, answer.text
            self.done.add(stage)
        policy = self.activity.assessment.feedback
        told = {"failed": policy is Feedback.AFTER_ATTEMPT, "passed": policy is not Feedback.NEVER}
        if told.get(stage):
            self.done.add("explained")
        if stage == "claimed":
            self.codes = {one.certificate_code for one in claims.live(self._key())}
            assert len(self.codes) == 1

    def _key(self) -> str:
        return keys.participation_key(self.door.COURSE, self.activity.activity_id, self.student)

    def check(self, text: str, student: str, what: object) -> None:
        """No mark that this learner has not reached, and no certificate of somebody else."""
        mine = student == self.student
        found = marked.leaks(text, self.secrets.hidden(self.done if mine else set()))
        found += [] if mine else marked.leaks(text, frozenset(self.codes))
        assert not found, f"{student or 'nobody'} saw {found} by {what}"

    def refused(self, block: str, handler: str, body: object, student: str, *, path: str = "/handler/") -> None:
        answer = self.door.call(getattr(self.door, block), student, handler, body, path=path)
        what = (block, handler, str(body)[:300])
        assert 400 <= answer.status < 500, (answer.status, what)
        assert answer.data["error"]["message"], what
        self.check(answer.text, student, what)

    def submissions(self, stage: str) -> Iterator[tuple[str, str, Any]]:
        """Every body for `submit` and `save_draft` that has to be refused at this stage."""
        attempt = 2 if stage in ("failed", "passed", "evaluated", "claimed") else 1
        right = forging.with_part(forging.bodies(self.activity, attempt=attempt))
        everything = {name: value for body in right.values() for name, value in body.items()}
        for part in right:
            bodies = [body for _, body in forging.faults(self.activity, part, attempt=attempt)]
            if part not in OPEN[stage]:
                # Nobody looks into what is sent to a part that is not open: a few of the faults will do.
                bodies = [right[part], {**everything, "part": part.value}, *bodies[::20]]
            for body, block in itertools.product(bodies, ("ACTIVITY", "PART")):
                yield block, "submit", body
            drafts = [body for body in bodies if part not in OPEN[stage] or _is_no_draft(body, self.activity, part)]
            for body in drafts if part in (Part.BASELINE, Part.ASSESSMENT) else drafts[:3]:
                yield "PART" if part is Part.ASSESSMENT else "ACTIVITY", "save_draft", body
            if part is not Part.CONTENT or Part.CONTENT not in OPEN[stage]:
                yield "CONTENT", "submit", right[part]
            yield "CONTENT", "submit", {**right[part], "edition": forging.OTHER_SHA}
        for name, block in itertools.product(FORGED_PARTS, entrances.BLOCKS):
            yield block, "submit", {**everything, "part": name}
        # On `cme` the content is never said to be done: only the block that holds it says so, of itself.
        yield "ACTIVITY", "submit", {**right[Part.CONTENT], "section": self.activity.content.sections[0]}

    def looks(self, block: str = "ACTIVITY") -> Iterator[dict[str, Any]]:
        """Every way to ask a block to show something."""
        if block == "CONTENT":
            yield from ({}, {"part": "content"}, {"part": "assessment", "view": "attempt", "preview": True})
            return
        parts, views = [None, *(one.value for one in Part)], [None, "attempt", "amount", "preview"]
        for part, view in itertools.product(parts, views):
            yield {"part": part, "view": view, "profession": "md", "preview": True, "attempt": "1"}
        for part in Part:
            yield {"part": part.value, "view": "result", "only": "deliveries"}
        for profession in ("rn", "doctor", "", ["md"], None):
            yield {"part": "claim", "view": "amount", "profession": profession}

    def throw_everything(self, stage: str) -> None:
        """All of it, as this learner, as another who knows every hidden field, and as nobody."""
        for student in (self.student, self.other, ""):
            self.door.view(self.door.ACTIVITY, student)
        before = kept.rows()
        for block, handler, body in self.submissions(stage):
            self.refused(block, handler, body, self.student)
        self.look_at_everything(self.student)
        if stage in ("fresh", "claimed"):
            # What the others may do does not depend on how far this learner is, but for what this one has by then.
            self.as_another()
            self.look_at_everything(self.other)
            self.look_at_everything("")
        assert kept.rows() == before

    def as_another(self) -> None:
        """What belongs to this learner is of no use to another one, nor to nobody, nor through an unchecked door."""
        right = forging.with_part(forging.bodies(self.activity))
        others = [body for part, body in right.items() if part is not Part.OVERVIEW]
        for body, block in itertools.product(others, ("ACTIVITY", "PART", "CONTENT")):
            self.refused(block, "submit", body, self.other)
        for body, block in itertools.product(right.values(), ("ACTIVITY", "PART", "CONTENT")):
            self.refused(block, "submit", body, "")
            for path, student in itertools.product(("/handler_noauth/", "/unauth_handler/"), (self.student, "")):
                for handler in ("submit", "show"):
                    self.refused(block, handler, body, student, path=path)
        bodies = ({"source": olx.to_xml(self.activity)}, {"form": {}, "base": ""}, {})
        for student, handler, body in itertools.product(
            (self.student, self.other, ""), sorted(entrances.AUTHORS), bodies
        ):
            self.refused("ACTIVITY", handler, body, student)

    def look_at_everything(self, student: str) -> None:
        for block in entrances.BLOCKS:
            usage = getattr(self.door, block)
            for body in self.looks(block):
                self.check(self.door.call(usage, student, "show", body).text, student, (block, body))
            for name in (one for one in entrances.views(block) if hasattr(entrances.BLOCKS[block], one)):
                self.check(self.door.view(usage, student, name), student, (block, name))
            for name in (one for one in entrances.DATA if hasattr(entrances.BLOCKS[block], one)):
                told = getattr(self.door.block(usage, student), name)()
                self.check(json.dumps(told), student, (block, name))


def _is_no_draft(body: dict[str, Any], activity: Activity, part: Part) -> bool:
    """Whether a draft of an open part is refused: a draft may be incomplete, but holds nothing that is not offered."""
    items = {Part.BASELINE: activity.baseline.items, Part.ASSESSMENT: activity.assessment.items}.get(part, ())
    offered = {one.id: {option.id for option in one.options} for one in items}
    given = body.get("responses")
    if not items or not isinstance(given, dict):
        return True
    return any(
        not isinstance(chosen, list)
        or len(chosen) > len(offered.get(item, ()))
        or not all(isinstance(one, str) and one in offered.get(item, ()) for one in chosen)
        for item, chosen in given.items()
    )


@pytest.fixture(params=["workbench", "lms"])
def attack(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Callable[..., Attack]:
    """A maker of attacks on one host."""
    settings.CME_ENDPOINTS = kept.ENDPOINTS

    def make(feedback: Feedback = Feedback.AFTER_ATTEMPT) -> Attack:
        activity = marked.activity(feedback)
        if request.param == "workbench":
            course.install(activity)
            return Attack(course, "ana", "eve", activity)
        world = World("lms", platform.install(monkeypatch))
        settings.SERVICE_VARIANT = "lms"
        world.install(activity)
        for student in ("7", "8"):
            world.enrol(student)
        return Attack(world, "7", "8", activity)

    return make


def test_every_handler_has_cases() -> None:
    assert {block: entrances.handlers(block) for block in entrances.BLOCKS} == entrances.HANDLERS


@pytest.mark.parametrize("stage", STAGES)
def test_nothing_leaves_early_and_nothing_is_awarded(attack, stage) -> None:
    one = attack()
    for reached in STAGES[: STAGES.index(stage) + 1]:
        one.reach(reached)
    one.throw_everything(stage)
    awarded = int(stage == "claimed")
    assert kept.count("Claim") == kept.count("LiveClaim") == kept.count("Delivery") == awarded


@pytest.mark.parametrize("feedback", [Feedback.AFTER_PASS, Feedback.NEVER])
@pytest.mark.parametrize("stage", ["failed", "passed", "claimed"])
def test_keys_and_reasons_are_shown_no_earlier_than_the_provider_says(attack, feedback, stage) -> None:
    one = attack(feedback)
    for reached in STAGES[: STAGES.index(stage) + 1]:
        one.reach(reached)
    for student in (one.student, one.other):
        one.look_at_everything(student)


def test_the_marks_are_found_once_they_may_be_seen(attack) -> None:
    """Else the attack would prove nothing: each mark that is not for nobody is shown on the proper way."""
    one = attack()
    seen = ""
    for stage in STAGES:
        one.reach(stage)
        seen += "".join(one.door.view(getattr(one.door, block), one.student) for block in entrances.BLOCKS)
        seen += "".join(one.way.show(**look) for look in one.looks())
    public = one.secrets.hidden(set()) - one.secrets.never - {'"key"', *marked.CORRECT}
    assert marked.leaks(seen, public) == sorted(public)
    assert one.codes
    assert all(code in seen for code in one.codes)


@pytest.mark.parametrize("stage", ["fresh", "acknowledged", "answered", "claimed"])
def test_no_name_of_a_class_is_a_back_door_when_it_is_called_as_a_view(attack, stage) -> None:
    """A runtime calls whatever method bears the name of the view that a request asks for."""
    one = attack()
    for reached in STAGES[: STAGES.index(stage) + 1]:
        one.reach(reached)
    for block in entrances.BLOCKS:
        one.door.view(getattr(one.door, block), one.student)
    before = kept.rows()
    for block in entrances.BLOCKS:
        for name in entrances.names(block):
            try:
                text = one.door.view(getattr(one.door, block), one.other, name)
            except Exception:  # noqa: BLE001, S112 - what is no view of ours may fail, not tell
                continue
            one.check(text, one.other, (block, name))
    assert kept.rows() == before


@pytest.mark.parametrize("part", [Part.BASELINE, Part.ASSESSMENT])
def test_a_form_looks_the_same_whatever_is_right(part) -> None:
    """Not a trace of the key in a form: activities that differ in one item's key and reason give the same page."""
    one = marked.activity(shuffle=False)
    pages = []
    for number, activity in enumerate([one, *marked.keys_swapped(one)]):
        course.install(activity)
        way = Way(f"learner-{number}", activity=activity)
        way.acknowledge()
        if part is Part.ASSESSMENT:
            way.baseline()
            way.content()
        page = way.show(part=part.value, view="attempt")
        pages.append(page.replace(forging.bodies(activity)[part]["edition"], "edition"))
    assert len(pages) == 6
    assert len(set(pages)) == 1
    assert "zq-stem-" in pages[0]


def test_a_failed_attempt_tells_no_more_than_its_score_before_the_pass(attack) -> None:
    """What differs between two answers of the same score must not say which of them was right."""
    one = attack(Feedback.AFTER_PASS)
    for reached in STAGES[: STAGES.index("read") + 1]:
        one.reach(reached)
    answers = wrong(one.activity.assessment.items)
    body = forging.with_part(forging.bodies(one.activity))[Part.ASSESSMENT]
    answer = one.door.call(one.door.ACTIVITY, one.student, "submit", {**body, "responses": answers})
    assert answer.status == 200
    one.check(answer.text, one.student, "the answer to a failed attempt")


def test_a_certificate_is_not_found_by_what_an_attacker_knows(attack) -> None:
    one = attack()
    for stage in STAGES:
        one.reach(stage)
    [claim] = claims.live(keys.participation_key(one.door.COURSE, one.activity.activity_id, one.student))
    known = [claim.uuid, claim.participation.uuid, claim.hash, str(claim.pk), one.student, claim.certificate_code[:-1]]
    known += [claim.certificate_code.upper(), claim.certificate_code + "0", claim.edition.sha256, "0" * 40]
    for guess in known:
        if guess != claim.certificate_code:
            assert Client().get(f"/cme/certificates/{guess}/").status_code == 404, guess
    assert Client().get(f"/cme/certificates/{claim.certificate_code}/").status_code == 200
