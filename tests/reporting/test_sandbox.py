"""The rehearsal receiver: what it takes, what it shows, whom it lets in, and that it forgets nothing but names."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cme_xblock.reporting.endpoints import data
from cme_xblock.reporting.identity import Identity
from cme_xblock.reporting.sandbox import inbox, misbehave, pars_checks
from cme_xblock.reporting.sandbox.pars_desk import ParsDesk
from cme_xblock.reporting.sandbox.store import Store
from tests.reporting import world
from tests.reporting.test_document import PERSON, RECORD, rendered

WIRE = data.defaults("pars")
TODAY = date(2026, 3, 10)
KNOWN = {"ProviderId": "0000000", "User": "u", "Password": "p"}


@pytest.fixture
def desk(tmp_path):
    store = Store(tmp_path / "store.sqlite3")
    yield ParsDesk(store, WIRE, world.START.replace(month=3).timestamp, answer_delay=5)
    store.close()


def call(url: str, *, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
    request = urllib.request.Request(url, data=body, headers=headers or {})  # noqa: S310 - our own receiver
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - our own receiver
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_good_record_is_read():
    arrived = pars_checks.read(rendered(), WIRE, today=TODAY)
    assert (arrived.credit_id, arrived.amount, arrived.action) == (RECORD.credit_id, "1.50", "add")
    assert arrived.person == "A. S., NPI ••••93, IL ••••01"


@pytest.mark.parametrize(
    ("record", "says"),
    [
        (replace(RECORD, identity=replace(PERSON, npi="1234567898")), "NPI"),
        (replace(RECORD, identity=replace(PERSON, licence_state="ZZ")), "state"),
        (replace(RECORD, completed_on=date(2026, 3, 12)), "Completion date"),
        (replace(RECORD, completed_on=date(2024, 12, 31)), "Completion date"),
        (replace(RECORD, activity_number="1"), "9 digits"),
        (replace(RECORD, identity=Identity("A", "B", 1, 1)), "Schema"),
    ],
)
def test_a_bad_record_is_rejected_with_the_reason(record, says):
    with pytest.raises(pars_checks.Rejection, match=says):
        pars_checks.read(rendered(record), WIRE, today=TODAY)


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"", "Malformed"),
        (rendered()[:-9], "Malformed"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + rendered().partition(b"?>")[2], "document type"),
        (rendered().replace(b"1900-05-17", b"1980-05-17"), "filler year"),
        (rendered().replace(b">add<", b">update<"), "add or delete"),
        (rendered().replace(b"1.50", b"1.3"), "numberOfCredits"),
    ],
)
def test_a_bad_document_is_rejected_with_the_reason(document, says):
    with pytest.raises(pars_checks.Rejection, match=says):
        pars_checks.read(document, WIRE, today=TODAY)


def test_a_credit_id_is_taken_once(desk):
    assert desk.save(rendered(), KNOWN).status == 201
    again = desk.save(rendered(), KNOWN)
    assert (again.status, b"Duplicate" in again.body) == (409, True)
    assert len(desk.store.records()) == 1


def test_a_deleted_credit_is_gone_and_its_id_used_up(desk):
    desk.save(rendered(), KNOWN)
    assert desk.save(rendered(replace(RECORD, operation="delete")), KNOWN).status == 200
    assert desk.status(RECORD.credit_id, KNOWN).status == 404
    assert desk.save(rendered(), KNOWN).status == 409
    assert desk.save(rendered(replace(RECORD, operation="delete")), KNOWN).status == 404


@pytest.mark.parametrize("missing", list(KNOWN))
def test_without_credentials_nothing_is_taken(desk, missing):
    assert desk.save(rendered(), KNOWN | {missing: ""}).status == 401
    assert desk.status(RECORD.credit_id, KNOWN | {missing: ""}).status == 401
    assert desk.store.records() == []


def test_only_the_named_password_is_taken(desk):
    strict = replace(desk, user="u", password="q")
    assert strict.save(rendered(), KNOWN).status == 401
    assert strict.save(rendered(), KNOWN | {"Password": "q"}).status == 201


def test_no_identifier_is_stored_or_shown(tmp_path):
    path = tmp_path / "store.sqlite3"
    store = Store(path)
    desk = ParsDesk(store, WIRE, world.START.replace(month=3).timestamp)
    desk.save(rendered(), KNOWN)
    desk.save(rendered().replace(b"1.50", b"1.3"), KNOWN)
    page = inbox.page(desk)
    store.close()
    for secret in ("Avery", "Sample", "1234567893", "036000001", "05-17"):
        assert secret not in page
        assert secret.encode() not in world.stored_bytes(path)
    assert "••••93" in page


def test_the_page_says_that_it_is_a_rehearsal_and_escapes_what_it_shows(desk):
    desk.save(rendered(replace(RECORD, activity_title="<script>alert(1)</script>")), KNOWN)
    desk.store.instruct(misbehave.parse({"trouble": "refuse", "credit_id": "<b>", "times": ""}))
    page = inbox.page(desk)
    assert "Rehearsal: nothing leaves this machine." in page
    assert "<script>" not in page
    assert "<b>" not in page
    assert _Open(page).unclosed == []


class _Open(HTMLParser):
    """Which elements of a page are not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.unclosed: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "input"):
            self.unclosed.append(tag)

    def handle_endtag(self, tag):
        assert self.unclosed.pop() == tag


def test_the_inbox_and_the_api_answer(far):
    root = far.receiver.address
    status, page = call(f"{root}/")
    assert (status, "<h1>Inbox of PARS</h1>" in page) == (200, True)
    assert call(f"{root}/api/rules", body=json.dumps({"trouble": "slow", "times": 2}).encode()) == (204, "")
    assert json.loads(call(f"{root}/api/rules")[1])[0]["trouble"] == "slow"
    assert call(f"{root}/rules", body=b"trouble=refuse&times=&on=status")[0] == 200  # after going back to the inbox
    assert call(f"{root}/behave", body=b"")[0] == 200
    assert json.loads(call(f"{root}/api/rules")[1]) == []
    assert json.loads(call(f"{root}/api/records")[1]) == []
    assert call(f"{root}/nowhere")[0] == 404


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"no", b'{"trouble": "slow", "times": "x"}', b'{"trouble": "slow", "on": "x"}', b"\xff"]
)
def test_an_instruction_that_can_not_be_understood_is_refused(far, body):
    assert call(f"{far.receiver.address}/api/rules", body=body)[0] == 400


def test_other_names_and_other_pages_are_turned_away(far):
    root = far.receiver.address
    assert far.receiver.server_address[0] == "127.0.0.1"
    assert call(f"{root}/", headers={"Host": "evil.example.org"})[0] == 421
    assert call(f"{root}/behave", body=b"", headers={"Origin": "https://evil.example.org"})[0] == 403
    assert call(f"{root}/behave", body=b"", headers={"Origin": "null"})[0] == 403
    assert call(f"{root}/behave", body=b"", headers={"Host": "evil.example.org"})[0] == 403
    assert call(f"{root}/behave", body=b"", headers={"Origin": root})[0] == 200


def test_too_much_is_refused(far):
    assert call(f"{far.url}/SaveLearnerActivity", body=b"x" * 1_000_001)[0] == 413


def test_every_trouble_has_its_words():
    assert set(misbehave.LABELS) == set(misbehave.Trouble)


def _receiver(store: Path, *more: str) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "cme_xblock.reporting.sandbox", "--port", "0", "--store", str(store), *more]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO")}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    return process, process.stdout.readline().split()[3].rstrip("/")


def test_it_survives_being_killed_and_ends_when_told(tmp_path):
    store = tmp_path / "var" / "receiver.sqlite3"
    first, address = _receiver(store, "--answer-delay", "0")
    document = rendered(replace(RECORD, completed_on=datetime.now(UTC).date()))
    status, _ = call(f"{address}/SaveLearnerActivity", body=document, headers=KNOWN)
    call(f"{address}/api/rules", body=json.dumps({"trouble": "error_500", "on": "status"}).encode())
    first.kill()
    first.communicate()
    second, address = _receiver(store, "--answer-delay", "0")
    asked = [call(f"{address}/GetLearnerStatusByCreditId?CreditId={RECORD.credit_id}", headers=KNOWN) for _ in "12"]
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=60)
    assert status == 201
    assert [code for code, _ in asked] == [500, 200]
    assert "accepted" in asked[1][1]
    assert second.returncode == 0


def test_it_runs_without_django():
    code = "import sys, cme_xblock.reporting.sandbox.__main__ as m; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
