"""Every command that the documentation names exists, and takes what it is given there.

That is for the sentences too. What is there to be copied is run: `ran.py` says by which test.
"""

from __future__ import annotations

import argparse
import re
import shlex

import pytest
from django.core.management import CommandError, get_commands, load_command_class

from cme_xblock import cli
from tests.docs import fences

# Programs of others: what they take is theirs.
SERVERS = {"mysql", "mysqldump", "createdb", "pg_dump", "pg_restore"}
OTHERS = SERVERS | {"tutor", "pip", "git", "curl", "python -m", "export", "openssl"}
_MANAGE = re.compile(r"^(?:python |\./)?manage\.py (?:(?:lms|cms) )?(.*)$")
_INLINE = re.compile(r"`((?:manage\.py )?(?:lms )?cme_[a-z_]+(?: [^`]*)?)`")
# In the place of what everybody fills in for themselves.
_OPEN = ("…", "...", "[", "|", "<")
LINES = sorted({(page.relative_to(fences.ROOT).as_posix(), line) for page, line in fences.commands()})
INLINE = sorted(
    {
        (page.relative_to(fences.ROOT).as_posix(), found)
        for page in fences.pages()
        for found in _INLINE.findall(page.read_text(encoding="utf-8"))
    }
)


def parser_of(name: str) -> argparse.ArgumentParser:
    assert name in get_commands(), f"there is no command {name}"
    return load_command_class(get_commands()[name], name).create_parser("manage.py", name)


def options(parser: argparse.ArgumentParser) -> set[str]:
    """Every option of a command and of its ways."""
    found: set[str] = set()
    for action in parser._actions:
        found |= set(action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            for one in action.choices.values():
                found |= options(one)
    return found


def check_managed(line: str) -> None:
    name, *arguments = shlex.split(line)
    parser = parser_of(name)
    if any(sign in one for one in arguments for sign in _OPEN):
        named = {one.split("=")[0].strip("[]") for one in arguments if one.lstrip("[").startswith("--")}
        assert named <= options(parser), f"{name} has no {sorted(named - options(parser))}"
        return
    try:
        parser.parse_args(arguments)
    except (CommandError, SystemExit) as error:
        raise AssertionError(f"{line}: {error}") from None


@pytest.mark.parametrize(("page", "line"), LINES, ids=[f"{page}: {line[:60]}" for page, line in LINES])
def test_a_command_to_copy_is_one_that_runs(page: str, line: str) -> None:
    for one in re.sub(r" > \S+$|^[A-Z_]+=\S+ |^\w+=\$\(", "", line).split(" && "):
        managed = _MANAGE.match(one)
        first = one.split()[0]
        if managed:
            check_managed(managed[1])
        elif first == "make":
            makefile = (fences.ROOT / "Makefile").read_text(encoding="utf-8")
            assert one.split()[1] in re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)
        elif first == "cme-xblock":
            assert one.split()[1] in cli.COMMANDS
        elif first.startswith("cme_"):
            check_managed(one)
        else:
            assert {first, " ".join(one.split()[:2])} & OTHERS, f"{page}: nobody knows what {first} is"


@pytest.mark.parametrize(("page", "said"), INLINE, ids=[f"{page}: {said[:60]}" for page, said in INLINE])
def test_a_command_in_a_sentence_exists_with_its_options(page: str, said: str) -> None:
    name, *rest = said.removeprefix("manage.py ").removeprefix("lms ").split()
    if name not in get_commands():
        # Blocks, tables and numbers for a monitor begin so too.
        package = fences.ROOT / "cme_xblock"
        assert any(name in one.read_text(encoding="utf-8") for one in package.rglob("*.py")), said
        return
    named = {one.split("=")[0].strip("[],.") for one in rest if one.lstrip("[").startswith("--")}
    assert named <= options(parser_of(name)), said


def test_the_pages_name_commands() -> None:
    """Else the two above would pass over nothing."""
    assert len(LINES) > 15
    assert len(INLINE) > 20
