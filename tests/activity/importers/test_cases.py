"""Each file or folder in `cases/` beside its answer: every question, every note, every problem."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import pytest

from cme_xblock.activity import olx
from cme_xblock.activity.importers import KINDS, Import, ImportFailed, distinct, read, template, to_data
from cme_xblock.activity.importers import people as people_table
from cme_xblock.activity.model import Activity, Assessment
from tests.activity.importers.world import CASES, NAMES, imported, short

QUESTIONS = [name for name in NAMES if not name.startswith("people")]


@pytest.mark.parametrize("name", NAMES)
def test_each_file_gives_what_its_answer_says(name: str) -> None:
    answer = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    assert short(imported(name)) == answer


def test_every_answer_has_a_case() -> None:
    assert sorted(path.name.removesuffix(".json") for path in CASES.glob("*.json")) == NAMES


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_was_read_goes_through_olx_unchanged(name: str) -> None:
    found = imported(name)
    assert isinstance(found, Import)
    activity = dataclasses.replace(Activity(), assessment=Assessment(items=tuple(one.item for one in found.items)))
    assert olx.from_xml(olx.to_xml(activity)) == activity


@pytest.mark.parametrize("name", QUESTIONS)
def test_ids_are_unique_and_the_same_each_time(name: str) -> None:
    found = imported(name)
    assert isinstance(found, Import)
    ids = [one.item.id for one in found.items]
    assert len(set(ids)) == len(ids)
    assert imported(name) == found


@pytest.mark.parametrize("name", NAMES)
def test_an_import_is_plain_json_and_can_be_translated(name: str) -> None:
    found = imported(name)
    assert json.loads(json.dumps(to_data(found))) == to_data(found)
    marked = to_data(found, gettext=lambda text: f"<{text}>")
    assert all(note["message"].startswith("<") for note in [*marked["notes"], *marked["problems"]])


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_question_is_read_without_a_word_on_how(name: str) -> None:
    found = imported(name)
    assert isinstance(found, Import)
    assert all(str(one.notes[0].message).startswith("Read as: ") for one in found.items)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("make", "understand"),
    [(template, lambda data: read(data).items), (people_table.template, lambda data: people_table.read(data).people)],
    ids=["questions", "people"],
)
def test_a_template_is_read_without_a_problem(
    kind: str, make: Callable[[str], bytes], understand: Callable[[bytes], tuple[object, ...]]
) -> None:
    assert len(understand(make(kind))) >= 2
    assert make(kind) == make(kind)


def test_both_templates_say_the_same() -> None:
    assert [one.item for one in read(template("csv")).items] == [one.item for one in read(template("xlsx")).items]
    two = [people_table.read(people_table.template(kind)).people for kind in ("csv", "xlsx")]
    assert two[0] == two[1]


def test_the_format_can_be_named() -> None:
    text = b"Is this GIFT {T}\nA. yes\nB. no\nANSWER: A\n"
    assert read(text, kind="aiken").kind == "aiken"
    assert read(text, kind="gift").kind == "gift"
    with pytest.raises(ImportFailed, match="not known"):
        read(text, kind="word")
    assert set(KINDS) == {"qti", "gift", "aiken", "olx", "csv", "xlsx"}


def test_more_questions_than_anyone_reviews_are_refused() -> None:
    with pytest.raises(ImportFailed, match="more than 2000 questions"):
        read(b"Q {T}\n\n" * 2001, name="many.gift")
    assert len(read(b"Q {T}\n\n" * 2000, name="many.gift").items) == 2000


def test_ids_that_the_activity_has_already_are_given_to_nobody_else() -> None:
    found = imported("qti_package")
    assert isinstance(found, Import)
    made = distinct(found, taken={"item-1", "item-1-2"})
    assert [one.item.id for one in made.items] == ["item-1-3", "item-1-1", "item-1-2-2"]
    assert made.media[0].used_by == ("item-1-3",)
    assert "is taken in the activity" in str(made.items[0].notes[-1].message)
    assert made.items[1] == found.items[1]
    assert distinct(found, taken=()) == found
    assert [one.item.id for one in distinct(found, taken={"item-1"}).items] == ["item-1-3", "item-1-1", "item-1-2"]


def test_an_identifier_of_the_source_names_the_question() -> None:
    found = imported("qti_package")
    assert isinstance(found, Import)
    assert [one.item.id for one in found.items] == ["item-1", "item-1-1", "item-1-2"]
