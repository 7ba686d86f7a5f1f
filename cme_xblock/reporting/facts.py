"""What a delivery needs to know, gathered from the records: is it complete, and if so, as one payload.

Two depths. `missing` looks whether everything is there and decrypts nothing; it is asked when a claim is made and when
held rows are looked at again. `payloads` opens the vault, at the moment of sending and at no other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import salted_hmac

from cme_xblock.activity.model import Activity, Offering
from cme_xblock.records import consents, editions, numbers, vault
from cme_xblock.records.models import ConsentEvent, Delivery, Identifier, Participation
from cme_xblock.records.models.delivery import Operation
from cme_xblock.reporting import counting, registrations, results
from cme_xblock.reporting import identity as identities
from cme_xblock.reporting.endpoints.base import ActivityRecord, Endpoint, Event, Payload, Problem, Record, Subject
from cme_xblock.reporting.identity import Identity

_Related = TypeVar("_Related")

RETIRED = Problem("retired", "The learner's account was retired; nothing is sent any more.")
NO_CONSENT = Problem("no_consent", "The learner has not agreed to sending.")
INCOMPLETE = Problem("identity_incomplete", "The learner's identity for licensing boards is not complete.")
NO_KEY = Problem("setting_missing", "The setting ccid_domain is empty or is not a domain name.")

# What to select with a delivery before its facts are asked for.
RELATED = ("claim", "entry", "participation", "edition")


@dataclass(frozen=True)
class Given:
    """What one learner has given so far: permissions (purposes) and identifiers (kinds, never values)."""

    purposes: frozenset[str]
    kinds: frozenset[str]


def given(participation: Participation, just: Given | None = None) -> Given:
    """What the learner of this participation has given. Two queries.

    `just`: the permissions asked for and given, and the identifiers typed, in this very request. Then permissions are
    known, and identifiers are looked up where some permission is there and more than was typed may be needed.
    """
    if just is not None and (not just.purposes or has_identity("", known=just)):
        return just
    kinds = Identifier.objects.filter(learner_key=participation.learner_key).values_list("kind", flat=True)
    if just is not None:
        return Given(just.purposes, just.kinds | frozenset(kinds))
    events = ConsentEvent.objects.filter(participation_id=participation.pk).order_by("id")
    last = dict(events.values_list("purpose", "granted"))
    return Given(frozenset(purpose for purpose, granted in last.items() if granted), frozenset(kinds))


def missing(delivery: Delivery, endpoint: Endpoint, *, known: Given | None = None) -> Problem | None:
    """The first thing that keeps this delivery from being sent, or None. At most four queries; decrypts nothing.

    `known`: what its learner has given, where that was asked for already.
    """
    person = delivery.participation
    if person is not None and person.sealed_at is not None:
        return RETIRED
    if person is not None and not _by_key_alone(delivery, endpoint):
        if endpoint.purpose() and not _granted(person, endpoint.purpose(), known):
            return NO_CONSENT
        if _needs_identity(delivery, endpoint) and not has_identity(person.learner_key, known=known):
            return INCOMPLETE
    if endpoint.number_name() and delivery.claim is not None:
        activity = _editions([delivery])[delivery.pk]
        if not _number(delivery, delivery.claim.system, activity, endpoint):
            return _no_number(endpoint)
    if endpoint.key(delivery.subject, delivery.kind, delivery.revision) is None:
        return NO_KEY
    return endpoint.settings_problem()


def payloads(rows: Sequence[Delivery], endpoint: Endpoint, *, asking: bool = False) -> dict[int, Payload | Problem]:
    """By primary key, everything that the endpoint needs, or what is missing. Consent is read here, now (promise 8).

    The rows come with what `RELATED` names. `asking`: only to ask what became of them, which takes neither consent nor
    identity; the identity is there where it can be had, so that it can be stripped from the answer. A few queries for
    all rows together. Raises ImproperlyConfigured where the vault has no key, VaultError never: it is a Problem.
    """
    contents = _editions(rows)
    agreed = None if asking else _agreed(rows, endpoint)
    found: dict[int, Payload | Problem] = {}
    if not asking:
        found = {row.pk: problem for row in rows if (problem := _stops(row, endpoint, agreed)) is not None}
    # The vault is opened for nobody who has not agreed.
    left = [row for row in rows if row.pk not in found]
    people = _people(left, endpoint, asking=asking)
    for row in left:
        person = people.get(row.participation.learner_key if row.participation else "", _Person())
        problem = None if asking else _lacks(row, endpoint, person)
        found[row.pk] = problem or _payload(row, endpoint, contents[row.pk], person)
    return found


def may_leave(row: Delivery, endpoint: Endpoint, *, agreed: bool) -> bool:
    """Whether it may leave as far as consent goes. `agreed`: whether its learner permits it at this moment."""
    return row.participation_id is None or not endpoint.purpose() or agreed or _by_key_alone(row, endpoint)


def _granted(person: Participation, purpose: str, known: Given | None) -> bool:
    return consents.granted(person, purpose) if known is None else purpose in known.purposes


def has_identity(learner_key: str, *, known: Given | None = None) -> bool:
    """Whether the vault holds all that boards match by. One query; values were checked before they were stored."""
    kinds: frozenset[str] | set[str]
    if known is not None:
        kinds = known.kinds
    else:
        rows = Identifier.objects.filter(learner_key=learner_key, kind__in=identities.KINDS)
        kinds = set(rows.values_list("kind", flat=True))
    named = {identities.GIVEN_NAME, identities.FAMILY_NAME, identities.BIRTH_MONTH_DAY} <= kinds
    return named and (identities.NPI in kinds or {identities.LICENCE_STATE, identities.LICENCE_NUMBER} <= kinds)


def keep_identity(learner_key: str, identity: Identity, *, now: datetime) -> None:
    """Put a parsed identity into the vault, and forget what it no longer has."""
    kinds = identity.to_kinds()
    for kind in identities.KINDS:
        if kind in kinds:
            vault.store(learner_key, kind, kinds[kind], now=now)
        else:
            vault.delete(learner_key, kind)


def pseudonym(endpoint: str, learner_key: str) -> str:
    """The learner as one endpoint knows them: 32 hex digits that no other endpoint has, and nobody can lead back.

    .. setting_name: CME_PSEUDONYM_KEY
    .. setting_default: the value of SECRET_KEY
    .. setting_description: A secret that pseudonyms of learners are made with. Set it before the first delivery where
        SECRET_KEY is ever going to change: learners would become other persons to an LRS.
    """
    secret = getattr(settings, "CME_PSEUDONYM_KEY", "") or settings.SECRET_KEY
    salt = f"cme_xblock.pseudonym.{endpoint}"
    return salted_hmac(salt, learner_key, secret=secret, algorithm="sha256").hexdigest()[:32]


@dataclass(frozen=True, repr=False)
class _Person:
    """What the vault gave for one learner."""

    identity: Identity | None = None
    kinds: Mapping[str, str] | None = None
    problem: Problem | None = None


def _stops(row: Delivery, endpoint: Endpoint, agreed: set[int] | None) -> Problem | None:
    if row.participation is not None and row.participation.sealed_at is not None:
        return RETIRED
    if not _is_allowed(row, endpoint, agreed):
        return NO_CONSENT
    return NO_KEY if row.credit_id is None else None


def _lacks(row: Delivery, endpoint: Endpoint, person: _Person) -> Problem | None:
    if person.problem is not None:
        return person.problem
    return INCOMPLETE if _needs_identity(row, endpoint) and person.identity is None else None


def _agreed(rows: Sequence[Delivery], endpoint: Endpoint) -> set[int] | None:
    """The participations that agreed; None where no consent is needed."""
    purpose = endpoint.purpose()
    if not purpose:
        return None
    return consents.granted_among((row.participation_id for row in rows if row.participation_id is not None), purpose)


def _is_allowed(row: Delivery, endpoint: Endpoint, agreed: set[int] | None) -> bool:
    if row.participation_id is None or agreed is None:
        return True
    return row.participation_id in agreed or _by_key_alone(row, endpoint)


def _by_key_alone(row: Delivery, endpoint: Endpoint) -> bool:
    """Whether it is taken back by a key that names nobody, so that nothing identified leaves."""
    return row.operation == Operation.DELETE and endpoint.capabilities().void_by_key


def _needs_identity(row: Delivery, endpoint: Endpoint) -> bool:
    about_person = row.claim_id is not None and not _by_key_alone(row, endpoint)
    return about_person and endpoint.capabilities().needs_identity


def _people(rows: Sequence[Delivery], endpoint: Endpoint, *, asking: bool) -> Mapping[str, _Person]:
    """What the endpoint may know of each learner, by learner key. One query, none where it wants to know nothing."""
    wanted: dict[str, set[str]] = {}
    for row in rows:
        if row.claim is None or row.participation is None:
            continue
        kinds = set(endpoint.identifiers(row.claim.system, row.claim.profession))
        if _needs_identity(row, endpoint) or asking:
            kinds |= set(identities.KINDS)
        wanted.setdefault(row.participation.learner_key, set()).update(kinds)
    learners = [learner for learner, kinds in wanted.items() if kinds]
    try:
        opened = vault.reveal_all(learners, set().union(*wanted.values())) if learners else {}
    except ImproperlyConfigured:
        if not asking:
            raise
        opened = {}  # then nothing of the answer's text is kept
    return {learner: _person(found, wanted[learner]) for learner, found in opened.items()}


def _person(found: Mapping[str, str] | vault.VaultError, wanted: Iterable[str]) -> _Person:
    if isinstance(found, vault.VaultError):
        return _Person(problem=Problem("vault", str(found)))
    kinds = {kind: value for kind, value in found.items() if kind in wanted}
    return _Person(identities.from_kinds(found), kinds)


def _editions(rows: Iterable[Delivery]) -> Mapping[int, Activity]:
    """The content of each row's edition, by the row's primary key (None for one that is not stored yet)."""
    names = {row.pk: row.edition.sha256 for row in rows if row.edition is not None}
    found = editions.load(set(names.values()))
    return {pk: found[sha256] for pk, sha256 in names.items()}


def _payload(row: Delivery, endpoint: Endpoint, activity: Activity, person: _Person) -> Payload:
    subject = row.subject.partition(":")[0]
    if subject == Subject.CLAIM:
        return _record(row, endpoint, activity, person)
    if subject == Subject.ENTRY:
        return _event(row, endpoint, activity)
    return _activity_record(row, endpoint, activity)


def _there(found: _Related | None) -> _Related:
    """What a delivery of its subject always has. Raises LookupError where a row was damaged by hand."""
    if found is None:
        message = "A delivery names no record that it is of."
        raise LookupError(message)
    return found


def _record(row: Delivery, endpoint: Endpoint, activity: Activity, person: _Person) -> Record:
    claim, edition = _there(row.claim), _there(row.edition)
    offering = _offering(activity, claim.system, endpoint)
    return Record(
        operation=row.operation,
        credit_id=row.credit_id or "",
        kind=row.kind,
        revision=row.revision,
        system=claim.system,
        amount=claim.amount,
        profession=claim.profession,
        completed_on=claim.completed_on,
        completed_at=claim.completed_at,
        claimed_at=claim.claimed_at,
        activity=activity,
        activity_id=edition.activity_id,
        course_key=edition.course_key,
        edition=edition.sha256,
        activity_title=activity.title,
        activity_number=_number(row, claim.system, activity, endpoint),
        provider_name=activity.provider.name or endpoint.config.provider_name,
        provider_number=activity.provider.accme_provider_id or endpoint.config.provider_id,
        numbers={one.name: one.value for one in offering.identifiers} if offering else {},
        certificate_code=claim.certificate_code,
        learner=pseudonym(endpoint.config.name, _there(row.participation).learner_key),
        identity=person.identity,
        identifiers=person.kinds or {},
    )


def _event(row: Delivery, endpoint: Endpoint, activity: Activity) -> Event:
    entry, edition, participation = _there(row.entry), _there(row.edition), _there(row.participation)
    payload = json.loads(entry.payload)
    return Event(
        operation=row.operation,
        key=row.credit_id or "",
        revision=row.revision,
        kind=entry.kind,
        learner=pseudonym(endpoint.config.name, participation.learner_key),
        participation=participation.uuid,
        at=entry.at,
        seq=entry.seq,
        payload=payload,
        results=results.of(activity, entry.kind, payload),
        activity=activity,
        activity_id=edition.activity_id,
        course_key=edition.course_key,
        edition=edition.sha256,
    )


def _activity_record(row: Delivery, endpoint: Endpoint, activity: Activity) -> ActivityRecord:
    edition = _there(row.edition)
    return ActivityRecord(
        operation=row.operation,
        key=row.credit_id or "",
        kind=row.kind,
        revision=row.revision,
        activity=activity,
        course_key=edition.course_key,
        edition=edition.sha256,
        number=_number(row, "", activity, endpoint),
        counts=counting.learners(row.activity_key, activity.format),
        facts=registrations.facts_of(row.activity_key, endpoint.config.name),
    )


def _no_number(endpoint: Endpoint) -> Problem:
    name = endpoint.number_name()
    return Problem("no_activity_number", f"The activity has no number of the accreditor's ({name}).")


def _number(row: Delivery, system: str, activity: Activity, endpoint: Endpoint) -> str:
    """The accreditor's number of the activity: of the learner's own edition, or one that was given out later."""
    name = endpoint.number_name()
    if not name:
        return ""
    edition = _there(row.edition)
    place = (edition.course_key, edition.activity_id)
    number = (
        _identifier(activity, system, name)
        or endpoint.config.activity_numbers.get("/".join(place), "")
        or numbers.pinned(name, row.activity_key)
    )
    if number:
        return number
    current = editions.published(*place)
    return _identifier(current[1], system, name) if current else ""


def _identifier(activity: Activity, system: str, name: str) -> str:
    """Of the offering of that system, or of any other: MOC points hang on an offering that has another name."""
    own = activity.offering(system)
    offerings = (*((own,) if own else ()), *activity.offerings)
    return next((number for one in offerings if (number := one.identifier(name))), "")


def _offering(activity: Activity, system: str, endpoint: Endpoint) -> Offering | None:
    name = endpoint.number_name()
    return activity.offering(system) or next((one for one in activity.offerings if name and one.identifier(name)), None)
