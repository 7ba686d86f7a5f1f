"""A learner's transcript: all credit across courses, what was withdrawn too, and a total for each credit system.

Totals are never summed across systems: the same hour may count in several. Source: spec part 7, cases 12 and 27.
Knows no request and no language; reads claims and editions, and writes nothing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from cme_xblock.credit import certificate, standing
from cme_xblock.credit.standing import Standing
from cme_xblock.participation.correction import Change
from cme_xblock.records import accounts, editions, keys
from cme_xblock.records.models import Claim, Edition
from cme_xblock.rules import credit_system, professions, statements
from cme_xblock.rules.credit_system import CreditSystem

_KNOWN = 4096
_AT_ONCE = 200


@dataclass(frozen=True)
class Choice:
    """What of a transcript is wanted: civil dates of completion, both included, and codes; empty for all."""

    first: date | None = None
    last: date | None = None
    system: str = ""
    profession: str = ""

    def takes(self, claim: Claim) -> bool:
        """Whether a claim is wanted."""
        return (
            (self.first is None or claim.completed_on >= self.first)
            and (self.last is None or claim.completed_on <= self.last)
            and self.system in ("", claim.system)
            and self.profession in ("", claim.profession)
        )


@dataclass(frozen=True)
class Line:
    """One claim. `awarded` as it is printed on the certificate; `code` opens it."""

    completed_on: date
    issued_on: date
    title: str
    language: str
    provider: str
    system: str
    system_name: str
    amount: Decimal
    unit: str
    awarded: str
    profession: str
    name: str
    number: str
    code: str
    standing: Standing

    @property
    def counts(self) -> bool:
        """Whether it is part of the totals."""
        return self.standing is Standing.VALID


@dataclass(frozen=True)
class Total:
    """The credit of one system that counts: `awarded` with its name, from so many claims."""

    system: str
    amount: Decimal
    awarded: str
    claims: int


@dataclass(frozen=True)
class Provider:
    """Whom to ask about a line: the provider, and where it can be reached."""

    name: str
    contact: str
    email: str


@dataclass(frozen=True)
class Transcript:
    """What is shown. `systems` and `professions`, by code, are all that the learner has, for choosing among them."""

    name: str
    lines: tuple[Line, ...]
    totals: tuple[Total, ...]
    providers: tuple[Provider, ...]
    systems: Mapping[str, str]
    professions: Mapping[str, str]


def of_learner(learner_id: str, choice: Choice) -> Transcript:
    """The transcript, newest completion first. Three queries, and one for each 200 editions not seen before.

    All accounts that were merged into one are one learner (case 26). What was done as a test is not there (case 18).
    """
    found = Claim.objects.filter(participation__learner_key__in=accounts.of(keys.learner_key(learner_id)))
    # A credit that was issued anew under another name is one line: an earlier name is for staff alone (case 10).
    shown = found.filter(participation__is_test=False).exclude(successor__change=Change.NAME)
    every = list(
        shown.select_related("participation", "edition", "live")
        .defer("edition__canonical")
        .order_by("-completed_on", "-pk")
    )
    wanted = [one for one in every if choice.takes(one)]
    became, known = standing.of_all(wanted), _known({one.edition.sha256 for one in wanted})
    lines = tuple(_line(one, became[one.pk], known[one.edition.sha256]) for one in wanted)
    return Transcript(
        # As last certified: an older name stays on its own certificate.
        name=max(every, key=lambda one: one.pk).name_certified if every else "",
        lines=lines,
        totals=_totals(lines),
        providers=tuple(dict.fromkeys(known[one.edition.sha256].provider for one in wanted)),
        systems=dict(sorted({one.system: _newest(one.system).name for one in every}.items())),
        professions=dict(sorted({one.profession: _profession(one.profession) for one in every}.items())),
    )


@dataclass(frozen=True)
class _Edition:
    """The little that a transcript needs of an edition."""

    title: str
    language: str
    provider: Provider
    day: date | None


def _line(claim: Claim, became: Standing, edition: _Edition) -> Line:
    system = credit_system.recorded(claim.system, edition.day)
    return Line(
        completed_on=claim.completed_on,
        issued_on=certificate.issued_on(claim),
        title=edition.title,
        language=edition.language,
        provider=edition.provider.name,
        system=claim.system,
        system_name=system.name,
        amount=claim.amount,
        unit=system.unit,
        awarded=statements.credit(system, claim.amount),
        profession=_profession(claim.profession),
        name=claim.name_certified,
        number=certificate.number(claim),
        code=claim.certificate_code,
        standing=became,
    )


def _totals(lines: Collection[Line]) -> tuple[Total, ...]:
    sums: dict[str, list[Decimal]] = {}
    for one in lines:
        if one.counts:
            sums.setdefault(one.system, []).append(one.amount)
    return tuple(
        Total(code, sum(amounts, Decimal()), statements.credit(_newest(code), sum(amounts, Decimal())), len(amounts))
        for code, amounts in sorted(sums.items())
    )


def _newest(code: str) -> CreditSystem:
    return credit_system.recorded(code, None)


def _profession(code: str) -> str:
    found = professions.load().get(code)
    return found.label if found else code


_cache: dict[str, _Edition] = {}
_lock = threading.Lock()


def _known(wanted: Collection[str]) -> Mapping[str, _Edition]:
    """What is needed of each edition. Their whole activities are not built: a learner may have hundreds."""
    with _lock:
        if len(_cache) > _KNOWN:
            _cache.clear()
        found = {one: _cache[one] for one in wanted if one in _cache}
    missing = sorted(set(wanted) - set(found))
    for start in range(0, len(missing), _AT_ONCE):
        rows = Edition.objects.filter(sha256__in=missing[start : start + _AT_ONCE])
        for sha256, text in rows.values_list("sha256", "canonical").iterator():
            if keys.text_sha(text) != sha256:
                raise editions.EditionDamaged(sha256)
            found[sha256] = _read(json.loads(text))
    with _lock:
        _cache.update({one: found[one] for one in missing if one in found})
    return found


def _read(data: Mapping[str, Any]) -> _Edition:
    provider = data["provider"]
    return _Edition(
        title=str(data["title"]),
        language=str(data["language"]),
        provider=Provider(str(provider["name"]), str(provider["contact_name"]), str(provider["contact_email"])),
        # As calendar.edition_day has it of a whole activity.
        day=date.fromisoformat(day) if (day := data["last_review"] or data["release"]) else None,
    )
