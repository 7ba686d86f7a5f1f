"""`manage.py cme_purge`: delete what nobody waits for any more and records whose time is over; for a nightly job."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime

from django.core.management.base import BaseCommand

from cme_xblock.records import audit_files, deletion, purge, retention


class Command(BaseCommand):
    """Print how much was deleted, and how much stays for which reason. Counts only."""

    help = (
        "Delete learners' identifiers once every delivery that needs them is settled and CME_IDENTIFIER_KEEP_DAYS have "
        "passed, unless the learner agreed to be remembered; and records of taking part once CME_RETAIN_YEARS, six at "
        "least, have passed since the last entry, unless a legal hold is on them. Each deletion of records leaves a "
        "certificate."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--dry-run` to see what would go."""
        parser.add_argument("--dry-run", action="store_true", help="Count; delete nothing.")

    def handle(self, *args: str, dry_run: bool = False, **options: object) -> None:
        """Purge and print the counts."""
        now, done = datetime.now(UTC), "would be deleted" if dry_run else "deleted"
        identifiers = purge.purge(now=now, dry_run=dry_run)
        self.stdout.write(
            f"{identifiers.learners} learners with identifiers: {identifiers.owed} kept for what is owed, "
            f"{identifiers.remembered} remembered as they agreed, {identifiers.recent} kept for {purge.keep_days()} "
            f"days. {identifiers.identifiers} identifiers of {identifiers.purged} learners {done}."
        )
        records = deletion.run(now=now, dry_run=dry_run)
        rows = ", ".join(f"{number} {kind}" for kind, number in sorted(records.rows.items()) if number)
        self.stdout.write(
            f"{records.looked} records begun {retention.years()} years ago or before: {records.young} kept for their "
            f"term, {records.held} under legal hold, {records.owed} kept for what is owed, {records.damaged} damaged "
            f"and kept for a person to look at (cme_verify). {records.deleted} {done}{': ' + rows if rows else ''}."
        )
        if not dry_run:
            self.stdout.write(f"{audit_files.expire(now=now)} audit files thrown away.")
