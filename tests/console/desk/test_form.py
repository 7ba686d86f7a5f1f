"""The person's form over HTTP: looked at, typed, given, given again; by people, scanners and attackers."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from cme_xblock.records import desk, desk_links, verify
from cme_xblock.records.models import AccessEntry, DeskEntry, DeskInvitation, DeskSheet
from cme_xblock.rules import texts
from tests.records import dump
from tests.records.desk import world as desks
from tests.rules.desk.sample import FORM

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NOTHING = {"none": "yes", "name": "Ana Example", "attest": "yes", "do": "give"}
GIVE = {**FORM, "do": "give"}


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    cache.clear()


@pytest.fixture
def invitation(db: None) -> DeskInvitation:
    return desks.invited(now=datetime.now(UTC))


def address(invitation: DeskInvitation) -> str:
    return reverse("cme_xblock:desk-form", args=[desk_links.token(invitation)])


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def test_a_scanner_that_opens_the_link_changes_nothing(invitation: DeskInvitation, client: Client) -> None:
    before = dump.tables()
    for method in (client.get, client.head, client.get):
        assert method(address(invitation)).status_code == 200
    assert client.options(address(invitation)).status_code == 405
    assert dump.tables() == before
    assert client.post(address(invitation), NOTHING).status_code == 303


def test_the_form_shows_the_accreditors_definition_and_asks_for_everything(
    invitation: DeskInvitation, client: Client
) -> None:
    said = text_of(client.get(address(invitation)))
    for key in ("desk_definition", "desk_request", "desk_attestation"):
        assert texts.on(key, None).text in said
    assert "past 24 months" in said
    assert "relevan" not in re.sub(r"<[^>]*>", " ", said.partition("<fieldset")[2].partition("cme-panel")[0])
    assert 'name="relevan' not in said


def test_the_page_is_kept_by_no_cache_and_told_to_no_other_site(invitation: DeskInvitation, client: Client) -> None:
    response = client.get(address(invitation))
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]


def test_nothing_to_disclose_is_given_with_the_texts_that_were_shown(
    invitation: DeskInvitation, client: Client
) -> None:
    response = client.post(address(invitation), NOTHING)
    assert (response.status_code, response["Location"]) == (303, address(invitation))
    sheet = DeskSheet.objects.exclude(number="").get()
    file, found = desk.by_number(sheet.number)
    assert found.nothing
    assert found.words["shown"]["desk_attestation"] == texts.on("desk_attestation", None).text
    assert found.facts["texts"]["desk_attestation"] == "2026-01-01"
    assert file.person.disclosed_on == found.on
    assert verify.verify_all().findings == []


def test_the_copy_is_shown_and_saved_for_an_hour_and_then_no_more(invitation: DeskInvitation, client: Client) -> None:
    client.post(address(invitation), GIVE)
    number = DeskSheet.objects.exclude(number="").get().number
    page = text_of(client.get(address(invitation)))
    assert number in page
    assert "I advise on trials." in page
    saved = client.get(address(invitation) + "copy.txt")
    assert saved.status_code == 200
    assert number in saved["Content-Disposition"]
    assert "Example Pharma: Consultant" in saved.content.decode("utf-8-sig")
    DeskInvitation.objects.update(answered_at=datetime.now(UTC) - timedelta(hours=2))
    page = client.get(address(invitation))
    assert page.status_code == 410
    assert "Example Pharma" not in text_of(page)
    assert client.get(address(invitation) + "copy.txt").status_code == 404


def test_an_answer_that_is_sent_again_changes_nothing(invitation: DeskInvitation, client: Client) -> None:
    client.post(address(invitation), GIVE)
    before = dump.tables()
    for form in (GIVE, NOTHING, {**GIVE, "do": "draft"}, {**GIVE, "do": "add"}):
        assert client.post(address(invitation), form).status_code == 409
    assert dump.tables() == before


def test_forged_expired_and_withdrawn_links_give_nothing(invitation: DeskInvitation, client: Client) -> None:
    other = desks.invited(desks.person("Ben", "ben@example.org", provider=desks.OTHER), now=datetime.now(UTC))
    mine, theirs = desk_links.token(invitation), desk_links.token(other)
    mixed = f"{theirs.rpartition('.')[0]}.{mine.rpartition('.')[2]}"
    old = desks.invited(desks.person("Cy", "cy@example.org"), now=datetime.now(UTC) - timedelta(days=40))
    gone = desks.invited(desks.person("Di", "di@example.org"), now=datetime.now(UTC))
    desk_links.withdraw(gone.person)
    before = dump.tables()
    for said, status in ((mixed, 404), ("x", 404), (mine[:-2], 404), (mine + "x", 404)):
        target = reverse("cme_xblock:desk-form", args=[said])
        assert client.get(target).status_code == status
        assert client.post(target, GIVE).status_code == status
        assert client.get(target + "copy.txt").status_code == status
    for shut in (old, gone):
        assert client.get(address(shut)).status_code == 410
        assert client.post(address(shut), GIVE).status_code == 409
    assert dump.tables() == before


def test_whoever_tries_links_is_slowed_down(invitation: DeskInvitation, client: Client, settings: Any) -> None:
    settings.CME_LOOKUP_LIMIT = {"requests": 5, "seconds": 60}
    target = reverse("cme_xblock:desk-form", args=["x" * 40])
    statuses = [client.get(target, REMOTE_ADDR="192.0.2.7").status_code for _ in range(9)]
    assert statuses == [404] * 6 + [429] * 3
    assert client.post(address(invitation), GIVE, REMOTE_ADDR="192.0.2.7").status_code == 429
    assert client.get(address(invitation), REMOTE_ADDR="192.0.2.8").status_code == 200
    assert not DeskSheet.objects.exclude(number="").exists()


def test_drafts_are_taken_once_a_second_and_come_back(invitation: DeskInvitation, client: Client) -> None:
    form = {**FORM, "do": "draft", "company.0": "Half typed Pha"}
    assert client.post(address(invitation), form).status_code == 204
    assert client.post(address(invitation), form).status_code == 429
    other = Client()
    assert "Half typed Pha" in text_of(other.get(address(invitation)))
    assert not DeskSheet.objects.exclude(number="").exists()
    # Ticking is part of giving, and is done anew.
    assert "attest" not in desk_links.draft_of(DeskInvitation.objects.get())


def test_a_mistake_loses_nothing_and_is_named_at_its_field(invitation: DeskInvitation, client: Client) -> None:
    response = client.post(address(invitation), {**GIVE, "nature.0": "", "words.0": "Kept words"})
    said = text_of(response)
    assert response.status_code == 400
    assert "Kept words" in said
    assert 'aria-describedby="f-nature-0-e"' in said
    assert 'href="#f-nature-0"' in said
    assert not DeskSheet.objects.exclude(number="").exists()
    assert "Kept words" in text_of(client.get(address(invitation)))


def test_rows_are_added_and_removed_without_scripts(invitation: DeskInvitation, client: Client) -> None:
    said = text_of(client.post(address(invitation), {**FORM, "do": "add"}))
    assert 'name="company.1"' in said
    assert "autofocus" in said.partition('name="company.1"')[2][:120]
    two = {**FORM, **{f"{name}.1": "" for name in ("nature", "words", "ended_on")}, "company.1": "Second Pharma"}
    said = text_of(client.post(address(invitation), {**two, "do": "remove.0"}))
    assert "Example Pharma" not in said
    assert "Second Pharma" in said
    assert not DeskSheet.objects.exclude(number="").exists()


def test_enter_in_a_field_gives_nothing(invitation: DeskInvitation, client: Client) -> None:
    """Browsers press the first button of a form then."""
    page = client.get(address(invitation)).content.decode()
    first = re.search(r"<button[^>]*>", page.partition("<form")[2])
    assert first is not None
    value = re.search(r'value="([^"]+)"', first[0])
    assert value is not None
    assert client.post(address(invitation), {**FORM, "do": value[1]}).status_code == 200
    assert not DeskSheet.objects.exclude(number="").exists()


HOSTILE = {
    "markup": '<script>alert(1)</script>"><img src=x onerror=alert(1)>',
    "right to left": "\u202eamrahP\u2066 elpmaxE",
    "template": "{{ csrf_token }}{% now 'Y' %} {name} %s",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "quotes": 'O\'Brien & "Söhne" \\ ; DROP TABLE cme_xblock_desksheet; --',
    "astral": "Pharma \U0001f9ea 製薬 شركة",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_company_is_kept_word_by_word_and_shown_as_text(
    invitation: DeskInvitation, client: Client, kind: str
) -> None:
    said = HOSTILE[kind]
    assert client.post(address(invitation), {**GIVE, "company.0": said, "words.0": said}).status_code == 303
    sheet = DeskSheet.objects.exclude(number="").get()
    _, found = desk.by_number(sheet.number)
    assert found.relationships[0].company == said
    for target in (address(invitation), address(invitation) + "copy.txt"):
        body = client.get(target).content.decode()
        if target.endswith("txt"):
            assert said in body
        else:
            assert "<script>alert" not in body
            assert "onerror=alert" not in body.replace("&quot;", "").partition("<img")[2]
            assert f"<bdi>{said}</bdi>" in body.replace("&#x27;", "'").replace("&quot;", '"').replace(
                "&amp;", "&"
            ).replace("&lt;", "<").replace("&gt;", ">")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"company.0": "Exa\0mple"}, 400),
        ({"company.0": "x" * 1_000_000}, 413),
        ({"words.0": "x" * 500_000}, 400),
        ({"name": "x" * 201}, 400),
        ({f"company.{row}": "x" for row in range(60)}, 400),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_recorded(
    invitation: DeskInvitation, client: Client, changes: dict[str, Any], status: int
) -> None:
    response = client.post(address(invitation), {**GIVE, **changes})
    assert response.status_code == status
    assert not DeskSheet.objects.exclude(number="").exists()
    assert DeskInvitation.objects.get().state == "open"
    assert len(DeskInvitation.objects.get().draft) < 200_000
    # The form still opens, whatever was kept of that as a draft.
    assert client.get(address(invitation)).status_code == 200


def test_bytes_that_are_no_text_are_kept_as_signs_of_that_or_refused(
    invitation: DeskInvitation, client: Client
) -> None:
    plain = urlencode({name: value for name, value in GIVE.items() if name != "company.0"})

    def post(raw: str) -> int:
        kind = "application/x-www-form-urlencoded"
        return client.post(address(invitation), f"{plain}&company.0={raw}", content_type=kind).status_code

    assert post("%FF%00%FE") == 400
    assert post("%ED%A0%80") in (303, 400)
    assert verify.verify_all().findings == []


def test_a_body_of_another_kind_changes_nothing(invitation: DeskInvitation, client: Client) -> None:
    before = dump.tables()
    for kind, body in (
        ("application/json", b'{"none": "yes"}'),
        ("text/plain", b"none=yes"),
        ("multipart/form-data", b""),
    ):
        assert client.post(address(invitation), body, content_type=kind).status_code in (200, 400)
    assert {**dump.tables(), "cme_xblock_deskinvitation": ""} == {**before, "cme_xblock_deskinvitation": ""}
    assert client.put(address(invitation)).status_code == 405
    assert client.delete(address(invitation)).status_code == 405


def test_what_the_form_does_not_ask_is_not_kept(invitation: DeskInvitation, client: Client) -> None:
    extra = {
        "relevance.0": "not_relevant",
        "disclosed_on": "2020-01-01",
        "number": "D-0",
        "by": "office",
        "amount.0": "5",
    }
    client.post(address(invitation), {**GIVE, **extra})
    sheet = DeskSheet.objects.exclude(number="").get()
    _, found = desk.by_number(sheet.number)
    assert found.words is not None
    assert set(found.words) == {"name", "relationships", "shown"}
    assert set(found.words["relationships"][0]) == {"id", "company", "nature", "words", "ended_on"}
    assert found.on > date(2020, 1, 1)
    assert DeskEntry.objects.get(kind="given").by == "person"


def test_the_form_is_in_the_persons_language(client: Client) -> None:
    who = desks.person()
    desk.correct_contact(who, email=who.email, language="ar")
    who.refresh_from_db()
    said = client.get(address(desks.invited(who, now=datetime.now(UTC)))).content.decode()
    assert '<html lang="ar" dir="rtl">' in said
    desk.correct_contact(who, email=who.email, language="de")
    who.refresh_from_db()
    until = datetime.now(UTC) + timedelta(days=30)
    said = client.get(address(desks.invited(who, now=datetime.now(UTC)))).content.decode()
    assert f"{until.day}. " in said.partition("<h1>")[2]


def test_nobody_signed_in_is_needed_and_nobody_is_logged(invitation: DeskInvitation) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address(invitation), NOTHING).status_code == 303
    assert not AccessEntry.objects.exists()
