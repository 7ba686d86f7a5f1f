"""The list of participants as a page: filters in the address, a search by POST, because a name is in no address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from cme_xblock.activity.message import N_
from cme_xblock.console import frame, words
from cme_xblock.console.access import May, Place, Visit, guarded
from cme_xblock.console.pages import url
from cme_xblock.console.participants import query, refresh
from cme_xblock.console.participants.query import ORDERS, Choice
from cme_xblock.credit import staff
from cme_xblock.host import language, people
from cme_xblock.records import keys
from cme_xblock.records.models import Claim, Participant, Participation

__all__ = ["page"]

_LONGEST = 255
_FILTERS = ("state", "profession", "system", "delivery")


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(May.SEE_LEARNERS, place=Place.ACTIVITY)
def page(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    """One page of the list, or what a search found. Writes nothing but who looked."""
    left = refresh.refresh(now=visit.now, first=key) >= refresh.AT_ONCE
    choice, gettext = _choice(request.GET), language.current().gettext
    typed = request.POST.get("q", "").strip()[:_LONGEST] if request.method == "POST" else ""
    if typed:
        rows, more = _found(key, typed)
        total, following = len(rows), ""
    else:
        found = query.page(key, choice)
        rows, total, more = found.rows, found.total, False
        following = _query(choice, after=found.next) if found.next else ""
    visit.note("participants", count=len(rows), why=N_("A search by name") if typed else N_("Looking through the list"))
    counts = query.counts(key, choice)
    values = {
        "rows": _shown(key, rows, gettext),
        "total": total,
        "more": more,
        "most": query.MOST_FOUND,
        "typed": typed,
        "following": following,
        "first": _query(choice) if choice.after else "",
        "filters": _filters(counts, choice, gettext),
        "order": choice.order,
        "columns": {one: _query(choice, order=_turned(choice.order, one)) for one in ("name", "moved")},
        "sorted": {"name": "ascending", "-name": "descending"}.get(choice.order, ""),
        "sorted_moved": {"moved": "ascending", "-moved": "descending"}.get(choice.order, ""),
        "left": left,
        "all": url("console-participants", key),
        "filtered": choice.is_filtered,
    }
    return frame.page(request, visit, "console/participants.html", values, tab="console-participants")


def _choice(given: Mapping[str, str]) -> Choice:
    """What the address asks for; what it can't ask for counts as not asked."""
    after = given.get("after", "")
    order = given.get("order", "name")
    return Choice(
        **{name: given.get(name, "")[:_LONGEST] for name in _FILTERS},
        order=order if order in ORDERS else "name",
        after=int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0,
    )


def _query(choice: Choice, *, after: int = 0, order: str = "") -> str:
    """The same choice as an address behind the list's own."""
    asked = {name: getattr(choice, name) for name in _FILTERS} | {"order": order or choice.order, "after": after}
    return "?" + urlencode({name: value for name, value in asked.items() if value})


def _turned(order: str, column: str) -> str:
    """The order by that column; the other way round where it is that already."""
    return f"-{column}" if order == column else column


def _filters(
    counts: Mapping[str, Mapping[str, int]], choice: Choice, gettext: Callable[[str], str]
) -> Sequence[Mapping[str, object]]:
    titles: Mapping[str, tuple[str, Callable[[str], str]]] = {
        "state": (gettext("State"), lambda code: gettext(words.STATES.get(code, code))),
        "profession": (gettext("Profession"), lambda code: words.profession(code, gettext)),
        "system": (gettext("Credit"), lambda code: words.system_name(code, gettext)),
        "delivery": (gettext("Delivery"), lambda code: gettext(words.REPORTED.get(code, code))),
    }
    return [
        {
            "name": name,
            "title": title,
            "options": [
                {"value": code, "title": f"{say(code)} ({people})", "chosen": code == getattr(choice, name)}
                for code, people in sorted(counts[name].items(), key=lambda one: say(one[0]))
            ],
        }
        for name, (title, say) in titles.items()
    ]


def _found(key: str, typed: str) -> tuple[Sequence[Participant], bool]:
    """Whom a text means: an account, a certificate, a participation's number, or the beginning of a name."""
    named: set[int] = set()
    learner = people.learner_id(typed)
    rows = Participation.objects.filter(activity_key=key)
    if learner:
        named |= set(rows.filter(learner_key=keys.learner_key(learner)).values_list("pk", flat=True))
    claim = staff.find(typed) if "\0" not in typed else None
    if claim is not None:
        named |= set(rows.filter(pk=claim.participation_id).values_list("pk", flat=True))
    named |= set(rows.filter(uuid=typed.lower()).values_list("pk", flat=True)) if len(typed) == 36 else set()
    exact = list(Participant.objects.filter(pk__in=named).select_related("participation"))
    if exact:
        return exact, False
    return query.starting_with(key, typed)


def _shown(key: str, rows: Sequence[Participant], gettext: Callable[[str], str]) -> Sequence[Mapping[str, object]]:
    pks = [one.pk for one in rows]
    claims: dict[int, list[Claim]] = {pk: [] for pk in pks}
    found = Claim.objects.filter(participation_id__in=pks, live__isnull=False).order_by("pk")
    for claim in found:
        claims[claim.participation_id].append(claim)
    nameless = [one.participation.learner_id for one in rows if not claims[one.pk]]
    accounts = people.names(nameless)
    return [
        {
            "address": url("console-participant", key, one.participation.uuid),
            # Who left the platform stays in the counts, and is named in audits alone (docs/decisions/0016).
            "name": claims[one.pk][-1].name_certified if claims[one.pk] and not one.participation.sealed_at else "",
            "sealed": one.participation.sealed_at is not None,
            "account": accounts.get(one.participation.learner_id, ""),
            "id": "" if one.participation.sealed_at else one.participation.learner_id,
            "state": gettext(words.STATES.get(one.state, one.state)),
            "profession": words.profession(one.profession, gettext),
            "credit": [words.amount(claim.amount, claim.system, gettext) for claim in claims[one.pk]],
            "delivery": gettext(words.REPORTED.get(one.delivery, one.delivery)),
            "look": words.LOOKS.get(one.delivery, "none"),
            "moved": words.moment(one.moved_at),
        }
        for one in rows
    ]
