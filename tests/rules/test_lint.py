"""`cme-xblock lint`: an activity is reviewed as code, in a repository that has no platform."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cme_xblock import cli
from cme_xblock.activity import olx
from cme_xblock.activity.model import Activity
from cme_xblock.rules import lint
from cme_xblock.rules.check import check
from tests.rules import sample
from tests.rules.variant import vary

ROOT = Path(__file__).resolve().parents[2]
DAY = ("--today", sample.TODAY.isoformat())
# Django and XBlock can't be imported in this interpreter, as on a machine that has neither.
ALONE = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("django", "xblock", "web_fragments", "webob", "opaque_keys", "xmodule"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Refuse())
from cme_xblock.cli import main
raise SystemExit(main(sys.argv[1:]))
"""


def write(folder: Path, activity: Activity, name: str = "activity.xml") -> str:
    path = folder / name
    path.write_text(olx.to_xml(activity), encoding="utf-8")
    return str(path)


def call(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    return lint.run(arguments, out, err), out.getvalue(), err.getvalue()


def alone(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", ALONE, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, input=stdin, capture_output=True, cwd="/", env=environment, check=False)


def test_it_needs_neither_django_nor_a_platform(tmp_path: Path) -> None:
    done = alone("lint", *DAY, write(tmp_path, sample.activity()))
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().endswith(f"ready to open; 0 block, 0 warn, 0 audit (on {sample.TODAY})\n")
    assert alone("import", "--help").returncode == 0


def test_standard_input_is_a_file_too() -> None:
    source = olx.to_xml(vary({"title": ""})).encode()
    done = alone("lint", *DAY, "-", stdin=source)
    assert done.returncode == 1
    assert done.stdout.decode().startswith("(standard input):")
    assert alone("lint", "-", stdin=b"\xff").returncode == 2


def test_a_finding_is_told_with_its_line_and_the_next_step(tmp_path: Path) -> None:
    file = write(tmp_path, vary({"people.1.disclosed_on": "none!"}))
    status, out, err = call(*DAY, file)
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    number = next(index for index, line in enumerate(lines, start=1) if 'id="cruz"' in line)
    assert (status, err) == (1, "")
    assert out.splitlines()[0].startswith(f"{file}:{number}: block: Ben Cruz has not disclosed yet. Ask for all")
    assert out.splitlines()[1].startswith("    person_not_asked at people[cruz].disclosed_on; ACCME Standard 3")
    assert out.splitlines()[-1] == f"{file}: closed to learners; 1 block, 0 warn, 0 audit (on {sample.TODAY})"


def test_warnings_alone_are_no_failure_and_a_reason_is_shown(tmp_path: Path) -> None:
    override = {"code": "description_missing", "where": "description", "by": "A. Lee", "reason": "The title\nsays all."}
    status, out, _ = call(*DAY, write(tmp_path, vary({"description": "", "overrides.+": override})))
    assert status == 0
    assert "    let stand: The title says all.\n" in out


def test_the_json_keeps_its_keys(tmp_path: Path) -> None:
    override = {
        "code": "description_missing",
        "where": "description",
        "by": "A. Lee",
        "on": "2026-05-02",
        "reason": "So.",
    }
    changes: dict[str, Any] = {"description": "", "title": "", "overrides.+": override}
    status, out, _ = call(*DAY, "--format", "json", write(tmp_path, vary(changes)), str(tmp_path / "none.xml"))
    data = json.loads(out)
    assert status == 2
    assert list(data) == ["format", "files"]
    assert data["format"] == 1
    first, second = data["files"]
    assert list(first) == list(second)
    assert list(first) == ["file", "error", "today", "activity_id", "title", "open", "counts", "findings"]
    assert (first["error"], first["today"], first["activity_id"]) == (None, "2026-06-01", "hand-hygiene-2026")
    assert (first["open"], first["counts"]) == (False, {"block": 1, "warn": 1, "audit": 0})
    keys = ["code", "severity", "where", "line", "message", "fix", "source", "source_url", "overridden"]
    assert [list(one) for one in first["findings"]] == [keys, keys]
    assert [one["overridden"] for one in first["findings"]] == [
        None,
        {"by": "A. Lee", "on": "2026-05-02", "reason": "So."},
    ]
    assert (second["open"], second["findings"], second["activity_id"]) == (False, [], None)
    assert second["error"].endswith("none.xml: No such file or directory")


def test_the_activity_may_stand_in_its_block(tmp_path: Path) -> None:
    inside = olx.to_xml(vary({"title": ""}))
    file = tmp_path / "cme.xml"
    file.write_text(f'<cme url_name="a" display_name="A">\n\n{inside}</cme>', encoding="utf-8")
    status, out, _ = call(*DAY, str(file))
    assert status == 1
    assert out.startswith(f"{file}:3: block: The activity has no title.")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the text is empty"),
        ("<activity", "not well-formed"),
        ("<course/>", "expected <activity>, or <cme> with <activity> inside"),
        ("<cme/>", "expected one <activity> in the block"),
        ("<cme><activity/><activity/></cme>", "expected one <activity> in the block"),
        ('<activity colour="blue"/>', "there is no attribute colour here"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><activity/>', "a DOCTYPE can't stand here"),
        ("<activity>" + "x" * 1_000_000 + "</activity>", "the text is longer than"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_apart(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "broken.xml"
    file.write_text(text, encoding="utf-8")
    status, out, err = call(str(file))
    assert (status, out) == (2, "")
    assert err.startswith(f"{file}: ")
    assert says in err


@pytest.mark.parametrize("name", ["none.xml", ".", "nul\0.xml"])
def test_a_name_that_is_no_file_is_told(tmp_path: Path, name: str) -> None:
    status, out, err = call(str(tmp_path / name))
    assert (status, out) == (2, "")
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [(), ("--today", "tomorrow", "x"), ("--format", "xml", "x")])
def test_wrong_arguments_are_status_2(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = call(*arguments)
    assert (status, out) == (2, "")
    assert "usage: cme-xblock lint" in err
    assert capsys.readouterr() == ("", "")


def test_without_a_day_it_is_today_in_the_activitys_zone(tmp_path: Path) -> None:
    report = lint.lint(write(tmp_path, vary({"time_zone": "Pacific/Tongatapu"})))
    assert report.today is not None
    assert report.today.year >= 2026


def test_the_command_names_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert "lint" in capsys.readouterr().err
    assert cli.main(["--help"]) == 0
    assert "import" in capsys.readouterr().out
    assert cli.main(["frobnicate"]) == 2
    assert 'There is no command "frobnicate".' in capsys.readouterr().err


def large(count: int) -> Activity:
    """An activity with so many items in the assessment and as many in the baseline, all with something to look at."""
    one = sample.assessment_items()[0]
    words = {
        "stem": "<p>" + "Which of these do you do <em>first</em>, and why? " * 5 + "</p>",
        "rationale": "<p>" + "See category 2 of the guideline. " * 8 + "</p>",
    }
    after = tuple(dataclasses.replace(one, id=f"a{i}", pair_id=f"p{i}", **words) for i in range(count))
    before = tuple(dataclasses.replace(item, id=f"b{i}") for i, item in enumerate(after))
    activity = sample.activity()
    return dataclasses.replace(
        activity,
        assessment=dataclasses.replace(activity.assessment, items=after),
        baseline=dataclasses.replace(activity.baseline, items=before),
    )


def calls(activity: Activity) -> int:
    """How many functions the check of a new object calls, so that nothing is remembered: no clock is asked."""
    fresh, found = dataclasses.replace(activity), 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal found
        found += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        check(fresh, today=sample.TODAY)
    finally:
        sys.setprofile(None)
    return found


def test_work_grows_with_the_items_alone() -> None:
    """How long that takes is measured by `benchmarks.authors`."""
    check(large(2), today=sample.TODAY)  # what is loaded once is loaded
    few, many = calls(large(200)), calls(large(2000))
    assert 1000 < few < many < few * 10 * 1.5
