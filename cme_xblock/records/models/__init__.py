"""The tables of this app, one module per subject."""

from cme_xblock.records.models.account import AccountLink
from cme_xblock.records.models.base import ImmutableError
from cme_xblock.records.models.claim import Claim, LiveClaim
from cme_xblock.records.models.consent import ConsentEvent
from cme_xblock.records.models.delivery import (
    Delivery,
    DeliveryAttempt,
    DeliveryDecision,
    EndpointControl,
    EndpointGauge,
    EndpointSlot,
)
from cme_xblock.records.models.edition import Edition, PublishedEdition
from cme_xblock.records.models.endpoint import EndpointChange, EndpointSecret, EndpointSetting
from cme_xblock.records.models.evaluation import AnonymousPool, Commitment, EvaluationSheet, ProviderTask
from cme_xblock.records.models.follow_up import CommitmentAnswer, FollowUpMail
from cme_xblock.records.models.identifier import Identifier
from cme_xblock.records.models.outcome import FirstAttempts
from cme_xblock.records.models.participation import EntryRow, Participation
from cme_xblock.records.models.registration import ActivityDecision, ActivityNumber

__all__ = [
    "AccountLink",
    "ActivityDecision",
    "ActivityNumber",
    "AnonymousPool",
    "Claim",
    "Commitment",
    "CommitmentAnswer",
    "ConsentEvent",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryDecision",
    "Edition",
    "EndpointChange",
    "EndpointControl",
    "EndpointGauge",
    "EndpointSecret",
    "EndpointSetting",
    "EndpointSlot",
    "EntryRow",
    "EvaluationSheet",
    "FirstAttempts",
    "FollowUpMail",
    "Identifier",
    "ImmutableError",
    "LiveClaim",
    "Participation",
    "ProviderTask",
    "PublishedEdition",
]
