"""What a learner is asked for when they claim credit, and why: only what a chosen credit really needs.

The page shows the fields and the consent; `identity.parse` reads the fields, `facts.keep_identity` keeps them, and
`records.consents.record` keeps the consent, all in the claim's own transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity, Offering
from cme_xblock.reporting.config import endpoints, is_told
from cme_xblock.reporting.endpoints.base import About, Subject

_LABELS: Mapping[str, str] = {
    "given_name": N_("First name on your licence"),
    "family_name": N_("Last name on your licence"),
    "birth_month_day": N_("Month and day of birth"),
    "npi_or_licence": N_("NPI, or state licence"),
}
# The vault keeps them apart, a learner is asked for them together.
_FIELDS: Mapping[str, str] = {
    "npi": "npi_or_licence",
    "licence_state": "npi_or_licence",
    "licence_number": "npi_or_licence",
}
_PURPOSES: Mapping[str, str] = {
    "given_name": N_("{receiver} finds you by the name that your licensing board knows."),
    "family_name": N_("{receiver} finds you by the name that your licensing board knows."),
    "birth_month_day": N_("It tells you apart from others of your name. The year is not asked for and never kept."),
    "npi_or_licence": N_("Licensing boards find your record by one of them; either is enough."),
}


@dataclass(frozen=True)
class Field:
    """One thing that is asked for: `name` is one of given_name, family_name, birth_month_day, npi_or_licence."""

    name: str
    label: Message
    purpose: Message


@dataclass(frozen=True)
class ConsentWanted:
    """One permission to ask for. `version` is the SHA-256 of the English wording with its names filled in.

    The page posts `version` back; what is kept is the text as it was shown.
    """

    endpoint: str
    receiver: str
    purpose: str
    text: Message
    version: str


@dataclass(frozen=True)
class Needs:
    """What one credit needs beyond the claim itself; empty, and false, where nobody is told about it."""

    endpoints: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    consents: tuple[ConsentWanted, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.endpoints)


def for_claim(activity: Activity, offering: Offering | None, *, system: str, profession: str) -> Needs:
    """What to ask a learner of this profession who claims credit of this system. Reads settings, no database.

    Sending is the learner's choice: a claim is complete without any of it, and its delivery is held.
    """
    if offering is None or offering.system != system:
        return Needs()
    about = About(Subject.CLAIM, activity, system=system, profession=profession)
    wanted = [one for one in endpoints().values() if is_told(one, about)]
    fields: dict[str, Field] = {}
    asked: list[ConsentWanted] = []
    for endpoint in wanted:
        receiver = endpoint.config.label
        for kind in endpoint.identifiers(system, profession):
            name = _FIELDS.get(kind, kind)
            purpose = Message(_PURPOSES[name], {"receiver": receiver})
            fields.setdefault(name, Field(name, Message(_LABELS[name]), purpose))
        if not endpoint.purpose():
            continue
        text = endpoint.consent_text(activity.provider.name or endpoint.config.provider_name)
        version = hashlib.sha256(text.format().encode()).hexdigest()
        asked.append(ConsentWanted(endpoint.config.name, receiver, endpoint.purpose(), text, version))
    return Needs(tuple(one.config.name for one in wanted), tuple(fields.values()), tuple(asked))
