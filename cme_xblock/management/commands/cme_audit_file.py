"""`manage.py cme_audit_file`: write one activity's audit file, or make those that wait, and throw old ones away."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from cme_xblock.console import pages
from cme_xblock.console.evidence import working
from cme_xblock.console.evidence.building import Maker
from cme_xblock.console.evidence.gathered import NoEdition
from cme_xblock.evidence.archive import TooLarge
from cme_xblock.host import address
from cme_xblock.records import access_log, activity_index, audit_files, keys


class Command(BaseCommand):
    """One file into a folder, with a line in the access log; or the work that pages have asked for."""

    help = (
        "Write the audit file of one activity (--activity, --out, --reason, --by), or with --work make those that "
        "were asked for on pages, and delete those older than CME_AUDIT_FILE_DAYS. Exit status 1 where one failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which activity and where to, or that there is work to do."""
        parser.add_argument("--activity", nargs=2, metavar=("COURSE_KEY", "ACTIVITY_ID"))
        parser.add_argument("--out", metavar="FILE.zip", default="", help="Must not be there yet.")
        parser.add_argument("--reason", default="", help="What it is for; in the access log.")
        parser.add_argument("--by", default="", help="Your user id.")
        parser.add_argument("--work", action="store_true", help="Make what waits.")
        parser.add_argument("--loop", action="store_true", help="With --work: go on until it is ended.")

    def handle(self, *args: str, **options: object) -> None:
        """Write, or work."""
        try:
            by = working.maker(site=address.named(), keys_url=address.named() + pages.url("evidence-keys"))
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None
        if options["work"]:
            self._work(by, loop=bool(options["loop"]))
        elif isinstance(options["activity"], list):
            self._write(by, options["activity"], options)
        else:
            raise CommandError("Give --activity COURSE_KEY ACTIVITY_ID with --out FILE.zip, or --work.")

    def _work(self, by: Maker, *, loop: bool) -> None:
        while True:
            done = working.run(by, now=lambda: datetime.now(UTC))
            gone = audit_files.expire(now=datetime.now(UTC))
            if not loop or done.made or done.failed or gone:
                self.stdout.write(f"{done.made} audit files made, {done.failed} failed, {gone} thrown away.")
            if not loop:
                break
            close_old_connections()
            time.sleep(10)
        if done.failed:
            raise SystemExit(1)

    def _write(self, by: Maker, activity: list[str], options: dict[str, object]) -> None:
        reason, who, out = (str(options[name]).strip() for name in ("reason", "by", "out"))
        if not (reason and who and out):
            raise CommandError("Say --out, --reason and --by: that the file leaves is written down.")
        key = keys.activity_key(*activity)
        try:
            with Path(out).open("x+b") as stream:
                found, built = working.write(key, stream, by, now=datetime.now(UTC))
        except (NoEdition, TooLarge, OSError) as error:
            if not isinstance(error, OSError):
                Path(out).unlink(missing_ok=True)
            raise CommandError(str(error)) from None
        self._note(key, found.course_key, who, reason, built.tally.participations)
        for one in built.missing:
            self.stderr.write(f"MISSING ({one.part}): {one.message}")
        self.stdout.write(f"{out}: {built.tally.participations} learners, {len(built.missing)} elements missing.")

    def _note(self, key: str, course_key: str, who: str, reason: str, learners: int) -> None:
        indexed = activity_index.find(key)
        look = access_log.Look(
            chain=(indexed.provider_key if indexed else "") or access_log.SITE,
            reader_id=who,
            reader_name=who,
            role="command",
            what="audit_file:write",
            count=learners,
            why=reason,
            course_key=course_key,
            activity_key=key,
        )
        access_log.append(look, now=datetime.now(UTC))
