"""Deciding about an activity at PARS: what is asked of it, what stands against it, and the debt that a decision makes.

A person decides, by the command `cme_pars_activity` or a page; nothing here is decided by the program. All that keeps
the activity from the status that is asked for is named at once, before anything is owed. Source: spec pars, 1.6, 2.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import router, transaction

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity
from cme_xblock.records import editions, numbers
from cme_xblock.records.models import ActivityDecision, Delivery, Edition
from cme_xblock.records.models.delivery import Operation, State
from cme_xblock.reporting import config, counting, outbox, registrations
from cme_xblock.reporting.endpoints import pars_facts, pars_status
from cme_xblock.reporting.endpoints.pars_activities import NUMBER, ParsActivities, provider_activity_id
from cme_xblock.reporting.endpoints.pars_facts import Facts
from cme_xblock.reporting.endpoints.pars_sheet import Sheet, sheet
from cme_xblock.reporting.endpoints.pars_status import Missing, Status
from cme_xblock.reporting.registrations import Standing
from cme_xblock.rules import calendar

__all__ = ["NotDecided", "Overview", "Place", "against", "decide", "everything", "form_of", "overview"]

_REASON_MAX, _BY_MAX = 500, 255
_UNSENT, _LEFT = (State.HELD, State.READY), (State.SENDING, State.PENDING, State.UNKNOWN, State.ACCEPTED)
_NAMES = {"format": "format", "start": "start date", "end": "end date", "provider_activity_id": "Provider Activity ID"}


class Place(StrEnum):
    """Whether PARS has the activity: certainly not, not yet, or certainly or possibly."""

    ABSENT = "absent"
    WAITING = "waiting"
    THERE = "there"


class NotDecided(ValueError):  # noqa: N818 - says what is the case
    """The decision can't be taken as it is; `problems` names each thing and what to do."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Overview:
    """How one activity stands with one PARS.

    `status` is what PARS would give it today; `missing` everything up to closing. `changed` names those of the four
    guarded facts that are not what was decided last: sending them would make a second activity.
    """

    endpoint: str
    number: str
    sheet: Sheet
    status: Status
    missing: tuple[Missing, ...]
    against_closing: tuple[Missing, ...]
    changed: tuple[str, ...]
    standing: Standing | None
    place: Place
    deliveries: tuple[Delivery, ...]


def overview(
    course_key: str, activity_id: str, *, facts: Mapping[str, Any] | None = None, now: datetime
) -> tuple[Overview, ...]:
    """One for each PARS that is told of this activity. `facts`: as `decide` has them. Raises NotDecided."""
    _, activity = _published(course_key, activity_id)
    return tuple(_overview(one, course_key, activity, facts, now=now) for one in _endpoints(activity))


def everything(*, now: datetime) -> Iterator[Overview]:
    """How every published activity stands with the PARS that is told of it: the year's list, a page at a time.

    What can't be shown (another provider's, no endpoint, facts that no longer fit) is left out.
    """
    for one in editions.all_published():
        try:
            yield from overview(one.course_key, one.activity_id, now=now)
        except NotDecided:
            continue


def decide(
    course_key: str,
    activity_id: str,
    operation: Operation,
    *,
    by: str,
    reason: str,
    facts: Mapping[str, Any] | None = None,
    second: bool = False,
    now: datetime,
) -> list[Delivery]:
    """Decide to register (add), change (update), close or delete an activity, and owe it; the deliveries.

    `facts`: what PARS asks beyond the author's data, as `pars_facts.parse` reads it; None keeps what was said last.
    `second`: that a second activity at PARS is wanted, where format, dates or id have changed. `by` and `reason` are
    kept. What the published edition says is sent. Raises NotDecided, ImproperlyConfigured.
    """
    _responsible(by, reason)
    sha256, activity = _published(course_key, activity_id)
    edition = Edition.objects.filter(activity_key=registrations.key_of(course_key, activity_id), sha256=sha256).get()
    owed: list[Delivery] = []
    with transaction.atomic(using=router.db_for_write(Delivery)):
        for endpoint in _endpoints(activity):
            found = _overview(endpoint, course_key, activity, facts, now=now)
            problems = against(found, operation, second=second)
            if problems:
                raise NotDecided(*problems)
            if operation == Operation.UPDATE and found.place is Place.WAITING:
                operation = Operation.ADD  # the registration itself has not left: it leaves as it is now
            if operation == Operation.ADD:
                numbers.forget(NUMBER, edition.activity_key, now=now)
            said = pars_facts.to_data(found.sheet.facts)
            registrations.keep(
                ActivityDecision(
                    endpoint=found.endpoint,
                    activity_key=edition.activity_key,
                    edition=edition,
                    operation=operation,
                    second=second,
                    by=by,
                    reason=reason,
                    at=now,
                ),
                facts=canonical.loads(canonical.dumps(said)),
                guarded=found.sheet.guarded,
            )
        owed += outbox.owe_activity(edition, operation, now=now)
    return owed


def _responsible(by: str, reason: str) -> None:
    if not by.strip() or len(by) > _BY_MAX:
        raise NotDecided("Say who decides (--by): the audit file names a person.")
    if not reason.strip() or len(reason) > _REASON_MAX:
        raise NotDecided(f"Say why (--reason), in at most {_REASON_MAX} characters.")


def _published(course_key: str, activity_id: str) -> tuple[str, Activity]:
    found = editions.published(course_key, activity_id)
    if found is None:
        raise NotDecided(
            f"No activity {activity_id} is published in {course_key}. Publish the course, or correct the id."
        )
    return found


def _endpoints(activity: Activity) -> list[ParsActivities]:
    known = [one for one in config.endpoints().values() if isinstance(one, ParsActivities)]
    if not known:
        raise NotDecided('No endpoint of the kind "pars_activities" is configured. Add one to CME_ENDPOINTS.')
    told = [one for one in known if config.concerns(one, activity)]
    if not told:
        raise NotDecided("The endpoints for PARS activities are other providers'. Look at `provider` in CME_ENDPOINTS.")
    return told


def _overview(
    endpoint: ParsActivities, course_key: str, activity: Activity, facts: Mapping[str, Any] | None, *, now: datetime
) -> Overview:
    key, name = registrations.key_of(course_key, activity.activity_id), endpoint.config.name
    standing = registrations.last(key, name)
    given = facts if facts is not None else (standing.facts if standing else {})
    parsed = pars_facts.parse(given, endpoint.wire)
    if not isinstance(parsed, Facts):
        raise NotDecided(*(f"{one}." for one in parsed))
    number = _number(activity, key)
    counts = counting.learners(key, activity.format)
    form = form_of(endpoint, course_key, activity, parsed, number=number, counts=counts)
    today = calendar.civil_date(activity, now)
    closed = standing is not None and standing.operation == Operation.CLOSE
    before = standing.guarded if standing and standing.operation != Operation.DELETE else form.guarded
    rows = tuple(Delivery.objects.filter(endpoint=name, activity_key=key, claim=None, entry=None).order_by("pk"))
    return Overview(
        endpoint=name,
        number=number,
        sheet=form,
        status=pars_status.status(form, endpoint.wire, today=today, closed=closed),
        missing=pars_status.missing(form, endpoint.wire),
        against_closing=pars_status.against_closing(form, endpoint.wire, today=today),
        changed=tuple(one for one, value in form.guarded.items() if before.get(one) != value),
        standing=standing,
        place=_place(rows, number),
        deliveries=rows,
    )


def form_of(
    endpoint: ParsActivities,
    course_key: str,
    activity: Activity,
    facts: Facts,
    *,
    number: str,
    counts: Mapping[str, int],
) -> Sheet:
    """What that PARS is told of the activity, with these facts and counts."""
    return sheet(
        activity,
        key=provider_activity_id(course_key, activity.activity_id),
        number=number,
        provider_id=activity.provider.accme_provider_id or endpoint.config.provider_id,
        counts=counts,
        facts=facts,
        wire=endpoint.wire,
    )


def _number(activity: Activity, key: str) -> str:
    written = (one.identifier(NUMBER) for one in activity.offerings)
    return next((one for one in written if one), "") or numbers.pinned(NUMBER, key)


def _place(rows: tuple[Delivery, ...], number: str) -> Place:
    """Whether PARS has it, by what became of the deliveries since it was last deleted there, and by its number."""
    deleted = [one.pk for one in rows if one.operation == Operation.DELETE and one.state == State.ACCEPTED]
    since = [one for one in rows if one.operation == Operation.ADD and one.pk > max(deleted, default=0)]
    if any(one.state in _LEFT for one in since) or (number and not deleted):
        return Place.THERE
    return Place.WAITING if any(one.state in _UNSENT for one in since) else Place.ABSENT


def against(found: Overview, operation: Operation, *, second: bool = False) -> tuple[str, ...]:
    """What stands against that decision, each with what to do."""
    if operation == Operation.ADD and found.place is Place.THERE:
        return ("The activity is registered already. Use update; to register it anew, delete it first.",)
    if operation != Operation.ADD and found.place is Place.ABSENT:
        return ("The activity is not registered. Use register first.",)
    if operation in (Operation.CLOSE, Operation.DELETE) and found.place is Place.WAITING:
        return ("The registration has not left yet. Let cme_deliver send it first, or cancel it by cme_deliveries.",)
    if operation == Operation.DELETE:
        return ()
    if found.changed and not second and found.place is Place.THERE:
        names = ", ".join(_NAMES[one] for one in found.changed)
        return (
            f"Changed since the last decision: {names}. PARS tells activities apart by them, and would make a second "
            "one. Change it back, or say --second-activity if that is what you want.",
        )
    wanted = found.missing if operation != Operation.CLOSE else found.against_closing
    return tuple(one.text for one in wanted if operation == Operation.CLOSE or one.needed_for is Status.DRAFT)
