"""The form's handlers in the workbench: saved whole or not at all, and nobody's work is overwritten."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cme_xblock.activity import canonical, olx
from cme_xblock.activity.model import Activity, Objective, Override, Person
from cme_xblock.studio import values
from tests.blocks import course
from tests.blocks.course import Answer
from tests.rules import sample

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated")]

HANDLERS = ("save_form", "compare_form", "check_form", "show_source", "read_source")


@pytest.fixture(autouse=True)
def installed() -> None:
    course.install()


def stored() -> Activity:
    return course.block(course.ACTIVITY, "author").described()


def ask(handler: str, body: dict[str, Any], student: str = "author", **how: Any) -> Answer:
    return course.call(course.ACTIVITY, student, handler, body, **how)


def save(activity: Activity, *, base: Activity, **changes: Any) -> Answer:
    return ask("save_form", {"base": canonical.sha256(base), "values": {**values.of(activity), **changes}})


def test_a_form_is_saved_and_named_by_its_hash() -> None:
    changed = replace(sample.activity(), title="Another title")
    answer = save(changed, base=stored())
    assert answer.status == 200, answer
    assert stored() == changed
    assert answer.data["base"] == canonical.sha256(changed)
    assert course.block(course.ACTIVITY, "author").display_name == "Another title"


def test_the_first_form_of_an_empty_block_is_saved_on_an_empty_base() -> None:
    block = course.block(course.ACTIVITY, "author")
    block.activity = {}
    block.save()
    assert ask("save_form", {"base": "", "values": values.of(sample.activity())}).status == 200
    assert stored() == sample.activity()


def test_what_cannot_be_read_is_told_at_its_field_and_nothing_is_saved() -> None:
    before = stored()
    answer = save(replace(before, title="New"), base=before, expiry="soon", **{"people.0.disclosed_on": "2026-13-01"})
    assert answer.status == 400
    assert set(answer.data["error"]["fields"]) == {"expiry", "people.0.disclosed_on"}
    assert stored() == before


def test_a_draft_that_breaks_a_rule_is_saved_and_its_findings_lead_to_their_fields() -> None:
    broken = replace(stored(), title="", people=(Person(id="lee", name="Lee"),))
    answer = save(broken, base=stored())
    assert answer.status == 200
    assert stored() == broken
    assert 'data-cme-at="title"' in answer.data["findings"]
    assert 'data-cme-at="people.0' in answer.data["findings"]


def test_an_id_that_is_made_comes_back_to_the_page() -> None:
    before = stored()
    more = replace(before, objectives=(*before.objectives, Objective(text="Plan the follow-up of a taper")))
    answer = save(more, base=before)
    path = f"objectives.{len(before.objectives)}.id"
    assert answer.data["values"] == {path: "plan-the-follow-up"}


def test_a_second_author_overwrites_nothing() -> None:
    before = stored()
    theirs = replace(before, title="Their title")
    assert save(theirs, base=before).status == 200
    answer = save(replace(before, medium="My medium"), base=before)
    assert answer.status == 409
    assert stored() == theirs


def test_the_second_author_sees_what_changed_and_chooses() -> None:
    before = stored()
    new = Person(id="zed", name="Zoe Zed")
    theirs = replace(before, title="Their title", estimated_minutes=90, people=(new, *before.people))
    mine = replace(before, title="My title", medium="My medium")
    save(theirs, base=before)
    asked = {"old": values.of(before), "values": values.of(mine)}
    shown = ask("compare_form", asked)
    assert shown.status == 200
    html = shown.data["html"]
    for words in (before.title, "Their title", "My title", "90", "zed"):
        assert words in html
    assert "My medium" not in html
    chosen = ask("compare_form", {**asked, "base": shown.data["base"], "take": {"title": "mine"}})
    assert chosen.data["base"] == canonical.sha256(theirs)
    assert "My medium" in chosen.data["form"]
    assert stored() == theirs
    merged = replace(theirs, title="My title", medium="My medium")
    assert save(merged, base=theirs).status == 200


def test_a_choice_made_for_another_version_is_refused() -> None:
    before = stored()
    save(replace(before, title="One"), base=before)
    asked = {"old": values.of(before), "values": values.of(before), "take": {}, "base": canonical.sha256(before)}
    assert ask("compare_form", asked).status == 409


def test_the_source_of_the_page_and_the_form_of_a_source_go_both_ways_and_keep_nothing() -> None:
    before = stored()
    changed = replace(before, title="Only on the page")
    source = ask("show_source", {"values": values.of(changed)}).data["source"]
    assert olx.from_xml(source) == changed
    form = ask("read_source", {"source": source}).data
    assert "Only on the page" in form["form"]
    assert stored() == before


def test_a_source_that_cannot_be_read_is_told_with_its_line() -> None:
    answer = ask("read_source", {"source": "<activity>\n<titel/></activity>"})
    assert answer.status == 400
    assert answer.data["error"]["line"] == 2


def test_a_check_judges_the_page_and_keeps_nothing() -> None:
    before = stored()
    answer = ask("check_form", {"values": {**values.of(before), "title": ""}})
    assert 'data-cme-at="title"' in answer.data["findings"]
    assert stored() == before


def test_a_warning_stands_with_a_reason_and_only_a_warning() -> None:
    warned = replace(stored(), description="")
    found = ask("check_form", {"values": values.of(warned)}).data["findings"]
    code = found.split('data-cme-finding="warn"')[1].split('data-cme-code="')[1].partition('"')[0]
    where = found.split(f'data-cme-code="{code}"')[1].split('data-cme-where="')[1].partition('"')[0]
    let = replace(warned, overrides=(Override(code=code, where=where, reason="Decided by the committee"),))
    after = ask("check_form", {"values": values.of(let)}).data["findings"]
    assert 'data-cme-finding="overridden"' in after
    assert "Decided by the committee" in after
    silent = replace(let, overrides=(replace(let.overrides[0], reason=""),))
    assert "overridden" not in ask("check_form", {"values": values.of(silent)}).data["findings"]
    untitled = replace(stored(), title="")
    found = ask("check_form", {"values": values.of(untitled)}).data["findings"]
    assert found.count('data-cme-finding="block"') == 1
    code = found.split('data-cme-finding="block"')[1].split('data-cme-code="')[1].partition('"')[0]
    forced = replace(untitled, overrides=(Override(code=code, where="title", reason="x"),))
    assert 'data-cme-finding="block"' in ask("check_form", {"values": values.of(forced)}).data["findings"]


@pytest.mark.parametrize("handler", HANDLERS)
def test_nobody_but_an_author_is_answered(handler: str) -> None:
    before = stored()
    good = values.of(replace(before, title="Mine"))
    body = {"base": canonical.sha256(before), "values": good, "old": good, "source": olx.to_xml(before)}
    assert ask(handler, body, "ana").status == 403
    assert ask(handler, body, path="/unauth_handler/").status == 403
    assert stored() == before


def test_the_page_shows_the_whole_form_to_an_author_and_no_key_to_a_learner() -> None:
    page = course.view(course.ACTIVITY, "author", "studio_view")
    assert "data-cme-form" in page
    assert "data-cme-form" not in course.view(course.ACTIVITY, "ana", "studio_view")
