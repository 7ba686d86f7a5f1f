"""What is looked at, each with what to do where it is not well. A check is a function that gives findings, or nothing.

A check that breaks is itself a finding: nothing here may keep the others from being seen. What another room knows of
its own health it names with `also` when it starts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cme_xblock.activity.message import N_, Message
from cme_xblock.console.health import keys_and_endpoints, platform_of, storage
from cme_xblock.console.health.found import Found, State
from cme_xblock.records.faults import place

__all__ = ["SUBJECTS", "Report", "Subject", "also", "run", "worst"]

log = logging.getLogger(__name__)

Check = Callable[[datetime], Iterable[Found]]


class Subject(StrEnum):
    """What is looked at. Stays: monitors may know it by this name."""

    DATABASE = "database"
    MIGRATIONS = "migrations"
    KEYS = "keys"
    ENDPOINTS = "endpoints"
    QUEUE = "queue"
    FONTS = "fonts"
    TIME = "time"
    CACHE = "cache"
    SETTINGS = "settings"
    GATE = "gate"


SUBJECTS: Mapping[Subject, str] = {
    Subject.DATABASE: N_("Database"),
    Subject.MIGRATIONS: N_("Migrations"),
    Subject.KEYS: N_("Keys"),
    Subject.ENDPOINTS: N_("Endpoints"),
    Subject.QUEUE: N_("Deliveries that wait"),
    Subject.FONTS: N_("Certificates and fonts"),
    Subject.TIME: N_("Time and time zones"),
    Subject.CACHE: N_("Cache"),
    Subject.SETTINGS: N_("Settings"),
    Subject.GATE: N_("Gate"),
}

_CHECKS: dict[Subject, list[Check]] = {
    Subject.DATABASE: [storage.database],
    Subject.MIGRATIONS: [storage.migrations],
    Subject.KEYS: [keys_and_endpoints.keys],
    Subject.ENDPOINTS: [keys_and_endpoints.endpoints],
    Subject.QUEUE: [keys_and_endpoints.queue],
    Subject.FONTS: [platform_of.fonts],
    Subject.TIME: [platform_of.time],
    Subject.CACHE: [storage.cached],
    Subject.SETTINGS: [platform_of.names],
    Subject.GATE: [],
}


@dataclass(frozen=True)
class Report:
    """What was found of one subject; nothing where all is well."""

    subject: Subject
    found: tuple[Found, ...]

    @property
    def state(self) -> State:
        """The worst of what was found."""
        return worst(self.found)


def also(subject: Subject, check: Check) -> None:
    """Look at something more from now on; known once, however often it is named."""
    if check not in _CHECKS[subject]:
        _CHECKS[subject].append(check)


def run(*, now: datetime) -> tuple[Report, ...]:
    """Look at everything. Writes nothing, asks no network."""
    return tuple(Report(subject, tuple(_all(subject, now))) for subject in Subject)


def worst(found: Iterable[Found]) -> State:
    """The worst state among these; well where there are none."""
    return max((one.state for one in found), key=list(State).index, default=State.WELL)


def _all(subject: Subject, now: datetime) -> Iterable[Found]:
    for check in _CHECKS[subject]:
        try:
            yield from check(now)
        except Exception as error:  # noqa: BLE001 - a broken check must not hide the others
            # Its text may quote a secret or an address, so the log has its place and not its text.
            log.error("A check of the installation broke: %s (%s)", subject, place(error))
            params = {"error": type(error).__name__}
            yield Found(State.BAD, Message(BROKEN, params), Message(BROKEN_FIX))


BROKEN = N_("This could not be looked at ({error}).")
BROKEN_FIX = N_("The server's log says more.")
