"""One server, several desks: who gets which address, connections that stay open, and faults of the wire itself."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest

from cme_xblock.reporting.endpoints import data
from cme_xblock.reporting.sandbox import inbox
from cme_xblock.reporting.sandbox.misbehave import KEEPS, LABELS, Trouble, parse
from cme_xblock.reporting.sandbox.pars_desk import ParsDesk
from cme_xblock.reporting.sandbox.server import Receiver
from cme_xblock.reporting.sandbox.store import Kept, Store
from cme_xblock.reporting.sandbox.webhook_desk import WebhookDesk
from cme_xblock.reporting.sandbox.xapi_desk import XapiDesk
from tests.reporting import world
from tests.reporting.test_sandbox import call

HEADERS = {"X-Experience-API-Version": "1.0.3", "Authorization": "Basic YTpi", "Content-Type": "application/json"}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    clock = world.Clock()
    desks = (
        ParsDesk(Store(None), data.merged("pars", {}), clock.seconds),
        XapiDesk(Store(None), clock.seconds),
        WebhookDesk(Store(None), clock.seconds),
    )
    with world.listening(*desks) as server:
        yield server


@pytest.fixture(autouse=True)
def emptied(receiver: Receiver) -> None:
    for desk in receiver.desks.values():
        desk.store.clear()


class _Headings(HTMLParser):
    """The headings, the languages and the unlabelled fields of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.labels: set[str] = set()
        self.fields: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in ("h1", "h2"):
            self.found.append(tag)
        if tag == "label":
            self.labels.add(given["for"])
        if tag in ("input", "select"):
            self.fields.add(given["id"])


def test_each_desk_has_an_inbox_that_says_that_nothing_leaves(receiver):
    for name in ("pars", "xapi", "webhook"):
        status, page = call(f"{receiver.address}/{name}/")
        told = _Headings(page)
        assert (status, "nothing leaves this machine" in page) == (200, True)
        assert told.found[0] == "h1"
        assert told.fields == told.labels
        assert '<html lang="en">' in page


def test_the_first_page_leads_to_all_desks(receiver):
    _, page = call(f"{receiver.address}/")
    for name in ("pars", "xapi", "webhook"):
        assert f'href="/{name}/"' in page
    assert "nothing leaves this machine" in page


def test_a_request_reaches_only_its_own_desk(receiver):
    body = b'{"trouble": "slow"}'
    assert call(f"{receiver.address}/xapi/api/rules", body=body)[0] == 204
    rules = {name: len(desk.store.rules()) for name, desk in receiver.desks.items()}
    assert rules == {"pars": 0, "xapi": 1, "webhook": 0}
    assert call(f"{receiver.address}/api/rules", body=body)[0] == 204  # without a name: the first desk's
    assert len(receiver.desks["pars"].store.rules()) == 1
    assert call(f"{receiver.address}/xapi/about", headers=HEADERS)[0] == 200
    assert call(f"{receiver.address}/pars/about")[0] == 404


def test_after_an_instruction_a_person_is_back_at_the_same_inbox(receiver):
    _, page = call(f"{receiver.address}/xapi/rules", body=b"trouble=refuse&times=1")
    assert "<h1>Inbox of the LRS</h1>" in page


def test_a_connection_stays_open_for_the_next_request(receiver):
    parts = urlsplit(receiver.address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    connection.request("GET", "/xapi/about")
    connection.getresponse().read()
    used = connection.sock
    connection.request("GET", "/xapi/api/count")
    assert json.loads(connection.getresponse().read()) == {"records": 0}
    assert connection.sock is used
    connection.close()


@pytest.mark.parametrize(
    ("trouble", "raises"),
    [("half_body", http.client.IncompleteRead), ("store_then_drop", http.client.HTTPException)],
)
def test_a_broken_answer_is_broken_on_the_wire(trouble, raises, receiver):
    receiver.desks["webhook"].store.instruct(parse({"trouble": trouble}))
    parts = urlsplit(receiver.address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    headers = {"webhook-id": "m", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1,x"}
    connection.request("POST", "/webhook/", b'{"type": "t", "timestamp": "t", "data": {}}', headers)
    with pytest.raises(raises):
        connection.getresponse().read()
    connection.close()
    assert receiver.desks["webhook"].store.count() == 1


def test_a_file_of_another_version_is_begun_anew(tmp_path):
    import sqlite3

    path = tmp_path / "old.sqlite3"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE record (id INTEGER PRIMARY KEY, credit_id TEXT)")
    store = Store(path)
    assert store.keep(Kept("one", {}, 0, 0)) == [True]
    store.close()
    again = Store(path)
    assert [one.key for one in again.records()] == ["one"]
    again.close()


def test_instructions_survive_a_restart(tmp_path):
    store = Store(tmp_path / "one.sqlite3")
    store.instruct(parse({"trouble": "refuse", "key": "one"}))
    store.close()
    again = Store(tmp_path / "one.sqlite3")
    assert again.next_trouble("save", "another") is None
    assert again.next_trouble("save", "another", "one") is not None
    assert again.next_trouble("save", "one") is None
    again.close()


def test_every_trouble_is_named_and_those_that_keep_are_known():
    assert set(LABELS) == set(Trouble)
    assert set(Trouble) > KEEPS


def test_an_inbox_escapes_what_came(receiver):
    desk = receiver.desks["xapi"]
    desk.store.keep(Kept("<script>", {"actor": "<b>"}, 0, 0))
    page = inbox.page(desk)
    assert "<script>" not in page
    assert "<b>" not in page
