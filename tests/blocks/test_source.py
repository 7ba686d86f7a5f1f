"""The author's door: what can't be read changes nothing, nor does who is no author; a draft with findings is kept."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cme_xblock.activity import canonical, olx
from cme_xblock.activity.model import Activity
from tests.blocks import course, entrances, kept, marked
from tests.blocks.course import Answer
from tests.blocks.way import Way
from tests.rules import sample

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated")]

CASES = Path(__file__).resolve().parent.parent / "activity" / "cases"
HOSTILE = tomllib.loads((CASES / "olx.toml").read_text(encoding="utf-8"))
CLOSED = "not open yet"


def save(source: object, student: str = "author", **how: Any) -> Answer:
    return course.call(course.ACTIVITY, student, "save_source", {"source": source}, **how)


def stored() -> tuple[dict[str, Any], str]:
    block = course.block(course.ACTIVITY, "ana")
    return canonical.to_data(block.described()), block.display_name


def unreadable() -> dict[str, str]:
    """The hostile files of `tests/activity` that can be sent as text at all."""
    found = {}
    for name in HOSTILE:
        raw = (CASES / "olx" / f"{name}.xml").read_bytes()
        try:
            found[name] = raw.decode("utf-8")
        except UnicodeDecodeError:
            continue
    return found


@pytest.fixture(autouse=True)
def ward(settings: Any) -> None:
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    course.install()


@pytest.mark.parametrize("name", unreadable())
def test_a_hostile_or_mistaken_source_is_refused_with_its_line(name) -> None:
    before, rows = stored(), kept.rows()
    answer = save(unreadable()[name])
    assert answer.status == 400
    error = answer.data["error"]
    assert HOSTILE[name]["says"] in error["message"]
    assert (error["line"] or 0) == HOSTILE[name]["line"]
    assert (stored(), kept.rows()) == (before, rows)


def test_a_good_source_cut_off_anywhere_is_refused() -> None:
    source = olx.to_xml(sample.activity())
    before = stored()
    for end in range(0, len(source.rstrip()), 97):
        answer = save(source[:end])
        assert answer.status == 400, end
        assert answer.data["error"]["message"]
    assert stored() == before


@pytest.mark.parametrize("size", [1_000_001, 2_100_000])
def test_a_source_of_megabytes_is_refused(size) -> None:
    before = stored()
    filler = "<!--" + "x" * size + "-->"
    answer = save(olx.to_xml(sample.activity()) + filler)
    assert answer.status in (400, 413)
    assert answer.data["error"]["message"]
    assert stored() == before


def test_an_activity_of_many_long_items_can_be_saved() -> None:
    """Two hundred items of half a page each: more than the 200 kB that a learner's request may have."""
    plain = sample.activity()
    [first, *rest] = plain.assessment.items
    many = tuple(
        replace(first, id=f"a{number}", pair_id="", stem=f"{number} " + "long " * 300) for number in range(200)
    )
    source = olx.to_xml(replace(plain, assessment=replace(plain.assessment, items=(first, *rest, *many))))
    assert len(source) > 300_000
    assert save(source).status == 200


@pytest.mark.parametrize("student", ["ana", "none", "", None, "Author", "author ", "instructor"])
def test_who_is_no_author_changes_nothing_and_sees_no_source(student) -> None:
    changed = olx.to_xml(replace(marked.activity(), title="Another title"))
    course.install(marked.activity())
    before, rows = stored(), kept.rows()
    answer = course.call(course.ACTIVITY, student, "save_source", {"source": changed})
    assert answer.status == 403
    secrets = marked.secrets(marked.activity()).hidden(set())
    for text in (answer.text, course.view(course.ACTIVITY, student, "studio_view")):
        assert not marked.leaks(text, secrets)
        assert "Studio" in text
    assert (stored(), kept.rows()) == (before, rows)


@pytest.mark.parametrize("path", ["/handler_noauth/", "/unauth_handler/"])
def test_an_author_is_not_taken_at_an_unchecked_door(path) -> None:
    before = stored()
    assert save(olx.to_xml(replace(sample.activity(), title="Another title")), path=path).status == 403
    assert stored() == before


def test_a_good_source_is_saved_and_names_the_block() -> None:
    changed = replace(sample.activity(), title="Hand hygiene, second edition")
    answer = save(olx.to_xml(changed))
    assert answer.status == 200
    assert answer.data["saved"] is True
    assert stored() == (canonical.to_data(changed), changed.title)


def test_the_page_shows_what_was_saved_byte_for_byte() -> None:
    changed = replace(sample.activity(), title="A < B & \"C\" 'D' ]]> é 漢 \u202b")
    source = olx.to_xml(changed)
    assert save(source).status == 200
    assert canonical.to_data(olx.from_xml(source)) == stored()[0]
    page = course.view(course.ACTIVITY, "author", "studio_view")
    assert "]]&amp;gt;" in page
    assert "<activity" not in page.split("<textarea")[1].split("</textarea>")[0]


def blocked() -> Activity:
    """A draft that a rule keeps closed: nobody in control is named."""
    return replace(sample.activity(), people=())


def test_a_draft_with_findings_is_kept_and_closes_the_activity() -> None:
    way = Way("ana")
    assert way.acknowledge().status == 200
    answer = save(olx.to_xml(blocked()))
    assert answer.status == 200
    assert "Must be fixed" in answer.data["html"]
    rows = kept.rows()
    for student in ("ana", "eve", "none"):
        page = course.view(course.ACTIVITY, student)
        assert CLOSED in page
        assert "data-cme-submit" not in page
        assert CLOSED in course.view(course.ACTIVITY, student, "public_view")
    for part in ("overview", "baseline", "assessment", "claim"):
        answer = course.call(course.ACTIVITY, "ana", "submit", {"part": part, "responses": {}})
        assert answer.status == 409
        assert CLOSED in answer.data["error"]["message"]
    assert course.call(course.ACTIVITY, "ana", "show", {"part": "overview"}).status == 409
    assert course.call(course.ACTIVITY, "ana", "save_draft", {"part": "baseline", "responses": {}}).status == 409
    assert kept.rows() == rows


def test_once_it_is_mended_everybody_goes_on_where_they_were() -> None:
    way = Way("ana")
    assert way.acknowledge().status == 200
    assert save(olx.to_xml(blocked())).status == 200
    assert CLOSED in course.view(course.ACTIVITY, "ana")
    assert save(olx.to_xml(sample.activity())).status == 200
    assert way.baseline().status == 200


@pytest.mark.parametrize(
    "damage",
    [
        {"title": 7},
        {"unknown": 1},
        {"activity_id": ["x"]},
        {"activity_id": "x" * 5000},
        {"activity_id": "\x00"},
        {"people": None},
        {"deep": [[[[[[[[[[{}]]]]]]]]]]},
    ],
    ids=lambda one: str(one)[:40],
)
@pytest.mark.parametrize("whole", [True, False])
def test_a_damaged_field_closes_the_activity_and_breaks_no_page(damage, whole) -> None:
    """The field is author's data in somebody else's store: an import or a script may have left anything in it."""
    good = canonical.to_data(sample.activity())
    block = course.block(course.ACTIVITY, "author")
    block.activity = damage if whole else {**good, **damage}
    block.save()
    for student in ("ana", "author", "none"):
        for name in entrances.views("ACTIVITY"):
            if hasattr(entrances.BLOCKS["ACTIVITY"], name):
                course.view(course.ACTIVITY, student, name)
        assert CLOSED in course.view(course.ACTIVITY, student)
    for name in ("student_view_data", "index_dictionary", "max_score"):
        json.dumps(getattr(course.block(course.ACTIVITY, "ana"), name)())
    assert course.call(course.ACTIVITY, "ana", "show", {}).status == 409
    assert course.call(course.ACTIVITY, "ana", "submit", {"part": "overview"}).status == 409
    assert kept.count("Edition", "PublishedEdition", "Participation") == 0


@pytest.mark.parametrize("activity_id", ["", "unknown", "x" * 300, "a\x00b", "HAND-HYGIENE-2026", "hand-hygiene-2026 "])
@pytest.mark.parametrize("usage", [course.PART, course.CONTENT], ids=["part", "content"])
def test_a_block_that_points_nowhere_is_closed_and_breaks_no_page(usage, activity_id) -> None:
    course.view(course.ACTIVITY, "ana")
    block = course.block(usage, "author")
    block.activity_id = activity_id
    block.save()
    rows = kept.rows()
    for student in ("ana", "author", "none"):
        for name in ("student_view", "author_view", "public_view"):
            assert course.SECRET not in course.view(usage, student, name) or student == "author"
        assert course.call(usage, student, "show", {}).status == 409
    part = "assessment" if usage == course.PART else "content"
    assert course.call(usage, "ana", "submit", {"part": part}).status == 409
    assert kept.rows() == rows
