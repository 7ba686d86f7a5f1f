"""`manage.py cme_deliver`: send what is owed to accreditors. The guaranteed way, beside any task queue.

Run it from cron with --once, or as a service with --watch. Any number may run at the same time, on any number of
machines. SIGTERM and SIGINT end it after the batch at hand; SIGKILL does no harm either, for what was being sent is
then asked about first.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
from argparse import ArgumentParser
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from cme_xblock.reporting import alerts, clock, config, engine


class Command(BaseCommand):
    """Sends what is owed to accreditors."""

    help = "Send the credit that is owed to accreditors (PARS), ask what became of it, and settle each delivery."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What can be said on the command line."""
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--once", action="store_true", help="work through what is due, then end (the default)")
        how.add_argument("--watch", "--loop", action="store_true", dest="watch", help="go on until a signal comes")
        parser.add_argument("--interval", type=float, default=30.0, help="seconds between two looks (default 30)")
        parser.add_argument("--limit", type=int, default=100, help="deliveries in one go (default 100)")
        parser.add_argument("--endpoint", action="append", help="only this endpoint; can be given several times")
        parser.add_argument(
            "--alerts", action="store_true", help="send no credit; look at the thresholds, and write to the staff"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Work until there is nothing due, or for ever."""
        try:
            config.endpoints()  # a wrong setting should stop the worker at its start, with its name
        except Error:
            if not options["watch"]:
                raise
            close_old_connections()  # it is looked at again with every run
        if options["alerts"]:
            self.stdout.write(f"{alerts.run(now=_now())} mails were sent.")
            return
        ending = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _ender(ending))
        # Unique even where containers share a host name and a process id.
        owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(8)}"
        while not ending.is_set():
            counts = self._run(owner, ending, options)
            if counts.worked >= options["limit"] and not counts.failed:
                continue
            if not options["watch"]:
                break
            close_old_connections()
            ending.wait(options["interval"])

    def _run(self, owner: str, ending: threading.Event, options: dict[str, Any]) -> engine.Counts:
        try:
            now = clock.of_the_database()
            counts = engine.run_once(
                now=now, owner=owner, limit=options["limit"], stop=ending.is_set, only=options["endpoint"]
            )
        except Error as error:  # InterfaceError too, which a connection that was cut gives, and is no DatabaseError
            # A service outlives a restart of its database; the next look will show whether it is back.
            self.stderr.write(f"{_now():%Y-%m-%d %H:%M:%S} the database failed ({type(error).__name__}); looking again")
            close_old_connections()
            return engine.Counts(failed=1)
        if counts.worked or counts.released or counts.recovered:
            self.stdout.write(_line(counts))
        return counts


def _now() -> datetime:
    return datetime.now(UTC)


def _ender(ending: threading.Event) -> Any:
    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    return end


def _line(counts: engine.Counts) -> str:
    named = {name: getattr(counts, name) for name in counts.__dataclass_fields__}
    return f"{_now():%Y-%m-%d %H:%M:%S} " + ", ".join(f"{name} {number}" for name, number in named.items() if number)
