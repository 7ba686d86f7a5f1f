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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "var" / "reports"
BIN = Path(sys.executable).parent  # not resolved: the link in the environment is what makes it the environment
DJANGO = {"DJANGO_SETTINGS_MODULE": "tests.settings"}
NO_TESTS = 5  # pytest's exit code
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # as tests/browser/conftest.py

GATES = {
    "ruff": [sys.executable, "-m", "ruff", "check", "--quiet", "."],
    "mypy": [sys.executable, "-m", "mypy"],
    "import-linter": [str(BIN / "lint-imports")],
    "migrations": [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run", "cme_xblock"],
    "documentation": [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "docs", "var/docs"],
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


def run(command: list[str], title: str, *, beside: bool = False, **environment: str) -> int:
    """Run `command` in the project's root with its output shown; its exit code.

    `beside`: something else runs at the same time, so the output is shown at the end, whole.
    """
    if not beside:
        print(f"== {title}", flush=True)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
        stdout=subprocess.PIPE if beside else None,
        stderr=subprocess.STDOUT if beside else None,
    )
    if beside:
        print(f"== {title}\n{done.stdout.decode(errors='replace')}", end="", flush=True)
    return done.returncode


def run_gate(name: str) -> tuple[bool, float]:
    """Whether the gate holds, and how long it took to say so."""
    started = time.monotonic()
    return run(GATES[name], name, beside=True, **DJANGO) == 0, time.monotonic() - started


def run_gates(tally: Tally) -> None:
    """Run every gate, also after one has failed: one look should show all there is to mend. Two at a time."""
    with ThreadPoolExecutor(max_workers=2) as lanes:
        for name, (holds, seconds) in zip(GATES, lanes.map(run_gate, GATES), strict=True):
            tally.failed += not holds
            tally.lines.append(f"{'gate: ' + name:<28} {'ok' if holds else 'FAILED':<36} {seconds:>7.1f} s")


def run_pytest(
    tally: Tally, name: str, arguments: list[str], *, database: str, narrowed: bool, beside: bool = False
) -> None:
    """Run pytest against `database` and count what its report says. `narrowed`: to find no test is no failure."""
    report = REPORTS / f"{database}.xml"
    report.unlink(missing_ok=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", f"--junitxml={report}", *arguments]
    code = run(command, f"tests: {name}", beside=beside, CME_TEST_DATABASE=database)
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
    for variable, what in (
        ("CME_BADGE_JUDGE", "the independent verifier of badges"),
        ("CME_LRS_JUDGE", "the independent Learning Record Store"),
        ("CME_TUTOR", "Tutor, which renders our plugin"),
    ):
        if not os.environ.get(variable):
            found.append(f"{what}: `make test` installs it and names it in {variable}")
    return found


def run_tests(tally: Tally, chosen: list[str]) -> None:
    """All tests on SQLite, then those marked `database` on the servers; `chosen` narrows both."""
    arguments = list(chosen)
    tally.left_out += missing_helpers() if not chosen else []
    if not any(map(shutil.which, BROWSERS)):
        tally.left_out.append("the browser tests: no chromium here (Debian: apt-get install chromium-headless-shell)")
        arguments += ["-m", "not browser"]
    # In the order of tests/conftest.py, which puts long files first; xdist's own puts files of few tests last.
    spread = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
    workers = spread if (os.cpu_count() or 1) > 1 else []
    run_pytest(tally, "SQLite, all", [*workers, *arguments], database="sqlite", narrowed=False)
    servers = {"postgres": "PostgreSQL", "mariadb": "MariaDB"}
    for database, label in list(servers.items()):
        if reason := why_not(database):
            tally.left_out.append(f"the database tests on {label}: {reason}")
            del servers[database]
    # Side by side, each in one process: then the tests are collected, and tables made, once for each server.
    marked = [*(workers if len(servers) == 1 else []), "-m", "database", *chosen]
    with ThreadPoolExecutor(max_workers=2 if workers else 1) as lanes:
        runs = [
            lanes.submit(
                run_pytest,
                tally,
                f"{label}, marked `database`",
                marked,
                database=database,
                narrowed=bool(chosen),
                beside=len(servers) > 1,
            )
            for database, label in servers.items()
        ]
    for one in runs:
        one.result()


def main(arguments: list[str]) -> int:
    """Run what is asked for, print the table, and say with the exit code whether all is well."""
    asked = {word for word in arguments if word in ("gates", "tests")} or {"gates", "tests"}
    chosen = [word for word in arguments if word not in ("gates", "tests")]
    REPORTS.mkdir(parents=True, exist_ok=True)
    # Some hundred processes import the project; where its compiled files may not be kept, each compiles all of it.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
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
