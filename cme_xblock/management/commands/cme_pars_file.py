"""`manage.py cme_pars_file`: what is owed to PARS as a file to upload by hand, without web-service credentials."""

from __future__ import annotations

import logging
import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.reporting import config, exporting
from cme_xblock.reporting.endpoints.pars_files import UnwritableRowError
from cme_xblock.reporting.endpoints.pars_learners import ParsLearners

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Writes the credit that is owed to PARS, and has not left, into a file."""

    help = "Write the learners' credit that is owed to PARS as an Excel or tab-delimited file. It holds identifiers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What can be said on the command line."""
        parser.add_argument("endpoint", help="the endpoint's name in CME_ENDPOINTS")
        parser.add_argument("file", type=Path, help="a new file, ending in .xlsx or .txt")
        parser.add_argument("--by", required=True, help="who exports")
        parser.add_argument("--reason", required=True, help="what for")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the file, readable for this user alone."""
        endpoint, path = config.endpoints().get(options["endpoint"]), options["file"]
        if not isinstance(endpoint, ParsLearners):
            raise CommandError(
                f"{options['endpoint']} is no endpoint of the kind pars_learners. Look at CME_ENDPOINTS."
            )
        if path.suffix not in (".xlsx", ".txt"):
            raise CommandError("The file's name must end in .xlsx or .txt.")
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(f"The file can't be made: {error.strerror}. Give another name.") from None
        try:
            with os.fdopen(descriptor, "wb") as target:
                written, left_out = exporting.write(target, endpoint, as_text=path.suffix == ".txt")
        except UnwritableRowError as error:
            path.unlink()
            raise CommandError(f"{error} No file was written.") from None
        log.info("%s exported %d records of %s: %s", options["by"], written, options["endpoint"], options["reason"])
        self.stdout.write(f"{written} records. The file holds identifiers: delete it when PARS has taken it.")
        for code, number in sorted(left_out.items()):
            self.stdout.write(f"Left out: {number} ({code})")
