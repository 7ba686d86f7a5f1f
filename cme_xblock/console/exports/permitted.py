"""Which activities a reader may export, and in which capacity: asked when an export is begun and each time it is read.

The rules are the console's (`console.access`); this asks them of many activities at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cme_xblock.console import access
from cme_xblock.console.access import Forbidden, May, Place, Rule
from cme_xblock.host.roles import Reader, Role
from cme_xblock.records import activity_index, editions, grants
from cme_xblock.records.models import ActivityIndex
from cme_xblock.reporting import config
from cme_xblock.reporting.endpoints.base import Endpoint

__all__ = ["activities", "providers", "receivers", "role"]


def activities(reader: Reader, wants: Iterable[May], *, now: datetime) -> list[ActivityIndex]:
    """The activities of which this reader has every one of these permissions, in the order of provider and title."""
    activity_index.refresh()
    found: list[ActivityIndex] | None = None
    for what in wants:
        some = _of(reader, what, now)
        found = list(some.values()) if found is None else [one for one in found if one.activity_key in some]
    return sorted(found or [], key=lambda one: (one.provider_name, one.title, one.pk))


def providers(rows: Iterable[ActivityIndex]) -> dict[str, str]:
    """The providers of these activities: names by keys."""
    return {one.provider_key: one.provider_name for one in rows}


def receivers(rows: Iterable[ActivityIndex]) -> dict[str, Endpoint]:
    """The receivers that are told of any of these providers, by name: another provider's are nobody else's business."""
    first: dict[str, str] = {}
    for one in rows:
        first.setdefault(one.provider_key, one.edition.sha256)
    known = editions.load(first.values()) if first else {}
    found = config.endpoints()
    return {name: one for name, one in found.items() if any(config.concerns(one, each) for each in known.values())}


def role(reader: Reader, wants: Iterable[May], activity_key: str, *, now: datetime) -> Role:
    """In which capacity. Raises Forbidden where one of them is not permitted."""
    found = [
        access.may(reader, Rule(what, Place.ACTIVITY), named={"key": activity_key}, now=now).role for what in wants
    ]
    if not found:
        raise Forbidden
    return found[0]


def _of(reader: Reader, what: May, now: datetime) -> dict[str, ActivityIndex]:
    allowed = access.RULES[what]
    found: dict[str, ActivityIndex] = {}
    if not reader.known:
        return found
    if Role.ADMINISTRATOR in allowed:
        mine = access.provider_keys(reader)
        if mine is None or mine:
            found |= {one.activity_key: one for one in activity_index.of_providers(mine)}
    if Role.COURSE_STAFF in allowed:
        courses = list(ActivityIndex.objects.order_by().values_list("course_key", flat=True).distinct())
        taught = [one for one in courses if reader.teaches(one)]
        found |= {one.activity_key: one for one in activity_index.of_courses(taught)} if taught else {}
    if Role.SURVEYOR in allowed:
        granted = grants.holds(reader.id, now=now)
        found |= {one.activity_key: one for one in activity_index.of_keys(granted)} if granted else {}
    return found
