"""Connections that stay open, and addresses that none is made to."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address

import pytest

from cme_xblock.reporting.endpoints import connections, exchange
from tests.reporting import test_webhook, test_xapi
from tests.reporting.test_exchange import LIMITS, answer_ok, ask, listening, take_request

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def counting(*scripts: Callable[[socket.socket], None]) -> Iterator[tuple[int, list[int]]]:
    """A server that plays one script for each connection it gets; its port, and for each request its connection."""
    server = socket.create_server(("127.0.0.1", 0))
    heard: list[int] = []

    def serve() -> None:
        for number, script in enumerate(scripts):
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(3)
                asked = _Asked(connection, heard, number)
                script(asked)  # type: ignore[arg-type]

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1], heard
    finally:
        connections.hang_up()
        server.close()
        thread.join(3)


class _Asked:
    """A connection from the server's side: take a whole request, answer it."""

    def __init__(self, connection: socket.socket, heard: list[int], number: int) -> None:
        self._connection, self._heard, self._number = connection, heard, number

    def take(self) -> None:
        if take_request(self._connection):
            self._heard.append(self._number)

    def answer(self, text: bytes = OK) -> None:
        self._connection.sendall(text)


def twice(asked: _Asked) -> None:
    for _ in "12":
        asked.take()
        asked.answer()


def once(asked: _Asked) -> None:
    asked.take()
    asked.answer()


def once_and_more(asked: _Asked) -> None:
    asked.take()
    asked.answer(OK)
    time.sleep(0.05)
    asked.answer(OK)
    time.sleep(0.3)


def once_then_nothing(asked: _Asked) -> None:
    asked.take()
    asked.answer()
    asked.take()


def test_a_connection_is_used_again():
    with counting(twice) as (port, heard):
        assert [ask(port).body for _ in "12"] == [b"ok", b"ok"]
    assert heard == [0, 0]


def test_a_connection_that_was_closed_meanwhile_is_made_anew_before_anything_is_sent():
    with counting(once, once) as (port, heard):
        ask(port)
        time.sleep(0.05)
        assert ask(port).body == b"ok"
    assert heard == [0, 1]


def test_a_connection_that_breaks_under_a_request_is_not_tried_again():
    with counting(once_then_nothing, once) as (port, heard):
        ask(port)
        with pytest.raises(exchange.NoAnswerError):
            ask(port)
        assert heard == [0, 0]


def test_what_nobody_asked_for_is_not_taken_for_the_next_answer():
    with counting(once_and_more, once) as (port, heard):
        ask(port)
        time.sleep(0.15)
        ask(port)
    assert heard == [0, 1]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000,
    ],
    ids=["close", "HTTP/1.0", "longer than is read"],
)
def test_a_connection_is_kept_only_where_its_answer_was_read_to_the_end(answer):
    def first(asked: _Asked) -> None:
        asked.take()
        asked.answer(answer)
        time.sleep(0.2)

    with counting(first, once) as (port, heard):
        ask(port)
        ask(port)
    assert heard == [0, 1]


def test_an_idle_connection_is_not_trusted(monkeypatch):
    monkeypatch.setattr(connections, "IDLE_MAX", 0.0)
    with counting(once_then_nothing, once) as (port, heard):
        ask(port)
        ask(port)
    assert heard == [0, 1]


def test_a_forked_worker_does_not_write_on_its_parents_connection():
    with counting(twice, once) as (port, heard):
        ask(port)
        child = os.fork()
        if child == 0:
            os._exit(0 if ask(port).body == b"ok" else 1)
        ask(port)
        connections.hang_up()
        assert os.waitpid(child, 0)[1] == 0
    assert heard == [0, 0, 1]


@pytest.mark.parametrize(
    ("address", "loopback", "private", "fine"),
    [
        ("93.184.216.34", False, False, True),
        ("2606:2800:220:1:248:1893:25c8:1946", False, False, True),
        ("127.0.0.1", False, True, False),
        ("127.0.0.1", True, False, True),
        ("::1", True, False, True),
        ("10.1.2.3", True, False, False),
        ("10.1.2.3", False, True, True),
        ("172.16.0.1", False, False, False),
        ("192.168.1.1", False, False, False),
        ("100.64.0.1", False, False, False),
        ("fd00::1", False, False, False),
        ("fd00::1", False, True, True),
        ("169.254.169.254", True, True, False),
        ("fe80::1", True, True, False),
        ("0.0.0.0", True, True, False),  # noqa: S104 - an address to refuse
        ("224.0.0.1", True, True, False),
        ("::ffff:10.0.0.1", False, False, False),
        ("::ffff:169.254.169.254", True, True, False),
        ("64:ff9b::a00:1", False, False, False),
        ("2002:a00:1::1", False, False, False),
    ],
)
def test_private_addresses_are_refused_in_every_dress(address, loopback, private, fine):
    place = connections.Place("https", "h", 443, loopback=loopback, private=private)
    assert connections.is_allowed(ip_address(address), place) is fine


def test_a_name_that_stands_for_one_private_address_among_public_ones_is_refused(monkeypatch):
    def looked_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", (one, port)) for one in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    with pytest.raises(exchange.AddressRefusedError, match="allow_private_network"):
        exchange.exchange(
            exchange.Request("POST", "https://lrs.example.org/x", {}, b""), LIMITS, allow_insecure_loopback=False
        )


def test_the_name_is_looked_up_once_and_the_connection_goes_there(monkeypatch):
    asked: list[str] = []

    def looked_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1" if len(asked) == 1 else "10.0.0.1", port))]

    with listening(answer_ok) as port:
        monkeypatch.setattr(connections.socket, "getaddrinfo", _only_names(looked_up))
        url = f"http://localhost:{port}/x"
        answer = exchange.exchange(
            exchange.Request("POST", url, {}, b"secret body"), LIMITS, allow_insecure_loopback=True
        )
    assert (answer.body, asked) == (b"ok", ["localhost"])


def _only_names(looked_up: Callable[..., object]) -> Callable[..., object]:
    """A look-up that plays a part for names, and lets addresses through."""
    real = socket.getaddrinfo
    return lambda host, port, *more, **how: (
        looked_up(host, port) if host == "localhost" else real(host, port, *more, **how)
    )


@pytest.mark.parametrize("url", ["https://10.0.0.1/x", "https://[fd00::1]/x", "https://169.254.169.254/x"])
def test_both_open_endpoints_refuse_an_address_of_ones_own_network(url):
    hook, lrs = test_webhook.endpoint(url), test_xapi.endpoint(url)
    for found in (test_webhook.sent(hook, "claim"), *test_xapi.sent(lrs, "claim"), *test_xapi.asked(lrs, "claim")):
        assert found.reason == "setting_wrong"
        assert "allow_private_network" in found.detail
    assert "allow_private_network" in hook.check()[0]
