"""`manage.py cme_receipts`: read in the receipts that a receiver gives later, as files.

    cme_receipts --endpoint cebroker receipt-2026-11-23.xml [more.xml …] [--dry-run]

CE Broker answers a large roster the next business day. Until its receipt is read in, what was sent stays open. Nothing
here shows who a learner is. Ends with 1 where a file could not be read.
"""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.reporting import receipts


class Command(BaseCommand):
    """Settles deliveries by receipts that came as files."""

    help = "Read in receipts that came later as files (CE Broker, the next business day), and settle what they name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What can be said on the command line."""
        parser.add_argument("files", nargs="+", type=Path, help="the receipts, saved as they came")
        parser.add_argument("--endpoint", required=True, help="the endpoint's name")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be settled")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read each file."""
        unread = 0
        for path in options["files"]:
            try:
                self._read(path, options)
            except (OSError, receipts.NotRead) as error:
                unread += 1
                said = str(error) if isinstance(error, receipts.NotRead) else error.strerror
                self.stderr.write(f"{path.name}: {said}")
        if unread:
            raise CommandError(f"{unread} of {len(options['files'])} files could not be read.")

    def _read(self, path: Path, options: dict[str, Any]) -> None:
        with path.open("rb") as file:
            content = file.read(receipts.BYTES_MAX + 1)
        found = receipts.read(options["endpoint"], content, now=datetime.now(UTC), dry_run=options["dry_run"])
        for uuid, state, reason in found.settled:
            self.stdout.write(f"{uuid}  {state} {reason}".rstrip())
        for one in found.strange:
            self.stdout.write(f"not settled: {one}")
        how = "would be settled" if options["dry_run"] else "settled"
        self.stdout.write(f"{path.name}: {len(found.settled)} {how}, {found.open} still open.")
