"""Activities whose published edition is another than PARS was told of: which they are, and what is owed for them.

A change is a decision that somebody answers for. An endpoint's option `at_publish` is one for all of them: with "owe"
each publishing that changes what PARS has owes the change, without it they are listed (`cme_pars_activity behind`) for
somebody to decide. What would make a second activity there, or lacks something, is never owed by itself.
Source: spec pars, 1.6.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from cme_xblock.records import editions
from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import Operation
from cme_xblock.reporting import config, registering
from cme_xblock.reporting.endpoints.pars_activities import ParsActivities
from cme_xblock.reporting.registering import NotDecided, Overview, Place

__all__ = ["Behind", "after_publishing", "all_behind", "behind", "owe"]

log = logging.getLogger(__name__)

# What changes without anybody publishing, or is the accreditor's own.
_NOT_WRITTEN = frozenset({"counts", "number", "facts"})


@dataclass(frozen=True)
class Behind:
    """One activity of which PARS has an earlier edition. `differs`: the form's fields; `against`: what keeps the change
    from being owed, each with what to do.
    """

    course_key: str
    activity_id: str
    overview: Overview
    differs: tuple[str, ...]
    against: tuple[str, ...]


def behind(course_key: str, activity_id: str, *, now: datetime) -> tuple[Behind, ...]:
    """One for each PARS that has this activity otherwise than it is published now. Raises NotDecided."""
    found = registering.overview(course_key, activity_id, now=now)
    return tuple(one for each in found if (one := _compared(course_key, activity_id, each)) is not None)


def all_behind(*, now: datetime) -> Iterator[Behind]:
    """The same of every published activity, a page at a time; what can't be shown is left out."""
    for one in editions.all_published():
        try:
            yield from behind(one.course_key, one.activity_id, now=now)
        except NotDecided:
            continue


def owe(one: Behind, *, by: str, reason: str, now: datetime) -> list[Delivery]:
    """Decide that PARS shall be told of this. Raises NotDecided, naming what stands against it."""
    if one.against:
        raise NotDecided(*one.against)
    return registering.decide(one.course_key, one.activity_id, Operation.UPDATE, by=by, reason=reason, now=now)


def after_publishing(course_key: str, activity_id: str, *, now: datetime) -> list[Delivery]:
    """Owe what the endpoints' options say, after an edition was published. Raises nothing: a course is being made."""
    owed: list[Delivery] = []
    try:
        if not getattr(settings, "CME_ENDPOINTS", ()) and not config.endpoints():
            return []
        willing = {name for name, one in config.endpoints().items() if _owes(one)}
        for one in behind(course_key, activity_id, now=now) if willing else ():
            if one.overview.endpoint not in willing:
                continue
            if one.against:
                log.warning("PARS has an earlier edition of %s: %s", activity_id, " ".join(one.against))
                continue
            reason = f"Published with other content ({', '.join(one.differs)}); the endpoint's option at_publish."
            owed += owe(one, by="publishing", reason=reason[:500], now=now)
    except NotDecided:
        return owed  # nobody registered it, or it is another provider's
    except (ImproperlyConfigured, LookupError) as error:
        log.error("What publishing owes to PARS could not be found out (%s).", type(error).__name__)
    return owed


def _owes(endpoint: object) -> bool:
    return isinstance(endpoint, ParsActivities) and endpoint.config.options.get("at_publish") == "owe"


def _compared(course_key: str, activity_id: str, found: Overview) -> Behind | None:
    standing = found.standing
    told = standing is not None and standing.operation in (Operation.ADD, Operation.UPDATE)
    if standing is None or not told or found.place is Place.ABSENT:
        return None
    endpoint = config.endpoints()[found.endpoint]
    if not isinstance(endpoint, ParsActivities):
        return None
    activity = editions.load({standing.edition})[standing.edition]
    now = found.sheet
    before = registering.form_of(endpoint, course_key, activity, now.facts, number=found.number, counts={})
    differs = tuple(
        one.name
        for one in dataclasses.fields(now)
        if one.name not in _NOT_WRITTEN and getattr(now, one.name) != getattr(before, one.name)
    )
    if not differs:
        return None
    return Behind(course_key, activity_id, found, differs, registering.against(found, Operation.UPDATE))
