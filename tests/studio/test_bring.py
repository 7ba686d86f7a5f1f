"""Questions and people from files, and next year's activity: shown first, kept only by a save."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from lxml import html

from cme_xblock.activity.model import Activity, Assessment, Override
from cme_xblock.studio import values
from cme_xblock.studio.parse import parse
from tests.activity.importers import world
from tests.blocks import course
from tests.blocks.course import Answer
from tests.rules import sample
from tests.studio.browserless import collected

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated")]

GIFT = "::one:: Which? {=right ~wrong}\n\n::two:: Essay? {}\n"


@pytest.fixture(autouse=True)
def installed() -> None:
    course.install()


def ask(handler: str, body: dict[str, Any], student: str = "author") -> Answer:
    return course.call(course.ACTIVITY, student, handler, body)


def send(raw: bytes, *, what: str = "items", name: str = "file") -> Answer:
    return ask("import_file", {"what": what, "name": name, "data": base64.b64encode(raw).decode()})


def stored() -> Activity:
    return course.block(course.ACTIVITY, "author").described()


def test_what_was_understood_and_what_was_not_is_shown_before_anything_is_added() -> None:
    before = stored()
    answer = send(GIFT.encode(), name="questions.gift")
    assert answer.status == 200
    assert len(answer.data["members"]) == 1
    page = html.fromstring(f"<div>{answer.data['html']}</div>").text_content()
    assert "Which?" in page
    assert "✓ right" in page
    assert "Not understood:" in page
    assert "two" in page
    assert stored() == before


@pytest.mark.parametrize("name", ["qti_package", "qti12_canvas.xml", "gift_choices.gift", "csv_semicolon.csv"])
def test_every_question_of_a_file_can_be_put_into_the_form(name: str) -> None:
    found = world.imported(name)
    answer = send(world.case(name), name=name)
    assert len(answer.data["members"]) == len(found.items) > 0
    for one, member in zip(found.items, answer.data["members"], strict=True):
        sent = named(member["html"], "assessment.items.0")
        whole = {**values.of(Activity()), **sent}
        assert parse(whole).activity == Activity(assessment=Assessment(items=(replace(one.item, id=""),)))


def named(member: str, path: str) -> dict[str, str | bool]:
    """The member's values under the path that the page would give it."""
    return {name.replace("new", path, 1): value for name, value in collected(member).items()}


def test_people_come_with_their_relationships() -> None:
    found = world.imported("people_table.csv")
    answer = send(world.case("people_table.csv"), what="people", name="people.csv")
    assert [one["name"] for one in answer.data["members"]] == [one.person.name for one in found.people]
    company = next(one.person.relationships[0].company for one in found.people if one.person.relationships)
    assert any(company in one["html"] for one in answer.data["members"])


@pytest.mark.parametrize(
    "body",
    [
        {"what": "items", "name": "x", "data": "not base64 at all"},
        {"what": "items", "name": "x", "data": base64.b64encode(b"").decode()},
        {"what": "items", "name": "x", "data": base64.b64encode(b"PK\x03\x04 no archive").decode()},
        {"what": "people", "name": "x", "data": base64.b64encode(b"\xff\xfe\x00").decode()},
        {"what": "grades", "name": "x", "data": ""},
        {"what": "items", "name": 1, "data": ""},
        {"what": "items"},
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_reason(body: dict[str, Any]) -> None:
    answer = ask("import_file", body)
    assert answer.status == 400
    assert len(answer.data["error"]["message"].split()) > 2


@pytest.mark.parametrize("what", ["items", "people"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_template_can_be_had_and_read_again(what: str, kind: str) -> None:
    answer = ask("import_template", {"what": what, "kind": kind})
    raw = base64.b64decode(answer.data["data"])
    assert send(raw, what=what, name=answer.data["name"]).status == 200
    assert answer.data["text"].splitlines()[0].count(",") > 3


@pytest.mark.parametrize(
    ("said", "code"), [("RN", "rn"), ("Physician (MD)", "md"), ("physician assistant", "pa"), ("Wizard", "")]
)
def test_a_profession_is_read_by_its_code_or_its_name(said: str, code: str) -> None:
    answer = send(f"name,profession\nAnn Lee,{said}\n".encode(), what="people", name="people.csv")
    [member] = answer.data["members"]
    assert named(member["html"], "people.0")["people.0.profession"] == code
    assert ("is not known" in answer.data["html"]) == (not code)


@pytest.mark.parametrize("data", ["a", "é", "\ud800", "A===", "\u0661"])
def test_what_is_no_base64_is_refused(data: str) -> None:
    assert ask("import_file", {"what": "items", "name": "a.gift", "data": data}).status == 400


@pytest.mark.parametrize("handler", ["import_template", "import_file"])
@pytest.mark.parametrize("what", [{}, [], None, "others"])
def test_what_is_neither_questions_nor_people_is_refused(handler: str, what: object) -> None:
    assert ask(handler, {"what": what, "kind": what, "name": "a", "data": ""}).status == 400


def test_the_renewed_activity_is_shown_with_its_checklist_and_not_kept() -> None:
    before = replace(stored(), overrides=(Override(code="x", where="title", reason="y"),))
    answer = ask("renew", {"values": values.of(before), "release": "2027-02-01", "activity_id": ""})
    assert answer.status == 200
    assert 'value="hand-hygiene-2027"' in answer.data["form"]
    assert 'value="2027-02-01"' in answer.data["form"]
    assert "data-cme-at" in answer.data["checklist"]
    assert stored().activity_id == "hand-hygiene-2026"


@pytest.mark.parametrize(
    ("release", "name"), [("", ""), ("next year", ""), ("2027-02-01", "hand-hygiene-2026"), (None, None)]
)
def test_a_renewal_without_a_day_or_with_the_old_name_is_refused(release: Any, name: Any) -> None:
    answer = ask("renew", {"values": values.of(stored()), "release": release, "activity_id": name})
    assert answer.status == 400


def test_the_pairs_are_shown_side_by_side_with_the_way_to_each_question() -> None:
    shown = ask("check_form", {"values": values.of(sample.activity())}).data["pairs"]
    assert 'data-cme-at="baseline.items.0"' in shown
    assert 'data-cme-at="assessment.items.0"' in shown
