"""One small, complete and valid activity. Tests vary it with `dataclasses.replace`; `tests/rules` proves it valid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from cme_xblock.activity.codes import (
    Answer,
    Change,
    Eligibility,
    Format,
    ItemKind,
    Level,
    NeedType,
    Relevance,
    Role,
)
from cme_xblock.activity.evaluation import Evaluation, EvaluationItem
from cme_xblock.activity.model import (
    Activity,
    Assessment,
    Audience,
    Baseline,
    Claim,
    Content,
    Identifier,
    Item,
    Mitigation,
    Need,
    Objective,
    Offering,
    Option,
    Person,
    Provider,
    Reference,
    Relationship,
    Support,
)

# A day on which the sample is released and not expired.
TODAY = date(2026, 6, 1)
SECTION = "cme_content@reading"


def activity() -> Activity:
    """An enduring material of 0.5 AMA PRA credit in New York's time, of which no rule finds anything to say."""
    return Activity(
        activity_id="hand-hygiene-2026",
        format=Format.ENDURING,
        language="en",
        time_zone="America/New_York",
        release=date(2026, 1, 15),
        last_review=date(2026, 1, 15),
        expiry=date(2028, 1, 15),
        estimated_minutes=30,
        content_validated_on=date(2026, 1, 10),
        content_validated_by="CME committee",
        title="Hand hygiene on the ward",
        description="When and how to clean your hands between patients, with the evidence for each moment.",
        medium="Internet: text and questions",
        technical_requirements="A current browser.",
        provider=_provider(),
        audience=Audience(description="Hospital clinicians", professions=("md", "do", "rn")),
        need=Need(
            gap="Hands are cleaned at half of the moments that call for it.",
            format_rationale="Short reading with questions fits between patients.",
            types=(NeedType.COMPETENCE,),
            designed_to_change=(Change.COMPETENCE,),
            competencies=("patient care",),
        ),
        objectives=(
            Objective(id="o1", text="Choose the right moment for hand hygiene."),
            Objective(id="o2", text="Choose the right agent."),
        ),
        people=_people(),
        support=Support(received=Answer.NO),
        references=(Reference(id="r1", url="https://example.org/1", citation="Guideline for hand hygiene. 2002."),),
        offerings=(_offering(),),
        baseline=Baseline(minutes=3, items=baseline_items()),
        content=Content(minutes=20, sections=(SECTION,)),
        evaluation=evaluation(),
        assessment=Assessment(pass_mark=Decimal("0.66"), minutes=7, items=assessment_items()),
        claim=Claim(
            window_days=30, completion_instructions="Read the text, then answer two of three questions rightly."
        ),
    )


def evaluation() -> Evaluation:
    """A short anonymous evaluation from the library, which credit does not wait for."""
    return Evaluation(
        minutes=2,
        items=(
            EvaluationItem(id="met", library="objective_met", required=True),
            EvaluationItem(id="change", library="change"),
            EvaluationItem(id="bias", library="bias", required=True),
            EvaluationItem(id="minutes", library="time_spent"),
        ),
    )


def right_evaluation() -> dict[str, list[str]]:
    """Every question of it answered."""
    return {
        "met#o1": ["5"],
        "met#o2": ["4"],
        "change#o1": ["Clean my hands before each patient."],
        "bias": ["no"],
        "minutes": ["25"],
    }


def _provider() -> Provider:
    return Provider(
        name="The University of Example",
        short_name="UEx",
        accme_provider_id="0001234",
        contact_name="CME office",
        contact_email="cme@example.edu",
        privacy_url="https://example.edu/privacy",
    )


def _offering() -> Offering:
    return Offering(
        system="ama_pra_1",
        amount=Decimal("0.5"),
        designated_on=date(2026, 1, 12),
        identifiers=(Identifier(name="pars_activity_id", value="201912345"),),
    )


def _people() -> tuple[Person, ...]:
    return (
        Person(
            id="lee",
            name="Ann Lee",
            credentials="MD",
            affiliation="University of Example",
            disclosed_on=date(2025, 11, 2),
            role_started_on=date(2025, 12, 1),
            disclosure_evidence="Form of 2 November 2025",
            roles=(Role.FACULTY, Role.AUTHOR),
            relationships=(
                Relationship(
                    company="Example Pharma",
                    nature="Consultant",
                    eligibility=Eligibility.INELIGIBLE,
                    relevance=Relevance.RELEVANT,
                    decided_on=date(2025, 11, 10),
                    mitigations=(Mitigation(method="peer review", on=date(2025, 11, 20)),),
                ),
            ),
        ),
        Person(
            id="cruz",
            name="Ben Cruz",
            disclosed_on=date(2025, 11, 3),
            disclosure_evidence="E-mail of 3 November 2025",
            roles=(Role.PLANNER,),
        ),
    )


def baseline_items() -> tuple[Item, ...]:
    """Two items, each paired with one of the assessment."""
    return (_single("b1", pair="p1", objective="o1"), _single("b2", pair="p2", objective="o2"))


def assessment_items() -> tuple[Item, ...]:
    """Two paired items, one multiple response, one confidence: three of them scored."""
    return (
        _single("a1", pair="p1", objective="o1"),
        _single("a2", pair="p2", objective="o2"),
        Item(
            id="a3",
            kind=ItemKind.MULTIPLE,
            objective="o1",
            stem="Which moments call for hand hygiene?",
            rationale="Both before touching a patient and after.",
            options=(
                Option(id="a", correct=True, text="Before touching a patient"),
                Option(id="b", correct=True, text="After touching a patient"),
                Option(id="c", text="Before going home"),
            ),
            references=("r1",),
        ),
        Item(
            id="a4",
            kind=ItemKind.CONFIDENCE,
            level=Level.SELF_REPORT,
            objective="o1",
            stem="How sure are you to choose the right moment?",
            options=(
                Option(id="1", text="Not at all"),
                Option(id="2", text="Somewhat"),
                Option(id="3", text="Very"),
            ),
        ),
    )


def _single(item: str, *, pair: str, objective: str) -> Item:
    return Item(
        id=item,
        kind=ItemKind.SINGLE,
        objective=objective,
        pair_id=pair,
        stem=f"What do you do first? ({pair})",
        rationale="Because the guideline says so.",
        options=(Option(id="a", correct=True, text="Clean hands"), Option(id="b", text="Put on gloves")),
        references=("r1",),
    )


def right_baseline() -> dict[str, list[str]]:
    """Every baseline item answered."""
    return {"b1": ["a"], "b2": ["b"]}


def right_assessment() -> dict[str, list[str]]:
    """Every assessment item answered, and rightly."""
    return {"a1": ["a"], "a2": ["a"], "a3": ["a", "b"], "a4": ["2"]}


def wrong_assessment() -> dict[str, list[str]]:
    """Every assessment item answered, one of three scored rightly: not enough."""
    return {"a1": ["a"], "a2": ["b"], "a3": ["a"], "a4": ["1"]}
