"""`manage.py cme_attempts --reset`: give a learner all attempts at an assessment anew; a dry run without `--yes`."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.credit import remedies, staff
from cme_xblock.credit.staff import Place
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records.contention import LedgerBusy


class Command(BaseCommand):
    """Print what was done; the attempts made before stay in the record."""

    help = "Give a learner all attempts at an assessment anew; it is written into the record. Without --yes a dry run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, in which activity, and who answers for it."""
        parser.add_argument("course", help="The course key.")
        parser.add_argument("activity", help="The activity's id in that course.")
        parser.add_argument("learner_id", help="The LMS user id; in the workbench, the student id.")
        parser.add_argument("--reset", action="store_true", required=True, help="The one thing that can be done.")
        parser.add_argument("--reason", required=True, help="Kept for good.")
        parser.add_argument("--by", required=True, help="Your user id; the record has a pseudonym of it.")
        parser.add_argument("--yes", action="store_true", help="Do it. Without this nothing is changed.")

    def handle(self, *args: str, **options: str) -> None:
        """Reset, and say so."""
        place = Place(options["course"], options["activity"], options["learner_id"])
        try:
            who = staff.who(options["by"], options["reason"])
            result = remedies.reset_attempts(place, who, now=datetime.now(UTC), dry_run=not options["yes"])
        except ValueError as error:
            raise CommandError(str(error)) from None
        except LedgerBusy as busy:
            raise CommandError(str(busy)) from None
        if isinstance(result, Refusal):
            raise CommandError(str(result.message))
        if options["yes"]:
            self.stdout.write(f"All attempts are there again: entry {result.seq} says so.")
        else:
            self.stdout.write("Would give all attempts anew. This was a dry run: do it with --yes.")
