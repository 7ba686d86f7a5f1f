"""Last year's table: seen first, brought in once, marked as imported; and files that are none."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cme_xblock.activity.importers import people
from cme_xblock.records import desk, keys, verify
from cme_xblock.records.models import DeskEntry, DeskPerson
from tests.console.world import PROVIDER_A, World

pytestmark = [pytest.mark.database, pytest.mark.django_db]
A = keys.provider_key(PROVIDER_A)
COLUMNS = (
    "name,credentials,email,roles,disclosed_on,disclosure_evidence,company,nature,eligibility,relevance,"
    "mitigation_method,mitigation_on"
)
TABLE = f"""{COLUMNS}
Ana Example,MD,ana@example.org,faculty,2025-10-02,Form 12,Example Pharma,Advisor,ineligible,relevant,review,2025-10-05
Ana Example,MD,ana@example.org,faculty,2025-10-02,Form 12,Second Pharma,Employee since 2010,ineligible,not_relevant,,
Ben Example,RN,,reviewer,2025-10-03,Form 13,Nothing to disclose,,,,,
Cy Example,MD,,reviewer,,,Nothing to disclose,,,,,
"""


@pytest.fixture
def office(world: World) -> Client:
    return world.client("office_a")


def address() -> str:
    return reverse("cme_xblock:desk-import", args=[A])


def look(office: Client, data: bytes | str, name: str = "disclosures.csv") -> Any:
    raw = data.encode() if isinstance(data, str) else data
    return office.post(address(), {"do": "look", "file": SimpleUploadedFile(name, raw)})


def bring(office: Client, data: bytes | str, name: str = "disclosures.csv") -> Any:
    page = look(office, data, name).content.decode()
    kept = re.search(r'name="kept" value="([^"]*)"', page)
    assert kept is not None, page
    return office.post(address(), {"do": "bring", "kept": kept[1], "name": name})


def test_a_table_is_seen_before_anything_is_written(office: Client) -> None:
    said = look(office, TABLE).content.decode()
    assert "New on the list" in said
    assert "no date of disclosure" in said
    assert not DeskPerson.objects.exists()
    # The column that only the desk knows is no unknown one.
    assert "email is not known" not in said


def test_what_is_imported_is_marked_as_imported_and_decides_nothing(office: Client) -> None:
    assert bring(office, TABLE).status_code == 303
    assert list(DeskPerson.objects.order_by("name").values_list("name", "email", "disclosed_on")) == [
        ("Ana Example", "ana@example.org", date(2025, 10, 2)),
        ("Ben Example", "", date(2025, 10, 3)),
    ]
    ana = desk.file_of(DeskPerson.objects.get(name="Ana Example"))
    current = ana.dossier.current
    assert current is not None
    assert (current.imported, current.by, current.on) == (True, "office_a", date(2025, 10, 2))
    assert [(one.company, one.nature, one.excluded) for one in current.relationships] == [
        ("Example Pharma", "advisor", False),
        ("Second Pharma", "employee", True),
    ]
    assert current.as_imported("r1").mitigations == ("review 2025-10-05",)
    assert ana.dossier.decisions == {}
    assert verify.verify_all().findings == []
    page = office.get(reverse("cme_xblock:desk-person", args=[A, ana.person.uuid])).content.decode()
    assert "Imported by office_a, not given by the person" in page
    assert "disclosures.csv" in page
    assert "ineligible company, relevant, review 2025-10-05" in page


def test_the_same_table_twice_is_imported_once(office: Client) -> None:
    bring(office, TABLE)
    before = DeskEntry.objects.count()
    said = look(office, TABLE).content.decode()
    assert "imported from this file before" in said
    bring(office, TABLE)
    assert DeskEntry.objects.count() == before


def test_somebody_who_is_on_the_list_is_known_by_address_or_name(office: Client) -> None:
    office.post(reverse("cme_xblock:desk-list", args=[A]), {"name": "Anna Example", "email": "ANA@example.org"})
    office.post(reverse("cme_xblock:desk-list", args=[A]), {"name": "ben  EXAMPLE", "email": "ben@example.org"})
    bring(office, TABLE)
    assert DeskPerson.objects.count() == 2
    assert DeskEntry.objects.filter(kind="imported").count() == 2


def test_two_of_one_name_are_not_guessed(office: Client) -> None:
    for number in (1, 2):
        form = {"name": "Ben Example", "email": f"ben{number}@example.org"}
        office.post(reverse("cme_xblock:desk-list", args=[A]), form)
    assert "several people" in look(office, TABLE).content.decode()
    bring(office, TABLE)
    assert DeskEntry.objects.filter(kind="imported").count() == 1


def test_a_date_to_come_is_left_out(office: Client) -> None:
    tomorrow = (date.today() + timedelta(days=2)).isoformat()  # noqa: DTZ011 - a day in any zone
    said = look(office, TABLE.replace("2025-10-03", tomorrow)).content.decode()
    assert "still to come" in said


def test_the_templates_come_back_as_they_are(office: Client) -> None:
    for kind in ("csv", "xlsx"):
        sent = office.get(reverse("cme_xblock:desk-template", args=[A, kind]))
        assert sent.content == people.template(kind)
        assert bring(office, sent.content, f"cme-people.{kind}").status_code == 303
    assert DeskPerson.objects.count() == 2
    assert office.get(reverse("cme_xblock:desk-template", args=[A, "exe"])).status_code == 404


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", ""),
        (b"\0\0\0\0", ""),
        (b"PK\x03\x04broken", ""),
        (b"<html></html>", ""),
        (b"name\n", "no row under them"),
        (b"a,b\n1,2\n", "headings"),
        (b"name,disclosed_on\n" + b"x" * 300 + b",2025-01-01\n", "longer than 200"),
        (b"name,disclosed_on,company,nature\nA,2025-01-01,B," + b"n" * 3000 + b"\n", "longer than 2000"),
        (b"x" * 1_500_001, "1.5 MB"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_words(office: Client, data: bytes, says: str) -> None:
    response = look(office, data)
    assert response.status_code == 400
    assert 'role="alert"' in response.content.decode()
    assert says in response.content.decode()
    assert not DeskPerson.objects.exists()


def test_hostile_cells_are_text(office: Client) -> None:
    company = "<script>alert(1)</script>\u202e=cmd|' /C calc'!A0"
    table = f'name,disclosed_on,company,nature\n"{company} person",2025-01-01,"{company}",Consultant\n'
    assert "<script>alert" not in look(office, table).content.decode()
    bring(office, table)
    person = DeskPerson.objects.get()
    assert person.name == f"{company} person"
    page = office.get(reverse("cme_xblock:desk-person", args=[A, person.uuid])).content.decode()
    assert "<script>alert" not in page
    assert verify.verify_all().findings == []


@pytest.mark.parametrize("kept", ["", "!", "AAAA", "x" * 100])
def test_bytes_that_were_never_seen_are_read_like_any_file(office: Client, kept: str) -> None:
    assert office.post(address(), {"do": "bring", "kept": kept, "name": "x"}).status_code == 400
    assert not DeskPerson.objects.exists()
