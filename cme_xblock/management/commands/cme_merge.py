"""`manage.py cme_merge`: two accounts are one person's; a dry run without `--yes`."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.credit import certificate, merging, staff
from cme_xblock.records.contention import LedgerBusy


class Command(BaseCommand):
    """Print how much credit is read together, and what was there twice."""

    help = (
        "Say that two accounts are one person's: their credit is read together, and the later of two claims of the "
        "same activity and credit is withdrawn. Nothing is moved. Without --yes it is a dry run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which two accounts, and who answers for it."""
        parser.add_argument("given_up", help="The user id of the account that is given up.")
        parser.add_argument("kept", help="The user id of the account that is kept.")
        parser.add_argument("--reason", required=True, help="Kept for good; the learner reads it of a claim withdrawn.")
        parser.add_argument("--by", required=True, help="Your user id; the record has a pseudonym of it.")
        parser.add_argument("--yes", action="store_true", help="Do it. Without this nothing is changed.")

    def handle(
        self, *args: str, given_up: str, kept: str, reason: str, by: str, yes: bool = False, **options: object
    ) -> None:
        """Merge, and print the counts."""
        try:
            done = merging.merge(given_up, kept, staff.who(by, reason), now=datetime.now(UTC), dry_run=not yes)
        except ValueError as error:
            raise CommandError(str(error)) from None
        except LedgerBusy as busy:
            raise CommandError(str(busy)) from None
        for one in done.doubled:
            became = str(one.refusal.message) if one.refusal is not None else "withdrawn, for it was there twice"
            self.stdout.write(f"certificate {certificate.number(one.old)}: {became}")
        self.stdout.write(f"{'Merged' if yes else 'Would merge'}: {done.claims} live claims are one learner's.")
        if not yes:
            self.stdout.write("Nothing was changed: this was a dry run. Do it with --yes.")
