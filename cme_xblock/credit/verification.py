"""Verification: what somebody who was given a certificate number may know about it, and nothing more.

Initials, never the name: whoever holds the certificate can compare, whoever only has the number learns of nobody.
Source: spec R-6.8; part 7, case 28.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from cme_xblock.credit import certificate, standing
from cme_xblock.credit.standing import Standing
from cme_xblock.records import editions
from cme_xblock.records.models import Claim
from cme_xblock.rules import credit_system, statements

_NUMBER = re.compile(rf"[0-9a-f]{{{certificate.NUMBER_LENGTH}}}")
# Comes after every hex digit, in the order of every collation.
_AFTER = "g"
_SEPARATORS = re.compile(r"[\s\-‐‑–]+")
_LONGEST = 200
_MOST_INITIALS = 4


@dataclass(frozen=True)
class Verified:
    """What is said of a certificate. `awarded` as it is printed on it; `replaces` and `replaced_by` are numbers."""

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
    related = ("participation", "edition", "live", "replaces", "successor")
    claim = found.select_related(*related).defer("edition__canonical").first()
    if claim is None:
        return None
    activity = editions.load(claim.edition.sha256)[claim.edition.sha256]
    return Verified(
        number=number,
        standing=standing.of(claim),
        issued_on=certificate.issued_on(claim),
        completed_on=claim.completed_on,
        initials=initials(claim.name_certified),
        title=activity.title,
        language=activity.language,
        provider=activity.provider.name,
        awarded=statements.credit(credit_system.load()[claim.system], claim.amount),
        replaces=certificate.number_of(standing.chain(claim).replaces),
        replaced_by=certificate.number_of(standing.chain(claim).replaced_by),
    )


def initials(name: str) -> str:
    """The first letter of each word that has one, at most four: "A. M." for "Ana Müller".

    A name written in one piece gives its first letter only.
    """
    words = re.split(r"[\s\-]+", name)
    first = [next((letter for letter in word if letter.isalpha()), "") for word in words]
    return " ".join([f"{letter.upper()}." for letter in first if letter][:_MOST_INITIALS])
