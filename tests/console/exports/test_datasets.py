"""Every column of every export through the real database: what is in it, what is not, and that none of it runs."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, models

from cme_xblock.console.exports import formats, texts
from cme_xblock.console.exports.columns import Form
from cme_xblock.console.exports.datasets import KINDS
from cme_xblock.console.exports.datasets.evaluations import _summed
from cme_xblock.console.exports.datasets.research import told
from cme_xblock.console.exports.scope import Moved, Scope, highest
from cme_xblock.outcomes import hiding_evaluation
from cme_xblock.outcomes.evidence import Evaluated
from cme_xblock.records import activity_index
from cme_xblock.records.models import (
    ActivityIndex,
    Claim,
    Delivery,
    Edition,
    EntryRow,
    EvaluationSheet,
    FirstAttempts,
    Participation,
)
from tests.console import world as worlds
from tests.console.exports import learners, reading
from tests.console.exports.learners import HOSTILE
from tests.console.exports.test_texts import runs
from tests.console.world import COURSE_B, World

pytestmark = [pytest.mark.django_db, pytest.mark.database]

COURSE = "course-v1:Lake+Exports+2026"
SEALED, TESTED = "77", "78"


@pytest.fixture
def crowd(world: World) -> World:
    """Eight learners of A: one has a retired account, one only tested; and one learner of B."""
    # That a step of the report was tried is remembered there.
    cache.clear()
    here = worlds.publish(COURSE, worlds.PROVIDER_A)
    activity_index.refresh()
    for number in range(1, 7):
        one = learners.took_part(COURSE, str(number), name=f"Learner {number}", profession="md" if number < 6 else "rn")
        learners.owed(one)
        learners.evaluated(one, written=f"Words {number}")
    for number in (SEALED, TESTED):
        learners.took_part(COURSE, number, name=f"Learner {number}")
    Participation.objects.mark(Participation.objects.get(learner_id=TESTED).pk, is_test=True)
    models.QuerySet.update(Participation.objects.filter(learner_id=SEALED), sealed_at="2026-11-22T13:00:00.000000Z")
    learners.took_part(COURSE_B, "9", name="Somebody of B")
    return replace(world, a=here)


def scope(world: World, **named: Any) -> Scope:
    return Scope((world.a,), last=highest(), secret=b"s" * 32, **named)


def rows(kind: str, scope: Scope) -> list[dict[str, Any]]:
    """The rows of that export, as JSON Lines have them."""
    dataset = KINDS[kind]()
    writer = formats.writer("jsonl", dataset.columns)
    content = writer.begin()
    for page in dataset.pages(scope):
        content += writer.rows(page.columns)
    return reading.of_json_lines(content)


@pytest.mark.parametrize("kind", KINDS)
def test_every_export_is_of_the_activities_asked_for_and_of_whom_it_should_be(crowd: World, kind: str) -> None:
    found = json.dumps(rows(kind, scope(crowd)), ensure_ascii=False)
    assert found != "[]"
    for stranger in ("Somebody of B", COURSE_B, f"Learner {SEALED}", f"Learner {TESTED}"):
        assert stranger not in found


@pytest.mark.parametrize("kind", ["claims", "completions", "responses"])
def test_tests_and_retired_accounts_are_there_where_they_are_wanted(crowd: World, kind: str) -> None:
    wanted = {str(one["learner"]) for one in rows(kind, scope(crowd, tests=True, sealed=True))}
    assert wanted == {*map(str, range(1, 7)), SEALED, TESTED}


def test_a_claim_is_what_its_certificate_shows(crowd: World) -> None:
    claim = Claim.objects.get(participation__learner_id="1")
    [row] = [one for one in rows("claims", scope(crowd)) if one["claim"] == claim.uuid]
    assert (row["amount"], row["unit"], row["completed_on"]) == ("1.25", "credit", "2026-11-22")
    assert (row["name_certified"], row["standing"], row["test"]) == ("Learner 1", "live", False)
    assert row["certificate_code"] == claim.certificate_code
    assert row["claimed_at"] == "2026-11-22T12:45:01.123456Z"


def test_completion_records_say_how_far_each_came(crowd: World) -> None:
    found = {one["learner"]: one for one in rows("completions", scope(crowd))}
    assert found["1"]["disclosure"] is True
    assert found["1"]["baseline"] is True
    assert found["1"]["credit"] == "ama_pra_1 1.25"
    assert found["1"]["completed_on"] == "2026-11-22"


def test_responses_have_the_words_that_were_shown(crowd: World) -> None:
    found = [one for one in rows("responses", scope(crowd)) if one["learner"] == "1"]
    assert {one["part"] for one in found} == {"baseline", "assessment"}
    assert all(one["stem"] and one["chosen_text"] for one in found if one["chosen"])
    assert {one["right"] for one in found if one["part"] == "assessment"} == {True, None}


@pytest.mark.parametrize(
    ("kind", "filters", "left"),
    [
        ("claims", {"profession": ("rn",)}, {"6"}),
        ("claims", {"since": "2026-11-23"}, set()),
        ("claims", {"since": "2026-11-22", "until": "2026-11-22"}, {"1", "2", "3", "4", "5", "6"}),
        ("claims", {"standing": ("withdrawn",)}, set()),
        ("completions", {"profession": ("rn",)}, {"6"}),
        ("completions", {"since": "2026-11-23"}, set()),
        ("deliveries", {"state": ("accepted",)}, set()),
        ("deliveries", {"endpoint": ("pars",)}, {"1", "2", "3", "4", "5", "6"}),
        ("responses", {"until": "2026-11-21"}, set()),
        ("responses", {"since": "2026-11-22"}, {"1", "2", "3", "4", "5", "6"}),
    ],
)
def test_filters_leave_what_was_asked_for(crowd: World, kind: str, filters: dict[str, Any], left: set[str]) -> None:
    assert {one["learner"] for one in rows(kind, scope(crowd, filters=filters))} == left


@pytest.mark.parametrize("kind", KINDS)
def test_each_page_goes_on_where_the_one_before_ended(crowd: World, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from cme_xblock.console.exports import scope as scopes
    from cme_xblock.console.exports.datasets import research

    whole = rows(kind, scope(crowd))
    monkeypatch.setattr(scopes.stretches, "__kwdefaults__", {"size": 2})
    monkeypatch.setattr(research, "PAGE", 2)
    cursor, found = dict(scopes.START), []
    for _ in range(50):
        dataset = KINDS[kind]()
        page = next(dataset.pages(scope(crowd), cursor), None)
        if page is None:
            break
        writer = formats.writer("jsonl", dataset.columns)
        found += reading.of_json_lines(writer.begin() + writer.rows(page.columns))
        cursor = json.loads(json.dumps(page.cursor))
    assert found == whole


SPOILT = (Participation, Claim, EntryRow, Delivery, EvaluationSheet, FirstAttempts, Edition, ActivityIndex)
# What rows are found by, and what has to be JSON to be looked at: there the text goes inside.
FOUND_BY = {"activity_key", "sha256", "canonical", "kind", "instrument"}
INSIDE = {"payload", "chosen", "written"}


def spoil(text: str) -> None:
    """Put that text into every text of every row that is exported, as a damaged or older database might have it."""
    for model in SPOILT:
        fields = [
            one for one in model._meta.fields
            if isinstance(one, models.CharField | models.TextField) and one.name not in FOUND_BY
        ]  # fmt: skip
        for row in model._base_manager.all():
            values = {one.name: f"{text}{row.pk}"[: one.max_length] for one in fields if one.name not in INSIDE}
            inside = json.dumps({"responses": {f"{text}{row.pk}": [text]}, "completed_on": text})
            values |= {one.name: inside for one in fields if one.name == "payload"}
            values |= {one.name: json.dumps({text: [text]}) for one in fields if one.name in ("chosen", "written")}
            models.QuerySet.update(model._base_manager.filter(pk=row.pk), **values)


# A database's own text can't hold half of a surrogate pair, and PostgreSQL's no NUL. Cut, as columns are narrow.
STORED = [one[:10] for one in HOSTILE if "\ud800" not in one]


def test_no_field_of_any_export_runs_misleads_or_is_lost(crowd: World) -> None:
    for kind in KINDS:
        rows(kind, scope(crowd))
    seen: dict[str, set[str]] = {}
    for text in [one for one in STORED if "\0" not in one or connection.vendor != "postgresql"]:
        spoil(text)
        for kind in KINDS:
            seen.setdefault(kind, set()).update(checked(kind, crowd, text))
    # That the text got to every column that is not computed, or the test would show nothing.
    computed = {"part", "standing", "mode", "provider", "title", "format", "section", "unit", "designated", "support"}
    for kind in ("claims", "deliveries", "completions", "responses", "evaluation"):
        wanted = {one.name for one in KINDS[kind].columns if one.form is Form.TEXT} - computed
        known = {
            "edition",
            "replaces",
            "replaced_by",
            "change",
            "statement",
            "system",
            "kind",
            "objective",
            "pair",
            "stem",
        }
        assert wanted - seen[kind] <= known | {"chosen_text", "asked", "answer_text", "credit"}, kind


def checked(kind: str, crowd: World, text: str) -> set[str]:
    """Every cell of that export in every form; gives the columns in which the text was met."""
    dataset = KINDS[kind]()
    pages = [page.columns for page in dataset.pages(scope(crowd, tests=True, sealed=True))]
    files = {}
    for form in formats.FORMS:
        writer = formats.writer(form, dataset.columns)
        files[form] = writer.begin() + b"".join(map(writer.rows, pages)) + writer.end()
    raw = reading.of_json_lines(files["jsonl"])
    cells, book = reading.of_csv(files["csv_bom"]), reading.of_xlsx(files["xlsx"])
    assert len(raw) == len(cells) == len(book)
    forms, met = {one.name: one.form for one in dataset.columns}, set()
    for exact, cell, typed in zip(raw, cells, book, strict=True):
        for name, form in forms.items():
            where = (kind, name, text)
            assert not runs(cell[name]), where
            assert not set(cell[name]) & {"\0", "\x1b", "\u202e", "\u2066", "\ufeff"}, where
            if form in (Form.TEXT, Form.INSTANT, Form.DAY):
                assert texts.plain(cell[name]) == (exact[name] or ""), where
            if form is Form.TEXT:
                assert texts.plain(reading.spelt(typed[name] or ""), csv=False) == (exact[name] or ""), where
            if isinstance(exact[name], str) and text in exact[name]:
                met.add(name)
    return met


def test_a_ledger_that_cannot_be_read_is_named_and_stops_nothing(crowd: World) -> None:
    one = EntryRow.objects.filter(kind="baseline_submitted").first()
    assert one is not None
    models.QuerySet.update(EntryRow.objects.filter(pk=one.pk), payload="{")
    found = rows("responses", scope(crowd))
    assert [row["item"] for row in found if "unreadable" in row["item"]] == ["(unreadable: run cme_verify)"]
    assert {row["learner"] for row in found} == {"1", "2", "3", "4", "5", "6"}


def test_research_names_nobody_and_tells_of_no_small_group(crowd: World) -> None:
    found = rows("research", scope(crowd))
    whole = json.dumps(found)
    assert len(found) == 6
    for participation in Participation.objects.all():
        for secret in (participation.uuid, participation.key, participation.learner_key, participation.course_key):
            assert secret not in whole
    assert {one["profession"] for one in found} == {"withheld"}, "five and one: the one would be had by subtraction"
    other = rows("research", Scope((crowd.a,), last=highest(), secret=b"t" * 32))
    assert not {one["pseudonym"] for one in found} & {one["pseudonym"] for one in other}


def test_two_research_files_do_not_give_away_who_came_between(crowd: World) -> None:
    def marks() -> list[tuple[str, str]]:
        return sorted((one["before_marks"], one["after_marks"]) for one in rows("research", scope(crowd)))

    learners.took_part(COURSE, "10", name="Learner 10")
    first = marks()
    assert len(first) == 7
    learners.took_part(COURSE, "11", name="Learner 11")
    assert marks() == first, "one more learner would be the difference of the two"
    for number in range(12, 21):
        learners.took_part(COURSE, str(number), name=f"Learner {number}")
    assert len(marks()) == 17


def test_a_research_file_is_of_one_step(crowd: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from cme_xblock.console.exports.datasets import research

    monkeypatch.setattr(research, "PAGE", 2)
    learners.took_part(COURSE, "10", name="Learner 10")
    page = next(research.Research().pages(scope(crowd)))
    for number in range(11, 21):
        learners.took_part(COURSE, str(number), name=f"Learner {number}")
    rows("research", scope(crowd))
    with pytest.raises(Moved, match="Start it again"):
        next(research.Research().pages(scope(crowd), page.cursor))


def test_two_sums_of_named_evaluations_do_not_give_away_who_came_between(crowd: World) -> None:
    def counted() -> list[tuple[Any, ...]]:
        found = rows("evaluation_sums", scope(crowd))
        return [(one["question"], one["answered"], one["choice"], one["count"]) for one in found if not one["text"]]

    first = counted()
    assert first
    learners.evaluated(learners.took_part(COURSE, "10", name="Learner 10"), written="Words 10")
    assert counted() == first, "one more evaluation would be the difference of the two"
    for number in range(11, 25):
        learners.evaluated(learners.took_part(COURSE, str(number), name=f"L {number}"), written=f"Words {number}")
    assert counted() != first


def test_an_activity_with_too_few_learners_is_no_research(crowd: World) -> None:
    [row] = rows("research", Scope((crowd.b,), last=highest(), secret=b"t" * 32))
    assert (row["pseudonym"], row["profession"], row["before_marks"]) == ("", "withheld", "")


@pytest.mark.parametrize(
    ("counts", "named"),
    [
        ({"md": 10, "rn": 7}, {"md", "rn"}),
        ({"md": 10, "rn": 4}, set()),
        ({"md": 10, "rn": 7, "pa": 4}, {"md"}),
        ({"md": 10, "rn": 3, "pa": 2}, {"md"}),
        ({"md": 3}, set()),
        ({}, set()),
    ],
)
def test_what_is_withheld_is_never_a_small_group(counts: dict[str, int], named: set[str]) -> None:
    found = told(counts, minimum=5)
    assert found == named
    assert (
        sum(number for one, number in counts.items() if one not in found) not in range(1, 5) or sum(counts.values()) < 5
    )


@pytest.mark.parametrize(
    ("n", "answered", "counts", "shown"),
    [
        (20, 20, {"a": 10, "b": 10}, (20, {"a": 10, "b": 10})),
        (20, 20, {"a": 18, "b": 2}, (20, {"a": "hidden", "b": "hidden"})),
        (4, 4, {"a": 4}, ("hidden", {"a": "hidden"})),
        (20, 20, {"a": 20, "b": 12}, (20, {"a": 20, "b": 12})),
        (20, 20, {"a": 17, "b": 12}, (20, {"a": "hidden", "b": 12})),
        # The report tells of 40 evaluations: two left the question out.
        (40, 38, {"a": 20, "b": 18}, ("hidden", {"a": 20, "b": "hidden"})),
        (40, 30, {"a": 12, "b": 18}, (30, {"a": 12, "b": 18})),
    ],
)
def test_sums_hide_whom_they_could_name_and_the_complement(n: int, answered: int, counts: Any, shown: Any) -> None:
    several = sum(counts.values()) > answered
    asked = {"id": "q", "kind": "multiple" if several else "single", "purpose": "own", "objective": "", "subject": "",
             "stem": "Which?", "choices": [{"id": one, "text": one, "comment": False} for one in counts]}  # fmt: skip
    one = Evaluated((asked,), n, {"q": {"answered": answered, "counts": counts, "texts": []}}, anonymous=True)
    told = list(_summed(one, hiding_evaluation.hidden(one, minimum=5), 5))
    assert {row[2] for row in told} == {shown[0]}
    assert {row[3]: row[5] for row in told} == shown[1]


@pytest.mark.parametrize(("why", "told"), [(12, 12), (10, "hidden"), (4, "hidden"), (6, 6)])
def test_reasons_are_counted_among_those_who_were_asked_for_one(why: int, told: int | str) -> None:
    """Twelve of forty saw a bias; where ten wrote why, two did not."""
    asked = {"id": "q", "kind": "single", "purpose": "bias", "objective": "", "subject": "", "stem": "Bias?",
             "choices": [{"id": one, "text": one, "comment": one == "yes"} for one in ("yes", "no")]}  # fmt: skip
    counts = {"answered": 40, "counts": {"yes": 12, "no": 28}, "texts": []}
    reasons = {"answered": why, "counts": {}, "texts": ["x"]}
    one = Evaluated((asked,), 40, {"q": counts, "q#why": reasons}, anonymous=True)
    rows_of = list(_summed(one, hiding_evaluation.hidden(one, minimum=5), 5))
    assert [row[2] for row in rows_of if row[0] == "q#why"] == [told]


def test_the_dictionary_has_every_column(crowd: World) -> None:
    for kind, dataset in KINDS.items():
        names = [one.name for one in dataset.columns]
        assert len(set(names)) == len(names), kind
        assert all(one.meaning.endswith((".", "…")) and one.name.isidentifier() for one in dataset.columns), kind
    assert next(csv.reader(io.StringIO("a,b"))) == ["a", "b"]
