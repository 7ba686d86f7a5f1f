"""`manage.py cme_purge`: delete the identifiers that nobody waits for any more; made for a nightly job."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime

from django.core.management.base import BaseCommand

from cme_xblock.records import purge


class Command(BaseCommand):
    """Print how many learners' identifiers were deleted, and how many stay for which reason. Counts only."""

    help = (
        "Delete learners' identifiers once every delivery that needs them is settled and CME_IDENTIFIER_KEEP_DAYS have "
        "passed, unless the learner agreed to be remembered. Records of credit are never deleted by this command."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--dry-run` to see what would go."""
        parser.add_argument("--dry-run", action="store_true", help="Count; delete nothing.")

    def handle(self, *args: str, dry_run: bool = False, **options: object) -> None:
        """Purge and print the counts."""
        report = purge.purge(now=datetime.now(UTC), dry_run=dry_run)
        done = "would be deleted" if dry_run else "deleted"
        self.stdout.write(
            f"{report.learners} learners with identifiers: {report.owed} kept for what is owed, {report.remembered} "
            f"remembered as they agreed, {report.recent} kept for {purge.keep_days()} days. "
            f"{report.identifiers} identifiers of {report.purged} learners {done}."
        )
