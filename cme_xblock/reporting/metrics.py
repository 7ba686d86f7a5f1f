"""How delivery is going, in numbers per endpoint: for a monitor, for the log, and for `alerts`.

Nothing in here names a learner or a course. What is counted walks through open rows and the last days' settled ones,
never through the years before.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min, Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.utils import timezone

from cme_xblock.records.models import Delivery, EndpointGauge
from cme_xblock.records.models.delivery import State
from cme_xblock.records.purge import NOT_OWED
from cme_xblock.reporting import config, decisions, states

__all__ = ["Standing", "as_line", "as_prometheus", "gather", "view"]

# Over which the share of refusals is taken.
RECENT = timedelta(days=7)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Standing:
    """Where one endpoint stands.

    `counts`: rows by state; final states only over the last seven days. `oldest`: how long the oldest thing waits that
    is owed and not settled, None where there is none; what a learner has not agreed to, or a retired account, is not
    owed. `refused`: the share of refusals among what was settled lately, 0 to 1, None where nothing was.
    `deadline`: days until the first open row is too late, negative after, None where there is no deadline;
    `warned`: how many open rows have passed each of the endpoint's warning days.
    """

    endpoint: str
    counts: Mapping[str, int] = field(default_factory=dict)
    oldest: timedelta | None = None
    refused: float | None = None
    deadline: int | None = None
    warned: Mapping[int, int] = field(default_factory=dict)
    paused: bool = False
    open_breaker: bool = False


def gather(*, now: datetime, names: Sequence[str] | None = None) -> list[Standing]:
    """The standing of all configured endpoints, or of those named. Six queries each at most."""
    known = config.endpoints()
    wanted = [name for name in (known if names is None else names) if name in known]
    paused = decisions.paused(wanted)
    open_until = dict(EndpointGauge.objects.filter(endpoint__in=wanted).values_list("endpoint", "open_until"))
    found = []
    for name in wanted:
        capabilities = known[name].capabilities()
        counts = _counts(name, now)
        settled = counts.get(State.ACCEPTED, 0) + counts.get(State.REFUSED, 0)
        deadline, warned = _deadline(name, capabilities.deadline_days, capabilities.deadline_warnings, now.date())
        found.append(
            Standing(
                endpoint=name,
                counts=counts,
                oldest=_oldest(name, now),
                refused=counts.get(State.REFUSED, 0) / settled if settled else None,
                deadline=deadline,
                warned=warned,
                paused=name in paused,
                open_breaker=bool(open_until.get(name) and open_until[name] > now),
            )
        )
    return found


def as_prometheus(standings: Sequence[Standing]) -> str:
    """The numbers in Prometheus' text format, version 0.0.4."""
    lines: list[str] = []
    for name, help_text, values in (
        ("cme_deliveries", "Deliveries by state; final states over the last seven days.", _by_state(standings)),
        (
            "cme_delivery_oldest_seconds",
            "Age of the oldest thing that is owed and not settled.",
            ((_label(one), one.oldest.total_seconds() if one.oldest else 0) for one in standings),
        ),
        (
            "cme_delivery_refused_ratio",
            "Share of refusals among what was settled in the last seven days.",
            ((_label(one), one.refused) for one in standings if one.refused is not None),
        ),
        (
            "cme_delivery_deadline_days",
            "Days until the first open delivery is too late.",
            ((_label(one), one.deadline) for one in standings if one.deadline is not None),
        ),
        (
            "cme_endpoint_paused",
            "1 while a person has paused it.",
            ((_label(one), int(one.paused)) for one in standings),
        ),
        (
            "cme_endpoint_breaker_open",
            "1 while it is left alone because it does not answer.",
            ((_label(one), int(one.open_breaker)) for one in standings),
        ),
    ):
        lines += [f"# HELP {name} {help_text}", f"# TYPE {name} gauge"]
        lines += [f"{name}{{{label}}} {value:g}" for label, value in values]
    return "\n".join(lines) + "\n"


def as_line(one: Standing) -> str:
    """One endpoint's numbers for a log."""
    parts = [f"endpoint={one.endpoint}", *(f"{state}={number}" for state, number in sorted(one.counts.items()))]
    if one.oldest is not None:
        parts.append(f"oldest_seconds={one.oldest.total_seconds():.0f}")
    if one.refused is not None:
        parts.append(f"refused_ratio={one.refused:.3f}")
    if one.deadline is not None:
        parts.append(f"deadline_days={one.deadline}")
    return " ".join([*parts, *(["paused"] if one.paused else []), *(["breaker_open"] if one.open_breaker else [])])


def view(request: HttpRequest) -> HttpResponse:
    """The numbers for Prometheus, to whoever brings the token; for everybody else there is no such page.

    .. setting_name: CME_METRICS_TOKEN
    .. setting_default: ""
    .. setting_description: The secret that a monitor sends as `Authorization: Bearer <token>` to read delivery numbers
        under /cme/metrics. Without it the page does not exist.
    """
    token = getattr(settings, "CME_METRICS_TOKEN", "")
    brought = request.headers.get("Authorization", "")
    if not token or not hmac.compare_digest(brought.encode(), f"Bearer {token}".encode()):
        return HttpResponseNotFound(content_type="text/plain")
    response = HttpResponse(as_prometheus(gather(now=timezone.now())), content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    return response


def _counts(name: str, now: datetime) -> dict[str, int]:
    recent = Q(state__in=list(states.OPEN)) | Q(state__in=list(states.FINAL), next_attempt_at__gte=now - RECENT)
    # A row's last move sets its next look to the moment of the move, so that the engine's own index has the time.
    rows = Delivery.objects.filter(recent, endpoint=name).order_by().values_list("state").annotate(Count("pk"))
    return {str(state): number for state, number in rows}


def _owed(name: str) -> Q:
    return Q(endpoint=name, state__in=list(states.OPEN)) & ~Q(state=State.HELD, reason__in=NOT_OWED)


def _oldest(name: str, now: datetime) -> timedelta | None:
    since = Delivery.objects.filter(_owed(name)).aggregate(Min("created_at"))["created_at__min"]
    # An aggregate of a text column comes as the text that it is.
    since = datetime.fromisoformat(since) if isinstance(since, str) else since
    return now - since if since is not None else None


def _deadline(
    name: str, days: int | None, warnings: Sequence[int], today: date
) -> tuple[int | None, Mapping[int, int]]:
    if days is None:
        return None, {}
    rows = Delivery.objects.filter(_owed(name), claim__isnull=False)
    first = rows.aggregate(Min("claim__completed_on"))["claim__completed_on__min"]
    late = {day: rows.filter(claim__completed_on__lte=today - timedelta(days=day)).count() for day in warnings}
    return (first + timedelta(days=days) - today).days if first else None, late


def _by_state(standings: Sequence[Standing]) -> Iterator[tuple[str, int]]:
    for one in standings:
        for state in State:
            yield f'{_label(one)},state="{state}"', one.counts.get(state, 0)


def _label(one: Standing) -> str:
    return f'endpoint="{one.endpoint}"'
