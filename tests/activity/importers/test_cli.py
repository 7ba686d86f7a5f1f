"""The command line: what it shows, what it answers with, and that it changes nothing."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from cme_xblock.activity import olx
from cme_xblock.activity.importers.cli import run
from tests.activity.importers.world import CASES


def answer(*argv: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    return run(argv, out, err), out.getvalue(), err.getvalue()


def test_all_read_is_0_and_a_problem_is_1_and_nothing_read_is_2(tmp_path: Path) -> None:
    good = tmp_path / "good.gift"
    good.write_bytes(b"Q? {=a ~b}\n")
    assert answer(str(good))[0] == 0
    assert answer(str(CASES / "gift_choices.gift"))[0] == 1
    status, out, err = answer(str(tmp_path / "absent"))
    assert (status, out) == (2, "")
    assert "can't be opened" in err
    assert answer()[0] == 2
    assert answer("--help")[0] == 0


def test_the_text_shows_each_question_its_key_and_each_note() -> None:
    _, out, _ = answer(str(CASES / "qti21_single.xml"))
    assert "item-1 (qti21_single.xml)" in out
    assert "* A topical NSAID" in out
    assert "- The picture knee.png was left out" in out


def test_json_is_the_whole_import() -> None:
    status, out, _ = answer(str(CASES / "olx_several.xml"), "--format", "json")
    found = json.loads(out)
    assert status == 1
    assert len(found["items"]) == 2
    assert len(found["problems"]) == 4


def test_olx_can_be_pasted_into_an_activity() -> None:
    _, out, _ = answer(str(CASES / "csv_semicolon.csv"), "--olx")
    activity = olx.from_xml(f"<activity><assessment>{out}</assessment></activity>")
    assert [one.id for one in activity.assessment.items][:2] == ["q1", "q1-2"]


def test_people_are_shown_row_by_row_and_as_olx() -> None:
    path = str(CASES / "people_table.csv")
    status, out, _ = answer(path, "--people")
    assert status == 1
    assert "row 2: Ana Núñez (person, relationship, mitigation)" in out
    _, out, _ = answer(path, "--people", "--olx")
    assert len(olx.from_xml(f"<activity><people>{out}</people></activity>").people) == 5


@pytest.mark.parametrize("more", [(), ("--people",)])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_template_is_written_once_and_can_be_read(tmp_path: Path, kind: str, more: tuple[str, ...]) -> None:
    path = str(tmp_path / f"template.{kind}")
    assert answer(path, "--template", kind, *more)[0] == 0
    assert answer(path, *more)[0] == 0
    status, _, err = answer(path, "--template", kind, *more)
    assert status == 2
    assert "Name a file that does not exist" in err
