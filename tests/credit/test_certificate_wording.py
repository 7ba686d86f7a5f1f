"""What each body wants on its certificate stands there, on the page and in the PDF, and goes on standing there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from cme_xblock.credit import certificate, printed, transcript
from cme_xblock.credit.printed import Addresses
from cme_xblock.credit.standing import Standing
from cme_xblock.credit.transcript import Choice
from cme_xblock.records.models import Claim
from cme_xblock.rules import credit_system, texts
from tests.credit import held
from tests.credit.reading import read
from tests.rules.test_profile_table import TABLE, activity_of
from tests.rules.variant import vary

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESSES = Addresses("https://cme.example.org/c/", "https://cme.example.org/v/")
# What the table's bodies want beside the seven facts (spec 3.1, R-3.2, R-3.3, R-3.12, R-3.16, R-3.17), by the names
# that the page gives them. The values are those of `profile_table.toml`.
WANTED = {
    "acpe_pharmacist": {"ACPE universal activity number (UAN)": "uan"},
    "acpe_technician": {"ACPE universal activity number (UAN)": "uan"},
    "arrt_a": {"Reference number of the ARRT recognized approver": "arrt_reference"},
    "cope": {"COPE course number": "cope_course_id", "COPE event number": "cope_event_id"},
    "cdr": {"CDR approval number": "cdr_approval"},
    "cfpc_mainpro": {"CFPC session ID": "cfpc_session_id"},
    "uk_cpd": {"Approval code": "approval_code"},
}


def claimed(case: dict[str, Any], **changes: Any) -> Claim:
    """A claim of one row of the profile table, in the name that its certificate has there."""
    numbers = [{"name": name, "value": f"12345678{place}"} for place, name in enumerate(numbered(case))]
    activity = activity_of({**case, "set": {**case.get("set", {}), **({"identifiers": numbers} if numbers else {})}})
    profession = "md" if case["may"] == ["*"] else case["may"][0]
    return held.claim(
        name="Zoë Ng", amount=case["printed"], system=case["code"], profession=profession, activity=activity, **changes
    )


def numbered(case: dict[str, Any]) -> list[str]:
    return list(WANTED.get(case["code"], {}).values())


def page(claim: Claim) -> str:
    answer = Client().get(f"/cme/certificates/{claim.certificate_code}/")
    assert answer.status_code == 200
    return answer.content.decode().replace("&#x27;", "'").replace('<em dir="ltr" lang="en">', "").replace("</em>", "")


def paper(claim: Claim) -> str:
    made = printed.render(claim, standing=Standing.VALID, addresses=ADDRESSES, gettext=str)
    found = read(made.content)
    assert found.pages == 1
    return " ".join(found.text.split())


@pytest.mark.parametrize("case", TABLE, ids=lambda case: str(case["code"]))
def test_the_certificate_of_each_row_carries_the_wording_of_the_table(case: dict[str, Any]) -> None:
    claim = claimed(case)
    wording = case["certificate"].replace("June 1, 2026", "November 21, 2026")
    html = page(claim)
    assert wording in html
    # A PDF breaks lines inside words.
    assert "".join(wording.split()).replace("-", "") in "".join(paper(claim).split()).replace("-", "")
    shown = {one.name: one.value for one in certificate.build(claim, standing=Standing.VALID, completed_on="x").facts}
    for place, name in enumerate(WANTED.get(case["code"], ())):
        assert shown[name] == f"12345678{place}"
        assert f"{name}</dt><dd>12345678{place}</dd>" in html


def test_pharmacists_get_a_notice_because_cpe_monitor_states_their_credit() -> None:
    case = next(one for one in TABLE if one["code"] == "acpe_pharmacist")
    claim = claimed(case)
    for text in (page(claim), paper(claim)):
        assert "Notice of participation" in text
        assert "Certificate of credit" not in text
        assert "The record in CPE Monitor is the statement of this credit" in text


def test_nurses_read_the_providers_address() -> None:
    activity = vary({"offerings.0.system": "ancc", "provider.address": "1 College Road\n  Springfield, IL"})
    claim = held.claim(system="ancc", profession="rn", activity=activity)
    assert "The University of Example, 1 College Road Springfield, IL</dd>" in page(claim)
    assert "College Road" not in page(held.claim(learner="43", activity=vary({"provider.address": "1 College Road"})))


def test_optometrists_find_lines_to_write_their_licence_and_address_on() -> None:
    case = next(one for one in TABLE if one["code"] == "cope")
    claim = claimed(case)
    for text in (page(claim), paper(claim)):
        assert "Licence, state and number (written in by the holder)" in text
        assert "Address (written in by the holder)" in text
        assert "______" in text
    assert "written in by the holder" not in page(held.claim(learner="43"))


def test_doctors_in_the_united_kingdom_read_whether_it_is_clinical() -> None:
    offering = {"offerings.0.system": "uk_cpd", "offerings.0.activity_type": "non_clinical"}
    assert "Type of activity</dt><dd>non-clinical</dd>" in page(held.claim(system="uk_cpd", activity=vary(offering)))


def test_a_live_activity_took_place_somewhere_and_not_on_the_internet() -> None:
    live = vary({"format": "live", "medium": "Lecture hall 3, Springfield"})
    assert "<dd>Lecture hall 3, Springfield</dd>" in page(held.claim(activity=live))
    assert "Internet (online)" in page(held.claim(learner="43", activity=vary({"medium": "Texts and questions"})))


@pytest.fixture
def site(tmp_path: Path) -> Any:
    """Write a site's own profile, as a later version or one more; what ships is back afterwards."""

    def use(**changes: str) -> None:
        shipped = (Path(credit_system.__file__).parent / "systems" / "ama_pra_1.toml").read_text(encoding="utf-8")
        lines = [line for line in shipped.splitlines() if line.partition(" = ")[0] not in changes]
        added = [f"{key} = {value}" for key, value in changes.items()]
        (tmp_path / "own.toml").write_text("\n".join([*lines, *added]), encoding="utf-8")
        credit_system.use([tmp_path])

    yield use
    credit_system.use([])
    assert texts.load()


def test_a_newer_version_of_a_profile_does_not_rename_credit_of_before(site: Any) -> None:
    claim = held.claim()
    before = paper(claim), transcript.of_learner(held.LEARNER, Choice()).lines
    site(effective_from="2030-01-01", name_many='"AMA PRA Credits of Tomorrow"', name_one='"Credit of Tomorrow"')
    assert (paper(claim), transcript.of_learner(held.LEARNER, Choice()).lines) == before
    assert "Tomorrow" not in page(claim)


def test_credit_outlives_the_file_of_the_site_that_described_it(site: Any) -> None:
    site(code='"own_credit"', certificate='"certificate_credit"', name='"Own Credit(s)"', name_many='"Own Credits"')
    claim = held.claim(system="own_credit", activity=vary({"offerings.0.system": "own_credit"}))
    assert "0.5 Own Credits" in page(claim)
    credit_system.use([])
    assert "0.5 own_credit" in page(claim)
    [line] = transcript.of_learner(held.LEARNER, Choice()).lines
    assert line.awarded == "0.5 own_credit"
