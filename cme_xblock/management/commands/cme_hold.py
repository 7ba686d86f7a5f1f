"""`manage.py cme_hold`: keep everything of an activity, a provider or a learner from deletion, until it is lifted."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.records import holds, keys
from cme_xblock.records.models import LegalHold


class Command(BaseCommand):
    """Place, lift and list legal holds. Who and why is asked for and kept."""

    help = "Legal holds: nothing of their subject is deleted. place, lift, list."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What is held, by whom and why."""
        parser.add_argument("action", choices=("place", "lift", "list"))
        parser.add_argument("hold", nargs="?", default="", help="lift: the hold's number, as the list shows it.")
        parser.add_argument("--activity", nargs=2, metavar=("COURSE_KEY", "ACTIVITY_ID"))
        parser.add_argument("--provider", metavar="NAME", help="As it stands in the activities.")
        parser.add_argument("--learner", metavar="ID", help="The learner's user id on the platform.")
        parser.add_argument("--reason", default="", help="Kept for good. No names: the case's number says enough.")
        parser.add_argument("--by", default="", help="Your user id.")

    def handle(self, *args: str, **options: object) -> None:
        """Do what was asked, and print it."""
        try:
            if options["action"] == "place":
                self._place(options)
            elif options["action"] == "lift":
                self._lift(options)
            else:
                self._list()
        except ValueError as error:
            raise CommandError(str(error)) from None

    def _place(self, options: dict[str, object]) -> None:
        wanted = [name for name in ("activity", "provider", "learner") if options[name]]
        if len(wanted) != 1:
            raise CommandError("Say what is held: one of --activity, --provider and --learner.")
        scope, value = wanted[0], options[wanted[0]]
        if isinstance(value, list):
            key, name = keys.activity_key(*value), value[1]
        else:
            name = str(value)
            key = keys.provider_key(name) if scope == "provider" else keys.learner_key(name)
        made = holds.place(
            scope, key, name=name, by=str(options["by"]), reason=str(options["reason"]), now=datetime.now(UTC)
        )
        self.stdout.write(f"{made.uuid}: nothing of that {scope} is deleted until the hold is lifted.")

    def _lift(self, options: dict[str, object]) -> None:
        done = holds.lift(
            str(options["hold"]), by=str(options["by"]), reason=str(options["reason"]), now=datetime.now(UTC)
        )
        if not done:
            raise CommandError("There is no such hold, or it was lifted before: see cme_hold list.")
        self.stdout.write(f"{options['hold']}: lifted.")

    def _list(self) -> None:
        for one in LegalHold.objects.select_related("lift").order_by("pk"):
            lift = getattr(one, "lift", None)
            state = f"lifted {lift.at:%Y-%m-%d} by {lift.by}: {lift.reason}" if lift is not None else "holds"
            self.stdout.write(
                f"{one.uuid} {one.scope} {one.name or '-'}, since {one.at:%Y-%m-%d} by {one.by}: {one.reason}; {state}"
            )
