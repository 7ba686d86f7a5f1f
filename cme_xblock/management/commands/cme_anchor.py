"""`manage.py cme_anchor`: add the ends of all chains to a file outside the database; made for a nightly job."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.records import anchors


class Command(BaseCommand):
    """Write one anchoring, and print its last hash: what a mail of the job keeps is one more anchor."""

    help = (
        "Add the ends of all chains to CME_ANCHOR_FILE, signed with the first of CME_EVIDENCE_KEYS. Compare later with "
        "cme_verify --anchors."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--file` in place of the setting."""
        parser.add_argument("--file", default="", help="The file to add to, in place of CME_ANCHOR_FILE.")

    def handle(self, *args: str, file: str = "", **options: object) -> None:
        """Anchor, and say what was written."""
        path = Path(file) if file else anchors.file()
        if path is None:
            raise CommandError("Nowhere to write to: set CME_ANCHOR_FILE, or give --file.")
        try:
            done = anchors.write(path, now=datetime.now(UTC))
        except (OSError, anchors.TornFile) as error:
            raise CommandError(str(error)) from None
        if anchors.signer() is None:
            self.stderr.write("The anchors are chained and not signed: set CME_EVIDENCE_KEYS.")
        rows = ", ".join(f"{number} {kind}" for kind, number in sorted(done.rows.items()) if number) or "nothing new"
        self.stdout.write(f"{done.lines} lines with {rows}. The last is line {done.seq}, {done.hash}.")
