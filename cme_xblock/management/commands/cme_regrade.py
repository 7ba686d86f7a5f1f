"""`manage.py cme_regrade`: an item was found wrong; score an edition by a corrected key. A dry run without `--yes`."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.credit import remedies, staff
from cme_xblock.records.contention import LedgerBusy
from cme_xblock.records.editions import EditionMissing


class Command(BaseCommand):
    """Print how many were regraded and how many have passed since; nobody loses a pass or credit by it."""

    help = (
        "Score every learner of an edition by a corrected key. It may grant a pass and never takes one away. "
        "Without --yes it is a dry run. Exit status 1 where somebody could not be regraded."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which edition, which key, and who answers for it."""
        parser.add_argument("course", help="The course key.")
        parser.add_argument("activity", help="The activity's id in that course.")
        parser.add_argument("edition", help="The edition's hash.")
        parser.add_argument(
            "--key",
            required=True,
            help='JSON: by item id a list of right answers, each a list of option ids: {"q3": [["a"], ["b"]]}. '
            "An empty list counts every answer as right.",
        )
        parser.add_argument("--reason", required=True, help="Kept for good.")
        parser.add_argument("--by", required=True, help="Your user id; the record has a pseudonym of it.")
        parser.add_argument("--yes", action="store_true", help="Do it. Without this nothing is changed.")

    def handle(self, *args: str, **options: str) -> None:
        """Regrade one after another; what is done is done when it stops midway."""
        try:
            key = json.loads(options["key"])
        except ValueError as error:
            raise CommandError(f"--key is no JSON: {error}") from None
        if not isinstance(key, dict) or not all(isinstance(one, list) for one in key.values()):
            raise CommandError("--key is a JSON object of item ids, each with a list of lists of option ids.")
        done = granted = wrong = 0
        try:
            who = staff.who(options["by"], options["reason"])
            for one in remedies.regrade(
                options["course"],
                options["activity"],
                options["edition"],
                key,
                who,
                now=datetime.now(UTC),
                dry_run=not options["yes"],
            ):
                done += one.refusal is None
                granted += one.granted
                if one.refusal is not None and one.refusal.code != "already_regraded":
                    wrong += 1
                    self.stderr.write(f"participation {one.participation}: {one.refusal.message}")
        except (ValueError, EditionMissing) as error:
            raise CommandError(str(error)) from None
        except LedgerBusy as busy:
            raise CommandError(str(busy)) from None
        verb = "Regraded" if options["yes"] else "Would regrade"
        self.stdout.write(f"{verb}: {done} participations, {granted} of which pass now and did not before.")
        if not options["yes"]:
            self.stdout.write("Nothing was changed: this was a dry run. Do it with --yes.")
        if wrong:
            sys.exit(1)
