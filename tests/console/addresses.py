"""Every address of ours, found in the URL configuration, so that a new one can't be forgotten."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, reverse

from cme_xblock import urls
from cme_xblock.console import access
from cme_xblock.console.access import Place, Rule
from cme_xblock.records import keys
from tests.console.world import COURSE_A, COURSE_B, PROVIDER_A, PROVIDER_B, World

MISSING = "0" * 64
# What is asked for where an address wants more than its place: of the right form, and nothing that is there.
FILLER = {"int": 1, "uuid": "00000000-0000-4000-8000-000000000000", "slug": "x", "str": "x", "path": "x"}


@dataclass(frozen=True)
class Address:
    """One address: its name, its route for messages, the view behind it, and its arguments' converters by name."""

    name: str
    route: str
    view: Any
    converters: Mapping[str, str]

    @property
    def rule(self) -> Any:
        return access.rule_of(self.view)

    def at(self, place: Mapping[str, str], named: Mapping[str, str] | None = None) -> str:
        """The address at that place; its other arguments as they are `named`, or what is not there."""
        filled = {name: FILLER.get(kind, "x") for name, kind in self.converters.items()}
        known = {name: value for name, value in (named or {}).items() if name in filled}
        return reverse(f"cme_xblock:{self.name}", kwargs={**filled, **known, **place})


def every() -> list[Address]:
    return list(_walk(urls.urlpatterns, ""))


def guarded(*places: Place) -> list[Address]:
    return [one for one in every() if isinstance(one.rule, Rule) and (not places or one.rule.place in places)]


def argument(place: Place, world: World, *, of: str) -> dict[str, str]:
    """What names provider A's place, provider B's, or none at all, in an address."""
    if place is Place.ACTIVITY:
        return {"key": {"a": world.a, "b": world.b}.get(of, MISSING)}
    if place is Place.PROVIDER:
        return {"provider": {"a": keys.provider_key(PROVIDER_A), "b": keys.provider_key(PROVIDER_B)}.get(of, MISSING)}
    if place is Place.COURSE:
        return {"course": {"a": COURSE_A, "b": COURSE_B}.get(of, "course-v1:No+Such+1")}
    return {}


def _walk(patterns: Any, before: str) -> Iterator[Address]:
    for one in itertools.chain(patterns):
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, route)
        elif isinstance(one, URLPattern):
            kinds = {
                name: type(how).__name__.removesuffix("Converter").replace("String", "str").lower()
                for name, how in one.pattern.converters.items()
            }
            yield Address(str(one.name or ""), route, one.callback, kinds)
