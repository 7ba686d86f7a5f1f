"""`manage.py cme_verify`: every record is read again and compared with its hashes; exit status 1 on any finding."""

from __future__ import annotations

import dataclasses
import json
import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.records import anchors, anchors_check, verify


class Command(BaseCommand):
    """Print what was checked and what was found; made for a nightly job as well as for a person."""

    help = "Check every recorded edition, ledger and claim against its hashes. Exit status 1 on any finding."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--json` for a program that reads it."""
        parser.add_argument("--json", action="store_true", dest="as_json", help="Print one JSON object.")
        parser.add_argument(
            "--anchors", nargs="?", const="", metavar="FILE", help="Compare with the anchors too: CME_ANCHOR_FILE."
        )

    def handle(self, *args: str, as_json: bool = False, **options: object) -> None:
        """Verify, print, and exit with 1 where something was found."""
        report = verify.verify_all()
        anchored = None
        if options.get("anchors") is not None:
            anchored = self._compare(str(options["anchors"]), report)
        if as_json:
            more = {} if anchored is None else {"anchors": dataclasses.asdict(anchored)}
            self.stdout.write(json.dumps({**dataclasses.asdict(report), **more}, indent=2))
        else:
            self._print(report, anchored)
        if report.found:
            sys.exit(1)

    def _compare(self, file: str, report: verify.Report) -> anchors_check.Compared:
        path = Path(file) if file else anchors.file()
        if path is None:
            raise CommandError("There is no anchor file: set CME_ANCHOR_FILE, or name it.")
        done = anchors_check.Compared()
        try:
            report.add(anchors_check.compare(path, now=datetime.now(UTC), done=done))
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from None
        return done

    def _print(self, report: verify.Report, anchored: anchors_check.Compared | None) -> None:
        for one in report.findings:
            self.stdout.write(f"{one.where}: {one.message} [{one.code}]")
        if report.found > len(report.findings):
            self.stdout.write(f"… and {report.found - len(report.findings)} more.")
        checked = (
            f"{report.editions} editions, {report.participations} participations with {report.entries} entries, "
            f"{report.claims} claims, {report.consents} consents and {report.dossiers} dossiers of the disclosure desk"
        )
        if anchored is not None:
            last = anchored.last_at or "never"
            checked += f"; {anchored.rows} rows on {anchored.lines} lines of anchors, the last of {last}"
        verdict = f"{report.found} findings." if report.found else "Nothing is wrong."
        self.stdout.write(f"Checked {checked}. {verdict}")
