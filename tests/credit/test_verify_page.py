"""Whoever has a number may know whether its certificate counts; nobody learns a name or finds a number by trying."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client

from cme_xblock.credit import certificate, verification
from cme_xblock.records.models import Claim
from tests.credit import held

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


@pytest.fixture(autouse=True)
def forgotten() -> None:
    cache.clear()


def look(number: str) -> tuple[int, str]:
    answer = Client().get(f"/cme/verify/{number}/")
    return answer.status_code, answer.content.decode()


def of(claim: Claim) -> str:
    return look(certificate.number(claim))[1]


def test_a_valid_certificate_shows_what_it_is_for_and_initials_only() -> None:
    text = of(held.claim())
    for shown in ("Valid.", "Hand hygiene on the ward", "The University of Example", "A. M.", "Nov. 21, 2026",
                  "Nov. 22, 2026", '0.5 <em dir="ltr" lang="en">AMA PRA Category 1 Credits™</em>'):  # fmt: skip
        assert shown in text
    for hidden in ("Ana", "Müller", "Physician", "42", "profession"):
        assert hidden not in re.sub(r"[0-9a-f]{32}|<link[^>]*>|20\d\d", "", text), hidden


def test_a_certificate_that_no_longer_counts_says_which_way() -> None:
    old, new = held.correct(held.claim(amount="0.5"), amount="0.25")
    assert "Superseded." in of(old)
    assert "Valid." in of(new)
    assert "Void." in of(held.void(held.claim(learner="43")))


def test_every_number_that_none_has_gets_the_same_answer() -> None:
    claim = held.claim()
    number = certificate.number(claim)
    tried = ("0" * 32, number[:-1], number + "0", claim.certificate_code, "x", number.upper(), "g" * 32, "0" * 400)
    assert {look(one) for one in tried} == {look("f" * 32)}
    assert look("f" * 32)[0] == 404


def test_the_page_is_in_no_index_and_no_cache() -> None:
    answer = Client().get(f"/cme/verify/{certificate.number(held.claim())}/")
    assert "no-store" in answer["Cache-Control"]
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("style", [str, str.upper, lambda one: f"  {one[:8]} {one[8:16]}-{one[16:]}\t"])
def test_the_form_takes_a_number_as_people_type_it(style) -> None:
    claim = held.claim()
    number = certificate.number(claim)
    for typed in (number, claim.certificate_code):
        answer = Client().get("/cme/verify/", {"number": style(typed)})
        assert answer.status_code == 302
        assert answer["Location"] == f"/cme/verify/{number}/"


@pytest.mark.parametrize("typed", ["../admin", "<script>", "é", "１２３", "%00", "a/b", "?" * 5000])
def test_the_form_sends_nobody_elsewhere(typed: str) -> None:
    answer = Client().get("/cme/verify/", {"number": typed})
    assert answer.status_code in (302, 404)
    assert answer.get("Location", "/cme/verify/").startswith("/cme/verify/")
    assert "<script>" not in answer.content.decode()


def test_too_many_lookups_wait_whatever_they_look_for(settings) -> None:
    settings.CME_LOOKUP_LIMIT = {"requests": 3, "seconds": 60}
    claim = held.claim()
    opened = f"/cme/certificates/{claim.certificate_code}"
    paths = [f"/cme/verify/{certificate.number(claim)}/", "/cme/verify/00/", f"/cme/certificates/{'0' * 40}/"]
    assert [Client().get(path).status_code for path in paths] == [200, 404, 404]
    assert Client().get(paths[0]).status_code == 429
    for path in (*paths, f"{opened}/", f"{opened}.pdf"):
        answer = Client().get(path)
        assert answer.status_code == 429, path
        assert answer["Retry-After"] == "60"
        assert "Too many look-ups" in answer.content.decode()
    assert Client(REMOTE_ADDR="192.0.2.7").get(paths[0]).status_code == 200


def test_whoever_opens_their_own_certificate_is_not_counted(settings) -> None:
    settings.CME_LOOKUP_LIMIT = {"requests": 2, "seconds": 60}
    path = f"/cme/certificates/{held.claim().certificate_code}/"
    assert [Client().get(path).status_code for _ in range(5)] == [200] * 5


def test_a_network_of_the_new_protocol_counts_as_one_client(settings) -> None:
    settings.CME_LOOKUP_LIMIT = {"requests": 1, "seconds": 60}
    path = f"/cme/verify/{'0' * 32}/"
    assert Client(REMOTE_ADDR="2001:db8::1").get(path).status_code == 404
    assert Client(REMOTE_ADDR="2001:db8::ffff").get(path).status_code == 429
    assert Client(REMOTE_ADDR="2001:db8:0:1::1").get(path).status_code == 404


def test_no_address_of_a_client_is_kept(settings) -> None:
    Client(REMOTE_ADDR="192.0.2.55").get("/cme/verify/00/")
    assert "192.0.2.55" not in str(getattr(cache, "_cache", {}))


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Ana Müller", "A. M."), ("Jean-Luc Picard", "J. L. P."), ("王小明", "王."), ("o'neil", "O."), ("1 2", ""),
     ("A B C D E F", "A. B. C. D."), ("ß x", "SS. X.")],
)  # fmt: skip
def test_initials_are_few_letters(name: str, shown: str) -> None:
    assert verification.initials(name) == shown


def test_a_lookup_is_three_queries_at_most(django_assert_max_num_queries) -> None:
    number = certificate.number(held.void(held.claim()))
    with django_assert_max_num_queries(3):
        look(number)


def test_a_corrected_certificate_names_the_one_in_its_place_and_that_one_names_it() -> None:
    old, new = held.correct(held.claim(amount="0.5"), amount="0.25")
    assert f"/cme/verify/{certificate.number(new)}/" in of(old)
    assert "Replaced by certificate" in of(old)
    assert f"/cme/verify/{certificate.number(old)}/" in of(new)
    assert "Replaces certificate" in of(new)


def test_case_10_verification_leads_from_no_name_to_another() -> None:
    old, new = held.correct(held.claim(name="Ana Müller"), name="Bo Schmidt")
    assert "Superseded." in of(old)
    for one, other in ((old, new), (new, old)):
        assert certificate.number(other) not in of(one)
        assert "eplaces certificate" not in of(one)
