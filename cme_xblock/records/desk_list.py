"""One page of the desk's list, of any state, without reading the dossiers that it does not show.

Where somebody stands is computed of the dossier (`rules.desk.state`). What of it does not change with the day is kept
beside the person, with the entry up to which it was computed: whoever has a later entry is computed anew before the
list is counted. The age and the open invitation are dates, and asked of the database each time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from cme_xblock.activity.days import add_days, add_years
from cme_xblock.records import desk
from cme_xblock.records.desk import File
from cme_xblock.records.models import DeskInvitation, DeskPerson
from cme_xblock.records.models.base import utc
from cme_xblock.rules.desk import state
from cme_xblock.rules.desk.state import State

__all__ = ["Counts", "counts", "found", "refresh"]

_CHUNK = 500
_DAMAGED = "damaged"
_OPEN = DeskInvitation.State.OPEN
# What is kept of whoever has disclosed; of nobody else.
_KEPT = (State.STOPPED, State.NEEDS_DECISION, State.MITIGATED, State.GIVEN)
_DISCLOSED = (*_KEPT, State.LAPSING, State.LAPSED)


@dataclass(frozen=True)
class Counts:
    """How many are on the list, and how many of them stand where; a damaged dossier stands nowhere."""

    everybody: int
    by_state: Mapping[State, int]


def refresh(provider_key: str) -> None:
    """Compute anew who has an entry that was not computed yet. One query where there is nobody."""
    people = DeskPerson.objects.filter(provider_key=provider_key)
    changed = people.exclude(standing_seq=F("head_seq")).order_by("pk").values_list("pk", flat=True)
    after = 0
    while stale := list(changed.filter(pk__gt=after)[:_CHUNK]):
        after = stale[-1]
        alike: dict[tuple[str, int], list[int]] = defaultdict(list)
        for file in desk.files(provider_key, only=stale):
            alike[_standing(file), file.person.head_seq].append(file.person.pk)
        for (standing, seq), pks in alike.items():
            # Whoever got another entry meanwhile has a later head, and is computed anew next time; so is a damaged one,
            # for nobody writes an entry where they repair it.
            computed = {} if standing == _DAMAGED else {"standing_seq": seq}
            people.filter(pk__in=pks).update(standing=standing, **computed)


def counts(provider_key: str, *, today: date, zone: tzinfo) -> Counts:
    """How many stand where, of everybody on the list. Two queries. Call `refresh` first."""
    people = DeskPerson.objects.filter(provider_key=provider_key)
    told = people.aggregate(
        everybody=Count("pk"),
        silent=Count("pk", filter=Q(standing="")),
        **{one.value: Count("pk", filter=_stands(one, today)) for one in _DISCLOSED},
    )
    start = _begins(today, zone)
    links = DeskInvitation.objects.filter(state=_OPEN, person__provider_key=provider_key, person__standing="")
    asked = links.aggregate(
        invited=Count("person_id", distinct=True, filter=Q(expires_at__gt=start)),
        unanswered=Count("person_id", distinct=True, filter=Q(expires_at__lte=start)),
    )
    silent = {State.INVITED: asked["invited"], State.UNANSWERED: asked["unanswered"]}
    silent[State.NOT_ASKED] = told["silent"] - sum(silent.values())
    return Counts(told["everybody"], {**{one: told[one.value] for one in _DISCLOSED}, **silent})


def found(provider_key: str, *, wanted: str, search: str, today: date, zone: tzinfo) -> Sequence[int] | QuerySet[Any]:
    """The primary keys of who stands there and has the text in the name or address, by name.

    `wanted`: a state's code; empty for everybody. Of an age (`lapsing`) it gives everybody of that age, also who waits
    for a decision meanwhile. Call `refresh` first.
    """
    rows = DeskPerson.objects.filter(provider_key=provider_key).order_by("name", "pk")
    if wanted:
        if wanted not in tuple(State):
            return ()
        rows = rows.filter(_wanted(State(wanted), today, zone))
    text = search.casefold().strip()
    if not text:
        return rows.values_list("pk", flat=True)
    # What counts as the same letter is no database's collation's to say.
    named = rows.values_list("pk", "name", "email")
    return [pk for pk, name, email in named if text in name.casefold() or text in email.casefold()]


def _standing(file: File) -> str:
    """What is kept: a code of `_KEPT`; empty for who has disclosed nothing yet; or that the dossier is damaged."""
    if file.damaged:
        return _DAMAGED
    current = file.dossier.current
    # On its own day no disclosure is old.
    return state.standing(file.dossier, today=current.on, last=None).state.value if current else ""


def _wanted(one: State, today: date, zone: tzinfo) -> Q:
    if one is State.LAPSING:
        lapsed, ages = _limits(today)
        return Q(standing__in=_KEPT, disclosed_on__gt=lapsed, disclosed_on__lte=ages)
    if one in _DISCLOSED:
        return _stands(one, today)
    links, start = DeskInvitation.objects.filter(state=_OPEN, person_id=OuterRef("pk")), _begins(today, zone)
    has = {
        State.INVITED: Exists(links.filter(expires_at__gt=start)),
        State.UNANSWERED: Exists(links.filter(expires_at__lte=start)),
        State.NOT_ASKED: ~Exists(links),
    }
    return Q(has[one], standing="")


def _stands(one: State, today: date) -> Q:
    """Who has disclosed and stands there: the first that is so, as `rules.desk.state` has it."""
    lapsed, ages = _limits(today)
    if one is State.LAPSED:
        return Q(standing__in=_KEPT, disclosed_on__lte=lapsed)
    if one in (State.STOPPED, State.NEEDS_DECISION):
        return Q(standing=one, disclosed_on__gt=lapsed)
    if one is State.LAPSING:
        return Q(standing__in=(State.MITIGATED, State.GIVEN), disclosed_on__gt=lapsed, disclosed_on__lte=ages)
    return Q(standing=one, disclosed_on__gt=ages)


def _limits(today: date) -> tuple[date, date]:
    """The last days on which somebody disclosed whose disclosure has lapsed by now, and whose is about to age."""
    return (
        _latest(state.LAPSES_YEARS, add_days(today, -1)),
        _latest(state.AGES_YEARS, add_days(today, state.AHEAD_DAYS)),
    )


def _latest(years: int, limit: date) -> date:
    """The last day from which so many years end on `limit` at the latest. Twice in four years two days end alike."""
    day = add_days(add_years(limit, -years), 1)
    while add_years(day, years) > limit:
        day = add_days(day, -1)
    return day


def _begins(today: date, zone: tzinfo) -> datetime:
    """The first moment of the day. A link whose end is later can be answered on it."""
    return utc(datetime.combine(today, time.min, tzinfo=zone))
