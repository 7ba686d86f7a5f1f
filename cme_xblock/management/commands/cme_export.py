"""`manage.py cme_export`: make the exports that wait, begin the scheduled ones, and delete those whose time is over.

The guaranteed way, made for cron or to run all the time (`--loop`); Celery is the fast one. Any number may run at once.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from cme_xblock.console.exports import schedule, working
from cme_xblock.records import exports


class Command(BaseCommand):
    """Does what there is to do, and says how much that was. Counts only."""

    help = "Make the exports that wait, begin scheduled ones that are due, delete files whose time is over."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What can be said on the command line."""
        parser.add_argument("--loop", action="store_true", help="go on until it is ended")
        parser.add_argument("--interval", type=int, default=10, help="seconds between looks, with --loop (10)")
        parser.add_argument("--seconds", type=int, default=3600, help="after so many seconds begin nothing new (3600)")
        parser.add_argument(
            "--lease", type=int, default=int(working.LEASE), help="seconds after which a silent worker counts as dead"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Work, once or for ever."""
        owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(8)}"
        while True:
            begun, worked, gone = self._once(owner, options)
            if not options["loop"] or begun or worked.finished or worked.failed or gone:
                self.stdout.write(
                    f"{begun} scheduled exports begun, {worked.finished} exports made, {worked.failed} failed, "
                    f"{gone} files deleted."
                )
            if not options["loop"]:
                return
            close_old_connections()
            time.sleep(options["interval"])

    def _once(self, owner: str, options: dict[str, Any]) -> tuple[int, working.Worked, int]:
        now = datetime.now(UTC)
        begun = schedule.start_due(now=now)
        worked = working.run(
            now=lambda: datetime.now(UTC),
            owner=owner,
            until=now + timedelta(seconds=options["seconds"]),
            lease=options["lease"],
        )
        return begun, worked, exports.expire(now=datetime.now(UTC))
