"""What a learner is asked for beside the credits they choose: permissions and identifiers, and why. Settings only.

Each is tied to the credits, and to the receivers, for whose sake it is asked: nobody types a number for a credit that
they do not claim, or for a receiver that they did not agree to. A claim is complete without any of it; what is owed is
held then (spec part 7, case 19).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.reporting import identifiers
from cme_xblock.reporting.config import endpoints, is_told
from cme_xblock.reporting.endpoints.base import About, Endpoint, Subject
from cme_xblock.reporting.identifiers import Kind
from cme_xblock.rules.credit_system import CreditSystem

__all__ = ["Asked", "ConsentWanted", "Field", "forms", "of", "remembering", "version"]

_REMEMBER = N_(
    "Keep these numbers for my next claim, encrypted, so that I need not type them again. I can have them forgotten at "
    "any time."
)


@dataclass(frozen=True)
class ConsentWanted:
    """One permission to ask for. `version` is the SHA-256 of the English wording with its names filled in.

    The page posts `version` back; what is kept is the text as it was shown. `systems`: the credits it is about.
    """

    endpoint: str
    receiver: str
    purpose: str
    text: Message
    version: str
    systems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Field:
    """One identifier. `reasons`: for which credit and receiver; no receiver where the credit itself needs it."""

    kind: Kind
    reasons: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """The vault's name of it."""
        return self.kind.name

    def wanted(self, systems: Collection[str], granted: Collection[str]) -> bool:
        """Whether it is needed by one who claims these credits and agreed to these endpoints."""
        return any(system in systems and (not endpoint or endpoint in granted) for system, endpoint in self.reasons)


@dataclass(frozen=True)
class Asked:
    """What may be asked of somebody with these credits; false where that is nothing."""

    fields: tuple[Field, ...] = ()
    consents: tuple[ConsentWanted, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fields or self.consents)

    def kinds(self, systems: Collection[str], granted: Collection[str]) -> tuple[str, ...]:
        """The identifiers that are needed for these credits, given these permissions."""
        return tuple(one.name for one in self.fields if one.wanted(systems, granted))


def of(activity: Activity, credits: Iterable[tuple[CreditSystem, str]]) -> Asked:
    """What is asked beside these credits, each with the profession it would be claimed as.

    Raises ImproperlyConfigured for a wrong setting.
    """
    consents: dict[str, ConsentWanted] = {}
    reasons: dict[str, list[tuple[str, str]]] = {}
    known = endpoints().values()
    for system, profession in credits:
        about = About(Subject.CLAIM, activity, system=system.code, profession=profession)
        told = [one for one in known if is_told(one, about)]
        covered: set[str] = set()
        for endpoint in told:
            agreed = endpoint.config.name if endpoint.purpose() else ""
            wanted = endpoint.identifiers(system.code, profession)
            covered.update(wanted)
            for name in wanted:
                reasons.setdefault(name, []).append((system.code, agreed))
            if agreed:
                _want(consents, endpoint, activity, system.code)
        for name in system.learner_identifiers:
            # What a receiver asks for goes with its permission.
            if name not in covered:
                reasons.setdefault(name, []).append((system.code, ""))
    patterns = forms()
    fields = tuple(
        Field(identifiers.kind(name, pattern=patterns.get(name, "")), tuple(reasons[name]))
        for name in identifiers.in_order(reasons)
    )
    return Asked(fields, tuple(consents.values()))


def remembering() -> Message:
    """The permission to keep identifiers for the next claim. Its version is `version` of it."""
    return Message(_REMEMBER)


def version(text: Message) -> str:
    """What a page posts back to say which wording it showed."""
    return hashlib.sha256(text.format().encode()).hexdigest()


def forms() -> Mapping[str, str]:
    """The forms of identifiers that this site sets.

    .. setting_name: CME_IDENTIFIER_FORMS
    .. setting_default: {}
    .. setting_description: A regular expression by kind of identifier, which the whole number must match after spaces,
        points and hyphens were taken out, for example {"nabp_eprofile": r"\\d{6,7}"}. In place of our own, which are
        mild where nothing is published. Raises ImproperlyConfigured for a kind that is none, or no expression.
    """
    found = getattr(settings, "CME_IDENTIFIER_FORMS", {})
    for name, pattern in found.items():
        if name not in identifiers.names():
            known = ", ".join(identifiers.names())
            raise ImproperlyConfigured(f"CME_IDENTIFIER_FORMS[{name!r}] is no kind of identifier. Known: {known}.")
        try:
            re.compile(pattern)
        except (re.error, TypeError) as error:
            raise ImproperlyConfigured(f"CME_IDENTIFIER_FORMS[{name!r}] is no regular expression.") from error
    return dict(found)


def _want(consents: dict[str, ConsentWanted], endpoint: Endpoint, activity: Activity, system: str) -> None:
    config = endpoint.config
    there = consents.get(config.name)
    if there is not None:
        consents[config.name] = _also(there, system)
        return
    text = endpoint.consent_text(activity.provider.name or config.provider_name)
    consents[config.name] = ConsentWanted(
        endpoint=config.name,
        receiver=config.label,
        purpose=endpoint.purpose(),
        text=text,
        version=version(text),
        systems=(system,),
    )


def _also(one: ConsentWanted, system: str) -> ConsentWanted:
    return ConsentWanted(one.endpoint, one.receiver, one.purpose, one.text, one.version, (*one.systems, system))
