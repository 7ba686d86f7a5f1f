"""`manage.py cme_performance`: bring measures of performance or of patients' health, list them, take them back.

A file is a table (CSV or Excel) with the columns measure, before, after and n. It is kept as evidence with who brought
it, and shown in the outcomes report.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.outcomes import performance
from cme_xblock.records import keys, performances


class Command(BaseCommand):
    """Measures of performance and of patients' health, for Moore's levels 5 and 6."""

    help = "Bring a provider's measures (CSV: measure, before, after, n), list what is there, or take it back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What can be said on the command line."""
        actions = parser.add_subparsers(dest="action", required=True)
        for name in ("bring", "list", "take-back"):
            action = actions.add_parser(name)
            action.add_argument("course", help="key of the course, as in course-v1:Example+CME+2026")
            action.add_argument("activity", help="activity id")
            if name == "bring":
                action.add_argument("file", type=Path, help="CSV or Excel with measure, before, after, n")
                action.add_argument("--level", required=True, choices=performance.LEVELS, help="Moore's level")
                action.add_argument("--source", required=True, help="where the numbers are from")
                action.add_argument("--period", default="", help="what before and after mean")
                action.add_argument("--by", required=True, help="who brings them")
                action.add_argument("--replaces", default="", help="uuid of the file that it stands in place of")
            if name == "take-back":
                action.add_argument("uuid")
                action.add_argument("--by", required=True)
                action.add_argument("--reason", required=True)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it, or exit with 1 and everything that is wrong."""
        try:
            key = keys.activity_key(options["course"], options["activity"])
            {"bring": self._bring, "list": self._list, "take-back": self._take_back}[options["action"]](key, options)
        except performance.Unreadable as unreadable:
            for fault in unreadable.faults:
                self.stderr.write(str(fault))
            sys.exit(1)
        except (performances.Refused, ValueError) as refused:
            raise CommandError(str(refused)) from None

    def _bring(self, key: str, options: dict[str, Any]) -> None:
        path: Path = options["file"]
        try:
            content = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path} can't be read: {error.strerror}.") from None
        measures = performance.parse(content, name=path.name)
        kept = performances.bring(
            key,
            performance.to_data(measures),
            performances.Origin(options["level"], options["source"], options["by"], options["period"]),
            content=content,
            now=datetime.now(UTC),
            replaces=options["replaces"],
        )
        self.stdout.write(f"{kept.uuid}: {len(measures)} measures of level {kept.level} are kept.")

    def _list(self, key: str, options: dict[str, Any]) -> None:
        counts = {one.uuid for one in performances.current(key)}
        for one in performances.history(key):
            state = "counts" if one.uuid in counts else "taken back" if not one.measures else "replaced"
            self.stdout.write(
                f"{one.uuid}  level {one.level}  {one.at:%Y-%m-%d}  {one.source}  ({one.brought_by}; {state})"
            )

    def _take_back(self, key: str, options: dict[str, Any]) -> None:
        now = datetime.now(UTC)
        performances.take_back(key, options["uuid"], by=options["by"], reason=options["reason"], now=now)
        self.stdout.write(f"{options['uuid']} is taken back; it stays on record.")
