"""Whatever was claimed: page, PDF, verification, badge and transcript all say the claim's own facts, and no other."""

from __future__ import annotations

import html
import json
import re
import uuid
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import jwt
import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cme_xblock.credit import certificate, transcript, verification
from cme_xblock.credit.transcript import Choice
from cme_xblock.records.models import Claim
from cme_xblock.rules.amounts import number
from tests.credit import held
from tests.credit.reading import read

pytestmark = pytest.mark.django_db(transaction=True)

# Letters of the fonts inside Typst, so that the PDF shows every name.
LETTERS = st.characters(min_codepoint=0x21, max_codepoint=0x17F, blacklist_categories=("Cc", "Cf", "Zs"))
NAMES = st.lists(st.text(LETTERS, min_size=1, max_size=12), min_size=1, max_size=4).map(" ".join)
AMOUNTS = st.integers(min_value=1, max_value=80).map(lambda quarters: Decimal(quarters) / 4)
DAYS = st.dates(min_value=date(2026, 1, 15), max_value=date(2028, 1, 15))
ZONE = ZoneInfo("America/New_York")


def told(claim: Claim) -> dict[str, str]:
    """What each form says, without markup."""
    path = f"/cme/certificates/{claim.certificate_code}"
    client = Client()
    page = html.unescape(client.get(f"{path}/").content.decode())
    page = re.sub(r"</?em[^>]*>", "", page)
    badge = jwt.decode(client.get(f"{path}.jwt").content.decode(), options={"verify_signature": False})
    return {
        "page": page,
        "pdf": " ".join(read(client.get(f"{path}.pdf").content).text.split()),
        "badge": json.dumps(badge, ensure_ascii=False),
    }


# No shrinking: an example is several pages and documents.
@settings(
    max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(name=NAMES, amount=AMOUNTS, day=DAYS)
def test_every_form_says_what_was_claimed(settings, name: str, amount: Decimal, day: date) -> None:
    learner = uuid.uuid4().hex
    settings.CME_BADGE_KEYS = [{"id": "k", "private_key": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="}]
    late = datetime.combine(day, time(23, 30), ZONE).astimezone(UTC)
    claim = held.claim(name=name, amount=str(amount), completed_on=day, completed_at=late, learner=learner)
    plural = "Credit™" if amount == 1 else "Credits™"
    awarded = f"{number(amount)} AMA PRA Category 1 {plural}"
    printed = f"{day:%b}. {day.day}, {day.year}" if len(f"{day:%B}") > 5 else f"{day:%B} {day.day}, {day.year}"
    printed = printed.replace("Sep.", "Sept.")
    forms = told(claim)
    for form, text in forms.items():
        assert awarded in text, form
    assert name in forms["page"]
    assert name in json.loads(forms["badge"])["credentialSubject"]["identifier"][0]["identityHash"]
    for form in ("page", "pdf"):
        assert printed in forms[form], form
    verified = verification.find(certificate.number(claim))
    assert verified is not None
    assert (verified.awarded, verified.completed_on) == (awarded, day)
    assert len(verified.initials) < 20
    [line] = transcript.of_learner(learner, Choice()).lines
    assert (line.awarded, line.completed_on, line.name, line.amount) == (awarded, day, name, amount)
