"""`manage.py cme_currency`: tell providers by mail which dates of their published activities come due.

Run it once a day, at any hour: each date is told when it is 90, 30, 7 and 0 days away, and the command remembers
nothing. Where days were missed, `--since` names the first of them. Twice on a day tells everything twice.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date, datetime
from typing import Any

from django.core import mail
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cme_xblock.host import language
from cme_xblock.parts import reminders
from cme_xblock.rules import currency

_FURTHEST = 3650


class Command(BaseCommand):
    """Tells providers' contacts what comes due."""

    help = "Mail each provider's contact the dates (expiry, review, approval, disclosure, MOC) that come due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What can be said on the command line."""
        default = ",".join(map(str, currency.DAYS))
        parser.add_argument("--days", type=_days, default=currency.DAYS, help=f"days ahead to tell (default {default})")
        parser.add_argument(
            "--today", type=_day, default=None, help="the day to tell for, as YYYY-MM-DD (default today)"
        )
        parser.add_argument("--since", type=_day, default=None, help="the first day that was missed, as YYYY-MM-DD")
        parser.add_argument("--dry-run", action="store_true", help="print the messages and send none")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Collect, send, and exit with 1 where something could not be told."""
        # One day for all activities: each in its own zone would skip a day when clocks change.
        today: date = options["today"] or datetime.now(timezone.get_default_timezone()).date()
        since: date | None = options["since"]
        if since is not None and since > today:
            raise CommandError(f"--since {since} lies after {today}. Name the first day on which nobody was told.")
        found = reminders.collect(today=today, since=since, days=options["days"])
        for problem in found.untold:
            self.stderr.write(str(problem))
        gettext = language.current().gettext
        messages = [
            reminders.compose(address, entries, gettext=gettext) for address, entries in found.by_address.items()
        ]
        unsent = self._print(messages) if options["dry_run"] else self._send(messages)
        if unsent or found.untold:
            sys.exit(1)

    def _print(self, messages: list[mail.EmailMessage]) -> int:
        for one in messages:
            self.stdout.write(f"To: {one.to[0]}\nSubject: {one.subject}\n\n{one.body}\n")
        self.stdout.write(f"{len(messages)} messages would be sent.")
        return 0

    def _send(self, messages: list[mail.EmailMessage]) -> int:
        """Send one by one: a server that refuses one address must not keep the others from being told."""
        failed = 0
        for one in messages:
            try:
                one.send()
            except OSError as error:
                failed += 1
                # A server's answer may quote the address; the kind of error is enough to look it up in its log.
                self.stderr.write(f"A message could not be sent ({type(error).__name__}).")
        self.stdout.write(f"{len(messages) - failed} messages sent, {failed} not sent.")
        return failed


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no date. Write it as 2027-01-31.") from None


def _days(text: str) -> tuple[int, ...]:
    try:
        days = tuple(int(one) for one in text.split(","))
    except ValueError:
        days = ()
    if not days or not all(0 <= one <= _FURTHEST for one in days):
        raise ArgumentTypeError(f"{text!r} is no list of days. Write whole numbers from 0 on, as 90,30,7,0.")
    return days
