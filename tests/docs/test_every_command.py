"""Every command that a page has to copy is run by a test, or it is said why not. A new one makes this fail."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import pytest

from tests.docs import fences, ran
from tests.docs.test_run import FOLLOWED


def on_pages() -> set[tuple[str, str]]:
    found = {(page.relative_to(fences.ROOT).as_posix(), " ".join(line.split())) for page, line in fences.commands()}
    return {(page, line) for page, line in found if page not in ran.WHOLE}


def test_each_is_run_or_excused() -> None:
    known = ran.RUN.keys() | ran.NOT_RUN.keys()
    assert sorted(on_pages() - known) == [], "run it in a test, and say where in tests/docs/ran.py"
    assert sorted(known - on_pages()) == [], "no page has it any more"
    assert not ran.RUN.keys() & ran.NOT_RUN.keys()


def test_few_are_excused_and_each_with_a_reason() -> None:
    assert len(ran.NOT_RUN) < len(ran.RUN) / 3
    assert all(len(reason.split()) > 5 for reason in ran.NOT_RUN.values())


@pytest.mark.parametrize("name", sorted({*ran.RUN.values(), *ran.WHOLE.values()}))
def test_the_test_that_is_named_is_there(name: str) -> None:
    path, _, function = name.partition("::")
    tree = ast.parse((fences.ROOT / path).read_text(encoding="utf-8"))
    assert function in {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}


@pytest.mark.parametrize("page", sorted(ran.WHOLE))
def test_a_page_that_is_run_whole_has_commands(page: str) -> None:
    path = fences.ROOT / page
    assert fences.blocks(path)
    assert path.name in (fences.ROOT / ran.WHOLE[page].partition("::")[0]).read_text(encoding="utf-8")


def test_what_is_said_to_be_run_beside_this_file_is() -> None:
    """The tests of `test_run` take their lines from the pages; here each has said which."""
    said = {key: name for key, name in ran.RUN.items() if "/test_run.py::" in name}
    assert said == {(page, line): f"tests/docs/test_run.py::{name}" for name, page, lines in FOLLOWED for line in lines}


def test_make_starts_what_the_tests_start() -> None:
    """`make demo` is the script that the tests of demonstration and tutorial start (tests/demo/test_run.py)."""
    done = subprocess.run(
        ["make", "--dry-run", "demo", f"PYTHON={sys.executable}"],
        cwd=fences.ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert re.search(r"^exec \S+/python demo/run\.py$", done.stdout, re.MULTILINE), done.stdout


def test_a_new_command_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    page = fences.ROOT / "README.md"
    new = "```{code-block} console\n$ ./manage.py lms cme_new --all  # a comment\nprinted\n```\n"
    text = page.read_text(encoding="utf-8") + new
    assert fences.found(text, fences.SHELL)[-1].startswith("$ ./manage.py")
    assert fences.lines(fences.found(text, fences.SHELL)[-1]) == ["./manage.py lms cme_new --all"]
    monkeypatch.setattr(fences, "commands", lambda: [(page, "./manage.py lms cme_new --all")])
    with pytest.raises(AssertionError, match="say where in"):
        test_each_is_run_or_excused()
