"""Keys, endpoints, and what waits to be delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from importlib.util import find_spec

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from cme_xblock.activity.message import N_, NP_, Message
from cme_xblock.console.health.found import Found, State
from cme_xblock.credit import badge_keys
from cme_xblock.records import keyring
from cme_xblock.records.models.delivery import State as Delivered
from cme_xblock.reporting import alerts, config, metrics
from cme_xblock.reporting.endpoints.base import Endpoint


def keys(now: datetime) -> Iterator[Found]:
    """Whether identifiers can be encrypted, and badges signed."""
    yield from _configured(State.BAD, keyring.load)
    if badge_keys.is_configured():
        yield from _configured(State.BAD, badge_keys.load)
    lasting = getattr(settings, "CME_PSEUDONYM_KEY", "")
    if not lasting and any(one.config.kind == "xapi_lrs" for one in _endpoints()):
        yield Found(State.LOOK, Message(PSEUDONYM), Message(PSEUDONYM_FIX))


def endpoints(now: datetime) -> Iterator[Found]:
    """Whether each endpoint is described completely. Asks no network: `cme_endpoints` does."""
    yield from _configured(State.BAD, config.endpoints)
    for one in _endpoints():
        if not one.config.enabled:
            yield Found(State.LOOK, Message(OFF, {"name": one.config.name}), Message(OFF_FIX))
            continue
        problem = one.settings_problem()
        if problem is not None:
            params = {"name": one.config.name, "said": problem.detail}
            yield Found(State.BAD, Message(INCOMPLETE, params), Message(INCOMPLETE_FIX, params))
    if getattr(settings, "CME_DELIVER_BY_CELERY", False) and find_spec("celery") is None:
        yield Found(State.LOOK, Message(NO_CELERY), Message(NO_CELERY_FIX))


def queue(now: datetime) -> Iterator[Found]:
    """How long the oldest thing waits, and what is stuck. By the same thresholds as the mails to staff."""
    try:
        standings = metrics.gather(now=now)
    except ImproperlyConfigured:
        return  # `endpoints` says it
    hours = alerts.limits()["oldest_hours"]
    for one in standings:
        params = {"name": one.endpoint}
        if one.oldest is not None and one.oldest > timedelta(hours=hours):
            waited = {"hours": str(int(one.oldest.total_seconds() // 3600)), "most": str(hours)}
            yield Found(State.BAD, Message(OLD, params | waited), Message(OLD_FIX, params))
        for state, text in ((Delivered.DEAD, GIVEN_UP), (Delivered.UNKNOWN, UNKNOWN)):
            stuck = {"count": str(one.counts.get(state, 0))}
            if one.counts.get(state, 0):
                yield Found(State.LOOK, Message(text, params | stuck), Message(STUCK_FIX, params))
        if one.paused:
            yield Found(State.LOOK, Message(PAUSED, params), Message(PAUSED_FIX, params))
        if one.open_breaker:
            yield Found(State.LOOK, Message(SILENT, params), Message(SILENT_FIX, params))


def _configured(state: State, load: Callable[[], object]) -> Iterator[Found]:
    try:
        load()
    except ImproperlyConfigured as error:
        yield Found(state, Message(WRONG, {"said": str(error)}), Message(WRONG_FIX))


def _endpoints() -> list[Endpoint]:
    try:
        return list(config.endpoints().values())
    except ImproperlyConfigured:
        return []


WRONG = N_("{said}")
WRONG_FIX = N_("Correct the setting, then start LMS, Studio and workers anew.")
PSEUDONYM = N_("Learners' pseudonyms are made with SECRET_KEY.")
PSEUDONYM_FIX = N_(
    "Set CME_PSEUDONYM_KEY before SECRET_KEY ever changes: learners would become other persons to the LRS."
)
OFF = N_("The endpoint {name} is switched off. Credit goes on being owed to it.")
OFF_FIX = N_("Set enabled to True, or cancel what is owed, when that is what is wanted.")
INCOMPLETE = N_("{name}: {said}")
INCOMPLETE_FIX = N_("Complete the endpoint, then run: manage.py lms cme_endpoints check")
NO_CELERY = N_("CME_DELIVER_BY_CELERY is set, and Celery is not installed here.")
NO_CELERY_FIX = N_("Take the setting away; `cme_deliver` sends all the same.")
OLD = N_("{name}: the oldest delivery waits for {hours} hours; {most} are allowed.")
OLD_FIX = N_(
    "See that a worker runs (manage.py lms cme_deliver), then: manage.py lms cme_deliveries list --endpoint {name}"
)
GIVEN_UP = NP_(
    "{name}: {count} delivery was given up in the last week.",
    "{name}: {count} deliveries were given up in the last week.",
)
UNKNOWN = NP_(
    "{name}: {count} delivery may have arrived; the receiver can't be asked.",
    "{name}: {count} deliveries may have arrived; the receiver can't be asked.",
)
STUCK_FIX = N_("Find the cause, then replay or cancel them: manage.py lms cme_deliveries list --endpoint {name}")
PAUSED = N_("{name} is paused: nothing is sent.")
PAUSED_FIX = N_("Resume it when the reason is gone: manage.py lms cme_deliveries resume --endpoint {name}")
SILENT = N_("{name} does not answer, and is left alone for a while.")
SILENT_FIX = N_("Nothing is lost: it is asked again by itself. If it lasts, ask the receiver.")
