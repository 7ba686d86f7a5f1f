"""Home: what needs a person today, provider by provider, with the link that mends it; what is due first at the top."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from cme_xblock.activity.message import N_, NP_, Message
from cme_xblock.console import activities, pages, words
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.console.deliveries import owed
from cme_xblock.console.deliveries.explained import explained, receiver
from cme_xblock.host import language
from cme_xblock.records import desk, editions
from cme_xblock.records.models import ActivityIndex, ProviderTask
from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import config
from cme_xblock.rules import currency

__all__ = ["page"]

_AHEAD = 90
_SOON = 30
_Say = Callable[[str], str]


@dataclass(frozen=True)
class Item:
    """One thing to do. `due`: the last day in time, None where there is none; `late`: that day has passed.

    `of`: what it is about; `address`: where it is done; `credits`: how many credits are overdue in it.
    """

    group: str
    text: str
    of: str
    lang: str
    address: str
    due: date | None = None
    late: bool = False
    step: str = ""
    credits: int = 0


@require_safe
@guarded(May.SEE_ACTIVITY, place=Place.SITE)
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What is due, provider by provider. Counts and dates; nobody's name but of those in control of content."""
    say, today = language.current().gettext, timezone.localdate()
    rows = list(activities.seen(visit).select_related("edition").defer("edition__canonical"))
    items: dict[str, list[Item]] = {}
    names: dict[str, str] = {}
    for row in rows:
        names.setdefault(row.provider_key, row.provider_name)
    for provider, item in _items(visit, rows, today, say):
        items.setdefault(provider, []).append(item)
    values = {
        "providers": [
            {"name": names.get(key) or say(NOBODYS), "groups": _groups(items.get(key, ()), say)}
            for key in sorted(names, key=lambda key: names[key].casefold())
        ],
        "count": sum(map(len, items.values())),
        "late": sum(one.credits for some in items.values() for one in some),
        "today": words.day(today),
        "activities": len(rows),
    }
    return pages.page(request, visit, "console/home.html", values, at="console-home")


def _items(visit: Visit, rows: Sequence[ActivityIndex], today: date, say: _Say) -> Iterator[tuple[str, Item]]:
    known = {one.activity_key: one for one in rows}
    for found in owed.of_activities(list(known), today=today):
        row = known[found.activity_key]
        item = _of_delivery(found, row, say, mine=_is_mine(visit, row))
        if item is not None:
            yield row.provider_key, item
    for row in rows:
        yield from ((row.provider_key, one) for one in _of_dates(row, today, say))
    tasks = ProviderTask.objects.filter(state="open", activity_key__in=list(known)).order_by("activity_key", "key")
    for task in tasks:
        row = known[task.activity_key]
        yield row.provider_key, _of_task(task, row, say, mine=_is_mine(visit, row))
    for provider in dict.fromkeys(row.provider_key for row in rows if row.provider_key and _is_mine(visit, row)):
        yield from ((provider, one) for one in _of_desk(provider, today, say))


def _of_delivery(found: owed.Owed, row: ActivityIndex, say: _Say, *, mine: bool) -> Item | None:
    """Refused and overdue, waiting for data, or due soon; None for what goes its way in time."""
    known = config.endpoints()
    soon = found.due is not None and found.due <= timezone.localdate() + timedelta(days=_SOON)
    if not (found.stuck or found.late or found.state == State.HELD or soon):
        return None
    what, step = explained(found.state, found.reason, found.endpoint, known, say)
    text = LATE if found.late else CLOSING if soon and found.closes else STANDING
    said = {
        "count": str(found.count),
        "late": str(found.late),
        "receiver": receiver(found.endpoint, known),
        "what": what,
        "date": words.day(found.due) if found.due else "",
    }
    group = GROUP_LATE if found.late else GROUP_DATA if found.state == State.HELD else GROUP_STUCK
    group = GROUP_DUE if group == GROUP_STUCK and not found.stuck else group
    there = pages.url("console-sendings", row.activity_key) if mine else ""
    return Item(
        group=group,
        text=Message(text, said).format(say),
        of=row.title,
        lang=row.language,
        address=f"{there}?state={found.state}&endpoint={found.endpoint}" if there else _home_of(row),
        due=found.due,
        late=bool(found.late),
        step=step,
        credits=found.late,
    )


def _of_dates(row: ActivityIndex, today: date, say: _Say) -> Iterator[Item]:
    """Expiry, review, approvals, disclosures that age, a board's claim date: as `rules.currency` has them."""
    if row.first_due is None or row.first_due > today + timedelta(days=_AHEAD):
        return
    try:
        activity = editions.load(row.edition.sha256)[row.edition.sha256]
    except editions.EditionDamaged:
        return
    for one in currency.due(activity, today=today, ahead=_AHEAD):
        if one.kind is currency.Kind.EXPIRY and one.days_left < -_AHEAD:
            # Long over, and nobody can do anything about it any more.
            continue
        disclosing = one.kind in (currency.Kind.DISCLOSURE_AGES, currency.Kind.DISCLOSURE_LAPSES)
        yield Item(
            group=GROUP_DISCLOSURES if disclosing else GROUP_DATES,
            text=one.message.format(say),
            of=row.title,
            lang=row.language,
            address=_home_of(row),
            due=one.date,
            late=one.days_left < 0,
        )


def _of_task(task: ProviderTask, row: ActivityIndex, say: _Say, *, mine: bool) -> Item:
    new = task.reports - task.settled_reports
    return Item(
        group=GROUP_BIAS,
        text=say(BIAS).format(count=new),
        of=row.title,
        lang=row.language,
        address=pages.url("console-tasks", row.activity_key) if mine else _home_of(row),
        due=task.created_on,
    )


def _of_desk(provider: str, today: date, say: _Say) -> Iterator[Item]:
    for one in desk.lapsing(provider, today):
        yield Item(
            group=GROUP_DISCLOSURES,
            text=say(OVER if one.lapsed else LAPSING).format(
                date=words.day(one.lapses_on if today > one.ages_on else one.ages_on)
            ),
            of=one.name,
            lang="",
            address=pages.url("desk-person", provider, one.uuid),
            due=one.lapses_on if today > one.ages_on else one.ages_on,
            late=one.lapsed,
        )


def _groups(items: Sequence[Item], say: _Say) -> list[dict[str, object]]:
    """By kind, in the order of urgency; in each what is due first."""
    return [
        {
            "id": f"g{number}",
            "title": say(group),
            "items": [
                {"one": one, "due": words.day(one.due) if one.due else ""}
                for one in sorted(
                    (one for one in items if one.group == group), key=lambda one: (one.due or date.max, one.of)
                )
            ],
        }
        for number, group in enumerate(_GROUPS)
        if any(one.group == group for one in items)
    ]


def _is_mine(visit: Visit, row: ActivityIndex) -> bool:
    """Whether this reader administers the activity's provider."""
    return visit.providers is None or row.provider_key in visit.providers


def _home_of(row: ActivityIndex) -> str:
    return pages.url("console-activity", row.activity_key)


GROUP_LATE = N_("Overdue")
GROUP_STUCK = N_("Refused, given up or uncertain")
GROUP_DATA = N_("Claims that wait for data")
GROUP_DUE = N_("Due soon")
GROUP_BIAS = N_("Reports of commercial bias")
GROUP_DATES = N_("Activities that expire or are due for review")
GROUP_DISCLOSURES = N_("Disclosures about to lapse")
_GROUPS = (GROUP_LATE, GROUP_STUCK, GROUP_DATA, GROUP_DUE, GROUP_BIAS, GROUP_DATES, GROUP_DISCLOSURES)
NOBODYS = N_("Activities that name no provider")
LATE = NP_(
    "{late} of {count} credit is overdue at {receiver} since {date}. {what}.",
    "{late} of {count} credits are overdue at {receiver} since {date}. {what}.",
)
CLOSING = NP_(
    "{count} credit has to be at {receiver} by {date}, when the year closes. {what}.",
    "{count} credits have to be at {receiver} by {date}, when the year closes. {what}.",
)
STANDING = NP_("{count} credit for {receiver}. {what}.", "{count} credits for {receiver}. {what}.")
BIAS = N_("Learners reported commercial bias: {count}. Look into it, and write down what you found.")
LAPSING = N_("The disclosure is due again by {date}. Invite them to give it.")
OVER = N_("The disclosure lapsed on {date}. Invite them to give a new one.")
