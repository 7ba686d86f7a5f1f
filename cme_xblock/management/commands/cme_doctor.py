"""`manage.py cme_doctor`: whether this installation can do its work, and what to do where it can not.

    cme_doctor                      everything, and the gate of each course that has a published activity
    cme_doctor --course <key> …     these courses' gates, whether or not they have one
    cme_doctor --repair             the same, and make stale gates anew
    cme_doctor --json               for a program that reads it

Ends with 1 where something is bad. Names no learner. Run it after an upgrade, and after a course was restored.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.console.health import checks
from cme_xblock.console.health.found import State
from cme_xblock.gate import examining
from cme_xblock.host import language

_MARKS = {State.WELL: "well", State.LOOK: "LOOK", State.BAD: "BAD "}


class Command(BaseCommand):
    """Looks at everything that this software needs; made for a person and for a nightly job."""

    help = "Examine database, migrations, keys, endpoints, queue, fonts, time zones and gates, and say what to do."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What can be said on the command line."""
        parser.add_argument("--course", action="append", default=[], metavar="KEY", help="also this course's gate")
        parser.add_argument("--repair", action="store_true", help="make stale gates anew")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *args: str, **options: Any) -> None:
        """Look, say, and end with 1 where something is bad."""
        gettext = language.current().gettext
        rows: list[dict[str, str]] = []
        for report in checks.run(now=datetime.now(UTC)):
            for one in report.found:
                rows.append(_row(report.subject, one.state, one.said.format(gettext), one.do.format(gettext)))
            if not report.found:
                rows.append(_row(report.subject, State.WELL))
        rows += self._gates(options["course"], repair=options["repair"])
        if options["as_json"]:
            self.stdout.write(json.dumps({"findings": rows}, indent=2))
        else:
            for row in rows:
                self._print(row)
        if any(row["state"] == State.BAD for row in rows):
            sys.exit(1)

    def _gates(self, courses: list[str], *, repair: bool) -> list[dict[str, str]]:
        if not examining.is_possible():
            if courses or repair:
                raise CommandError("Gates are the LMS's: run this as `manage.py lms cme_doctor`.")
            return []
        rows = []
        for course in courses or examining.courses():
            try:
                found = list(examining.examine(course, repair=repair))
            except ValueError as error:
                raise CommandError(str(error)) from None
            rows += [_row(f"gate {course}", state, said, do) for state, said, do in found]
        return rows

    def _print(self, row: dict[str, str]) -> None:
        self.stdout.write(f"{_MARKS[State(row['state'])]}  {row['subject']}  {row['said']}".rstrip())
        if row["do"]:
            self.stdout.write(f"      {row['do']}")


def _row(subject: str, state: State, said: str = "", do: str = "") -> dict[str, str]:
    return {"subject": str(subject), "state": state.value, "said": said, "do": do}
