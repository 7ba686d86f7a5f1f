"""What the tests of exports do again and again: ask, begin, work, read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from cme_xblock.console.exports import definition, jobs, working
from cme_xblock.console.exports.jobs import Asked
from cme_xblock.host import roles
from cme_xblock.host.roles import Reader
from cme_xblock.records import exports, keys
from cme_xblock.records.models import ExportJob
from tests.conftest import NOW
from tests.console import world as worlds
from tests.console.world import PROVIDER_A, PROVIDER_B, World

HERE, THERE = keys.provider_key(PROVIDER_A), keys.provider_key(PROVIDER_B)
WHY = "Board's letter of 3 November"


def reader(world: World, name: str) -> Reader:
    found = roles.of_user(world.users[name])
    return replace(found, teaches=lambda course: course in worlds.TEAMS.get(name, set()))


def asked(world: World, name: str = "office_a", *, now: datetime = NOW, why: str = WHY) -> Asked:
    return Asked(reader(world, name), why, now)


def begun(world: World, *, form: str = "csv", kind: str = "claims", **named: Any) -> ExportJob:
    return jobs.begin(definition.read({"kind": kind, "form": form, **named}), asked(world), provider_key=HERE)


def work(*, now: datetime = NOW, steps: int | None = None, lease: float = 60, only: str = "") -> working.Worked:
    """One run of a worker, which stops for lack of time after so many steps."""
    clock = (now + timedelta(seconds=one) for one in count())
    until = now + timedelta(hours=1) if steps is None else now + timedelta(seconds=2 + 2 * steps)
    return working.run(now=lambda: next(clock), owner="w", until=until, lease=lease, only=only)


def file(job: ExportJob) -> bytes:
    return b"".join(exports.read(job))
