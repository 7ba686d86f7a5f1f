"""Who may see and do what in the console, and the log of it. Everything else in this room asks here.

The rules are data: for each permission the roles that have it, at the place that it is about. What is not written here
is refused, and a refusal says the same whether or not there is such a thing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone

from cme_xblock.activity.message import N_
from cme_xblock.host import language, roles
from cme_xblock.host.reader import sign_in
from cme_xblock.host.roles import EVERY, Reader, Role
from cme_xblock.pages import standalone
from cme_xblock.records import access_log, activity_index, grants, keys
from cme_xblock.records.models import ActivityIndex, DeskPerson

__all__ = [
    "IDENTIFIED",
    "RULES",
    "Forbidden",
    "May",
    "Own",
    "Place",
    "Public",
    "Role",
    "Rule",
    "Visit",
    "enter",
    "guarded",
    "may",
    "own",
    "provider_keys",
    "public",
    "refusal",
    "rule_of",
]


class May(StrEnum):
    """What can be permitted."""

    SEE_ACTIVITY = "see_activity"  # de-identified: title, editions, funnel, outcomes report, delivery counts
    SEE_LEARNERS = "see_learners"  # names, ledgers, claims
    CORRECT = "correct"  # corrections, resets, late entries
    DELIVER = "deliver"  # pause, hold, replay, cancel, dry run
    EXPORT = "export"  # identified exports
    EXPORT_AGGREGATE = "export_aggregate"
    DESK = "desk"  # disclosure desk of a provider
    AUDIT_FILE = "audit_file"  # make and download audit files
    HOLD = "hold"  # legal hold, retention
    GRANT = "grant"  # let a surveyor in
    OPERATE = "operate"  # health, ages of queues; no learner


class Place(StrEnum):
    """What a permission is about: the address of a guarded view names one."""

    ACTIVITY = "activity"  # the view's argument `key`: keys.activity_key
    PROVIDER = "provider"  # `provider`: keys.provider_key
    COURSE = "course"  # `course`: the course key as text
    SITE = "site"  # nothing in the address: whoever has the permission anywhere


_TEAM, _OFFICE, _SURVEYOR, _OPERATOR = Role.COURSE_STAFF, Role.ADMINISTRATOR, Role.SURVEYOR, Role.OPERATOR
RULES: Mapping[May, frozenset[Role]] = {
    May.SEE_ACTIVITY: frozenset({_TEAM, _OFFICE, _SURVEYOR}),
    May.SEE_LEARNERS: frozenset({_TEAM, _OFFICE, _SURVEYOR}),
    May.CORRECT: frozenset({_OFFICE}),
    May.DELIVER: frozenset({_OFFICE}),
    May.EXPORT: frozenset({_OFFICE}),
    May.EXPORT_AGGREGATE: frozenset({_TEAM, _OFFICE, _SURVEYOR}),
    May.DESK: frozenset({_OFFICE}),
    May.AUDIT_FILE: frozenset({_OFFICE, _SURVEYOR}),
    May.HOLD: frozenset({_OFFICE}),
    May.GRANT: frozenset({_OFFICE}),
    May.OPERATE: frozenset({_OPERATOR}),
}
# A response under one of these shows or changes identified people: it is in the log, or it is not given.
IDENTIFIED = frozenset({May.SEE_LEARNERS, May.CORRECT, May.EXPORT, May.AUDIT_FILE})
# In which capacity somebody acts who has several: the widest.
_WIDEST = (_OFFICE, _TEAM, _SURVEYOR, _OPERATOR)


class Forbidden(Exception):  # noqa: N818 - says what is the case
    """Not permitted, or not there: which of the two is not said."""


@dataclass(frozen=True)
class Rule:
    """What a view asks for, and of which place."""

    may: May
    place: Place


@dataclass(frozen=True)
class Public:
    """Anybody may ask, because of this."""

    reason: str


@dataclass(frozen=True)
class Own:
    """Each learner sees their own here, because of this."""

    reason: str


@dataclass(frozen=True)
class _Where:
    """The place of one request, as far as it is known."""

    place: Place
    provider: str = ""
    course_key: str = ""
    activity: ActivityIndex | None = None

    @property
    def activity_key(self) -> str:
        """keys.activity_key, empty at a place that is no activity."""
        return self.activity.activity_key if self.activity is not None else ""


@dataclass
class Visit:
    """One permitted request: who, where, in which capacity. `note` writes what was looked at.

    The role is the widest of those that permit it. `now`: when the request came.
    """

    reader: Reader
    rule: Rule
    role: Role
    where: _Where
    now: datetime = field(default_factory=timezone.now)
    noted: int = 0

    @property
    def activity(self) -> ActivityIndex:
        """The activity that the address names. Raises LookupError at a place that is none."""
        if self.where.activity is None:
            raise LookupError(f"The place of this visit is a {self.rule.place}, no activity.")
        return self.where.activity

    @property
    def provider(self) -> str:
        """keys.provider_key of the place, or empty."""
        return self.where.provider

    @property
    def course_key(self) -> str:
        """The course of the place, or empty."""
        return self.where.course_key

    @property
    def providers(self) -> frozenset[str] | None:
        """The keys of the providers that this reader administers; None for all that there are and will be."""
        return provider_keys(self.reader)

    def may(self, what: May) -> bool:
        """Whether something else is permitted at the same place."""
        try:
            _permitted(self.reader, what, self.where, self.now)
        except Forbidden:
            return False
        return True

    def note(self, what: str, *, count: int, why: str, subject: str = "", uuid: str = "") -> None:
        """Write the access entry: what was looked at, of how many people, why. Never a name or a search text.

        `uuid`: the entry's own number, for what must be done once however often it is sent.
        """
        access_log.append(
            access_log.Look(
                chain=self.provider or access_log.SITE,
                reader_id=self.reader.id,
                reader_name=self.reader.name,
                role=str(self.role),
                what=what,
                count=count,
                why=why,
                course_key=self.course_key,
                activity_key=self.where.activity_key,
                subject=subject,
                uuid=uuid,
            ),
            now=self.now,
        )
        self.noted += 1


# Takes the request, the visit, and what the address names.
_View = Callable[..., HttpResponseBase]


def guarded(what: May, *, place: Place) -> Callable[[_View], Callable[..., HttpResponseBase]]:
    """Let a view be reached by those who may, and hand it the visit behind the request.

    The address names the place: `key`, `provider` or `course`. Whoever is not signed in is sent to do so.
    """
    rule = Rule(what, place)

    def decorate(view: _View) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guard(request: HttpRequest, **named: Any) -> HttpResponseBase:
            try:
                visit = enter(request, rule, **named)
                response = view(request, visit, **named)
            except Forbidden:
                # Also where the view finds that what is named beside the place is another's, or not there.
                return refusal(request)
            if rule.may in IDENTIFIED and response.status_code < 400 and not visit.noted:
                raise RuntimeError(f"{view.__name__} shows identified people and wrote no access entry: visit.note().")
            return response

        guard.cme_rule = rule  # type: ignore[attr-defined]
        return guard

    return decorate


def enter(request: HttpRequest, rule: Rule, **named: Any) -> Visit:
    """The visit, where the reader may. Raises Forbidden. For views that are no functions; the others are `guarded`.

    `named`: the address's arguments; of them `key`, `provider` or `course`, as the rule's place says, is read.
    """
    return may(roles.of_request(request), rule, named=named)


def may(reader: Reader, rule: Rule, *, named: Mapping[str, Any], now: datetime | None = None) -> Visit:
    """The same for a reader who is known already, such as the owner of a token. Raises Forbidden."""
    at = now or timezone.now()
    if not reader.known:
        raise Forbidden
    where = _where(rule.place, named)
    return Visit(reader, rule, _permitted(reader, rule.may, where, at), where, now=at)


def public(reason: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say of a view that anybody may ask it, and why."""
    return _declared(Public(reason))


def own(reason: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say of a view that each learner sees their own there, and why."""
    return _declared(Own(reason))


def rule_of(view: Any) -> Rule | Public | Own | None:
    """What was declared for a view, function or class; None where nothing was."""
    return getattr(view, "cme_rule", None) or getattr(getattr(view, "cls", None), "cme_rule", None)


def refusal(request: HttpRequest) -> HttpResponse:
    """The one answer to whoever may not, whether or not there is such a thing."""
    if not roles.of_request(request).known:
        address = sign_in(request)
        if address and request.method in ("GET", "HEAD"):
            return standalone.private(HttpResponseRedirect(address))
    return standalone.page("console/refused.html", {"said": language.current().gettext(REFUSED)}, status=403)


def _where(place: Place, named: Mapping[str, Any]) -> _Where:
    """The place that an address names. Raises Forbidden where no such activity is published."""
    if place is Place.ACTIVITY:
        activity = activity_index.find(str(named["key"]))
        if activity is None:
            raise Forbidden
        return _Where(place, activity.provider_key, activity.course_key, activity)
    if place is Place.PROVIDER:
        return _Where(place, provider=str(named["provider"]))
    return _Where(place, course_key=str(named["course"])) if place is Place.COURSE else _Where(place)


def _declared(rule: Public | Own) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def declared(*arguments: Any, **named: Any) -> Any:
            return view(*arguments, **named)

        declared.cme_rule = rule  # type: ignore[attr-defined]
        return declared

    return decorate


def _permitted(reader: Reader, what: May, where: _Where, now: datetime) -> Role:
    """The capacity in which this is permitted. Raises Forbidden."""
    for role in _WIDEST:
        if role in RULES[what] and _has(reader, role, where, now):
            return role
    raise Forbidden


def _has(reader: Reader, role: Role, where: _Where, now: datetime) -> bool:
    if role is Role.OPERATOR:
        return reader.is_operator and where.place is Place.SITE
    if role is Role.ADMINISTRATOR:
        return _administers(reader, where)
    if role is Role.COURSE_STAFF:
        return _teaches(reader, where)
    granted = grants.holds(reader.id, now=now)
    return bool(granted) if where.place is Place.SITE else bool({where.activity_key} & granted)


def _administers(reader: Reader, where: _Where) -> bool:
    mine = provider_keys(reader)
    if mine is None:
        return where.place is not Place.PROVIDER or _is_provider(where.provider)
    return bool(mine) if where.place is Place.SITE else where.provider in mine


def _teaches(reader: Reader, where: _Where) -> bool:
    if where.place is Place.SITE:
        return any(reader.teaches(one) for one in _courses())
    return bool(where.course_key) and reader.teaches(where.course_key)


def _is_provider(key: str) -> bool:
    """Whether any activity, or anybody at the desk, is of that provider: all of them are those that there are."""
    activity_index.refresh()
    rows = (ActivityIndex.objects.filter(provider_key=key), DeskPerson.objects.filter(provider_key=key))
    return bool(key) and any(some.exists() for some in rows)


def _courses() -> list[str]:
    activity_index.refresh()
    return list(ActivityIndex.objects.order_by().values_list("course_key", flat=True).distinct())


def provider_keys(reader: Reader) -> frozenset[str] | None:
    """The keys of the providers that this reader administers; None for all that there are and will be."""
    if EVERY in reader.providers:
        return None
    return frozenset(key for key in map(keys.provider_key, reader.providers) if key)


REFUSED = N_("You may not see this page, or there is none here. Ask your CME office, or sign in with another account.")
