"""`manage.py cme_retire`: forget a learner as the platform's retirement does, where there is no signal of it."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.host import retirement
from cme_xblock.records.contention import LedgerBusy


class Command(BaseCommand):
    """Print what was forgotten, in counts."""

    help = (
        "Forget a learner: delete identifiers, drafts and the wording of consents, cut the records of credit from the "
        "account and seal them. What was not yet sent to an accreditor is never sent. This cannot be undone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whom, and `--dry-run` to see first what is still owed."""
        parser.add_argument("learner_id", help="The LMS user id; in the workbench, the student id.")
        parser.add_argument("--dry-run", action="store_true", help="Count; change nothing.")

    def handle(self, *args: str, learner_id: str, dry_run: bool = False, **options: object) -> None:
        """Retire and print the counts. Finding nothing is no error, for it may have been done before."""
        try:
            done = retirement.retire(learner_id, now=datetime.now(UTC), dry_run=dry_run)
        except ValueError:
            raise CommandError("A learner id has 1 to 255 characters and no NUL.") from None
        except LedgerBusy as busy:
            raise CommandError(str(busy)) from None
        self.stdout.write(
            f"{'Would retire' if dry_run else 'Retired'}: {done.participations} participations sealed, "
            f"{done.identifiers} identifiers deleted, {done.consents} consents reduced to their hash, "
            f"{done.withheld} deliveries that will never be sent, {done.under_way} under way and followed to their end."
        )
