"""Receipts of the next business day: they settle what they name, once, and nothing else."""

from __future__ import annotations

import io
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.core.management import CommandError, call_command
from lxml import etree

from cme_xblock.records.models import Delivery, DeliveryAttempt
from cme_xblock.reporting import leases, moves, receipts
from tests.reporting import board_parties, world
from tests.reporting.test_hostile_answers import Server, says, serving, whole

pytestmark = [pytest.mark.django_db, pytest.mark.database]

PARKED = '<rosters Message="Receipt on the next business day"/>'


def wrapped(text: str) -> bytes:
    return f'<string xmlns="https://webservices.cebroker.com/">{escape(text)}</string>'.encode()


@pytest.fixture
def parked(settings: Any, clock: world.Clock) -> Iterator[Server]:
    """Three nurses' rosters that CE Broker has put aside until tomorrow."""
    with serving(says(whole(wrapped(PARKED), kind="text/xml"))) as server:
        one = board_parties.cebroker_setting(f"http://127.0.0.1:{server.port}")
        settings.CME_ENDPOINTS = [one | {"wire": board_parties.CEBROKER_WIRE | {"licence": {"check_first": False}}}]
        for name in ("1", "2", "3"):
            board_parties.nurse(name)
        world.run(clock)
        assert world.states() == {"pending": 3}
        yield server


def receipt(server: Server, **said: str) -> etree._Element:
    """The message that was sent, with an id for each attendee; `said`: a message instead, by the attendee's number."""
    (sent,) = parse_qs(server.bodies[0].decode())["InXML"]
    root = etree.fromstring(sent.encode())
    root.attrib.clear()
    for number, one in enumerate(root.iter("attendee")):
        message = said.get(f"n{number}", "")
        one.set("Message", message)
        one.set("ErrorCode", "80" if message else "")
        one.set("id_attendee", "" if message else str(7000 + number))
    return root


def read(root: etree._Element | bytes, clock: world.Clock, **how: Any) -> receipts.Read:
    content = root if isinstance(root, bytes) else wrapped(etree.tostring(root).decode())
    return receipts.read("cebroker", content, now=clock(), **how)


def test_what_is_parked_says_what_to_do(parked, clock):
    rows = Delivery.objects.all()
    assert {(row.reason, row.detail != "") for row in rows} == {("parked", True)}
    clock.forward(days=4)
    assert world.run(clock).worked == 0
    assert len(parked.bodies) == 1


def test_a_receipt_settles_what_it_names(parked, clock):
    clock.forward(days=1)
    found = read(receipt(parked, n1="License RN9210012 was not found for Sample"), clock)
    assert sorted(state for _, state, _ in found.settled) == ["accepted", "accepted", "refused"]
    assert (found.strange, found.open) == ((), 0)
    refused = Delivery.objects.get(state="refused")
    assert refused.reason == "identity"
    assert "RN9210012" not in refused.detail
    assert "Sample" not in refused.detail
    attempt = DeliveryAttempt.objects.get(delivery=refused, action="ask")
    assert (attempt.outcome, len(attempt.answer_hash)) == ("refused", 64)
    assert len(parked.bodies) == 1


def test_reading_it_twice_changes_nothing(parked, clock):
    content = receipt(parked)
    read(content, clock)
    before = list(DeliveryAttempt.objects.values())
    again = read(content, clock)
    assert again.settled == ()
    assert len(again.strange) == 3
    assert list(DeliveryAttempt.objects.values()) == before


def test_a_dry_run_only_says(parked, clock):
    found = read(receipt(parked), clock, dry_run=True)
    assert len(found.settled) == 3
    assert world.states() == {"pending": 3}


@pytest.mark.parametrize("change", ["license", "date_completed", "id_course"])
def test_what_does_not_agree_settles_nothing(parked, clock, change):
    """Another licence, another day, another course: not ours, and it is said without naming anybody."""
    root = receipt(parked)
    for one in list(root.iter(change)):
        one.text = {"license": "RN0", "date_completed": "01/01/2026", "id_course": "999"}[change]
    found = read(root, clock)
    assert (found.settled, len(found.strange), found.open) == ((), 3, 3)
    assert "fits none that is open" in found.strange[0]
    assert "RN" not in "".join(found.strange)


def test_an_attendee_who_comes_twice_stays_open(parked, clock):
    """The one says no and the other yes: which of them holds, a person has to say."""
    root = receipt(parked, n0="Duplicate")
    first = next(root.iter("attendee"))
    twin = etree.fromstring(etree.tostring(first))
    twin.set("Message", "")
    twin.set("id_attendee", "1")
    first.getparent().append(twin)
    found = read(root, clock)
    assert len(found.settled) == 2
    assert found.strange == ("attendee 4 of course 123456 on 11/22/2026 fits one a second time",)
    assert sorted(world.states().items()) == [("accepted", 2), ("pending", 1)]


def test_without_an_id_it_stays_open(parked, clock):
    """No complaint and no number is no success."""
    root = receipt(parked)
    next(root.iter("attendee")).attrib.pop("id_attendee")
    found = read(root, clock)
    assert (len(found.settled), found.open) == (2, 1)


def test_what_a_worker_has_in_hand_is_left_to_it(parked, clock):
    row = Delivery.objects.earliest("pk")
    clock.forward(days=6)
    assert leases.take(row, owner="worker", now=clock(), seconds=60.0)
    found = read(receipt(parked), clock)
    assert len(found.settled) == 2
    row.refresh_from_db()
    assert (row.state, row.lease_owner) == ("pending", "worker")


def test_when_no_receipt_comes_a_person_looks(parked, clock):
    """Five days later it may have arrived or not; and a receipt that comes after all still counts."""
    clock.forward(days=5, minutes=1)
    world.run(clock)
    assert world.states() == {"unknown": 3}
    assert set(Delivery.objects.values_list("detail", flat=True)) == {moves.LOOK_THERE}
    clock.forward(days=30)
    assert world.run(clock).worked == 0
    assert len(read(receipt(parked), clock).settled) == 3
    assert world.states() == {"accepted": 3}


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", b"<rosters/>", wrapped(PARKED), b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"\x00" * 100],
)
def test_what_is_no_receipt_is_refused_with_what_to_do(parked, clock, content):
    with pytest.raises(receipts.NotRead, match="Save it as it came"):
        read(content, clock)
    assert world.states() == {"pending": 3}


def test_a_file_that_is_too_long_is_not_parsed(parked, clock):
    with pytest.raises(receipts.NotRead, match="16 MB"):
        read(b" " * (receipts.BYTES_MAX + 1), clock)


def test_only_receivers_with_receipts_have_them(connected, clock):
    with pytest.raises(receipts.NotRead, match="Known: none"):
        receipts.read("pars", b"<a/>", now=clock())


def test_the_command_reads_files_and_says_what_it_could_not(parked, clock, tmp_path: Path):
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(wrapped(etree.tostring(receipt(parked)).decode()))
    bad.write_bytes(b"nonsense")
    out, wrong = io.StringIO(), io.StringIO()
    call_command("cme_receipts", str(good), "--endpoint", "cebroker", "--dry-run", stdout=out)
    assert "3 would be settled, 0 still open." in out.getvalue()
    with pytest.raises(CommandError, match="2 of 3"):
        call_command(
            "cme_receipts", str(good), str(bad), str(tmp_path / "none.xml"), "--endpoint", "cebroker",
            stdout=out, stderr=wrong,
        )  # fmt: skip
    assert "good.xml: 3 settled, 0 still open." in out.getvalue()
    assert "bad.xml: This is no receipt of CE Broker" in wrong.getvalue()
    assert "none.xml: No such file" in wrong.getvalue()
    assert "Sample" not in out.getvalue() + wrong.getvalue()
