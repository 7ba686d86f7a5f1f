"""A badge says what the certificate says; strangers verify it with what this site publishes, until it is revoked."""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from cme_xblock.credit import badge_keys, certificate, status_list
from cme_xblock.records.models import Claim
from tests.credit import held
from tests.rules.variant import vary

pytestmark = pytest.mark.django_db(transaction=True)

SITE = "https://courses.example.org"
# Tests only.
SEED, OTHER = (base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in (7, 8))
JUDGE = os.environ.get("CME_BADGE_JUDGE", "")


@pytest.fixture(autouse=True)
def signing(settings) -> None:
    settings.CME_PUBLIC_URL = SITE
    settings.CME_BADGE_KEYS = [{"id": "2026-1", "private_key": SEED}]
    cache.clear()


def fetch(path: str) -> str:
    answer = Client().get(path.removeprefix(SITE))
    assert answer.status_code == 200, path
    return answer.content.decode()


def token_of(claim: Claim) -> str:
    return fetch(f"/cme/certificates/{claim.certificate_code}.jwt")


def verified(token: str) -> dict[str, Any]:
    """The payload, verified by PyJWT with the key that the site's document names for it."""
    document = json.loads(fetch("/cme/did.json"))
    header = jwt.get_unverified_header(token)
    [method] = [one for one in document["verificationMethod"] if one["id"] == header["kid"]]
    assert method["id"] in document["assertionMethod"]
    return jwt.decode(token, jwt.PyJWK(method["publicKeyJwk"]).key, algorithms=["EdDSA"])


def revoked(payload: dict[str, Any]) -> bool:
    """Whether the bit is set in the list that the badge names, whose signature is verified too."""
    status = payload["credentialStatus"]
    said = verified(fetch(status["statusListCredential"]))
    assert said["iss"] == payload["iss"]
    subject = said["credentialSubject"]
    assert subject["statusPurpose"] == status["statusPurpose"] == "revocation"
    encoded = subject["encodedList"]
    assert encoded[0] == "u"
    bits = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
    assert len(bits) * 8 >= 131_072
    index = int(status["statusListIndex"])
    return bool(bits[index // 8] >> (7 - index % 8) & 1)


def test_a_badge_says_what_the_certificate_says() -> None:
    claim = held.claim(amount="0.25")
    said = verified(token_of(claim))
    assert said["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert said["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert said["iss"] == said["issuer"]["id"] == "did:web:courses.example.org:cme"
    assert said["issuer"]["name"] == "The University of Example"
    assert said["jti"] == said["id"] == f"urn:uuid:{claim.uuid}"
    assert datetime.fromtimestamp(said["nbf"], UTC) == datetime.fromisoformat(said["validFrom"])
    subject = said["credentialSubject"]
    assert subject["identifier"][0]["identityHash"] == "Ana Müller"
    assert subject["achievement"]["name"] == "Hand hygiene on the ward"
    assert "is accredited by" in subject["achievement"]["criteria"]["narrative"]
    [result], [described] = subject["result"], subject["achievement"]["resultDescription"]
    assert (result["value"], described["name"]) == ("0.25", "AMA PRA Category 1 Credit(s)™")
    assert result["resultDescription"] == described["id"]
    assert said["evidence"][0]["id"] == f"{SITE}/cme/verify/{certificate.number(claim)}/"
    assert "0.25 AMA PRA Category 1 Credits™" in said["description"]


def test_a_badge_does_not_open_the_certificate() -> None:
    claim = held.claim()
    assert claim.certificate_code not in json.dumps(verified(token_of(claim)))


def test_a_badge_is_the_same_text_whenever_it_is_asked_for() -> None:
    claim = held.claim()
    assert token_of(claim) == token_of(claim)


def test_a_corrected_or_withdrawn_claim_is_revoked_and_its_badge_given_out_no_more() -> None:
    first = held.claim(amount="0.5")
    payload = verified(token_of(first))
    assert not revoked(payload)
    old, new = held.correct(first, amount="0.25")
    cache.clear()
    assert revoked(payload)
    assert Client().get(f"/cme/certificates/{old.certificate_code}.jwt").status_code == 404
    fresh = verified(token_of(new))
    assert not revoked(fresh)
    held.void(new)
    cache.clear()
    assert revoked(fresh)


def test_no_badge_is_made_of_a_notice_because_cpe_monitor_states_that_credit() -> None:
    offering = {"offerings.0.system": "acpe_pharmacist"}
    notice = held.claim(system="acpe_pharmacist", profession="pharmd", activity=vary(offering))
    for claim, status in ((notice, 404), (held.claim(learner="43"), 200)):
        assert Client().get(f"/cme/certificates/{claim.certificate_code}.jwt").status_code == status
        page = fetch(f"/cme/certificates/{claim.certificate_code}/")
        assert (".jwt" in page) == (status == 200)


def test_the_list_is_signed_and_goes_stale() -> None:
    payload = verified(token_of(held.claim()))
    said = verified(fetch(payload["credentialStatus"]["statusListCredential"]))
    assert 0 < said["exp"] - said["nbf"] <= 24 * 3600
    assert said["jti"] == payload["credentialStatus"]["statusListCredential"]


@pytest.mark.parametrize("number", [1, 7, 10**12, 2**63, 10**30])
def test_a_list_with_no_claim_in_it_is_not_there(number: int) -> None:
    held.claim()
    assert Client().get(f"/cme/badges/status/{number}.jwt").status_code == 404


def test_a_claim_keeps_its_place() -> None:
    assert status_list.place(Claim(pk=1)) == (0, 1)
    assert status_list.place(Claim(pk=status_list.SIZE)) == (1, 0)
    assert status_list.place(Claim(pk=3 * status_list.SIZE + 5)) == (3, 5)


def test_badges_of_an_older_key_stay_valid_when_a_newer_one_signs(settings) -> None:
    old = token_of(held.claim())
    [older] = badge_keys.load()
    settings.CME_BADGE_KEYS = [
        {"id": "2027-1", "private_key": OTHER},
        {"id": "2026-1", "public_key": badge_keys.base64url(older.public)},
    ]
    cache.clear()
    assert not revoked(verified(old))
    assert jwt.get_unverified_header(token_of(held.claim(learner="43")))["kid"].endswith("#2027-1")


def test_without_a_key_there_are_no_badges(settings) -> None:
    settings.CME_BADGE_KEYS = []
    claim = held.claim()
    for path in (f"/cme/certificates/{claim.certificate_code}.jwt", "/cme/did.json", "/cme/badges/status/0.jwt"):
        assert Client().get(path).status_code == 404
    assert ".jwt" not in fetch(f"/cme/certificates/{claim.certificate_code}/")


def test_the_certificate_leads_to_the_badge_while_it_counts() -> None:
    claim = held.claim()
    path = f"/cme/certificates/{claim.certificate_code}"
    assert f'href="{path}.jwt"' in fetch(f"{path}/")
    held.void(claim)
    assert ".jwt" not in fetch(f"{path}/")


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ([{"id": "a", "private_key": "c2hvcnQ"}], r"\[0\].private_key must be 32 bytes"),
        ([{"id": "a", "private_key": "é"}], r"\[0\].private_key must be 32 bytes"),
        ([{"id": "a#b", "private_key": SEED}], r"\[0\]: the id"),
        ([{"id": "a"}], r"\[0\] must be"),
        ([{"id": "a", "public_key": SEED}], r"\[0\] must have a private_key"),
        ([{"id": "a", "private_key": SEED}, {"id": "a", "private_key": OTHER}], r"\[1\]: the id is that of another"),
    ],
)
def test_a_wrong_key_is_named_and_never_shown(keys: list[object], why: str, settings) -> None:
    settings.CME_BADGE_KEYS = keys
    with pytest.raises(ImproperlyConfigured, match=why) as error:
        badge_keys.load()
    assert SEED not in str(error.value)


def test_a_key_is_not_in_its_own_repr() -> None:
    [key] = badge_keys.load()
    assert "private" not in repr(key)
    assert SEED not in repr(key)


@pytest.mark.parametrize(
    ("address", "did"),
    [
        ("https://a.org/cme/did.json", "did:web:a.org:cme"),
        ("http://127.0.0.1:8000/cme/did.json", "did:web:127.0.0.1%3A8000:cme"),
        ("https://a.org/x y/cme/did.json", "did:web:a.org:x%20y:cme"),
    ],
)
def test_the_issuers_name_says_where_its_keys_are(address: str, did: str) -> None:
    assert badge_keys.did_of(address) == did


def judged(token: str, tmp_path: Path) -> dict[str, Any]:
    said = jwt.decode(token, options={"verify_signature": False})
    where = said["credentialStatus"]["statusListCredential"]
    there = {f"{SITE}/cme/did.json": fetch("/cme/did.json"), where: fetch(where)}
    file = tmp_path / "told.json"
    file.write_text(json.dumps({"token": token, "did": said["iss"], "there": there}))
    command = [JUDGE, str(Path(__file__).with_name("judge.py")), str(file)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(not JUDGE, reason="CME_BADGE_JUDGE names no Python that has openbadgeslib (docs/decisions/0010)")
def test_an_independent_verifier_accepts_the_badge_until_it_is_revoked(tmp_path: Path) -> None:
    claim = held.claim()
    token = token_of(claim)
    assert judged(token, tmp_path) == {
        "valid": True,
        "issuer": "The University of Example",
        "name": "Hand hygiene on the ward",
    }
    head, body, signature = token.split(".")
    assert not judged(f"{head}.{body}.{signature[:-4]}AAAA", tmp_path)["valid"]
    held.void(claim)
    cache.clear()
    found = judged(token, tmp_path)
    assert not found["valid"]
    assert "revocation" in found["why"]
