"""`manage.py cme_verify`: every record is read again and compared with its hashes; exit status 1 on any finding."""

from __future__ import annotations

import dataclasses
import json
import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from cme_xblock.records import verify


class Command(BaseCommand):
    """Print what was checked and what was found; made for a nightly job as well as for a person."""

    help = "Check every recorded edition, ledger and claim against its hashes. Exit status 1 on any finding."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--json` for a program that reads it."""
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print one JSON object.")

    def handle(self, *args: str, as_json: bool = False, **options: object) -> None:
        """Verify, print, and exit with 1 where something was found."""
        report = verify.verify_all()
        if as_json:
            self.stdout.write(json.dumps(dataclasses.asdict(report), indent=2))
        else:
            self._print(report)
        if report.found:
            sys.exit(1)

    def _print(self, report: verify.Report) -> None:
        for one in report.findings:
            self.stdout.write(f"{one.where}: {one.message} [{one.code}]")
        if report.found > len(report.findings):
            self.stdout.write(f"… and {report.found - len(report.findings)} more.")
        checked = (
            f"{report.editions} editions, {report.participations} participations with {report.entries} entries, "
            f"{report.claims} claims and {report.consents} consents"
        )
        verdict = f"{report.found} findings." if report.found else "Nothing is wrong."
        self.stdout.write(f"Checked {checked}. {verdict}")
