"""Nothing runs, nothing hides, nothing is lost: any text, in every form, alone and among others."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cme_xblock.console.exports import formats, texts
from cme_xblock.console.exports.columns import Column, Form
from cme_xblock.console.exports.xlsx_file import CELL
from tests.console.exports import reading
from tests.console.exports.learners import HOSTILE, LONG

COLUMNS = (Column("a", Form.TEXT, "x"), Column("b", Form.TEXT, "x"))
anything = st.text(st.characters(blacklist_categories=()), max_size=40)
# Often what is risky, and not one character in a million.
risky = st.lists(
    st.sampled_from([*"=+-@\t\r\n '\"\\ux00_,;＝ab1\0\u202e\ud800", "\\u0041", "_x0041_"]), max_size=12
).map("".join)


def made(form: str, values: list[str]) -> bytes:
    writer = formats.writer(form, COLUMNS)
    return writer.begin() + writer.rows([values, values[::-1]]) + writer.end()


def runs(cell: str) -> bool:
    """Whether a spreadsheet would take that cell of a CSV file for a formula."""
    bare = cell.lstrip(' \t\r\n\xa0\u3000"')
    return cell[:1] in ("\t", "\r") or bare[:1] in tuple("=+-@＝＋－＠")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_inert_and_can_be_read_back(text: str) -> None:
    cell = texts.inert(text)
    assert not runs(cell)
    assert not set(cell) & {"\0", "\x1b", "\x07", "\u202e", "\u2066", "\u2069", "\ufeff", "\u2028", "\ud800"}
    assert texts.plain(cell) == text


@given(st.one_of(anything, risky))
@settings(max_examples=2000, deadline=None)
def test_any_text_is_inert_and_can_be_read_back(text: str) -> None:
    assert not runs(texts.inert(text))
    assert texts.plain(texts.inert(text)) == text
    assert texts.plain(texts.visible(text), csv=False) == text


@given(st.lists(st.one_of(anything, risky), min_size=1, max_size=8))
@settings(max_examples=500, deadline=None)
def test_a_column_is_what_its_cells_are_alone(values: list[str]) -> None:
    assert list(texts.all_inert(values)) == [texts.inert(one) for one in values]
    assert list(texts.all_visible(values)) == [texts.visible(one) for one in values]


@given(st.lists(st.one_of(anything, risky), min_size=1, max_size=6))
@settings(max_examples=300, deadline=None)
def test_every_form_gives_back_what_went_in(values: list[str]) -> None:
    assert [texts.plain(row["a"]) for row in reading.of_csv(made("csv_bom", values))] == values
    assert [row["b"] for row in reading.of_json_lines(made("jsonl", values))] == values[::-1]
    cells = [row["a"] for row in reading.of_xlsx(made("xlsx", values))]
    assert [texts.plain(reading.spelt(one or ""), csv=False) for one in cells] == values


def test_a_million_letters_are_whole_where_the_form_has_room_for_them() -> None:
    assert reading.of_csv(made("csv", [LONG]))[0]["a"] == LONG
    assert reading.of_json_lines(made("jsonl", [LONG]))[0]["a"] == LONG
    [cell] = [row["a"] for row in reading.of_xlsx(made("xlsx", [LONG]))]
    assert len(cell) == CELL
    assert cell.endswith("[cut: 1000000 characters; the whole is in CSV and JSON Lines]")


def test_a_cell_of_the_greatest_length_is_not_cut() -> None:
    halves = "😀" * (CELL // 2)
    assert reading.of_xlsx(made("xlsx", [halves]))[0]["a"] == halves
    assert "cut" in reading.of_xlsx(made("xlsx", [halves + "ab"]))[0]["a"]


def test_json_lines_are_ascii_so_that_nothing_in_them_misleads() -> None:
    content = made("jsonl", list(HOSTILE))
    assert content.isascii()
    assert len(content.splitlines()) == 1 + len(HOSTILE)


def test_the_mark_of_utf_8_is_there_where_it_is_asked_for_alone() -> None:
    assert made("csv_bom", ["ä"]).startswith(b"\xef\xbb\xbfa,b\r\n")
    assert made("csv", ["ä"]).startswith(b"a,b\r\n")


def test_each_form_says_what_its_columns_mean() -> None:
    head = json.loads(made("jsonl", ["x"]).split(b"\n")[0])
    assert head["columns"][0] == {"column": "a", "holds": "text", "personal": False, "meaning": "x"}
