"""The provider's pages: who is let in, what they write, what they refuse, what leaves by mail."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from cme_xblock.console.desk.urls import urlpatterns
from cme_xblock.records import desk, desk_links, keys, verify
from cme_xblock.records.models import AccessEntry, DeskEntry, DeskInvitation, DeskPerson
from cme_xblock.rules.desk import given
from cme_xblock.rules.desk.chain import Draft, Kind
from cme_xblock.rules.desk.given import Given
from tests.console.world import PROVIDER_A, PROVIDER_B, World
from tests.records import dump

pytestmark = [pytest.mark.database, pytest.mark.django_db]
A, B = keys.provider_key(PROVIDER_A), keys.provider_key(PROVIDER_B)
ANA = {"name": "Ana Example", "credentials": "MD", "email": "ana@example.org", "language": "en"}
CONSULTANT = given.Told("r1", "Example Pharma", "consultant", "Trials")
EMPLOYEE = given.Told("r1", "Example Pharma", "employee", "")


def url(name: str, **named: str) -> str:
    return reverse(f"cme_xblock:{name}", kwargs=named)


def page_of(person: DeskPerson) -> str:
    return url("desk-person", provider=person.provider_key, person=person.uuid)


@pytest.fixture
def office(world: World) -> Client:
    return world.client("office_a")


@pytest.fixture
def ana(office: Client) -> DeskPerson:
    assert office.post(url("desk-list", provider=A), ANA).status_code == 303
    return DeskPerson.objects.get()


def gives(person: DeskPerson, *told: given.Told, random: bytes = b"0123456789") -> str:
    now = datetime.now(UTC)
    invitation = desk_links.invite(person, by="office_a", by_mail=False, now=now)
    shown = {"language": "en", "desk_definition": "d", "desk_request": "r", "desk_attestation": "a"}
    answer = Given(person.name, told)
    return desk_links.give(invitation, answer, texts={}, shown=shown, now=now, random=random, on=now.date())


def assign(office: Client, person: DeskPerson, world: World, **more: Any) -> str:
    form = {"do": "assign", "published": world.a, "roles": ["faculty"], "role_started_on": "2099-01-01", **more}
    assert office.post(page_of(person), form).status_code == 303
    return world.a


def about(person: DeskPerson, activity: str) -> dict[str, str]:
    current = desk.file_of(person).dossier.current
    assert current is not None
    return {"activity": activity, "relationship": "r1", "number": current.number}


def state(office: Client, person: DeskPerson) -> str:
    found = re.search(r'cme-mark-\w+">([^<]+)<', office.get(page_of(person)).content.decode())
    assert found is not None
    return found[1]


def test_the_office_of_one_provider_comes_to_its_list_at_once(world: World, office: Client) -> None:
    response = office.get(url("console-desk"))
    assert (response.status_code, response["Location"]) == (302, url("desk-list", provider=A))
    every = world.client("every_office").get(url("console-desk"))
    assert PROVIDER_A in every.content.decode()
    assert PROVIDER_B in every.content.decode()


def test_a_person_of_another_provider_is_not_there(world: World, ana: DeskPerson, office: Client) -> None:
    stranger = world.client("office_b")
    assert stranger.get(page_of(ana)).status_code == 403
    there = url("desk-person", provider=B, person=ana.uuid)
    before = dump.tables()["cme_xblock_deskentry"]
    assert stranger.get(there).status_code == 404
    assert stranger.post(there, {"do": "link"}).status_code == 404
    assert dump.tables()["cme_xblock_deskentry"] == before
    assert "Ana" not in stranger.get(url("desk-list", provider=B)).content.decode()
    assert office.get(page_of(ana)).status_code == 200


def test_every_look_is_in_the_log_without_a_name(ana: DeskPerson, office: Client) -> None:
    AccessEntry.objects.count()
    office.get(page_of(ana))
    office.get(url("desk-list", provider=A), {"q": "Ana Example"})
    looks = list(AccessEntry.objects.order_by("pk").values_list("what", "count", "subject"))
    assert looks[-2:] == [("desk_person", 1, ana.uuid), ("desk", 1, "")]
    assert "Ana" not in dump.tables()["cme_xblock_accessentry"]


def test_an_invitation_goes_by_mail_with_the_link_and_no_company(office: Client) -> None:
    office.post(url("desk-list", provider=A), {**ANA, "invite": "yes"})
    [sent] = mail.outbox
    assert sent.to == ["ana@example.org"]
    assert PROVIDER_A in sent.subject
    [link] = re.findall(r"https?://\S+", sent.body)
    assert Client().get(link.partition("testserver")[2]).status_code == 200
    assert DeskInvitation.objects.get().mail == "sent"
    # The link is the person's alone: no page of the office shows it.
    assert (
        desk_links.token(DeskInvitation.objects.get())
        not in office.get(page_of(DeskPerson.objects.get())).content.decode()
    )


def test_a_line_end_in_a_name_makes_no_header(office: Client) -> None:
    office.post(url("desk-list", provider=A), {**ANA, "name": "Ana\nBcc: all@example.org", "invite": "yes"})
    [sent] = mail.outbox
    assert sent.recipients() == ["ana@example.org"]
    assert "Bcc" not in sent.message()


def test_a_mail_server_that_is_away_leaves_a_link_to_send_again(office: Client, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    response = office.post(url("desk-list", provider=A), {**ANA, "invite": "yes"})
    assert response["Location"].endswith("?done=unsent")
    assert DeskInvitation.objects.get().mail == "failed"
    assert "may not have arrived" in office.get(page_of(DeskPerson.objects.get())).content.decode()


def test_a_link_can_be_passed_on_and_shut(ana: DeskPerson, office: Client) -> None:
    office.post(page_of(ana), {"do": "link"})
    [link] = re.findall(r"http://testserver(/cme/disclose/[^<\s]+)", office.get(page_of(ana)).content.decode())
    assert Client().get(link).status_code == 200
    office.post(page_of(ana), {"do": "withdraw"})
    assert Client().get(link).status_code == 410


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "  "}, "Write the person"),
        ({"name": "x" * 201}, "201 characters"),
        ({"name": "A\0B"}, "no letter or sign"),
        ({"email": "nobody"}, "no e-mail address"),
        ({"email": "a@example.org\nBcc: b@example.org"}, "no e-mail address"),
        ({"email": "", "invite": "yes"}, "needs an e-mail address"),
    ],
)
def test_nobody_is_added_with_a_mistake(office: Client, changes: dict[str, str], says: str) -> None:
    response = office.post(url("desk-list", provider=A), {**ANA, **changes})
    assert response.status_code == 400
    assert says in response.content.decode()
    assert not DeskPerson.objects.exists()
    assert mail.outbox == []


def test_the_whole_way_from_given_to_mitigated(ana: DeskPerson, office: Client, world: World) -> None:
    assert state(office, ana) == "Not asked yet"
    gives(ana, CONSULTANT)
    assert state(office, ana) == "Needs decision"
    activity = assign(office, ana, world)
    where = about(ana, activity)
    done = office.post(page_of(ana), {"do": "decide", "verdict": "relevant", "note": "It is their drug.", **where})
    assert done["Location"] == f"{page_of(ana)}?done=decided#a-{activity[:12]}"
    assert state(office, ana) == "Needs decision"
    step = {"do": "mitigate", "method": "peer_review", "on": datetime.now(UTC).date().isoformat(), "note": "By Ben"}
    assert office.post(page_of(ana), {**step, **where}).status_code == 303
    assert state(office, ana) == "Mitigated"
    assert [one.by for one in DeskEntry.objects.filter(kind__in=("decided", "mitigated"))] == ["office_a"] * 2
    assert verify.verify_all().findings == []


def test_an_employee_is_stopped_until_one_of_the_three_exceptions_is_written_down(
    ana: DeskPerson, office: Client, world: World
) -> None:
    gives(ana, EMPLOYEE)
    activity = assign(office, ana, world)
    where = about(ana, activity)
    office.post(page_of(ana), {"do": "decide", "verdict": "not_relevant", **where})
    assert state(office, ana) == "Stopped"
    refused = office.post(page_of(ana), {"do": "except", "exception": "technician", "note": "", **where})
    assert refused.status_code == 400
    assert "the accreditor asks for it" in refused.content.decode()
    for code in ("unrelated_content", "basic_science", "technician"):
        office.post(page_of(ana), {"do": "except", "exception": code, "note": "Because.", **where})
        assert state(office, ana) == "Given"
        office.post(page_of(ana), {"do": "except", "exception": "none", **where})
        assert state(office, ana) == "Stopped"


def test_the_office_sees_what_it_decided_of_a_company_before(ana: DeskPerson, office: Client, world: World) -> None:
    gives(ana, CONSULTANT)
    where = about(ana, assign(office, ana, world))
    office.post(page_of(ana), {"do": "decide", "verdict": "eligible", "note": "", **where})
    assert "Decided before" not in office.get(page_of(ana)).content.decode()
    gives(ana, CONSULTANT, random=b"newer-one!")
    said = office.get(page_of(ana)).content.decode()
    assert re.search(r"Decided before, on [^<]+: not an ineligible company", said)
    assert state(office, ana) == "Needs decision"


def test_what_was_decided_on_before_a_newer_disclosure_is_refused(
    ana: DeskPerson, office: Client, world: World
) -> None:
    gives(ana, CONSULTANT)
    activity = assign(office, ana, world)
    stale = about(ana, activity)
    gives(ana, CONSULTANT, random=b"newer-one!")
    before = dump.tables()["cme_xblock_deskentry"]
    response = office.post(page_of(ana), {"do": "decide", "verdict": "relevant", "note": "Long thoughts", **stale})
    assert response.status_code == 400
    assert "There is a newer disclosure" in response.content.decode()
    assert "Long thoughts" in response.content.decode()
    assert dump.tables()["cme_xblock_deskentry"] == before


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"do": "drop"},
        {"do": "decide"},
        {"do": "decide", "verdict": "relevant", "activity": "x" * 64, "relationship": "r1", "number": "D"},
        {"do": "mitigate", "method": "peer_review", "on": "2026-01-01"},
        {"do": "except", "exception": "technician", "note": "x"},
        {"do": "assign", "roles": "faculty"},
        {"do": "assign", "published": "0" * 64, "roles": "faculty"},
        {"do": "assign", "course_key": "c", "activity_id": "a", "roles": "king"},
        {"do": "assign", "course_key": "c\0", "activity_id": "a", "roles": "faculty"},
        {"do": "assign", "course_key": "c" * 300, "activity_id": "a", "roles": "faculty"},
        {"do": "assign", "course_key": "c", "activity_id": "a", "roles": "faculty", "title": "x" * 1_000_000},
        {"do": "assign", "course_key": "c", "activity_id": "a", "roles": "faculty", "role_started_on": "soon"},
        {"do": "unassign", "activity": "0" * 64},
        {"do": "contact", "name": ""},
    ],
)
def test_what_means_nothing_writes_nothing(ana: DeskPerson, office: Client, form: dict[str, str]) -> None:
    before = dump.tables()["cme_xblock_deskentry"]
    assert office.post(page_of(ana), form).status_code == 400
    assert dump.tables()["cme_xblock_deskentry"] == before


def test_an_activity_of_another_provider_is_not_offered(ana: DeskPerson, office: Client, world: World) -> None:
    form = {"do": "assign", "published": world.b, "roles": ["faculty"]}
    assert office.post(page_of(ana), form).status_code == 400
    assert world.b not in office.get(page_of(ana)).content.decode()


def test_a_corrected_name_is_a_new_entry_and_an_address_has_one_person(ana: DeskPerson, office: Client) -> None:
    office.post(url("desk-list", provider=A), {**ANA, "name": "Ben Example", "email": "ben@example.org"})
    taken = office.post(page_of(ana), {**ANA, "do": "contact", "email": "BEN@example.org"})
    assert taken.status_code == 400
    assert "Somebody else on your list" in taken.content.decode()
    before = DeskEntry.objects.count()
    office.post(page_of(ana), {**ANA, "do": "contact"})
    assert DeskEntry.objects.count() == before
    office.post(page_of(ana), {**ANA, "do": "contact", "name": "Ana Sample"})
    assert DeskEntry.objects.count() == before + 1
    assert DeskPerson.objects.get(pk=ana.pk).name == "Ana Sample"
    assert verify.verify_all().findings == []


def test_the_list_is_filtered_by_state_and_by_name(ana: DeskPerson, office: Client) -> None:
    office.post(url("desk-list", provider=A), {**ANA, "name": "Ben Example", "email": "ben@example.org"})
    gives(ana)
    for query, names in (
        ({}, {"Ana", "Ben"}),
        ({"state": "given"}, {"Ana"}),
        ({"state": "not_asked"}, {"Ben"}),
        ({"state": "lapsed"}, set()),
        ({"q": "ben"}, {"Ben"}),
        ({"q": "BEN@EXAMPLE"}, {"Ben"}),
        ({"q": "<script>"}, set()),
        ({"q": "x" * 1_000_000}, set()),
        ({"state": "\0", "q": "\0"}, set()),
    ):
        said = office.get(url("desk-list", provider=A), query).content.decode()
        assert {name for name in ("Ana", "Ben") if f"<bdi>{name} Example</bdi>" in said} == names, query
        assert "<script>" not in said.replace('<script src="', "")


def test_a_long_list_is_shown_by_the_page(office: Client) -> None:
    for number in range(51):
        named = Draft(Kind.NAMED, "office_a", {}, {"name": f"Person {number:03d}", "credentials": ""})
        desk.register(A, PROVIDER_A, named=named, email=f"p{number}@example.org", language="", now=datetime.now(UTC))
    first = office.get(url("desk-list", provider=A)).content.decode()
    assert "Person 049" in first
    assert "Person 050" not in first
    assert "?q=&amp;state=&amp;page=2" in first
    assert "Person 050" in office.get(url("desk-list", provider=A), {"page": "2"}).content.decode()
    for strange in ("0", "-1", "x", "9" * 5000, "\0"):
        assert office.get(url("desk-list", provider=A), {"page": strange}).status_code == 200


def test_a_damaged_dossier_hides_no_other_and_takes_nothing(ana: DeskPerson, office: Client, world: World) -> None:
    gives(ana, CONSULTANT)
    assign(office, ana, world)
    office.post(url("desk-list", provider=A), {**ANA, "name": "Ben Example", "email": "ben@example.org"})
    office.post(page_of(ana), {"do": "link"})
    link = desk_links.token(DeskInvitation.objects.filter(person=ana).order_by("-pk")[0])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cme_xblock_deskentry SET facts = '[' WHERE kind = 'given'")
    said = office.get(url("desk-list", provider=A)).content.decode()
    assert "Damaged" in said
    assert "Ben Example" in said
    page = office.get(page_of(ana))
    assert page.status_code == 409
    assert "cme_verify" in page.content.decode()
    assert office.post(page_of(ana), {"do": "link"}).status_code == 409
    form = {"none": "yes", "name": "Ana", "attest": "yes", "do": "give"}
    given_ = Client().post(f"/cme/disclose/{link}/", form)
    assert given_.status_code == 503
    assert "looked at first" in given_.content.decode()
    assert desk_links.read(link, now=datetime.now(UTC)).opens is desk_links.Opens.FORM
    assert "1 damaged" in run_command()


def run_command() -> str:
    out = io.StringIO()
    call_command("cme_disclosures", "--no-mail", stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("name", ["desk-list", "desk-person", "desk-import", "desk-form"])
def test_no_view_that_writes_or_mails_is_inside_the_transaction_of_a_request(name: str) -> None:
    """Open edX sets ATOMIC_REQUESTS: from inside, a mail would leave of an invitation that an error takes back."""
    [view] = [one.callback for one in urlpatterns if one.name == name]
    assert view._non_atomic_requests == {"default"}


@pytest.mark.parametrize("said", ["<script>alert(1)</script>", "\u202eamrahP", "{{ 1 }}{% now %}{x}%s"])
def test_what_a_person_wrote_is_text_on_the_offices_pages(
    ana: DeskPerson, office: Client, world: World, said: str
) -> None:
    gives(ana, given.Told("r1", said, "other", said))
    where = about(ana, assign(office, ana, world))
    office.post(page_of(ana), {"do": "decide", "verdict": "relevant", "note": said, **where})
    body = office.get(page_of(ana)).content.decode()
    assert "<script>alert" not in body
    assert said.replace("<", "&lt;").replace(">", "&gt;") in body
    assert f"<bdi>{said.replace('<', '&lt;').replace('>', '&gt;')}</bdi>" in body
