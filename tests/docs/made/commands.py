"""What an operator can type: the commands of `manage.py` and of `cme-xblock`, as their parsers declare them."""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from unittest import mock

from django.core.management import BaseCommand, get_commands, load_command_class

from cme_xblock import cli
from tests.docs.made import code, table

HEAD = """# Commands

For operators. Every command of ours with everything that it takes; each says the same with `--help`. What Django adds
to all of its commands (`--settings`, `--verbosity` and the like) is left out.

(This page is made from the code: `python -m tests.docs.made`. Where it is out of date, a test fails.)

## manage.py

In an LMS: `manage.py lms` before the command, as the user that runs the LMS. Exit status 1 says that something is wrong
or was not done, and what is printed says what.

"""
OWN = """## cme-xblock

With a file alone, wherever the package is installed; no platform and no database. Exit status 2 says that nothing was
done, for the arguments or the file can't be read.

"""
_HEADS = ("argument", "takes", "default", "for")


def names() -> list[str]:
    """Our commands of `manage.py`."""
    return sorted(name for name, app in get_commands().items() if app == "cme_xblock")


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for name in names():
        parts.append(f"### `{name}`\n\n")
        parts.append(_described(load_command_class("cme_xblock", name).create_parser("manage.py", name)))
    parts.append(OWN)
    for name, (module, _) in cli.COMMANDS.items():
        parts.append(f"### `cme-xblock {name}`\n\n")
        parts.append(_described(_own(module)))
    return "".join(parts).rstrip() + "\n"


class _Made(Exception):  # noqa: N818 - it says no error
    """A command has come so far as to have its parser."""


def _own(module: str) -> argparse.ArgumentParser:
    """The parser that the command makes for itself before it reads its arguments."""

    def seen(parser: argparse.ArgumentParser, *_: Any) -> None:
        raise _Made(parser)

    with mock.patch.object(argparse.ArgumentParser, "parse_args", seen):
        try:
            import_module(module).run([], io.StringIO(), io.StringIO())
        except _Made as made:
            return made.args[0]
    message = f"{module} reads its arguments without a parser"
    raise AssertionError(message)


def _described(parser: argparse.ArgumentParser) -> str:
    said = " ".join((parser.description or "").split())
    rows = [_row(one) for one in arguments(parser)]
    parts = [f"{said}\n\n" if said else "", f"{table(_HEADS, rows)}\n" if rows else ""]
    for one in parser._actions:
        if isinstance(one, argparse._SubParsersAction):
            for name, way in one.choices.items():
                parts.append(f"{code(name)}:\n\n{_described(way)}")
    return "".join(parts)


def arguments(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """What a parser takes, without what Django adds to all and without its own ways."""
    theirs = {sign for one in BaseCommand().create_parser("", "")._actions for sign in one.option_strings}
    for one in parser._actions:
        if not theirs & set(one.option_strings) and not isinstance(one, argparse._SubParsersAction):
            yield one


def _row(one: argparse.Action) -> tuple[str, str, str, str]:
    name = ", ".join(map(code, one.option_strings)) or code(one.dest)
    must = one.required and one.nargs not in ("?", "*")
    said = (one.help or "–") % {**vars(one), "prog": ""} if one.help and "%(" in one.help else one.help or "–"
    return f"{name} (needed)" if must else name, _takes(one), _default(one), said


def _takes(one: argparse.Action) -> str:
    if one.nargs == 0:
        return "nothing"
    if one.choices is not None:
        return "one of " + ", ".join(code(str(each)) for each in one.choices if each)
    names = [one.metavar] if isinstance(one.metavar, str) else list(one.metavar or [])
    what = " ".join(code(name) for name in names) or "a value"
    many = {"+": ", one or more", "*": ", any number", "?": ", or nothing"}.get(str(one.nargs), "")
    return what + many + (", may be repeated" if isinstance(one, argparse._AppendAction) else "")


def _default(one: argparse.Action) -> str:
    """What holds where it is not given; a dash for nothing."""
    given = one.default
    if one.nargs == 0 or given in (None, "", [], argparse.SUPPRESS):
        return "–"
    return code(",".join(map(str, given)) if isinstance(given, tuple | list) else str(given))
