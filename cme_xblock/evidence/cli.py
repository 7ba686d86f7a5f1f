"""`cme-xblock verify FILE.zip --key KEY`: what of an audit file holds, in words.

Exit status: 0 if everything holds and the key is the one given, 1 if something does not hold, 2 if arguments or files
can't be read, 3 if everything fits but no key was given: the file then vouches for itself alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from cme_xblock.evidence import keys
from cme_xblock.evidence.report import Report, Verdict
from cme_xblock.evidence.verify import verify

_STATUS = {Verdict.HOLDS: 0, Verdict.BROKEN: 1, Verdict.WHOSE: 3}
_SAYS = {
    Verdict.HOLDS: "Everything holds: the file is as that provider signed it.",
    Verdict.BROKEN: "NOT EVERYTHING HOLDS: do not rely on this file before the provider has explained it.",
    Verdict.WHOSE: (
        "Everything fits, but you did not say whose key it must be: anybody could have made this file. Get the key "
        "from the provider, by another way than the file, and verify again with --key."
    ),
}
_LARGEST_KEY = 1 << 20


@dataclass(frozen=True)
class _Given:
    file: str
    key: str
    as_json: bool


def run(argv: Sequence[str], stdout: TextIO, stderr: TextIO) -> int:
    """The command with these arguments (without its own name); the exit status comes back."""
    try:
        with redirect_stdout(stdout), redirect_stderr(stderr):
            given = _arguments(argv)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 2
    try:
        trusted = keys.trusted(_key(given.key)) if given.key else None
        with Path(given.file).open("rb") as stream:
            report = verify(stream, trusted)
    except keys.KeyUnreadable as error:
        stderr.write(f"--key: {error}\n")
        return 2
    except (OSError, ValueError) as error:
        # ValueError: a name of a file with a NUL in it.
        stderr.write(f"{given.file}: {getattr(error, 'strerror', None) or error}\n")
        return 2
    _print(report, stdout, as_json=given.as_json)
    return _STATUS[report.verdict]


def _print(report: Report, stdout: TextIO, *, as_json: bool) -> None:
    if as_json:
        stdout.write(json.dumps(report.to_data(), indent=2, ensure_ascii=False) + "\n")
        return
    for line in report.lines():
        stdout.write(f"{line}\n")
    stdout.write(f"\n{_SAYS[report.verdict]}\n")


def _key(given: str) -> str:
    """The key itself, or what the file of that name holds."""
    try:
        with Path(given).open("rb") as stream:
            return stream.read(_LARGEST_KEY).decode("utf-8", "replace")
    except (OSError, ValueError):
        return given


def _arguments(argv: Sequence[str]) -> _Given:
    parser = argparse.ArgumentParser(
        prog="cme-xblock verify",
        description="Say what of an audit file holds. Needs no network, no platform and no database; changes nothing.",
        epilog="Exit status: 0 everything holds; 1 something does not; 2 nothing could be read; 3 no key was given.",
    )
    parser.add_argument("file", metavar="FILE", help="the audit file, a zip archive")
    parser.add_argument(
        "--key",
        default="",
        metavar="KEY",
        help="the provider's public key: a file from its key address, the key itself, or its fingerprint",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args(list(argv))
    return _Given(given.file, given.key, given.json)
