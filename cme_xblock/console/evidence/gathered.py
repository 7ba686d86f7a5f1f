"""What there is of one activity besides its learners: its editions, what they showed, what was decided and registered.

Everything is read from the records: a course that was deleted, or a block that was edited since, changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity, Offering
from cme_xblock.evidence import layout
from cme_xblock.participation import attestation
from cme_xblock.records import desk, editions, keys
from cme_xblock.records.models import (
    ActivityDecision,
    ActivityNumber,
    Claim,
    Edition,
    Participation,
    ProviderTask,
    PublishedEdition,
)
from cme_xblock.rules import amounts, credit_system, disclosure, points
from cme_xblock.rules.credit_system import CreditSystem

__all__ = ["Gathered", "NoEdition", "Published", "gather"]


class NoEdition(LookupError):  # noqa: N818 - says what is the case
    """Nothing of that activity is recorded, or none of its editions can be read."""

    def __init__(self) -> None:
        super().__init__("No edition of this activity can be read: run cme_verify.")


@dataclass(frozen=True)
class Published:
    """One edition: its name, when it was recorded, its exact text, and what it says."""

    sha256: str
    recorded_at: datetime
    text: str
    activity: Activity


@dataclass(frozen=True)
class Gathered:
    """One activity. `editions` in the order in which they were recorded; `current` is the published one, or the last.

    `damaged`: editions whose text has another hash than their name.
    """

    activity_key: str
    course_key: str
    activity_id: str
    editions: tuple[Published, ...]
    current: Published
    damaged: tuple[str, ...]
    now: datetime

    @property
    def activity(self) -> Activity:
        """The activity as it is now."""
        return self.current.activity

    @cached_property
    def disclosures(self) -> Mapping[str, bytes]:
        """What learners were shown as disclosures, by its hash, in the editions' order."""
        shown = (canonical.dumps(asdict(disclosure.build(one.activity))) for one in self.editions)
        return {keys.text_sha(one.decode()): one for one in shown}

    @cached_property
    def wordings(self) -> Mapping[str, bytes]:
        """What learners attested to, by its hash. Of live activities also the wordings for less than all of the time.

        Only wordings that some claim names, and those of a full attendance.
        """
        wanted = set(
            Claim.objects.filter(participation__activity_key=self.activity_key)
            .order_by()
            .values_list("wording_sha", flat=True)
            .distinct()
        )
        found: dict[str, bytes] = {}
        for one in self.editions:
            for system, offering in _offered(one.activity):
                for place, limited in enumerate(_limits(system, offering)):
                    said = {
                        "system": system.code,
                        "wording": attestation.wording(one.activity, limited, system),
                    }
                    sha256 = canonical.digest(said)
                    if place == 0 or sha256 in wanted:
                        found.setdefault(sha256, canonical.dumps(said))
        return found

    @cached_property
    def provider_key(self) -> str:
        """keys.provider_key of who answers for it now."""
        return keys.provider_key(self.activity.provider.name)

    def learners(self) -> int:
        """How many participations the file will hold."""
        return Participation.objects.filter(activity_key=self.activity_key, is_test=False).count()

    def tests(self) -> int:
        """How many participations are test accounts', and are left out."""
        return Participation.objects.filter(activity_key=self.activity_key, is_test=True).count()

    @cached_property
    def registrations(self) -> list[dict[str, Any]]:
        """What was decided about registering the activity with accreditors, oldest first."""
        names = ("endpoint", "operation", "facts", "by", "reason", "at")
        rows = ActivityDecision.objects.filter(activity_key=self.activity_key).order_by("pk")
        return [{**{name: _plain(getattr(one, name)) for name in names}, "edition": one.edition.sha256}
                for one in rows.select_related("edition").defer("edition__canonical")]  # fmt: skip

    @cached_property
    def numbers(self) -> list[dict[str, str]]:
        """Under which numbers accreditors know the activity."""
        rows = ActivityNumber.objects.filter(activity_key=self.activity_key).order_by("name")
        return [
            {"name": one.name, "number": one.number, "endpoint": one.endpoint, "at": _plain(one.at)} for one in rows
        ]

    @cached_property
    def tasks(self) -> list[dict[str, Any]]:
        """Reports of commercial bias and the like, and what staff did about them."""
        rows = ProviderTask.objects.filter(activity_key=self.activity_key).order_by("kind", "key")
        return [
            {"kind": one.kind, "state": one.state, "reports": one.reports, "note": one.note,
             "created_on": one.created_on.isoformat() if one.created_on else ""}
            for one in rows
        ]  # fmt: skip

    @cached_property
    def collected(self) -> Mapping[str, dict[str, Any]]:
        """The disclosures as the desk collected them, by the evidence number that a person of the activity names."""
        numbers = {one.disclosure_evidence for one in self.activity.people if one.disclosure_evidence}
        return {number: found for number in sorted(numbers) if (found := _collected(number, self.provider_key))}


def gather(activity_key: str, *, now: datetime) -> Gathered:
    """Everything but the learners. A few queries, however many learners there are. Raises NoEdition."""
    found: list[Published] = []
    damaged: list[str] = []
    rows = Edition.objects.filter(activity_key=activity_key).order_by("pk")
    for row in rows:
        try:
            found.append(Published(row.sha256, row.recorded_at, row.canonical, editions.load(row.sha256)[row.sha256]))
        except (editions.EditionDamaged, ValueError):
            damaged.append(row.sha256)
    if not found:
        raise NoEdition
    pointer = PublishedEdition.objects.filter(activity_key=activity_key).select_related("edition").first()
    named = pointer.edition.sha256 if pointer is not None else ""
    return Gathered(
        activity_key=activity_key,
        course_key=rows[0].course_key,
        activity_id=rows[0].activity_id,
        editions=tuple(found),
        current=next((one for one in found if one.sha256 == named), found[-1]),
        damaged=tuple(damaged),
        now=now,
    )


def _offered(activity: Activity) -> Iterator[tuple[CreditSystem, Offering]]:
    systems = credit_system.for_activity(activity)
    yield from ((systems[one.system], one) for one in activity.offerings if one.system in systems)
    yield from ((system, offering) for system, offering, _ in points.offered(activity))
    for system in systems.values():
        if system.fallback_for:
            bases = (activity.offering(code) for code in system.fallback_for)
            yield from ((system, Offering(system=system.code, amount=one.amount)) for one in bases if one is not None)


def _limits(system: CreditSystem, offering: Offering) -> Iterator[Offering]:
    """The offering, and then with each smaller amount that attendance may have left of it."""
    yield offering
    for amount in amounts.choices(system, offering):
        if amount != offering.amount:
            yield replace(offering, amount=Decimal(amount))


def _collected(number: str, provider_key: str) -> dict[str, Any] | None:
    """What a person gave to this provider's desk, in their own words; None where it has no such number."""
    try:
        found = desk.by_number(number)
    except desk.DeskBroken:
        return {"number": number, "damaged": True}
    if found is None or found[0].person.provider_key != provider_key:
        return None
    file, one = found
    words = dict(one.words) if one.words is not None else None
    return {
        "number": number,
        "dossier": file.person.uuid,
        "on": one.on.isoformat(),
        "at": _plain(one.at),
        "by": one.by,
        "imported": one.imported,
        "words": words,
        "facts": dict(one.facts),
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


# The folders of what is named by its hash, in their order.
KINDS = (layout.EDITIONS, layout.DISCLOSURES, layout.WORDINGS)
