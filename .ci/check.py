"""What `make lint` and `make test` run: the gates, then the tests on every database that answers.

Usage: check.py [gates] [tests] [pytest arguments]. Standard library only. It knows nothing of what is tested.
Whatever this machine cannot run is left out and named at the end; with CME_REQUIRE_ALL=1 that is a failure.
The last line is `N passed, N failed, N skipped`; a gate that fails and a thing left out against that rule count as
failed there.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "var" / "reports"
BIN = Path(sys.executable).parent  # not resolved: the link in the environment is what makes it the environment
DJANGO = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
NO_TESTS = 5  # pytest's exit code
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

GATES = {
    "ruff": [sys.executable, "-m", "ruff", "check", "--quiet", "."],
    "mypy": [sys.executable, "-m", "mypy"],
    "import-linter": [str(BIN / "lint-imports")],
    "migrations": [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run", "cme_xblock"],
}
CONNECT = "import django; django.setup(); from django.db import connection; connection.ensure_connection()"


@dataclass
class Tally:
    """What came of all runs so far."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    lines: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def add(self, name: str, seconds: float, *, passed: int, failed: int, skipped: int) -> None:
        """Count one run and keep its line for the table at the end."""
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        self.lines.append(f"{name:<28} {passed:>6} passed {failed:>4} failed {skipped:>4} skipped {seconds:>7.1f} s")


def run(command: list[str], **environment: str) -> int:
    """Run `command` in the project's root with its output shown; its exit code."""
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode


def run_gates(tally: Tally) -> None:
    """Run every gate, also after one has failed: one look should show all there is to mend."""
    for name, command in GATES.items():
        print(f"== {name}", flush=True)
        started = time.monotonic()
        broken = run(command, **DJANGO) != 0
        verdict = "FAILED" if broken else "ok"
        tally.failed += broken
        tally.lines.append(f"{'gate: ' + name:<28} {verdict:<36} {time.monotonic() - started:>7.1f} s")


def run_pytest(tally: Tally, name: str, arguments: list[str], *, database: str, narrowed: bool) -> None:
    """Run pytest against `database` and count what its report says. `narrowed`: to find no test is no failure."""
    print(f"== tests: {name}", flush=True)
    report = REPORTS / f"{database}.xml"
    report.unlink(missing_ok=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", f"--junitxml={report}", *arguments]
    code = run(command, CME_TEST_DATABASE=database)
    seconds = time.monotonic() - started
    try:
        suites = list(ET.parse(report).getroot().iter("testsuite"))  # noqa: S314 - our own pytest wrote it
    except (OSError, ET.ParseError):
        suites = []
    total, failures, errors, skipped = (
        sum(int(suite.get(key, "0")) for suite in suites) for key in ("tests", "failures", "errors", "skipped")
    )
    failed = failures + errors
    if code != 0 and failed == 0 and not (code == NO_TESTS and narrowed):
        failed = 1  # pytest itself broke, or found no test at all
    tally.add(name, seconds, passed=max(total - failures - errors - skipped, 0), failed=failed, skipped=skipped)


def why_not(database: str) -> str:
    """Why `database` cannot be used here, in the words of its driver; empty if it answers."""
    answer = subprocess.run(
        [sys.executable, "-c", CONNECT],
        cwd=ROOT,
        env={**os.environ, **DJANGO, "CME_TEST_DATABASE": database},
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode == 0:
        return ""
    lines = [line for line in answer.stderr.splitlines() if "Error" in line] or [f"exit code {answer.returncode}"]
    return lines[-1]


def missing_helpers() -> list[str]:
    """What tests ask for beside browser and databases and leave themselves out without."""
    host, port = os.environ.get("CME_TEST_REDIS", "127.0.0.1:6379").rsplit(":", 1)
    found = []
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError:
        found.append(f"the test under Celery: no Redis on {host}:{port} (Debian: apt-get install redis-server)")
    for variable, what in (("CME_BADGE_JUDGE", "verifier of badges"), ("CME_LRS_JUDGE", "Learning Record Store")):
        if not os.environ.get(variable):
            found.append(f"the independent {what}: `make test` installs it and names it in {variable}")
    return found


def run_tests(tally: Tally, chosen: list[str]) -> None:
    """All tests on SQLite, then those marked `database` on the servers; `chosen` narrows both."""
    arguments = list(chosen)
    tally.left_out += missing_helpers() if not chosen else []
    if not any(map(shutil.which, BROWSERS)):
        tally.left_out.append("the browser tests: no chromium here (Debian: apt-get install chromium)")
        arguments += ["-m", "not browser"]
    # In the order of tests/conftest.py, which puts long files first; xdist's own puts files of few tests last.
    spread = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    workers = spread if (os.cpu_count() or 1) > 1 else []
    run_pytest(tally, "SQLite, all", [*workers, *arguments], database="sqlite", narrowed=False)
    for database, label in (("postgres", "PostgreSQL"), ("mariadb", "MariaDB")):
        reason = why_not(database)
        if reason:
            tally.left_out.append(f"the database tests on {label}: {reason}")
        else:
            marked = [*workers, "-m", "database", *chosen]
            run_pytest(tally, f"{label}, marked `database`", marked, database=database, narrowed=bool(chosen))


def main(arguments: list[str]) -> int:
    """Run what is asked for, print the table, and say with the exit code whether all is well."""
    asked = {word for word in arguments if word in ("gates", "tests")} or {"gates", "tests"}
    chosen = [word for word in arguments if word not in ("gates", "tests")]
    REPORTS.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    if "gates" in asked:
        run_gates(tally)
    if "tests" in asked:
        run_tests(tally, chosen)
    print()
    print("\n".join(tally.lines))
    required = os.environ.get("CME_REQUIRE_ALL") == "1"
    for thing in tally.left_out:
        print(f"{'MISSING' if required else 'Left out'}: {thing}")
    if required:
        tally.failed += len(tally.left_out)
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped", flush=True)
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
