"""PARS activities for the fault matrix: the desk, the settings, and how an activity is owed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from cme_xblock.activity.codes import Answer
from cme_xblock.activity.model import Support
from cme_xblock.records import editions
from cme_xblock.records.models import Delivery
from cme_xblock.records.models.delivery import Operation
from cme_xblock.reporting import registering
from cme_xblock.reporting.endpoints import data
from cme_xblock.reporting.endpoints.pars_activities import provider_activity_id
from cme_xblock.reporting.sandbox.desk import Desk
from cme_xblock.reporting.sandbox.pars_activities_desk import ParsActivitiesDesk
from cme_xblock.reporting.sandbox.store import Store
from tests.reporting import world

PATH = "services/activities.svc"


def desk(store: Store, clock: world.Clock) -> Desk:
    return ParsActivitiesDesk(store, data.merged("pars_activities", {}), clock.seconds)


def setting(address: str) -> dict[str, Any]:
    return world.endpoint(address, name="parsact", kind="pars_activities")


def owe(name: str) -> Delivery:
    """One activity of that name, published and to be registered."""
    one = replace(
        world.activity("", activity_id=f"opioids-{name}"),
        description="Cases.",
        release=date(2026, 1, 15),
        expiry=date(2026, 12, 20),
        support=Support(Answer.NO),
    )
    editions.publish(world.COURSE, one, source="cme@1", now=world.START)
    who = {"by": "A. Manager", "reason": "New", "facts": {"public": False}}
    (row,) = registering.decide(world.COURSE, one.activity_id, Operation.ADD, now=world.START, **who)
    return row


def key(row: Delivery) -> str:
    """Under which key the desk has it: PARS knows an activity by its place, our delivery by its decision."""
    return provider_activity_id(row.edition.course_key, row.edition.activity_id)
