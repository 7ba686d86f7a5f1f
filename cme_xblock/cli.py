"""The command line `cme-xblock`: what can be done with a file alone. No platform, no database, no Django.

Each command is a function of its arguments and two streams, in the room that knows its matter; here is only which is
which. Exit status 2 always means: nothing was done, for the arguments or the file can't be read.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TextIO

Command = Callable[[Sequence[str], TextIO, TextIO], int]

# Name, module with a function `run`, and what it does. Modules are loaded when asked for, for each brings its own.
COMMANDS: dict[str, tuple[str, str]] = {
    "lint": ("cme_xblock.rules.lint", "say what accreditors would say of an activity"),
    "import": ("cme_xblock.activity.importers.cli", "show what a file of questions or people would give"),
    "verify": ("cme_xblock.evidence.cli", "say what of an audit file holds, with the provider's public key alone"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; the exit status comes back."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    name = arguments[0] if arguments else ""
    if name in ("-h", "--help"):
        sys.stdout.write(_usage())
        return 0
    if name not in COMMANDS:
        sys.stderr.write(f'There is no command "{name}".\n{_usage()}' if name else _usage())
        return 2
    run: Command = import_module(COMMANDS[name][0]).run
    return run(arguments[1:], sys.stdout, sys.stderr)


def _usage() -> str:
    lines = [f"  {name:8}{says}" for name, (_, says) in COMMANDS.items()]
    return "\n".join(["usage: cme-xblock COMMAND [--help] …", "", *lines, ""])


if __name__ == "__main__":
    raise SystemExit(main())
