"""`manage.py cme_follow_up`: ask learners by mail what became of what they meant to do differently.

And remind those who asked for it that the questions of an activity have come again.

Run it once a day, at any hour, or oftener: each learner is mailed once for each of an activity's days (30, 60, 90),
whatever runs beside it. Who does not want mails, or has no address, finds the plans in the course all the same.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.host import address
from cme_xblock.host.mail import Left
from cme_xblock.parts import follow_up_mail, retention_mail
from cme_xblock.parts.follow_up_mail import Unsent


class Command(BaseCommand):
    """Asks learners what became of their plans."""

    help = "Mail learners whose commitments come back today. Each is mailed once for each day, and can stop it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What can be said on the command line."""
        parser.add_argument("--dry-run", action="store_true", help="count what would be sent, and send nothing")
        parser.add_argument("--limit", type=_limit, default=None, help="the most mails to send in this run")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Send, say how many, and exit with 1 where a mail could not be sent. Nobody is named."""
        site = address.named()
        if not site:
            raise CommandError("The mails need the site's address: set CME_PUBLIC_URL, such as https://example.org.")
        limit: int | None = options["limit"]
        now = datetime.now(UTC)
        found: Counter[str] = Counter()
        tried = 0
        for way, one in self._due(now):
            if limit is not None and tried >= limit:
                break
            ready = way.prepare(one, site=site)
            if isinstance(ready, Unsent):
                found[ready.value] += 1
                continue
            outcome = Left.SENT if options["dry_run"] else way.send(ready, site=site, now=now)
            # What another worker sends does not count here.
            tried += outcome is not Unsent.TAKEN
            found[outcome.value] += 1
        self._say(found, dry_run=options["dry_run"])

    def _due(self, now: datetime) -> Iterator[tuple[Any, Any]]:
        """What is to be mailed, each with the module that knows how."""
        for way in (follow_up_mail, retention_mail):
            for one in way.due(now):
                yield way, one

    def _say(self, found: Counter[str], *, dry_run: bool) -> None:
        verb = "would be sent" if dry_run else "sent"
        self.stdout.write(f"{found[Left.SENT]} mails {verb}.")
        for name, sentence in _SENTENCES.items():
            if found[name]:
                self.stdout.write(f"{found[name]} {sentence}")
        if found[Left.FAILED] or found[Left.UNKNOWN]:
            sys.exit(1)


def _limit(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 10**9:
        return int(text)
    raise ArgumentTypeError(f"{text!r} is no number of mails. Write a whole number from 1 on.")


_SENTENCES = {
    Left.FAILED: "not taken by the mail server; the next run tries again.",
    Left.UNKNOWN: "refused, or lost on the way; not tried again, so that nobody is asked twice.",
    Unsent.NO_CONSENT: "not sent: the learner does not want these mails.",
    Unsent.NO_ADDRESS: "not sent: the account has no address, or is closed.",
    Unsent.NO_COURSE: "not sent: the course has no page for it, or the learner left the course.",
    Unsent.TAKEN: "sent by another worker.",
}
