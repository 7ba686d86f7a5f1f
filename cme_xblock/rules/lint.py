"""`cme-xblock lint FILE.xml`: an activity reviewed as code, with the line that each finding belongs to.

Exit status: 0 if nothing blocks, 1 if something does, 2 if a file can't be read. Needs no platform. The JSON is
described in docs/reference/rules.md and keeps its keys; a change that takes one away counts `format` up.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TextIO

from lxml import etree

from cme_xblock.activity import lines, olx, source
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.rules import calendar, credit_system
from cme_xblock.rules.check import check, is_open
from cme_xblock.rules.data import DataError
from cme_xblock.rules.finding import Finding, Severity

FORMAT = 1
STDIN = "-"
# A block with the activity inside, as a course's export has it.
BLOCK = "cme"


@dataclass(frozen=True)
class Placed:
    """A finding with its line in the source, where it has one."""

    finding: Finding
    line: int | None


@dataclass(frozen=True)
class Report:
    """What was found in one file; `error` says why nothing could be read, and then there is no activity."""

    file: str
    today: date | None = None
    activity: Activity | None = None
    placed: tuple[Placed, ...] = ()
    error: str = ""

    @property
    def open(self) -> bool:
        """Whether learners may begin."""
        return self.activity is not None and is_open(one.finding for one in self.placed)


def run(argv: Sequence[str], stdout: TextIO, stderr: TextIO) -> int:
    """The command with these arguments (without its own name); the exit status comes back."""
    try:
        with redirect_stdout(stdout), redirect_stderr(stderr):
            given = _arguments(argv)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 2
    try:
        credit_system.use(given.systems)
    except DataError as error:
        stderr.write(f"{error}\n")
        return 2
    reports = [lint(one, today=given.today) for one in given.files]
    if given.format == "json":
        stdout.write(json.dumps(to_data(reports), indent=2, ensure_ascii=False) + "\n")
    else:
        stdout.writelines(f"{line}\n" for one in reports for line in _lines(one))
    for one in reports:
        if one.error and given.format == "text":
            stderr.write(f"{one.error}\n")
    if any(one.error for one in reports):
        return 2
    return 0 if all(one.open for one in reports) else 1


def lint(file: str, *, today: date | None = None) -> Report:
    """What the rules find in one file, or in standard input for "-". Without a date: today in the activity's zone."""
    shown = "(standard input)" if file == STDIN else file
    try:
        element = _activity_element(source.parse(_read(file)))
        activity = olx.from_element(element)
    except olx.OlxError as error:
        return Report(shown, error=f"{shown}: {error}")
    except OSError as error:
        return Report(shown, error=f"{shown}: {error.strerror or error}")
    except ValueError as error:
        # A name of a file with a NUL in it.
        return Report(shown, error=f"{shown}: {error}")
    day = today or calendar.civil_date(activity, datetime.now(UTC))
    found = tuple(Placed(one, lines.line_of(element, one.where)) for one in check(activity, today=day))
    return Report(shown, today=day, activity=activity, placed=found)


def to_data(reports: Sequence[Report]) -> dict[str, Any]:
    """The reports as JSON."""
    return {"format": FORMAT, "files": [_file_data(one) for one in reports]}


def _file_data(report: Report) -> dict[str, Any]:
    counts = Counter(one.finding.severity for one in report.placed)
    return {
        "file": report.file,
        "error": report.error or None,
        "today": report.today.isoformat() if report.today else None,
        "activity_id": report.activity.activity_id if report.activity else None,
        "title": report.activity.title if report.activity else None,
        "open": report.open,
        "counts": {one.value: counts[one] for one in Severity},
        "findings": [_finding_data(one) for one in report.placed],
    }


def _finding_data(one: Placed) -> dict[str, Any]:
    found, reason = one.finding, one.finding.overridden
    return {
        "code": found.code,
        "severity": found.severity.value,
        "where": found.where,
        "line": one.line,
        "message": str(found.message),
        "fix": str(found.fix),
        "source": found.source,
        "source_url": found.source_url,
        "overridden": None
        if reason is None
        else {"by": reason.by, "on": reason.on.isoformat() if reason.on else None, "reason": reason.reason},
    }


def _lines(report: Report) -> Iterator[str]:
    if report.activity is None:
        return
    for one in report.placed:
        found = one.finding
        yield f"{report.file}:{one.line or 0}: {found.severity.value}: {found.message} {found.fix}"
        yield f"    {found.code} at {found.where or 'the activity'}; {found.source}"
        if found.overridden is not None:
            yield f"    let stand: {' '.join(found.overridden.reason.split())}"
    counts = Counter(one.finding.severity for one in report.placed)
    numbers = ", ".join(f"{counts[one]} {one.value}" for one in Severity)
    state = "ready to open" if report.open else "closed to learners"
    yield f"{report.file}: {state}; {numbers} (on {report.today})"


def _read(file: str) -> bytes:
    # One byte more than is allowed shows that it is too large, without reading all of it.
    if file == STDIN:
        return sys.stdin.buffer.read(source.LARGEST + 1)
    with Path(file).open("rb") as stream:
        return stream.read(source.LARGEST + 1)


def _activity_element(root: etree._Element) -> etree._Element:
    """The activity: the root itself, or the one inside a block. Raises OlxError for anything else."""
    if root.tag == BLOCK:
        inside = root.findall(olx.TAG)
        if len(inside) == 1:
            return inside[0]
        problem = Message(N_("expected one <activity> in the block"))
        raise olx.OlxError(problem, element=source.tag_of(root), line=source.line_of(root))
    if root.tag != olx.TAG:
        problem = Message(N_("expected <activity>, or <cme> with <activity> inside, as the outermost element"))
        raise olx.OlxError(problem, element=source.tag_of(root), line=source.line_of(root))
    return root


@dataclass(frozen=True)
class _Given:
    files: tuple[str, ...]
    format: str
    today: date | None
    systems: tuple[str, ...]


def _arguments(argv: Sequence[str]) -> _Given:
    parser = argparse.ArgumentParser(
        prog="cme-xblock lint",
        description="Say what accreditors would say of an activity. Changes nothing.",
        epilog="Exit status: 0 if nothing blocks, 1 if something does, 2 if a file can't be read.",
    )
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help='OLX of an activity or of its block; "-" reads standard input'
    )
    parser.add_argument("--format", default="text", choices=("text", "json"))
    parser.add_argument("--today", type=_day, metavar="DATE", help="judge as on that day, such as 2026-01-31")
    parser.add_argument(
        "--systems",
        action="append",
        default=[],
        metavar="PATH",
        help="a file or folder of the site's own credit systems (TOML), as in CME_CREDIT_SYSTEMS; may be given again",
    )
    given = parser.parse_args(list(argv))
    return _Given(tuple(given.files), given.format, given.today, tuple(given.systems))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f'"{text}" is not a day such as 2026-01-31') from None
