"""`manage.py cme_attendance`: bring a roster, take attendance back, count by session; a dry run without `--yes`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.credit import attending, staff
from cme_xblock.credit.attending import Brought, Place
from cme_xblock.host import mail, people
from cme_xblock.participation import roster
from cme_xblock.records.contention import LedgerBusy

_NOT_ENROLLED = (
    "this account is not enrolled in the course. The attendance stands; credit can be claimed once it is enrolled. "
    "Check that the account is the right person's."
)


class Command(BaseCommand):
    """Prints line by line what became of the roster; names nobody but by the file's own line numbers."""

    help = (
        "Attendance of a live activity or a series. record: a roster as CSV or Excel with the columns learner, session "
        "and where wanted minutes, role and evidence. withdraw: one learner's attendance. count: learners "
        "by session. Without --yes it is a dry run. Exit status 1 where anything was refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, of which activity, and who answers for it."""
        ways = parser.add_subparsers(dest="way", required=True)
        for name in ("record", "withdraw", "count"):
            way = ways.add_parser(name)
            way.add_argument("course", help="The course's key, such as course-v1:Example+CME+2026.")
            way.add_argument("activity", help="The activity's id.")
            if name == "count":
                continue
            way.add_argument("--by", required=True, help="Your user id; the record has a pseudonym of it.")
            way.add_argument("--yes", action="store_true", help="Do it. Without this nothing is changed.")
            if name == "record":
                way.add_argument("file", help="The roster.")
                way.add_argument(
                    "--evidence", default="", help='For lines without: as in "sign-in sheet of 15 January".'
                )
            else:
                way.add_argument("learner", help="The platform's id, user name or e-mail.")
                way.add_argument("session", help="The session's id.")
                way.add_argument("--reason", required=True, help="Kept for good.")

    def handle(self, *args: str, **options: object) -> None:
        """Do what was asked for and print what became of it."""
        try:
            place = attending.brought_to(str(options["course"]), str(options["activity"]))
        except ValueError:
            place = None
        if place is None:
            raise CommandError("No activity with this id has been published in this course.")
        if options["way"] == "count":
            for session, learners in attending.count(place).items():
                self.stdout.write(f"{session}: {learners}")
            return
        if not str(options["by"]).strip():
            raise CommandError("Say who answers for it with --by: the id of an account of staff.")
        try:
            failed = self._record(place, options) if options["way"] == "record" else self._withdraw(place, options)
        except LedgerBusy as busy:
            raise CommandError(str(busy)) from None
        if not options["yes"]:
            self.stdout.write("Nothing was changed: this was a dry run. Do it with --yes.")
        if failed:
            sys.exit(1)

    def _record(self, place: Place, options: dict[str, object]) -> int:
        """The number of lines that were refused."""
        name = str(options["file"])
        try:
            lines = roster.parse(Path(name).read_bytes(), name=Path(name).name, evidence=str(options["evidence"]))
        except (OSError, roster.ImportFailed) as error:
            raise CommandError(f"{name} can't be read: {error}") from None
        by, now = staff.pseudonym(str(options["by"]).strip()), datetime.now(UTC)
        failed = 0
        for line in lines:
            learner = "" if line.problem else people.learner_id(line.learner)
            if not learner:
                said = (
                    str(line.problem) if line.problem else "no account, or more than one, has this id, name or e-mail."
                )
                self.stderr.write(f"line {line.number}: {said}")
                failed += 1
                continue
            done = attending.record(place, learner, line.row, by=by, now=now, dry_run=not options["yes"])
            wrong = self._print(f"line {line.number}", done, yes=bool(options["yes"]))
            failed += wrong
            if not wrong and not mail.enrolled(learner, place.course_key):
                self.stdout.write(f"line {line.number}: {_NOT_ENROLLED}")
        self.stdout.write(f"{len(lines) - failed} of {len(lines)} lines {_verb(options)}.")
        return failed

    def _withdraw(self, place: Place, options: dict[str, object]) -> int:
        learner = people.learner_id(str(options["learner"]))
        if not learner:
            raise CommandError("No account, or more than one, has this id, name or e-mail.")
        done = attending.withdraw(
            place,
            learner,
            str(options["session"]),
            reason=str(options["reason"]),
            by=staff.pseudonym(str(options["by"]).strip()),
            now=datetime.now(UTC),
            dry_run=not options["yes"],
        )
        failed = self._print(str(options["session"]), done, yes=bool(options["yes"]))
        if not failed:
            self.stdout.write(f"Attendance {'taken back' if options['yes'] else 'would be taken back'}.")
        return failed

    def _print(self, named: str, done: Brought, *, yes: bool) -> int:
        """What should be known of one line; 1 where it was refused."""
        for note in done.notes:
            self.stdout.write(f"{named}: {note}")
        if done.refusal is not None:
            self.stderr.write(f"{named}: {done.refusal.message}")
        return int(done.refusal is not None)


def _verb(options: dict[str, object]) -> str:
    return "recorded" if options["yes"] else "would be recorded"
