"""Verification: what somebody who was given a certificate number may know about it, and nothing more.

Initials, unless the learner chose to have the name shown: whoever holds the certificate can compare, whoever only has
the number learns of nobody.
Source: spec R-6.8; part 7, case 28.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date

from cme_xblock.credit import certificate, standing
from cme_xblock.credit.claiming import NAME_SHOWN
from cme_xblock.credit.standing import Standing
from cme_xblock.records import editions
from cme_xblock.records.models import Claim
from cme_xblock.rules import calendar, credit_system, statements

_NUMBER = re.compile(rf"[0-9a-f]{{{certificate.NUMBER_LENGTH}}}")
# Comes after every hex digit, in the order of every collation.
_AFTER = "g"
_SEPARATORS = re.compile(r"[\s\-‐‑–]+")
_LONGEST = 200
_MOST_INITIALS = 4


@dataclass(frozen=True)
class Verified:
    """What is said of a certificate. `awarded` as it is printed on it; `replaces` and `replaced_by` are numbers.

    `initials` are the name itself where its learner chose so, and `named` says that they did (spec R-6.8).
    """

    number: str
    standing: Standing
    issued_on: date
    completed_on: date
    initials: str
    title: str
    language: str
    provider: str
    awarded: str
    replaces: str = ""
    replaced_by: str = ""
    named: bool = False


def typed(text: str) -> str:
    """A number as somebody typed or pasted it, in the form in which it is kept: without spaces, hyphens, capitals.

    A certificate's whole code is taken for its number. What is no number comes back as one that no certificate has.
    """
    return _SEPARATORS.sub("", text[:_LONGEST]).lower()[: certificate.NUMBER_LENGTH]


def find(number: str) -> Verified | None:
    """The certificate with that number, or None. Two queries at most, and the edition's where it is not in memory."""
    if not _NUMBER.fullmatch(number):
        return None
    found = Claim.objects.filter(certificate_code__gte=number, certificate_code__lt=number + _AFTER)
    related = ("participation", "edition", "entry", "live", "replaces", "successor")
    claim = found.select_related(*related).defer("edition__canonical").first()
    if claim is None:
        return None
    activity = editions.load(claim.edition.sha256)[claim.edition.sha256]
    system = credit_system.recorded(claim.system, calendar.edition_day(activity))
    named = _shows_name(claim)
    return Verified(
        number=number,
        standing=standing.of(claim),
        issued_on=certificate.issued_on(claim),
        completed_on=claim.completed_on,
        initials=claim.name_certified if named else initials(claim.name_certified),
        title=activity.title,
        language=activity.language,
        provider=activity.provider.name,
        awarded=statements.credit(system, claim.amount),
        replaces=certificate.number_of(standing.chain(claim).replaces),
        replaced_by=certificate.number_of(standing.chain(claim).replaced_by),
        named=named,
    )


def _shows_name(claim: Claim) -> bool:
    """Whether the learner chose so with this claim; it stands in its entry. A retired learner's name is not shown."""
    if claim.participation.sealed_at is not None:
        return False
    try:
        payload = json.loads(claim.entry.payload)
    except ValueError:
        return False
    return isinstance(payload, dict) and payload.get(NAME_SHOWN) == "full"


def initials(name: str) -> str:
    """The first letter of each word that has one, at most four: "A. M." for "Ana Müller".

    A name written in one piece gives its first letter only.
    """
    words = re.split(r"[\s\-]+", name)
    first = [next((letter for letter in word if letter.isalpha()), "") for word in words]
    return " ".join([f"{letter.upper()}." for letter in first if letter][:_MOST_INITIALS])
