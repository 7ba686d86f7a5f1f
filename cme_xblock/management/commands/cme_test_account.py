"""`manage.py cme_test_account`: what an account did is a test and counts nowhere, or is none after all."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.credit import remedies, staff
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records.contention import LedgerBusy


class Command(BaseCommand):
    """Print what became of each participation of the account."""

    help = (
        "Mark all that an account did as a test, which counts nowhere and is reported to nobody, or take that back "
        "(--not-test). For what it does later see the setting CME_TEST_ACCOUNTS. Without --yes it is a dry run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, and who answers for it."""
        parser.add_argument("learner_id", help="The LMS user id; in the workbench, the student id.")
        parser.add_argument("--not-test", action="store_true", help="It is no test after all: its credit is owed.")
        parser.add_argument("--reason", required=True, help="Kept for good.")
        parser.add_argument("--by", required=True, help="Your user id; the record has a pseudonym of it.")
        parser.add_argument("--yes", action="store_true", help="Do it. Without this nothing is changed.")

    def handle(
        self,
        *args: str,
        learner_id: str,
        reason: str,
        by: str,
        not_test: bool = False,
        yes: bool = False,
        **options: object,
    ) -> None:
        """Mark each participation, and say what became of it."""
        try:
            who, now = staff.who(by, reason), datetime.now(UTC)
            for uuid, result in remedies.mark_test_account(
                learner_id, who, test=not not_test, now=now, dry_run=not yes
            ):
                became = str(result.message) if isinstance(result, Refusal) else "done" if yes else "would be done"
                self.stdout.write(f"participation {uuid}: {became}")
        except ValueError as error:
            raise CommandError(str(error)) from None
        except LedgerBusy as busy:
            raise CommandError(str(busy)) from None
        if not yes:
            self.stdout.write("Nothing was changed: this was a dry run. Do it with --yes.")
