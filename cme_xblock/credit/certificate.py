"""The certificate: what a claim proves, from the claim and the edition alone, so that it can be shown years later.

The seven things that a certificate must carry: name, provider, title, learning format, place, date of completion, and
the credit actually claimed. Source: AMA PRA documentation rules; spec R-2.7, R-2.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.credit import appearance, standing
from cme_xblock.credit.appearance import Appearance
from cme_xblock.credit.standing import Standing
from cme_xblock.records import editions
from cme_xblock.records.models import Claim
from cme_xblock.rules import credit_system, points, professions, statements
from cme_xblock.rules.credit_system import CreditSystem


@dataclass(frozen=True)
class Fact:
    """One named value of a certificate; the name is to be translated, the value stands as it was certified."""

    name: str
    value: str


@dataclass(frozen=True)
class Certificate:
    """A certificate's content. `void` is a sentence when the claim no longer counts.

    `code` opens the certificate itself; `number` is what stands on it, and opens no more than its verification.
    """

    heading: Message
    name: str
    took_part: Message
    title: str
    language: str
    awarded: str
    sentence: str
    provider: str
    facts: tuple[Fact, ...]
    statements: tuple[str, ...]
    code: str
    number: str
    issued_on: date
    looks: Appearance
    void: Message | None


PLACE = N_("Internet (online)")
CREDIT_HEADING = N_("Certificate of credit")
PARTICIPATION_HEADING = N_("Certificate of participation")
TOOK_PART = N_("took part in the {format}")
GONE = {
    Standing.SUPERSEDED: N_("This certificate no longer counts: a corrected claim has taken its place."),
    Standing.VOID: N_("This certificate no longer counts: the claim was withdrawn."),
    Standing.TEST: N_("This certificate proves no credit: it was made with a test account."),
}
REPLACED_BY = N_("This certificate no longer counts: certificate {number} has taken its place.")
# 128 bits, of 160.
NUMBER_LENGTH = 32


def number(claim: Claim) -> str:
    """The certificate number: 32 hex digits, the first of the certificate's code.

    The rest of the code is not in it, so that whoever is given a number to verify cannot fetch the certificate with the
    full name. Source: spec R-6.8; part 7, case 33.
    """
    return number_of(claim.certificate_code)


def number_of(code: str) -> str:
    """The number of the certificate with that code; empty for none."""
    return code[:NUMBER_LENGTH]


def issued_on(claim: Claim) -> date:
    """The civil date on which the certificate was issued, in the activity's zone."""
    return claim.claimed_at.astimezone(ZoneInfo(claim.zone)).date()


def gone(claim: Claim, became: Standing) -> Message | None:
    """The sentence of a certificate that does not count, and which one does instead where that may be said."""
    successor = standing.chain(claim).replaced_by if became is Standing.SUPERSEDED else ""
    if successor:
        return Message(REPLACED_BY, {"number": number_of(successor)})
    return Message(GONE[became]) if became in GONE else None


def build(claim: Claim, *, standing: Standing, completed_on: str) -> Certificate:
    """The certificate of a claim. `completed_on` is the claim's date of completion as it is to be printed."""
    activity = editions.load(claim.edition.sha256)[claim.edition.sha256]
    system = credit_system.load()[claim.system]
    profession = professions.load().get(claim.profession)
    facts = (
        Fact(N_("Date of completion"), completed_on),
        Fact(N_("Learning format"), statements.format_name(activity)),
        Fact(N_("Location"), PLACE),
        Fact(N_("Profession"), profession.label if profession else claim.profession),
        Fact(N_("Provider"), activity.provider.name),
        *_replaces(claim),
    )
    return Certificate(
        heading=Message(PARTICIPATION_HEADING if system.fallback_for else CREDIT_HEADING),
        name=claim.name_certified,
        took_part=Message(TOOK_PART, {"format": statements.format_name(activity)}),
        title=activity.title,
        language=activity.language,
        awarded=statements.credit(system, claim.amount),
        sentence=statements.certificate(
            activity, system, learner=claim.name_certified, amount=claim.amount, completed_on=completed_on
        ),
        provider=activity.provider.name,
        facts=facts,
        statements=_statements(activity, system, issued_on(claim)),
        code=claim.certificate_code,
        number=number(claim),
        issued_on=issued_on(claim),
        looks=appearance.of(activity),
        void=gone(claim, standing),
    )


def _replaces(claim: Claim) -> tuple[Fact, ...]:
    """Which certificate this one stands in for. Source: spec part 7, case 2."""
    before = standing.chain(claim).replaces
    return (Fact(N_("Replaces certificate"), number_of(before)),) if before else ()


def _statements(activity: Activity, system: CreditSystem, issued: date) -> tuple[str, ...]:
    """The accreditation statement, the designation, and on conversion or a board's points, as the edition showed them.

    Whoever is awarded hours reads for which credit the activity was designated, never that it was awarded to them.
    """
    offering, registered = activity.offering(system.code), points.of(activity, system.code)
    stands_for = (*system.fallback_for, *system.goes_with)
    designated = [offering] if offering else [one for one in activity.offerings if one.system in stands_for]
    texts = [one.statement or statements.designation(activity, one) for one in designated]
    if offering is not None:
        texts.append(statements.conversion(activity, offering, today=issued))
    if registered is not None:
        texts.append(statements.moc(activity, registered[2]))
    return (statements.accreditation(activity), *(text for text in texts if text))
