"""`manage.py cme_pars_activity`: register an activity with PARS, change, close or delete it, or see how it stands.

What is decided is owed, and sent as everything else is (`cme_deliver`). Who decided, and why, is kept for audits.
"""

from __future__ import annotations

import tomllib
from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cme_xblock.records import numbers
from cme_xblock.records.models.delivery import Operation
from cme_xblock.reporting import pars_facts_form, registering, registrations, republishing
from cme_xblock.reporting.endpoints.pars_activities import NUMBER
from cme_xblock.reporting.registering import NotDecided, Overview

_OPERATIONS = {
    "register": Operation.ADD, "update": Operation.UPDATE, "close": Operation.CLOSE, "delete": Operation.DELETE,
}  # fmt: skip


class Command(BaseCommand):
    """Decides about an activity at PARS, or shows how it stands there."""

    help = (
        "Register an activity with PARS, change, close or delete it there, pin its number, or show how it stands; list "
        "those that were published with other content since; write the facts that PARS asks for beside, to be edited."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What can be said on the command line."""
        parser.add_argument("action", choices=["list", "behind", "facts", "show", *_OPERATIONS, "pin"])
        parser.add_argument("course", nargs="?", help="the course's key, as in course-v1:Example+CME+2026")
        parser.add_argument("activity", nargs="?", help="the activity's id within the course")
        parser.add_argument("--facts", type=Path, help="a TOML file with what PARS asks beyond the author's data")
        parser.add_argument("--owe", action="store_true", help="for behind: owe the change of each that nothing keeps")
        parser.add_argument("--number", default="", help="for pin: the ACCME Activity ID")
        parser.add_argument("--replace", action="store_true", help="for pin: in place of the number that is there")
        parser.add_argument("--second-activity", action="store_true", help="a second activity at PARS is wanted")
        parser.add_argument("--by", default="", help="who decides")
        parser.add_argument("--reason", default="", help="why")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do what was asked, or say what stands against it."""
        now, action = datetime.now(UTC), options["action"]
        try:
            if action == "list":
                for one in registering.everything(now=now):
                    self.stdout.write(_listed(one))
                return
            if action == "behind":
                self._behind(options, now)
                return
            if not (options["course"] and options["activity"]):
                raise NotDecided("Name the course and the activity.")
            if action == "show":
                for one in registering.overview(
                    options["course"], options["activity"], facts=_facts(options["facts"]), now=now
                ):
                    self.stdout.write("\n".join(_shown(one)))
            elif action == "facts":
                for one in registering.overview(options["course"], options["activity"], now=now):
                    self.stdout.write(pars_facts_form.written(one.sheet.facts, one.endpoint))
            elif action == "pin":
                self._pin(options, now)
            else:
                self._decide(_OPERATIONS[action], options, now)
        except NotDecided as refusal:
            raise CommandError("\n".join(refusal.problems)) from None

    def _decide(self, operation: Operation, options: dict[str, Any], now: datetime) -> None:
        owed = registering.decide(
            options["course"],
            options["activity"],
            operation,
            by=options["by"],
            reason=options["reason"],
            facts=_facts(options["facts"]),
            second=options["second_activity"],
            now=now,
        )
        for row in owed:
            self.stdout.write(f"Owed to {row.endpoint}: {row.operation}, delivery {row.uuid}. cme_deliver sends it.")

    def _behind(self, options: dict[str, Any], now: datetime) -> None:
        """Those of which PARS has an earlier edition; with --owe each is owed, or it is said what stands against it."""
        for one in republishing.all_behind(now=now):
            name = one.overview.sheet.provider_activity_id
            self.stdout.write(f"{one.overview.endpoint}: {name}: {', '.join(one.differs)}")
            for problem in one.against:
                self.stdout.write(f"  {problem}")
            if options["owe"] and not one.against:
                for row in republishing.owe(one, by=options["by"], reason=options["reason"], now=now):
                    self.stdout.write(f"  Owed: {row.operation}, delivery {row.uuid}. cme_deliver sends it.")

    def _pin(self, options: dict[str, Any], now: datetime) -> None:
        if not options["number"].isdigit():
            raise NotDecided("Give the ACCME Activity ID with --number: digits only.")
        key = registrations.key_of(options["course"], options["activity"])
        try:
            new = registrations.pin(NUMBER, key, options["number"], endpoint="", now=now, replace=options["replace"])
        except numbers.NumberTaken as taken:
            raise NotDecided(f"{taken} Then say --replace.") from None
        self.stdout.write("Pinned. Credit that waited for it is sent next." if new else "It was pinned before.")


def _facts(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NotDecided(f"The file of facts can't be read: {error}. Write it as TOML.") from None


def _listed(one: Overview) -> str:
    """One line: what PARS would call it, what it has of it, and how much is missing for closing."""
    facts = (one.status, one.place, one.number or "-", one.sheet.end or "-", f"{len(one.missing)} missing")
    return "  ".join((f"{one.endpoint}:", one.sheet.provider_activity_id, *(str(fact) for fact in facts)))


def _shown(one: Overview) -> list[str]:
    counts = ", ".join(f"{name} {number}" for name, number in one.sheet.counts.items())
    lines = [
        f"{one.endpoint}: {one.status}",
        f"  ACCME Activity ID: {one.number or 'not known yet'}",
        f"  Provider Activity ID: {one.sheet.provider_activity_id}",
        f"  Learners: {counts}",
    ]
    if one.standing:
        decided = f"{one.standing.at:%Y-%m-%d %H:%M} UTC by {one.standing.by}: {one.standing.reason}"
        lines.append(f"  Last decision: {one.standing.operation}, {decided}")
    lines += [f"  Would make a second activity: {name} has changed" for name in one.changed]
    lines += [f"  Missing for {each.needed_for}: {each.text}" for each in one.missing]
    lines += [f"  Delivery {row.uuid}: {row.operation}, {row.state} {row.reason}".rstrip() for row in one.deliveries]
    return lines
