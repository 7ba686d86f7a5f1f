"""`manage.py cme_incident`: a disclosure was wrong; say so to everybody who saw it. A dry run without `--yes`."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.credit import incidents, staff
from cme_xblock.host import mail
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records import editions
from cme_xblock.records.contention import LedgerBusy


class Command(BaseCommand):
    """Print how many were affected and how many could be told."""

    help = (
        "Record that the disclosures of an edition were wrong, in the ledger of everybody who acknowledged them, and "
        "tell each by mail. Publish the corrected activity first. Without --yes it is a dry run."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which edition, what was wrong, and who answers for it."""
        parser.add_argument("course", help="The course key.")
        parser.add_argument("activity", help="The activity's id in that course.")
        parser.add_argument("edition", help="The hash of the edition that was wrong.")
        parser.add_argument("--reason", required=True, help="What was wrong, as the learners read it. Kept for good.")
        parser.add_argument("--by", required=True, help="Your user id; the record has a pseudonym of it.")
        parser.add_argument("--mail", action="store_true", help="Tell each learner by mail.")
        parser.add_argument("--yes", action="store_true", help="Do it. Without this nothing is changed.")

    def handle(self, *args: str, **options: str) -> None:
        """Record and tell, one after another; what is done is done when it stops midway."""
        affected = told = untold = 0
        try:
            who = staff.who(options["by"], options["reason"])
            title = editions.load(options["edition"])[options["edition"]].title
            for row, result in incidents.record(
                options["course"],
                options["activity"],
                options["edition"],
                who,
                now=datetime.now(UTC),
                dry_run=not options["yes"],
            ):
                affected += not isinstance(result, Refusal)
                if options["mail"] and options["yes"] and not isinstance(result, Refusal):
                    sent = mail.incident(row.learner_id, title=title, reason=who.reason)
                    told, untold = told + sent, untold + (not sent)
        except (ValueError, editions.EditionMissing) as error:
            raise CommandError(str(error)) from None
        except LedgerBusy as busy:
            raise CommandError(str(busy)) from None
        verb = "recorded" if options["yes"] else "would be recorded"
        self.stdout.write(f"{affected} learners saw it: {verb}. Told by mail: {told}; could not be told: {untold}.")
        if not options["yes"]:
            self.stdout.write("Nothing was changed: this was a dry run. Do it with --yes.")
