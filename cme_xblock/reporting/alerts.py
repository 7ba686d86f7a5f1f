"""Writing to the provider's staff when delivery needs them: counts and what to do, never who a learner is.

Run it every hour: `manage.py cme_deliver --alerts`. What stands is told once a day; what is new, at once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import mail_admins, send_mail
from django.db.models import F

from cme_xblock.records.models import EndpointGauge
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import config, gauges, metrics
from cme_xblock.reporting.metrics import Standing

__all__ = ["run", "troubles"]

log = logging.getLogger(__name__)

_AGAIN = timedelta(hours=24)
_DEFAULTS: Mapping[str, Any] = {"oldest_hours": 48, "refused_ratio": 0.05, "dead": 1, "unknown": 1, "to": {}}


def run(*, now: datetime) -> int:
    """Log every endpoint's numbers, and write where a threshold is passed; how many mails were sent.

    .. setting_name: CME_DELIVERY_ALERTS
    .. setting_default: {"oldest_hours": 48, "refused_ratio": 0.05, "dead": 1, "unknown": 1, "to": {}}
    .. setting_description: When the staff hears of deliveries: `oldest_hours` that something waits, `refused_ratio` of
        the last seven days, so many `dead` ones, so many `unknown` ones that nobody can ask about. Deadlines warn on
        the days that the accreditor's rule gives. `to`: addresses by the endpoint's name, "*" for all others; Django's
        ADMINS where there is none.
    """
    within = limits()
    sent = 0
    for one in metrics.gather(now=now):
        log.info("deliveries %s", metrics.as_line(one))
        found = dict(troubles(one, within))
        if _is_new(one.endpoint, sorted(found), now):
            _write(one.endpoint, list(found.values()), within["to"])
            sent += 1
    return sent


def troubles(one: Standing, limits: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong, as a stable code and a sentence that says what to do."""
    if one.oldest is not None and one.oldest > timedelta(hours=limits["oldest_hours"]):
        days = one.oldest.days
        yield "oldest", f"Something has waited for {days} days. `cme_deliveries list` shows what, and what keeps it."
    if one.refused is not None and one.refused > limits["refused_ratio"]:
        percent = round(one.refused * 100)
        yield "refused", f"{percent} % of the last week were refused. Look at the reasons, correct them, then replay."
    if limits["dead"] and one.counts.get(State.DEAD, 0) >= limits["dead"]:
        yield "dead", f"{one.counts[State.DEAD]} were given up in the last week. Find the fault, then replay them."
    if limits["unknown"] and not _is_asked(one.endpoint) and one.counts.get(State.UNKNOWN, 0) >= limits["unknown"]:
        yield "unknown", f"{one.counts[State.UNKNOWN]} may have arrived. Look at the receiver's, then replay or cancel."
    for day in sorted(one.warned, reverse=True):
        if one.warned[day]:
            left = f"{one.deadline} days are left" if (one.deadline or 0) >= 0 else "the deadline has passed"
            yield f"deadline_{day}", f"{one.warned[day]} are open {day} days after completion or longer; {left}."
            break
    if one.paused:
        yield "paused", "It is paused: nothing is sent before somebody resumes it."


def limits() -> Mapping[str, Any]:
    """CME_DELIVERY_ALERTS with what it leaves out. Raises ImproperlyConfigured for a name that is none."""
    configured = getattr(settings, "CME_DELIVERY_ALERTS", {})
    unknown = set(configured) - set(_DEFAULTS)
    if unknown:
        raise ImproperlyConfigured(f"CME_DELIVERY_ALERTS[{sorted(unknown)[0]!r}] is not known: see {list(_DEFAULTS)}.")
    return {**_DEFAULTS, **configured}


def _is_asked(name: str) -> bool:
    capabilities = config.endpoints()[name].capabilities()
    return capabilities.readback or capabilities.idempotent


def _is_new(name: str, codes: Sequence[str], now: datetime) -> bool:
    """Whether it has to be told now. Of several workers that ask at once, one is told yes."""
    row = gauges.row_of(name)
    text = " ".join(codes)
    standing = row.told == text and row.told_at is not None and now - row.told_at < _AGAIN
    if standing or (not text and not row.told):
        return False
    mine = EndpointGauge.objects.filter(pk=row.pk, version=row.version)
    told = mine.update(told=text, told_at=now, version=F("version") + 1) == 1
    return told and bool(text)


def _write(name: str, sentences: Sequence[str], to: Mapping[str, Sequence[str]]) -> None:
    label = config.endpoints()[name].config.label
    subject = f"CME credit: deliveries to {label} need a look"
    text = "\n\n".join([f"Deliveries to {label} ({name}):", *sentences])
    addresses = list(to.get(name, to.get("*", ())))
    if addresses:
        send_mail(subject, text, None, addresses)
    else:
        mail_admins(subject, text)
