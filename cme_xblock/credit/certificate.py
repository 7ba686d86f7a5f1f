"""The certificate: what a claim proves, from the claim and the edition alone, so that it can be shown years later.

The seven things that a certificate must carry: name, provider, title, learning format, place, date of completion, and
the credit actually claimed. Source: AMA PRA documentation rules; spec R-2.7, R-2.8.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from cme_xblock.activity.codes import Format
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.credit import appearance, standing
from cme_xblock.credit.appearance import Appearance
from cme_xblock.credit.standing import Standing
from cme_xblock.records import editions
from cme_xblock.records.models import Claim
from cme_xblock.rules import calendar, credit_system, identifiers, points, professions, statements
from cme_xblock.rules.credit_system import CreditSystem


@dataclass(frozen=True)
class Fact:
    """One named value of a certificate. The name is to be translated; so is the value, but for one with a language."""

    name: str
    value: str
    language: str = ""

    def said(self, gettext: Callable[[str], str]) -> str:
        """The value as a reader reads it."""
        return self.value if self.language else gettext(self.value)


@dataclass(frozen=True)
class Certificate:
    """A certificate's content. `void` is a sentence when the claim no longer counts.

    `sentence` is the wording of the profession's own certificate; it names the learner, and comes before `statements`.
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
NOTICE_HEADING = N_("Notice of participation")
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
    system = credit_system.recorded(claim.system, calendar.edition_day(activity))
    profession = professions.load().get(claim.profession)
    facts = (
        Fact(N_("Date of completion"), completed_on),
        Fact(N_("Learning format"), statements.format_name(activity), "en"),
        Fact(N_("Location"), place(activity)),
        Fact(N_("Profession"), profession.label if profession else claim.profession),
        Fact(N_("Provider"), _provider(activity, system), activity.language),
        *_numbers(activity, system),
        *_replaces(claim),
        *(_TO_WRITE if system.holder_writes_licence else ()),
    )
    return Certificate(
        heading=Message(_heading(system)),
        name=claim.name_certified,
        took_part=Message(TOOK_PART, {"format": Message(statements.format_name(activity))}),
        title=activity.title,
        language=activity.language,
        awarded=statements.credit(system, claim.amount),
        sentence=statements.certificate(
            activity,
            system,
            learner=claim.name_certified,
            amount=claim.amount,
            completed_on=statements.english_day(claim.completed_on),
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


def place(activity: Activity) -> str:
    """Where it took place. Source: spec R-2.7, which has "Internet" for what is online."""
    in_person = activity.format in (Format.LIVE, Format.RSS)
    return activity.medium if in_person and activity.medium else PLACE


def _heading(system: CreditSystem) -> str:
    if system.notice_only:
        return NOTICE_HEADING
    return PARTICIPATION_HEADING if system.fallback_for else CREDIT_HEADING


def _provider(activity: Activity, system: CreditSystem) -> str:
    """The provider's name, with the address where the body wants it there. Source: spec R-3.2."""
    provider = activity.provider
    address = " ".join(provider.address.split()) or provider.contact_url
    return f"{provider.name}, {address}" if system.address_on_certificate and address else provider.name


def _numbers(activity: Activity, system: CreditSystem) -> tuple[Fact, ...]:
    """The body's numbers of the activity, and its type, where the body wants them on certificates."""
    offering = activity.offering(system.code)
    if offering is None:
        return ()
    kinds = identifiers.load()
    wanted = [kinds[one] for one in system.identifiers if one in kinds and kinds[one].on_certificate]
    found = [Fact(one.label[:1].upper() + one.label[1:], offering.identifier(one.name)) for one in wanted]
    kind = offering.activity_type if offering.activity_type in dict(system.activity_types) else ""
    found.append(Fact(N_("Type of activity"), kind.replace("_", "-")))
    return tuple(one for one in found if one.value)


def _replaces(claim: Claim) -> tuple[Fact, ...]:
    """Which certificate this one stands in for. Source: spec part 7, case 2."""
    before = standing.chain(claim).replaces
    return (Fact(N_("Replaces certificate"), number_of(before)),) if before else ()


# Source: spec. An identifier is purged when nobody is owed it any more, a certificate is shown for years
# (promise 5, docs/decisions/0011): so the holder writes these two on the paper.
_LINE = "_" * 30
_TO_WRITE = (
    Fact(N_("Licence, state and number (written in by the holder)"), _LINE),
    Fact(N_("Address (written in by the holder)"), _LINE),
)


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
