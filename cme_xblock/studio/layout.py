"""The form as one table: which section holds which field, in the planner's own order.

A field of the model stands here exactly once; `tests/studio/test_layout.py` walks the dataclasses. Labels and reasons
are in `fields_whole.py` (what there is once) and `fields_members.py` (what there are several of).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.activity.shapes import Kind, Shape, shapes
from cme_xblock.studio import fields_members, fields_sessions, fields_whole
from cme_xblock.studio.described import Field


@dataclass(frozen=True)
class Block:
    """Fields under one heading inside a section. `names` are paths such as `need.gap`."""

    title: str
    names: tuple[str, ...]
    help: str = ""


@dataclass(frozen=True)
class Section:
    """One section of the form. `key` is its name in addresses and never translated."""

    key: str
    title: str
    help: str
    blocks: tuple[Block, ...] = field(default=())


SECTIONS: tuple[Section, ...] = (
    Section(
        "need",
        N_("Need and design"),
        N_("What the activity is, why it exists and what it is to change."),
        (
            Block(
                "",
                (
                    "title",
                    "activity_id",
                    "description",
                    "language",
                    "format",
                    "format_description",
                    "medium",
                    "technical_requirements",
                    "estimated_minutes",
                ),
            ),
            Block(N_("For whom"), ("audience.description", "audience.professions")),
            Block(
                N_("Practice gap"),
                (
                    "need.gap",
                    "need.types",
                    "need.evidence",
                    "need.designed_to_change",
                    "need.format_rationale",
                    "need.competencies",
                    "need.cultural_competency",
                ),
            ),
            Block("", ("objectives",)),
            Block(N_("Sessions of a live activity or a series"), ("sessions",)),
            Block(
                N_("Content"),
                (
                    "content.introduction",
                    "content.sections",
                    "content.gates",
                    "content.opens_after",
                    "content.minutes",
                    "content.completion",
                    "content.minimum_minutes",
                    "content_validated_on",
                    "content_validated_by",
                ),
            ),
        ),
    ),
    Section(
        "credit",
        N_("Provider and credit"),
        N_("Who answers for the activity, and which credit a learner can claim. Statements are made from this."),
        (
            Block(
                N_("Provider"),
                (
                    "provider.name",
                    "provider.short_name",
                    "provider.accreditation",
                    "provider.state_accreditor",
                    "provider.providership",
                    "provider.joint_providers",
                    "provider.accme_provider_id",
                    "provider.identifiers",
                    "provider.address",
                    "provider.state",
                    "provider.contact_name",
                    "provider.contact_email",
                    "provider.contact_url",
                    "provider.privacy_url",
                ),
            ),
            Block("", ("offerings",)),
        ),
    ),
    Section(
        "people",
        N_("People and disclosures"),
        N_("Everybody in control of content: planners, faculty, authors, reviewers, staff. Nobody is left out."),
        (
            Block("", ("people",)),
            Block(N_("Exception from Standard 3"), ("standard3_exception", "standard3_justification")),
        ),
    ),
    Section(
        "support",
        N_("Support"),
        N_("Commercial support from ineligible companies. Learners are told the names before they begin."),
        (Block("", ("support.received", "support.sources")),),
    ),
    Section(
        "assessment",
        N_("Assessment"),
        N_("The same questions before and after show what changed. Items with the same pair name are compared."),
        (
            Block(
                N_("Baseline, before the content"),
                (
                    "baseline.introduction",
                    "baseline.minutes",
                    "baseline.ask_confidence",
                    "baseline.items",
                ),
            ),
            Block(
                N_("Assessment, after the content"),
                (
                    "assessment.introduction",
                    "assessment.minutes",
                    "assessment.pass_mark",
                    "assessment.max_attempts",
                    "assessment.feedback",
                    "assessment.shuffle_items",
                    "assessment.shuffle_options",
                    "assessment.ask_confidence",
                    "assessment.items",
                ),
            ),
            Block("", ("references",)),
        ),
    ),
    Section(
        "evaluation",
        N_("Evaluation"),
        N_("What learners say of the activity, after it. Take items from the library, and add your own."),
        (
            Block(
                "",
                (
                    "evaluation.mode",
                    "evaluation.required_for_credit",
                    "evaluation.follow_up",
                    "evaluation.introduction",
                    "evaluation.minutes",
                    "evaluation.items",
                ),
            ),
            Block(
                N_("What has stayed: the same questions some time later"),
                ("retention.days", "retention.minutes", "retention.introduction"),
            ),
        ),
    ),
    Section(
        "claim",
        N_("Claim and certificate"),
        N_("What a learner must do, and how long credit can be claimed."),
        (Block("", ("claim.completion_instructions", "claim.window_days")),),
    ),
    Section(
        "dates",
        N_("Dates"),
        N_("From when and until when the activity gives credit."),
        (Block("", ("time_zone", "release", "last_review", "expiry", "renewed_from")),),
    ),
    Section(
        "overrides",
        N_("Overridden findings"),
        N_("Warnings that you have looked at and let stand, each with its reason. They are kept for the audit file."),
        (Block("", ("overrides",)),),
    ),
)


def table(cls: type) -> Mapping[str, Field]:
    """The fields of one class of the model by their names, in the order in which the form shows them."""
    return (fields_whole.TABLES | fields_members.TABLES | fields_sessions.TABLES)[cls]


@dataclass(frozen=True)
class Place:
    """One field of the form: its path inside its group, what the model says of it, and its words."""

    path: str
    shape: Shape
    field: Field


@cache
def places(cls: type) -> tuple[Place, ...]:
    """The fields of a class in the order of its table; for the whole activity, in the order of the sections."""
    if cls is Activity:
        return tuple(_at(name) for name in names())
    known = {one.name: one for one in shapes(cls)}
    return tuple(Place(name, known[name], one) for name, one in table(cls).items())


def names() -> Iterator[str]:
    """The paths of the whole form, in order."""
    return (name for section in SECTIONS for block in section.blocks for name in block.names)


def section_of(path: str) -> Section:
    """The section that shows a path, or the nearest one: the first, for what no section names."""
    for section in SECTIONS:
        for block in section.blocks:
            if any(f"{path}.".startswith(f"{name}.") or f"{name}.".startswith(f"{path}.") for name in block.names):
                return section
    return SECTIONS[0]


def _at(path: str) -> Place:
    cls: type = Activity
    *outer, last = path.split(".")
    for name in outer:
        shape = next(one for one in shapes(cls) if one.name == name)
        if shape.kind is not Kind.NESTED or shape.repeated:
            raise LookupError(f"{path}: {name} holds no fields of its own")
        cls = shape.holds
    return Place(path, next(one for one in shapes(cls) if one.name == last), table(cls)[last])
