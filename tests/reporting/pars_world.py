"""Activities and facts for the tests of PARS' documents: one full, one hostile, one bare, one for JA-PARS."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from cme_xblock.activity.codes import Accreditation, Answer, Format, Providership, SupportKind
from cme_xblock.activity.model import (
    Activity,
    Audience,
    Identifier,
    JointProvider,
    MocOffering,
    Offering,
    Provider,
    Support,
    SupportSource,
)
from cme_xblock.reporting.endpoints import data
from cme_xblock.reporting.endpoints.pars_facts import Facts, parse
from tests.reporting import world

GOLDEN = Path(__file__).parent / "golden"
MEDBIQ = Path(__file__).parents[3] / "shared" / "contracts" / "medbiq"
KEY = "course-v1:Example+CME+2026/opioids"

FULL = Activity(
    activity_id="opioids",
    format=Format.ENDURING,
    title="Safe Opioid Tapering: A Case Series",
    description="<p>Self-paced cases with a <em>scored</em> post-test.</p>",
    release=date(2026, 1, 15),
    expiry=date(2028, 1, 14),
    time_zone="America/Chicago",
    provider=Provider(
        name="Example Academic Medical Center",
        accme_provider_id="0000000",
        providership=Providership.JOINT,
        joint_providers=(JointProvider("Example Society of Pain"), JointProvider("Other College", accredited=True)),
    ),
    audience=Audience(professions=("md", "np", "pharmd")),
    support=Support(
        Answer.YES,
        (
            SupportSource("REMS Program Companies (RPC)", SupportKind.MONETARY, Decimal(5000)),
            SupportSource("Example Devices", SupportKind.IN_KIND, nature="Loan of a trainer"),
        ),
    ),
    offerings=(
        Offering(
            "ama_pra_1",
            Decimal("1.50"),
            identifiers=(Identifier("aba_safety_points", "0.50"),),
            moc=(
                MocOffering("abim", Decimal("1.50"), date(2028, 2, 13), ("medical_knowledge",)),
                MocOffering("abs", Decimal("1.25"), date(2028, 2, 13), ("cme", "sa")),
            ),
        ),
        Offering("ancc", Decimal("1.50")),
    ),
)
SAID: dict[str, Any] = {
    "public": True,
    "fee": "free",
    "registration": "open",
    "url": "https://lms.example.org/courses/CME/about",
    "outcomes": [{"outcome": "knowledge", "types": ["objective"]}, {"outcome": "competence", "types": ["subjective"]}],
    "commendations": ["Engages Teams"],
    "mips": False,
    "moc": [
        {"board": "abim", "practice_areas": ["Internal Medicine"], "attested": True},
        {"board": "abs", "practice_areas": ["General Surgery"], "attested": True},
    ],
    "rems_type": "opioid",
    "rems_id": "EG-000000-001",
    "state_content": [{"domain": "Opioids", "topic": "Tapering"}],
}
BARE = Activity(
    activity_id="rounds",
    format=Format.RSS,
    title="Grand Rounds",
    description="Weekly.",
    release=date(2026, 1, 6),
    expiry=date(2026, 12, 29),
    provider=Provider(name="Example Academic Medical Center"),
    support=Support(Answer.NO),
    offerings=(Offering("ama_pra_1", Decimal("48.00")),),
)
HOSTILE = replace(
    FULL,
    format=Format.LIVE,
    title="“Pain” & <b>opioids</b> ]]> – Grüße 🩺",
    description="a\r\nb\tc & <script>alert(1)</script>",
    expiry=date(2026, 1, 16),
)
TEAM = replace(
    FULL, provider=replace(FULL.provider, accreditation=Accreditation.JOINT_ACCREDITATION), support=Support(Answer.NO)
)


def wire(**over: Any) -> dict[str, Any]:
    namespaces = {"extension": world.EXTENSION, **over.get("namespaces", {})}
    return dict(data.merged("pars_activities", {**over, "namespaces": namespaces}))


def facts(said: dict[str, Any] | None = None, **more: Any) -> Facts:
    found = parse({**(SAID if said is None else said), **more}, wire())
    assert isinstance(found, Facts), found
    return found


def medbiq(path: str) -> etree.XMLSchema:
    """One of MedBiquitous' own schemas, where they lie beside this checkout."""
    return etree.XMLSchema(etree.parse(str(MEDBIQ / path), etree.XMLParser(no_network=True)))
