"""A receiver that answers with anything: neither memory nor time nor a worker is lost by it, and no record either.

Through the engine, with the endpoint that reads least of an answer and the one that reads most of it.
"""

from __future__ import annotations

import json
import resource
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from cme_xblock.records.models import Delivery, DeliveryAttempt
from cme_xblock.reporting import engine
from cme_xblock.reporting.endpoints import connections, exchange, webhook_signing
from tests import hanging
from tests.reporting import world

pytestmark = pytest.mark.django_db

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
LIMITS = exchange.Limits(connect=1.0, silence=0.5, total=1.0, answer_max=65_536)
PATIENT = exchange.Limits(connect=30.0, silence=30.0, total=60.0, answer_max=65_536)
MEGABYTES = 32


def endless(*pieces: bytes) -> Callable[[socket.socket], None]:
    """The first pieces once, the last one for ever."""

    def behave(connection: socket.socket) -> None:
        for one in pieces[:-1]:
            connection.sendall(one)
        while True:
            connection.sendall(pieces[-1])

    return behave


def whole(body: bytes, *, kind: str = "application/json", status: str = "200 OK", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


def says(answer: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(answer)


def drips(answer: bytes) -> Callable[[socket.socket], None]:
    """A byte now and then, never so late that it would count as silence."""

    def behave(connection: socket.socket) -> None:
        for one in answer:
            connection.sendall(bytes([one]))
            time.sleep(0.1)

    return behave


def resets(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


BLOCK = b"x" * 65_536
ENDLESS = {
    "a body": endless(OK + b"\r\n", BLOCK),
    "a chunk of -1 bytes": endless(CHUNKED, b"-1\r\n", BLOCK),
    "a chunk of a terabyte": endless(CHUNKED, b"FFFFFFFFFF\r\n", BLOCK),
    "a chunk's size": endless(CHUNKED, b"1" * 65_536),
    "a chunk's extension": endless(CHUNKED, b"1;" + b"a" * 60_000 + b"\r\nx\r\n"),
    "trailers": endless(CHUNKED, b"2\r\n{}\r\n0\r\n", b"A: b\r\n" * 1000),
    "headers": endless(OK, b"A: b\r\n" * 1000),
    "one header": endless(OK + b"A: ", BLOCK),
    "a status line": endless(b"HTTP" * 1000),
    "100 Continue": endless(b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "a body of negative length": endless(OK + b"Content-Length: -5\r\n\r\n", BLOCK),
    "a body of no length": endless(OK + b"Content-Length: none\r\n\r\n", BLOCK),
    "drops": drips(OK * 1000),
}


@dataclass
class Server:
    """Answers the n-th connection by the n-th behaviour, the last one for ever. `bodies`: what came."""

    port: int
    bodies: list[bytes] = field(default_factory=list)


@contextmanager
def serving(*behaviours: Callable[[socket.socket], None]) -> Iterator[Server]:
    listener = socket.create_server(("127.0.0.1", 0))
    told = Server(listener.getsockname()[1])

    def serve() -> None:
        number = 0
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    body = _request(connection)
                    told.bodies.append(body)
                    behaviours[min(number, len(behaviours) - 1)](connection)
                except OSError:
                    pass
            number += 1

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        connections.hang_up()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def _request(connection: socket.socket) -> bytes:
    came = b""
    while b"\r\n\r\n" not in came:
        came += _some(connection)
    head, _, body = came.partition(b"\r\n\r\n")
    length = next((int(one[15:]) for one in head.split(b"\r\n") if one.lower().startswith(b"content-length")), 0)
    while len(body) < length:
        body += _some(connection)
    return body


def _some(connection: socket.socket) -> bytes:
    found = connection.recv(65_536)
    if not found:
        raise ConnectionError
    return found


@pytest.mark.parametrize("name", ENDLESS)
def test_no_answer_takes_all_memory_or_all_time(name):
    with serving(ENDLESS[name]) as server:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        request = exchange.Request("POST", f"http://127.0.0.1:{server.port}/", {}, b"x")
        try:
            with hanging.waiting():
                answer = exchange.exchange(request, LIMITS, allow_insecure_loopback=True)
        except exchange.NoAnswerError:
            answer = None
        taken = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        assert taken < MEGABYTES
        assert answer is None or not answer.whole


def echoed(kind: str) -> bytes:
    return whole(b"[]", kind=kind)


DEEP = b"[" * 100_000 + b"]" * 100_000
ODD = {
    "10 MB": whole(b"x" * 10_000_000),
    "10 MB of JSON": whole(b"[" + b'"a",' * 2_500_000 + b'"a"]'),
    "half JSON": whole(b'["3f2504e0-4f89-41d3'),
    "deep JSON": whole(DEEP),
    "a number of a million digits": whole(b"[" + b"9" * 1_000_000 + b"]"),
    "not a number": whole(b"[NaN, Infinity]"),
    "JSON of another kind": whole(b'{"ok": true}'),
    "the word null": whole(b"null"),
    "nothing": whole(b""),
    "another encoding": whole('["\u00e9"]'.encode("utf-16")),
    "a web page": whole(b"<html><body>Sign in</body></html>", kind="text/html"),
    "JSON called an image": whole(b"[]", kind="image/gif"),
    "a redirect": whole(b"", status="302 Found", more="Location: http://169.254.169.254/latest/meta-data\r\n"),
    "a redirect that keeps the method": whole(
        b"", status="307 Temporary", more="Location: https://elsewhere.example/\r\n"
    ),
    "a status that there is not": whole(b"[]", status="799 Odd"),
    "a wait of a thousand years": whole(b"", status="503 Busy", more="Retry-After: 31556952000\r\n"),
    "a wait until the year 9999": whole(b"", status="429 Busy", more="Retry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n"),
    "a wait of no number": whole(
        b"", status="429 Busy", more="Retry-After: \u0663\u0663\r\n".encode().decode("latin-1")
    ),
    "emoji and NUL": whole("\U0001f4a3\x00\x1b[2J".encode() * 50, status="400 Bad", kind="text/plain"),
    "two lengths": OK + b"Content-Length: 5\r\nContent-Length: 2\r\n\r\n[]abc",
    "two answers at once": whole(b"[]") + whole(b"", status="500 Smuggled"),
    "no HTTP": b"[]",
}


def lrs(address: str) -> dict[str, object]:
    options = {"home_page": "https://lms.example.org", "send": ["claim"]}
    return world.endpoint(address, name="lrs", kind="xapi_lrs", label="LRS", wire={}, options=options)


def hook(address: str) -> dict[str, object]:
    return world.endpoint(
        address, name="hook", kind="webhook", label="Webhook", wire={}, secret_env=world.SECRET_ENV,
        options={"send": ["claim"]},
    )  # fmt: skip


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("setting", [lrs, hook, world.endpoint], ids=["lrs", "hook", "pars"])
def test_whatever_it_says_a_record_stands_somewhere_with_a_reason(name, setting, settings, clock):
    """A record is then accepted, or waits for something, or stands with a reason; it never is left in a worker's hand,
    and never is at the receiver twice without having been asked about, or being recognised by its key."""
    with serving(says(ODD[name])) as server:
        settings.CME_ENDPOINTS = [setting(f"http://127.0.0.1:{server.port}/x")]
        world.claim()
        for _ in range(3):
            world.run(clock)
            clock.forward(hours=25)
    row = Delivery.objects.get()
    assert row.state in ("ready", "unknown", "accepted", "pending", "refused", "held")
    assert row.reason or row.state in ("accepted", "pending")
    assert row.lease_owner == ""
    assert DeliveryAttempt.objects.exclude(reason="program_error").count() == DeliveryAttempt.objects.count() > 0
    if row.state == "accepted":
        assert name in ACCEPTABLE[row.endpoint], name
    # Nobody is asked to come back later than a day, and nothing rare is in the log.
    assert (row.next_attempt_at - clock()).total_seconds() <= 86_400 * 1.25 or row.state == "unknown"
    kept = "".join(json.dumps(list(one), ensure_ascii=False) for one in DeliveryAttempt.objects.values_list("excerpt"))
    assert max(kept) <= "\uffff"
    assert "\x00" not in kept


# A webhook's receiver has taken a message when it says 2xx, whatever else it says; but a web page is not its answer.
ACCEPTABLE = {
    "hook": {
        "10 MB", "10 MB of JSON", "half JSON", "deep JSON", "a number of a million digits", "not a number",
        "JSON of another kind", "the word null", "nothing", "another encoding", "JSON called an image", "two lengths",
        "two answers at once",
    },
    "lrs": set(), "pars": set(),
}  # fmt: skip


def test_a_connection_that_is_cut_after_each_byte_is_found_out(settings, clock):
    """Reset before an answer, after some of it, and then a receiver that works: sent again under its key."""
    good = whole(b"{}")
    with serving(resets, says(good[:20]), says(good[:-1]), says(good)) as server:
        settings.CME_ENDPOINTS = [hook(f"http://127.0.0.1:{server.port}/x")]
        world.claim()
        for _ in range(8):
            world.run(clock)
            clock.forward(hours=25)
    assert world.states() == {"accepted": 1}
    assert len(server.bodies) == 4
    assert len(set(server.bodies)) == 1


def test_a_worker_that_was_stopped_before_it_sent_sends_nothing_any_more(settings, monkeypatch):
    """Stopped between its last look and its first byte (SIGSTOP, a machine that is moved) for longer than its lease:
    by then another one may have asked, heard that nothing is there, and sent it."""
    with serving(says(whole(b"{}"))) as server:
        quick = {"total_timeout": 0.3, "read_timeout": 0.3, "lease_seconds": 0.8, "settle_seconds": 0.1}
        settings.CME_ENDPOINTS = [{**hook(f"http://127.0.0.1:{server.port}/x"), **quick}]
        world.claim(now=datetime.now(UTC))
        real, others = webhook_signing.headers, []

        def slowly(*args, **how):
            if not others:
                others.append(0)
                time.sleep(1.0)
                for _ in range(3):
                    others.append(engine.run_once(now=lambda: datetime.now(UTC), owner="another").accepted)
                    time.sleep(0.2)
            return real(*args, **how)

        monkeypatch.setattr(webhook_signing, "headers", slowly)
        assert engine.run_once(now=lambda: datetime.now(UTC), owner="first").lost == 1
        assert sum(others) == 1
        assert world.states() == {"accepted": 1}
        assert len(server.bodies) == 1


def test_what_may_not_leave_any_more_does_not():
    with serving(says(whole(b"{}"))) as server:
        request = exchange.Request("POST", f"http://127.0.0.1:{server.port}/", {}, b"x")
        with exchange.leaving_within(-0.1), pytest.raises(exchange.NotSentError, match="no_time"):
            exchange.exchange(request, LIMITS, allow_insecure_loopback=True)
        with exchange.leaving_within(30):
            assert exchange.exchange(request, PATIENT, allow_insecure_loopback=True).status == 200
    assert server.bodies == [b"x"]
