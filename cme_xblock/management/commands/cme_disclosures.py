"""`manage.py cme_disclosures`: remind people of open links, ask again whose disclosure ages, forget what is over.

Run it once a day, at any hour: each mail is marked before it leaves, so that nobody is mailed twice, whatever runs
beside it. Counts only; nobody is named.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.console.desk import mails, words
from cme_xblock.host import address
from cme_xblock.host.mail import Left
from cme_xblock.records import desk, desk_links, desk_purge
from cme_xblock.records.contention import LedgerBusy
from cme_xblock.records.models import DeskInvitation, DeskPerson


class Command(BaseCommand):
    """Keeps the disclosure desk going between two looks of the office."""

    help = "Remind people of open invitations to disclose, ask again at 12 months, and forget what is over."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What can be said on the command line."""
        parser.add_argument("--ask-again", action="store_true", help="invite whose disclosure comes to 12 months")
        parser.add_argument("--no-mail", action="store_true", help="only forget what is over")
        parser.add_argument("--dry-run", action="store_true", help="count; send, write and delete nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Remind, ask, forget; exit with 1 where a mail could not be sent."""
        site, now, dry_run = address.named(), datetime.now(UTC), bool(options["dry_run"])
        if not site and not options["no_mail"]:
            raise CommandError("The mails need the site's address: set CME_PUBLIC_URL, such as https://example.org.")
        found: Counter[str] = Counter()
        if not options["no_mail"]:
            for one in desk_links.due(now):
                try:
                    left = Left.SENT if dry_run else mails.remind(one, site=site, now=now)
                except _LATER:
                    left = Left.FAILED
                found["reminder" if left is Left.SENT else "lost" if left else "taken"] += 1
            if options["ask_again"]:
                self._ask_again(found, site=site, now=now, dry_run=dry_run)
        report = desk_purge.purge(now=now, today=words.today(), dry_run=dry_run)
        verb = "would be" if dry_run else "were"
        self.stdout.write(
            f"{found['reminder']} reminders and {found['invited']} new invitations {verb} sent, {found['lost']} lost. "
            f"{report.people} dossiers: {report.held} under legal hold, {report.damaged} damaged, "
            f"{report.deleted} {verb} deleted, {report.forgotten} texts forgotten, {report.drafts} drafts emptied."
        )
        if found["lost"]:
            sys.exit(1)

    def _ask_again(self, found: Counter[str], *, site: str, now: datetime, dry_run: bool) -> None:
        """Invite who has an address, a disclosure that comes to 12 months, an activity, and no open link."""
        providers = DeskPerson.objects.order_by("provider_key").values_list("provider_key", flat=True).distinct()
        for provider in list(providers):
            for row in desk.lapsing(provider, words.today()):
                person = desk.find(provider, row.uuid)
                try:
                    if person is None or not _is_to_ask(person, row):
                        continue
                    left = Left.SENT if dry_run else mails.invite(person, by="reminder", site=site, now=now)
                except _LATER:
                    left = Left.FAILED
                found["invited" if left is Left.SENT else "lost"] += 1


def _is_to_ask(person: DeskPerson, row: desk.Lapsing) -> bool:
    """Whether this person can be mailed, is in an activity, and was not asked since they disclosed.

    Answered or not: three reminders are enough, and the office sees it. Raises DeskBroken.
    """
    if not person.email or not desk.file_of(person).dossier.assignments:
        return False
    asked = DeskInvitation.objects.filter(person_id=person.pk).order_by("-pk").first()
    return asked is None or asked.sent_at.date() <= row.disclosed_on


# What keeps one person from being mailed, and nobody else.
_LATER = (desk.DeskBroken, LedgerBusy)
