"""What a delivery needs to know, gathered from the records: is it complete, and if so, as one `Record`.

Two depths. `missing` looks whether everything is there and decrypts nothing; it is asked when a claim is made and when
held rows are looked at again. `record` opens the vault, at the moment of sending and at no other.
"""

from __future__ import annotations

from datetime import datetime

from cme_xblock.activity.model import Activity
from cme_xblock.records import consents, editions, vault
from cme_xblock.records.models import Claim, Delivery, Identifier
from cme_xblock.reporting import identity as identities
from cme_xblock.reporting.endpoints.base import Endpoint, Problem, Record
from cme_xblock.reporting.identity import Identity

ACTIVITY_NUMBER = "pars_activity_id"

RETIRED = Problem("retired", "The learner's account was retired; nothing is sent any more.")
NO_CONSENT = Problem("no_consent", "The learner has not agreed to sending.")
INCOMPLETE = Problem("identity_incomplete", "The learner's identity for licensing boards is not complete.")
NO_NUMBER = Problem("no_activity_number", "The activity has no PARS activity id (pars_activity_id).")
NO_DOMAIN = Problem("setting_missing", "The setting ccid_domain is empty or is not a domain name.")


def missing(claim: Claim, endpoint: Endpoint) -> Problem | None:
    """The first thing that keeps this claim from being sent, or None. At most four queries; decrypts nothing."""
    if claim.participation.sealed_at is not None:
        return RETIRED
    if not consents.granted(claim.participation_id, endpoint.purpose()):
        return NO_CONSENT
    if endpoint.capabilities().needs_identity and not has_identity(claim.participation.learner_key):
        return INCOMPLETE
    if not _number(claim, _activity(claim), endpoint):
        return NO_NUMBER
    if endpoint.credit_id(claim.uuid, "x", 1) is None:
        return NO_DOMAIN
    return endpoint.settings_problem()


def record(delivery: Delivery, endpoint: Endpoint) -> Record | Problem:
    """Everything that the endpoint needs, or what is missing; consent is read here, now (promise 8)."""
    claim = delivery.claim
    if claim.participation.sealed_at is not None:
        return RETIRED
    if not consents.granted(claim.participation_id, endpoint.purpose()):
        return NO_CONSENT
    if delivery.credit_id is None:
        return NO_DOMAIN
    identity = identity_of(claim.participation.learner_key)
    if identity is None:
        return INCOMPLETE
    activity = _activity(claim)
    return Record(
        operation=delivery.operation,
        credit_id=delivery.credit_id,
        system=claim.system,
        amount=claim.amount,
        completed_on=claim.completed_on,
        activity_title=activity.title,
        activity_number=_number(claim, activity, endpoint),
        provider_name=activity.provider.name or endpoint.config.provider_name,
        provider_number=activity.provider.accme_provider_id or endpoint.config.provider_id,
        identity=identity,
    )


def has_identity(learner_key: str) -> bool:
    """Whether the vault holds all that boards match by. One query; values were checked before they were stored."""
    rows = Identifier.objects.filter(learner_key=learner_key, kind__in=identities.KINDS)
    kinds = set(rows.values_list("kind", flat=True))
    named = {identities.GIVEN_NAME, identities.FAMILY_NAME, identities.BIRTH_MONTH_DAY} <= kinds
    return named and (identities.NPI in kinds or {identities.LICENCE_STATE, identities.LICENCE_NUMBER} <= kinds)


def identity_of(learner_key: str) -> Identity | None:
    """The learner's identity in the clear, or None while it is incomplete. Raises vault.VaultError."""
    found = {kind: vault.reveal(learner_key, kind) or "" for kind in identities.KINDS}
    return identities.from_kinds(found)


def keep_identity(learner_key: str, identity: Identity, *, now: datetime) -> None:
    """Put a parsed identity into the vault, and forget what it no longer has."""
    kinds = identity.to_kinds()
    for kind in identities.KINDS:
        if kind in kinds:
            vault.store(learner_key, kind, kinds[kind], now=now)
        else:
            vault.delete(learner_key, kind)


def _activity(claim: Claim) -> Activity:
    sha256 = claim.edition.sha256
    return editions.load(sha256)[sha256]


def _number(claim: Claim, activity: Activity, endpoint: Endpoint) -> str:
    """The accreditor's number of the activity: of the learner's own edition, or one that was given out later."""
    participation = claim.participation
    offering = activity.offering(claim.system)
    number = offering.identifier(ACTIVITY_NUMBER) if offering else ""
    number = number or endpoint.config.activity_numbers.get(
        f"{participation.course_key}/{participation.activity_id}", ""
    )
    if number:
        return number
    current = editions.published(participation.course_key, participation.activity_id)
    offering = current[1].offering(claim.system) if current else None
    return offering.identifier(ACTIVITY_NUMBER) if offering else ""
