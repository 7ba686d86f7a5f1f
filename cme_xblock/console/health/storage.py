"""Database, migrations and cache."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connections, router
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Now

from cme_xblock.activity.message import N_, NP_, Message
from cme_xblock.console.health.found import Found, State
from cme_xblock.records.models import Edition

# Two servers' clocks usually differ by less; leases and deadlines are counted by them.
_SKEW = timedelta(seconds=30)
_SINGLE = ("locmem", "dummy")


def database(now: datetime) -> Iterator[Found]:
    """Whether the records can be read, and whether the database's clock is ours."""
    using = router.db_for_read(Edition)
    try:
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
        theirs = Edition.objects.using(using).annotate(at=Now()).values_list("at", flat=True).first()
    except DatabaseError as error:
        params = {"alias": using, "error": type(error).__name__}
        yield Found(State.BAD, Message(NO_DATABASE, params), Message(NO_DATABASE_FIX))
        return
    if theirs is not None and abs(_utc(theirs) - now) > _SKEW:
        seconds = str(round(abs(_utc(theirs) - now).total_seconds()))
        yield Found(State.LOOK, Message(SKEW, {"seconds": seconds}), Message(SKEW_FIX))


def migrations(now: datetime) -> Iterator[Found]:
    """Whether the tables are those of this version."""
    loader = MigrationLoader(connections[router.db_for_write(Edition)])
    applied = set(loader.applied_migrations)
    waiting = sorted(name for app, name in loader.graph.nodes if app == "cme_xblock" and (app, name) not in applied)
    if waiting:
        params = {"count": str(len(waiting)), "first": waiting[0]}
        yield Found(State.BAD, Message(WAITING, params), Message(WAITING_FIX))


def cached(now: datetime) -> Iterator[Found]:
    """Whether Django's cache keeps anything, and whether all processes share it."""
    key = "cme_xblock.health"
    cache.set(key, "1", 10)
    if cache.get(key) != "1":
        yield Found(State.LOOK, Message(NO_CACHE), Message(CACHE_FIX))
        return
    backend = str(settings.CACHES.get("default", {}).get("BACKEND", ""))
    if any(one in backend for one in _SINGLE):
        yield Found(State.LOOK, Message(OWN_CACHE), Message(CACHE_FIX))


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


NO_DATABASE = N_("The database “{alias}” does not answer ({error}).")
NO_DATABASE_FIX = N_("Start it, or correct DATABASES. Nothing is recorded until then; learners are told to try again.")
SKEW = N_("The database's clock and this server's differ by {seconds} seconds.")
SKEW_FIX = N_("Set both by the same time service (NTP): entries, leases and deadlines carry these times.")
WAITING = NP_(
    "{count} migration is not applied: {first}.", "{count} migrations are not applied, the first is {first}."
)
WAITING_FIX = N_("Run: manage.py lms migrate cme_xblock")
NO_CACHE = N_("Django's default cache keeps nothing.")
OWN_CACHE = N_("Each process has a cache of its own.")
CACHE_FIX = N_(
    "Use Redis or Memcached as the default cache: limits on looking up certificates then hold for the whole site, and "
    "a course's first gate is seen by every process at once instead of within a minute."
)
