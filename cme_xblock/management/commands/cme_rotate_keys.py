"""`manage.py cme_rotate_keys`: all under the first key; exit status 1 where something cannot be opened."""

from __future__ import annotations

import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from cme_xblock.records import keyring, rotation


class Command(BaseCommand):
    """Print how many identifiers each key has encrypted, before and after. Never prints a value."""

    help = (
        "Encrypt every identifier in the vault, and every stored secret of an endpoint, under the first key of "
        "CME_IDENTIFIER_KEYS. Safe while learners write; "
        "may be interrupted and run again. Exit status 1 where an identifier cannot be opened."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--dry-run` to see what would be done."""
        parser.add_argument("--dry-run", action="store_true", help="Open every identifier and count; write nothing.")

    def handle(self, *args: str, dry_run: bool = False, **options: object) -> None:
        """Rotate, print, and exit with 1 where something stayed shut."""
        first = keyring.load()[0].id
        report = rotation.rotate(dry_run=dry_run)
        for key_id in sorted(report.before.keys() | report.after.keys()):
            before, after = report.before.get(key_id, 0), report.after.get(key_id, 0)
            mark = " (encrypts)" if key_id == first else ""
            self.stdout.write(f"key {key_id!r}: {before} before, {after} after{mark}")
        for one in report.shut:
            self.stdout.write(f"identifier {one.row}, of kind {one.kind!r}: cannot be opened with key {one.key_id!r}")
        if report.shut_count > len(report.shut):
            self.stdout.write(f"… and {report.shut_count - len(report.shut)} more.")
        done = "would be written anew" if dry_run else "written anew"
        self.stdout.write(
            f"{report.seen} identifiers seen, {report.rotated} {done}, {report.overtaken} changed by others meanwhile, "
            f"{report.shut_count} cannot be opened."
        )
        left = sorted(report.after.keys() - {first})
        if left and not dry_run and not report.shut_count:
            self.stdout.write("Some were written under an old key meanwhile: restart what still runs, then run again.")
        if report.shut_count:
            sys.exit(1)
