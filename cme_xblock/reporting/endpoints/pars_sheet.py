"""One activity as the form of PARS has it: every word found, every number counted, nothing rendered yet. PURE.

The sheet is what the documents are written from, what the rules of status judge, and what is compared before a change
that would make a second activity. Source: spec pars, 2.2, 2.4, 2.5 and 4.1; R-1.17.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from cme_xblock.activity import richtext
from cme_xblock.activity.codes import Answer, Format, Providership, SupportKind
from cme_xblock.activity.model import Activity
from cme_xblock.reporting.endpoints.pars_facts import Facts, Moc

# Formats whose days are those of their sessions.
_HELD = frozenset({Format.LIVE, Format.RSS})


@dataclass(frozen=True)
class Registration:
    """One registration for MOC in PARS' words. `types` is empty while a word for one of them is missing."""

    board: str
    name: str
    points: Decimal | None
    types: tuple[str, ...]
    codes: tuple[str, ...]
    claim_by: date | None
    said: Moc


@dataclass(frozen=True)
class Sheet:
    """The form. Words as they go over the wire; `None` and "" for what nobody has said.

    `counts` has a number for every category of the portal, in its order. `monetary` holds names and US dollars.
    """

    provider_id: str
    provider_activity_id: str
    number: str
    title: str
    description: str
    start: date | None
    end: date | None
    format: Format
    format_word: str
    credits: tuple[tuple[str, Decimal | None], ...]
    joint: bool
    joint_providers: tuple[str, ...]
    accredited_partner: str
    professions: tuple[str, ...]
    supported: bool | None
    monetary: tuple[tuple[str, Decimal | None], ...]
    in_kind: tuple[str, ...]
    counts: Mapping[str, int]
    delivery: tuple[str, ...]
    in_person: bool
    moc: tuple[Registration, ...]
    facts: Facts = field(default_factory=Facts)

    @property
    def specialties(self) -> tuple[str, ...]:
        """The practice areas of all boards, each once."""
        return tuple(dict.fromkeys(area for one in self.moc for area in one.said.practice_areas))

    @property
    def guarded(self) -> dict[str, str]:
        """The four that tell an activity apart at PARS: with another of them, a second one is made (spec pars 1.6)."""
        return {
            "format": self.format_word,
            "start": "" if self.start is None else self.start.isoformat(),
            "end": "" if self.end is None else self.end.isoformat(),
            "provider_activity_id": self.provider_activity_id,
        }


def sheet(
    activity: Activity,
    *,
    key: str,
    number: str,
    provider_id: str,
    counts: Mapping[str, int],
    facts: Facts,
    wire: Mapping[str, Any],
) -> Sheet:
    """The form for one activity.

    `provider_id`: the accredited provider's number at ACCME; `key`: the Provider Activity ID; `number`: the ACCME
    Activity ID, "" before it is known; `counts`: learners by profession code ("" where a learner has said none).
    """
    joint = [one.name for one in activity.provider.joint_providers if not one.accredited and one.name]
    partner = [one.name for one in activity.provider.joint_providers if one.accredited and one.name]
    start, end = _days(activity)
    delivery = facts.delivery or tuple(wire["delivery_default"].get(str(activity.format), ()))
    sources = activity.support.sources
    return Sheet(
        provider_id=provider_id,
        provider_activity_id=key,
        number=number,
        title=_plain(activity.title),
        description=_plain(activity.description),
        start=start,
        end=end,
        format=activity.format,
        format_word=wire["formats"].get(str(activity.format), ""),
        credits=_credits(activity, wire),
        joint=activity.provider.providership is Providership.JOINT,
        joint_providers=tuple(joint),
        accredited_partner=partner[0] if partner else "",
        professions=_professions(activity, wire),
        supported=None if activity.support.received is Answer.UNANSWERED else activity.support.received is Answer.YES,
        monetary=tuple((one.company, one.amount) for one in sources if one.kind is SupportKind.MONETARY),
        in_kind=tuple(one.company for one in sources if one.kind is SupportKind.IN_KIND),
        counts=categories(counts, wire),
        delivery=tuple(wire["delivery"][one] for one in delivery),
        in_person="in_person" in delivery,
        moc=_moc(activity, facts, wire),
        facts=facts,
    )


def categories(counts: Mapping[str, int], wire: Mapping[str, Any]) -> dict[str, int]:
    """Learners by PARS' categories, each of them there, from learners by profession code. Source: R-1.17."""
    table = wire["category_ja" if wire["portal"]["kind"] == "ja" else "category"]
    totals = dict.fromkeys(table["order"], 0)
    for profession, number in counts.items():
        totals[table["professions"].get(profession, table["rest"])] += number
    return totals


def _days(activity: Activity) -> tuple[date | None, date | None]:
    """First and last day: of the sessions where the format has them, of the release and expiry otherwise."""
    if activity.format in _HELD:
        starts = [one.start.date() for one in activity.sessions if one.start]
        ends = [one.end.date() for one in activity.sessions if one.end]
        if starts and ends:
            return min(starts), max(ends)
    return activity.release, activity.expiry


def _credits(activity: Activity, wire: Mapping[str, Any]) -> tuple[tuple[str, Decimal | None], ...]:
    words = wire["certification_ja" if wire["portal"]["kind"] == "ja" else "certification"]
    found: dict[str, Decimal | None] = {}
    for one in activity.offerings:
        if one.system in words:
            found.setdefault(words[one.system], one.amount)
    return tuple(found.items())


def _professions(activity: Activity, wire: Mapping[str, Any]) -> tuple[str, ...]:
    if wire["portal"]["kind"] != "ja":
        return ()
    words = wire["profession_ja"]
    return tuple(dict.fromkeys(words[one] for one in activity.audience.professions if one in words))


def _moc(activity: Activity, facts: Facts, wire: Mapping[str, Any]) -> tuple[Registration, ...]:
    found = []
    for offering in activity.offerings:
        for one in offering.moc:
            board = wire["board"].get(one.board, {"name": "", "credit_types": {}, "default_types": []})
            codes = one.credit_types or tuple(board["default_types"])
            words = [board["credit_types"].get(code, []) for code in codes]
            types = tuple(dict.fromkeys(word for some in words for word in some)) if all(words) else ()
            found.append(
                Registration(one.board, board["name"], one.points, types, codes, one.claim_by, facts.moc_of(one.board))
            )
    return tuple(found)


def _plain(markup: str) -> str:
    """One line of text without the little markup that authors may use."""
    return " ".join(richtext.plain(markup).split())
