"""`manage.py cme_correct`: correct, withdraw or issue anew credit that was claimed; a dry run without `--yes`."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.credit import certificate, staff
from cme_xblock.credit.staff import Done
from cme_xblock.host import mail
from cme_xblock.participation.correction import Who
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records.contention import LedgerBusy
from cme_xblock.records.models import Claim
from cme_xblock.rules import amounts

WAYS = ("raise", "lower", "profession", "name", "void", "reissue")
_NEEDS_VALUE = ("raise", "lower", "profession", "name")


class Command(BaseCommand):
    """Says what would be done, does it with `--yes`, and leaves the old certificate to tell what became of it."""

    help = (
        "Correct credit that was claimed: raise or lower the amount, change the profession or the name, void, or issue "
        "anew. Without --yes it is a dry run. Exit status 1 where anything was refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What, which claim or file of claims, and who answers for it."""
        parser.add_argument("way", choices=WAYS)
        parser.add_argument("claim", nargs="?", help="The certificate's number or code, or the claim's uuid.")
        parser.add_argument("value", nargs="?", default="", help="The amount, the profession's code, or the name.")
        parser.add_argument("--system", default="", help="profession: the credit system that is claimed then.")
        parser.add_argument("--reason", required=True, help="Kept for good and shown to the learner.")
        parser.add_argument("--by", required=True, help="Your user id; the record has a pseudonym of it.")
        parser.add_argument("--evidence", default="", help='For example "mail of 3 March". Needed to add credit.')
        parser.add_argument("--bulk", metavar="FILE", help="void: a file with one claim on each line.")
        parser.add_argument("--mail", action="store_true", help="void: tell each learner by mail, with the reason.")
        parser.add_argument("--yes", action="store_true", help="Do it. Without this nothing is changed.")

    def handle(self, *args: str, **options: object) -> None:
        """Correct, and print what became of each claim."""
        way, yes = str(options["way"]), bool(options["yes"])
        try:
            who = staff.who(str(options["by"]), str(options["reason"]), str(options["evidence"]))
            failed = 0
            for named, result in self._each(way, who, options):
                failed += self._print(named, result, way=way, yes=yes)
                if options["mail"] and yes and isinstance(result, Done) and result.refusal is None:
                    self._tell(result.old, who)
        except ValueError as error:
            raise CommandError(str(error)) from None
        except LedgerBusy as busy:
            raise CommandError(str(busy)) from None
        if not yes:
            self.stdout.write("Nothing was changed: this was a dry run. Do it with --yes.")
        if failed:
            sys.exit(1)

    def _each(self, way: str, who: Who, options: dict[str, object]) -> Iterator[tuple[str, Done | Refusal]]:
        now, dry_run = datetime.now(UTC), not options["yes"]
        if options["bulk"]:
            if way != "void":
                raise CommandError("--bulk goes with void alone: every other correction is looked at by itself.")
            yield from staff.withdraw_all(_lines(str(options["bulk"])), who, now=now, dry_run=dry_run)
            return
        named, value = str(options["claim"] or ""), str(options["value"])
        if not named or (way in _NEEDS_VALUE and not value):
            raise CommandError(f"Say which claim{' and the new value' if way in _NEEDS_VALUE else ''}.")
        claim = staff.find(named)
        if claim is None:
            raise CommandError("No claim has this number: give that of the certificate, or the claim's uuid.")
        if way in ("raise", "lower"):
            _check_direction(way, claim, value)
        said = {"amount": value} if way in ("raise", "lower") else {way: value} if way in ("profession", "name") else {}
        if way == "profession":
            said["system"] = str(options["system"])
        if way == "void":
            yield named, staff.withdraw(claim, who, now=now, dry_run=dry_run)
        elif way == "reissue":
            yield named, staff.reissue(claim, who, now=now, dry_run=dry_run)
        else:
            yield named, staff.correct(claim, who, **said, now=now, dry_run=dry_run)

    def _print(self, named: str, result: Done | Refusal, *, way: str, yes: bool) -> int:
        """One line; 1 where it was refused."""
        refusal = result if isinstance(result, Refusal) else result.refusal
        if refusal is not None or isinstance(result, Refusal):
            self.stderr.write(f"{named}: {refusal.message if refusal else ''}")
            return 1
        verb = "done" if yes else "would be done"
        old = f"{amounts.number(result.old.amount)} {result.old.system} as {result.old.profession}"
        if result.new is None:
            self.stdout.write(f"{named}: {way} {verb}: {old} counts no more.")
        else:
            new = f"{amounts.number(result.new.amount)} {result.new.system} as {result.new.profession}"
            number = f"; certificate {certificate.number(result.new)}" if yes else ""
            self.stdout.write(f"{named}: {way} {verb}: {old} -> {new}{number}.")
        return 0

    def _tell(self, claim: Claim, who: Who) -> None:
        sent = mail.withdrawn(claim.participation.learner_id, number=certificate.number(claim), reason=who.reason)
        if not sent:
            self.stderr.write(f"{certificate.number(claim)}: the learner could not be told by mail.")


def _check_direction(way: str, claim: Claim, value: str) -> None:
    """To raise is not to lower by a slip of the hand. What is no number is refused later, with its reason."""
    try:
        higher = Decimal(value) > claim.amount
    except InvalidOperation:
        return
    if higher != (way == "raise"):
        raise CommandError(f"{value} does not {way} the claim: it is {amounts.number(claim.amount)} now.")


def _lines(name: str) -> list[str]:
    """The claims that a file names; empty lines and those that begin with # are passed over."""
    try:
        text = Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{name} can't be read as text: {error}") from None
    found = [line.strip() for line in text.splitlines()]
    return [line for line in dict.fromkeys(found) if line and not line.startswith("#")]
