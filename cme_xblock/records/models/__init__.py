"""The tables of this app, one module per subject."""

from cme_xblock.records.models.access import AccessChain, AccessEntry, SurveyorGrant
from cme_xblock.records.models.account import AccountLink
from cme_xblock.records.models.activity_index import ActivityIndex
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
from cme_xblock.records.models.desk import DeskEntry, DeskInvitation, DeskPerson, DeskSheet
from cme_xblock.records.models.edition import Edition, PublishedEdition
from cme_xblock.records.models.endpoint import EndpointChange, EndpointSecret, EndpointSetting
from cme_xblock.records.models.evaluation import AnonymousPool, Commitment, EvaluationSheet, ProviderTask
from cme_xblock.records.models.evidence import (
    AuditFile,
    AuditPiece,
    DeletedChain,
    DeletionCertificate,
    LegalHold,
    LegalHoldLift,
    LegalHoldSubject,
)
from cme_xblock.records.models.export import ApiToken, ExportJob, ExportPart, SavedExport
from cme_xblock.records.models.follow_up import CommitmentAnswer, FollowUpMail
from cme_xblock.records.models.gate import Gate, GatedBlock
from cme_xblock.records.models.identifier import Identifier
from cme_xblock.records.models.outcome import FirstAttempts
from cme_xblock.records.models.participant import Participant, ParticipantFacet, RefreshMark
from cme_xblock.records.models.participation import EntryRow, Participation
from cme_xblock.records.models.performance import PerformanceData
from cme_xblock.records.models.practice import PracticeFacts
from cme_xblock.records.models.registration import ActivityDecision, ActivityNumber
from cme_xblock.records.models.release import OutcomesRelease, ReleasedAttempts, ReleasedDeparted
from cme_xblock.records.models.retention import RetentionMail

__all__ = [
    "AccessChain",
    "AccessEntry",
    "AccountLink",
    "ActivityDecision",
    "ActivityIndex",
    "ActivityNumber",
    "AnonymousPool",
    "ApiToken",
    "AuditFile",
    "AuditPiece",
    "Claim",
    "Commitment",
    "CommitmentAnswer",
    "ConsentEvent",
    "DeletedChain",
    "DeletionCertificate",
    "Delivery",
    "DeliveryAttempt",
    "DeliveryDecision",
    "DeskEntry",
    "DeskInvitation",
    "DeskPerson",
    "DeskSheet",
    "Edition",
    "EndpointChange",
    "EndpointControl",
    "EndpointGauge",
    "EndpointSecret",
    "EndpointSetting",
    "EndpointSlot",
    "EntryRow",
    "EvaluationSheet",
    "ExportJob",
    "ExportPart",
    "FirstAttempts",
    "FollowUpMail",
    "Gate",
    "GatedBlock",
    "Identifier",
    "ImmutableError",
    "LegalHold",
    "LegalHoldLift",
    "LegalHoldSubject",
    "LiveClaim",
    "OutcomesRelease",
    "Participant",
    "ParticipantFacet",
    "Participation",
    "PerformanceData",
    "PracticeFacts",
    "ProviderTask",
    "PublishedEdition",
    "RefreshMark",
    "ReleasedAttempts",
    "ReleasedDeparted",
    "RetentionMail",
    "SavedExport",
    "SurveyorGrant",
]
