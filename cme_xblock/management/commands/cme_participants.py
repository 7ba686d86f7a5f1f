"""`manage.py cme_participants`: bring the console's list of participants up to date.

The pages do it by themselves, a hundred people at a look. Run it after an upgrade and every night; `--anew` goes
through everything once more.
"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from cme_xblock.console.participants import refresh
from cme_xblock.records import activity_index


class Command(BaseCommand):
    """Count, and say how many."""

    help = "Bring the console's list of activities and participants up to date. Changes no record."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to begin at the beginning."""
        parser.add_argument("--anew", action="store_true", help="Look at everything once more.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Refresh, and print what was done."""
        activities = activity_index.refresh()
        people = refresh.everything(now=datetime.now(UTC), anew=options["anew"])
        self.stdout.write(f"{activities} activities and {people} participants were counted.")
