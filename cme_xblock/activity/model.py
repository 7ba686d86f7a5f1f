"""One accredited activity, whole, as its author describes it.

Frozen dataclasses and nothing else: no rule of an accreditor (those are `rules/`), no learner, no storage. A draft may be
incomplete, so every field has an empty default; what is missing is a finding, not an error. The codes are in
`codes.py`.

Units: minutes are whole minutes, credit and points are Decimal in the credit system's unit, a pass mark is a share of 1,
dates and times of day are civil ones in the activity's `time_zone`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from cme_xblock.activity.codes import (
    Accreditation,
    Answer,
    Change,
    ContentCompletion,
    Eligibility,
    EmployeeException,
    Feedback,
    Format,
    Gates,
    ItemKind,
    Level,
    NeedType,
    OpensAfter,
    Providership,
    Relevance,
    Role,
    Standard3Exception,
    SupportKind,
)
from cme_xblock.activity.evaluation import Evaluation
from cme_xblock.activity.fields import Value, attribute, body, element, many, text
from cme_xblock.activity.retention import Retention
from cme_xblock.activity.sessions import Session


@dataclass(frozen=True)
class JointProvider(Value):
    """An organisation that planned the activity together with the accredited provider."""

    name: str = body("")
    accredited: bool = attribute(False)


@dataclass(frozen=True)
class Identifier(Value):
    """One number that an accreditor gave to an offering (`uan`, `pars_activity_id`) or to a provider (`aoa_sponsor_id`)."""

    name: str = attribute("")
    value: str = attribute("")


@dataclass(frozen=True)
class Provider(Value):
    """The accredited organisation that answers for the activity."""

    name: str = attribute("")
    short_name: str = attribute("")
    accreditation: Accreditation = attribute(Accreditation.ACCME)
    state_accreditor: str = attribute("")
    providership: Providership = attribute(Providership.DIRECT)
    accme_provider_id: str = attribute("")
    contact_name: str = attribute("")
    contact_email: str = attribute("")
    contact_url: str = attribute("")
    privacy_url: str = attribute("")
    state: str = attribute("")
    address: str = text("")
    identifiers: tuple[Identifier, ...] = many("identifier")
    joint_providers: tuple[JointProvider, ...] = many("joint_provider")


@dataclass(frozen=True)
class Audience(Value):
    """For whom the activity was planned. `professions` holds codes of `rules/professions.toml`."""

    description: str = text("")
    professions: tuple[str, ...] = many("profession")


@dataclass(frozen=True)
class Need(Value):
    """Why the activity exists, and what it is to change. Source: spec R-1.11."""

    gap: str = text("")
    format_rationale: str = text("")
    cultural_competency: str = text("")
    types: tuple[NeedType, ...] = many("need_type")
    designed_to_change: tuple[Change, ...] = many("designed_to_change")
    competencies: tuple[str, ...] = many("competency")
    evidence: tuple[str, ...] = many("evidence")


@dataclass(frozen=True)
class Objective(Value):
    """One learning objective; items point to it by `id`."""

    id: str = attribute("")
    text: str = body("")


@dataclass(frozen=True)
class Mitigation(Value):
    """One step that mitigated a relevant relationship, before the person took the role. Source: spec R-1.4."""

    method: str = attribute("")
    on: date | None = attribute(None)
    note: str = body("")


@dataclass(frozen=True)
class Relationship(Value):
    """One financial relationship of the last 24 months, as disclosed. Never with a value in money. Source: spec R-1.2."""

    company: str = attribute("")
    nature: str = attribute("")
    eligibility: Eligibility = attribute(Eligibility.UNDETERMINED)
    relevance: Relevance = attribute(Relevance.UNDETERMINED)
    owner_or_employee: bool = attribute(False)
    ended_on: date | None = attribute(None)
    decided_on: date | None = attribute(None)
    note: str = text("")
    mitigations: tuple[Mitigation, ...] = many("mitigation")


@dataclass(frozen=True)
class Person(Value):
    """One person in control of content. `disclosed_on` None means: not asked yet, which is not the same as "nothing".

    `account` is the person's name on the platform, by which sessions and items of their own are known (case 17).
    """

    id: str = attribute("")
    name: str = attribute("")
    credentials: str = attribute("")
    profession: str = attribute("")
    affiliation: str = attribute("")
    account: str = attribute("")
    disclosed_on: date | None = attribute(None)
    role_started_on: date | None = attribute(None)
    disclosure_evidence: str = attribute("")
    exception: EmployeeException = attribute(EmployeeException.NONE)
    exception_note: str = text("")
    roles: tuple[Role, ...] = many("role")
    relationships: tuple[Relationship, ...] = many("relationship")


@dataclass(frozen=True)
class SupportSource(Value):
    """One ineligible company's support. `amount` in US dollars, for monetary support. Source: spec R-1.9."""

    company: str = attribute("")
    kind: SupportKind = attribute(SupportKind.MONETARY)
    amount: Decimal | None = attribute(None)
    agreement_on: date | None = attribute(None)
    nature: str = body("")


@dataclass(frozen=True)
class Support(Value):
    """Commercial support of the activity."""

    received: Answer = attribute(Answer.UNANSWERED)
    sources: tuple[SupportSource, ...] = many("source")


@dataclass(frozen=True)
class Reference(Value):
    """One bibliographic source; items point to it by `id`."""

    id: str = attribute("")
    url: str = attribute("")
    citation: str = body("")


@dataclass(frozen=True)
class MocOffering(Value):
    """Registration for a certifying board's MOC/CC. `points` in the board's unit. Source: spec R-4.1 to R-4.5."""

    board: str = attribute("")
    points: Decimal | None = attribute(None)
    claim_by: date | None = attribute(None)
    credit_types: tuple[str, ...] = many("credit_type")


@dataclass(frozen=True)
class Offering(Value):
    """Credit of one system that a learner may claim, up to `amount`. `system` is a code of `rules/systems/`."""

    system: str = attribute("")
    amount: Decimal | None = attribute(None)
    activity_type: str = attribute("")
    designated_on: date | None = attribute(None)
    letter_on: date | None = attribute(None)
    approval_expires: date | None = attribute(None)
    statement: str = text("")
    identifiers: tuple[Identifier, ...] = many("identifier")
    moc: tuple[MocOffering, ...] = many("moc")

    def identifier(self, name: str) -> str:
        """The value of the identifier of that name, or an empty string."""
        return next((one.value for one in self.identifiers if one.name == name), "")


@dataclass(frozen=True)
class Option(Value):
    """One answer of an item. For `confidence` items the order of options is the order of the scale."""

    id: str = attribute("")
    correct: bool = attribute(False)
    text: str = body("")


@dataclass(frozen=True)
class Item(Value):
    """One question. `pair_id` ties a baseline item to its twin in the assessment. Source: spec 5.3, rule 1."""

    id: str = attribute("")
    kind: ItemKind = attribute(ItemKind.SINGLE)
    objective: str = attribute("")
    pair_id: str = attribute("")
    level: Level = attribute(Level.COMPETENCE)
    stem: str = text("")
    rationale: str = text("")
    options: tuple[Option, ...] = many("option")
    references: tuple[str, ...] = many("cite")

    @cached_property
    def key(self) -> frozenset[str]:
        """The ids of the correct options; empty for items that have no right answer."""
        return frozenset(one.id for one in self.options if one.correct)

    @property
    def scored(self) -> bool:
        """Whether the item counts towards a score."""
        return self.kind is not ItemKind.CONFIDENCE


@dataclass(frozen=True)
class Baseline(Value):
    """The items before the content. Never graded; each can be tied to an assessment item.

    `ask_confidence`: beside each answer the learner says how sure they are of it.
    """

    minutes: int = attribute(0)
    ask_confidence: bool = attribute(False)
    introduction: str = text("")
    items: tuple[Item, ...] = many("item")


@dataclass(frozen=True)
class Content(Value):
    """What the learner works through. `sections` names `cme_content` blocks as `type@block_id`, never a full usage key.

    `gates`: what else of the course stays closed until `opens_after` is done; content blocks do in any case.
    """

    completion: ContentCompletion = attribute(ContentCompletion.DECLARED)
    minimum_minutes: int = attribute(0)
    minutes: int = attribute(0)
    gates: Gates = attribute(Gates.CONTENT)
    opens_after: OpensAfter = attribute(OpensAfter.BASELINE)
    introduction: str = text("")
    sections: tuple[str, ...] = many("section")


@dataclass(frozen=True)
class Assessment(Value):
    """The items after the content. `max_attempts` 0 means no limit. Source: spec R-2.6; part 7, case 6."""

    pass_mark: Decimal | None = attribute(None)
    max_attempts: int = attribute(0)
    feedback: Feedback = attribute(Feedback.AFTER_ATTEMPT)
    shuffle_items: bool = attribute(False)
    shuffle_options: bool = attribute(False)
    ask_confidence: bool = attribute(False)
    minutes: int = attribute(0)
    introduction: str = text("")
    items: tuple[Item, ...] = many("item")


@dataclass(frozen=True)
class Claim(Value):
    """How credit is claimed. `window_days` after expiry in which a completion in time can still be claimed (case 4)."""

    window_days: int = attribute(30)
    completion_instructions: str = text("")


@dataclass(frozen=True)
class Override(Value):
    """A warning that the provider has looked at and let stand, with the reason; kept for the audit file.

    `code` and `where` name the finding; `by` is who decided, as the provider writes it.
    """

    code: str = attribute("")
    where: str = attribute("")
    by: str = attribute("")
    on: date | None = attribute(None)
    reason: str = body("")


@dataclass(frozen=True)
class Activity(Value):
    """One accredited activity. Identified by `activity_id` within a course; `renewed_from` names last year's.

    `format_description` is the AMA's short description of an "Other activity (…)", as in "case-based game" (spec R-2.1).
    """

    activity_id: str = attribute("")
    format: Format = attribute(Format.ENDURING)
    format_description: str = attribute("")
    language: str = attribute("en")
    time_zone: str = attribute("America/New_York")
    release: date | None = attribute(None)
    last_review: date | None = attribute(None)
    expiry: date | None = attribute(None)
    estimated_minutes: int = attribute(0)
    renewed_from: str = attribute("")
    content_validated_on: date | None = attribute(None)
    content_validated_by: str = attribute("")
    standard3_exception: Standard3Exception = attribute(Standard3Exception.NONE)
    title: str = text("")
    description: str = text("")
    medium: str = text("")
    technical_requirements: str = text("")
    standard3_justification: str = text("")
    provider: Provider = element(Provider())
    audience: Audience = element(Audience())
    need: Need = element(Need())
    objectives: tuple[Objective, ...] = many("objective", wrapper="objectives")
    people: tuple[Person, ...] = many("person", wrapper="people")
    support: Support = element(Support())
    references: tuple[Reference, ...] = many("reference", wrapper="references")
    offerings: tuple[Offering, ...] = many("offering", wrapper="credit")
    baseline: Baseline = element(Baseline())
    content: Content = element(Content())
    sessions: tuple[Session, ...] = many("session", wrapper="sessions")
    assessment: Assessment = element(Assessment())
    evaluation: Evaluation = element(Evaluation())
    retention: Retention = element(Retention())
    claim: Claim = element(Claim())
    overrides: tuple[Override, ...] = many("override", wrapper="overrides")

    def session(self, session_id: str) -> Session | None:
        """The session of that id, or None."""
        return next((one for one in self.sessions if one.id == session_id), None)

    def offering(self, system: str) -> Offering | None:
        """The offering of that credit system, or None."""
        return next((one for one in self.offerings if one.system == system), None)
