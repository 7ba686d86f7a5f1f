"""The receivers' HTTP: one server, a desk under each path, and each desk's inbox and small API.

    /                        which desks there are
    /pars/                   the inbox of the desk `pars`; /pars/api/records, count, arrivals, rules for programs
    /pars/rules, /behave     instructions, from the inbox's form; /pars/api/rules, /behave from programs
    /pars/<anything else>    requests to the desk itself

An address without a desk's name belongs to the first desk. The server answers only requests that name this machine in
their Host header, so that no web page elsewhere can reach it through a name of its own, and it takes instructions only
from its own pages or from no page at all.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cme_xblock.reporting.sandbox import inbox, misbehave
from cme_xblock.reporting.sandbox.desk import Call, Desk, Reply

_DRAINED_MAX = 40_000_000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HTML = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}
_OWN_PAGES = ("/rules", "/behave", "/api/rules", "/api/behave")


class Receiver(ThreadingHTTPServer):
    """The server. `port` 0 takes a free one; `address` says which. The first desk has the addresses without a name."""

    daemon_threads = True
    # Many workers may connect at once; the default queue of five would refuse some.
    request_queue_size = 128

    def __init__(self, *desks: Desk, host: str = "127.0.0.1", port: int = 0) -> None:
        self.desks = {one.name: one for one in desks}
        self.first = desks[0]
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), Handler)

    @property
    def address(self) -> str:
        """`http://127.0.0.1:8765`."""
        host, port = self.server_address[:2]
        return f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away in the middle are this receiver's daily bread."""


@dataclass(frozen=True)
class _Target:
    """Where a request goes: to which desk, under which path there; `base` is the desk's own path."""

    desk: Desk
    base: str
    path: str
    query: str


class Handler(BaseHTTPRequestHandler):
    """The requests of one connection, which stays open between them."""

    server: Receiver
    protocol_version = "HTTP/1.1"
    server_version = "RehearsalReceiver"
    sys_version = ""
    timeout = 60
    # An answer leaves in one piece and at once; otherwise Nagle's algorithm and delayed acknowledgement add 40 ms.
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        """The inbox, the API's reading side, and questions to a desk."""
        target = self._target()
        page = _PAGES.get(target.path)
        if page is None:
            self._reply(self._asked("GET", target, b""))
        elif not self._is_for_us():
            self._reply(Reply(421, b"This receiver is only for this machine.", _TEXT))
        elif target.base == "/" and target.path == "/" and len(self.server.desks) > 1:
            self._reply(Reply(200, inbox.overview(list(self.server.desks.values())).encode(), _HTML))
        else:
            self._reply(page(target.desk))

    def do_POST(self) -> None:
        """Records for a desk, and instructions."""
        self._with_body("POST")

    def do_PUT(self) -> None:
        """Records for a desk."""
        self._with_body("PUT")

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal: the inbox shows it all, and a request's line may carry credentials."""

    def _with_body(self, method: str) -> None:
        target = self._target()
        body = self._body(target.desk.body_max)
        if body is None:
            return
        if method != "POST" or target.path not in _OWN_PAGES:
            self._reply(self._asked(method, target, body))
        elif not self._is_for_us() or not self._is_own_page():
            self._reply(Reply(403, b"Instructions come from this machine's own pages only.", _TEXT))
        elif target.path.endswith("/behave"):
            target.desk.store.behave()
            self._reply(_back(target))
        else:
            self._instruct(target, body)

    def _target(self) -> _Target:
        parts = urlsplit(self.path)
        head, slash, rest = parts.path.lstrip("/").partition("/")
        desk = self.server.desks.get(head)
        if desk is None or not slash:
            return _Target(self.server.first, "/", parts.path, parts.query)
        return _Target(desk, f"/{head}/", f"/{rest}", parts.query)

    def _asked(self, method: str, target: _Target, body: bytes) -> Reply:
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(target.query, keep_blank_values=True))
        return target.desk.answer(Call(method, target.path, query, headers, body))

    def _instruct(self, target: _Target, body: bytes) -> None:
        is_api = target.path.startswith("/api/")
        try:
            data = json.loads(body) if is_api else dict(parse_qsl(body.decode(), keep_blank_values=True))
            if not isinstance(data, Mapping):
                raise misbehave.RuleError("an instruction is an object")
            target.desk.store.instruct(misbehave.parse(data))
        except (misbehave.RuleError, ValueError) as error:
            self._reply(Reply(400, str(error).encode(), _TEXT))
            return
        self._reply(_back(target))

    def _body(self, most: int) -> bytes | None:
        """The request's body; None where it was refused."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            self.close_connection = True
            self._reply(Reply(411, b"Content-Length is needed.", _TEXT))
            return None
        if int(length) > most:
            # Read to the end, within reason: who is still sending does not hear an answer.
            left = min(int(length), _DRAINED_MAX)
            while left > 0:
                left -= len(self.rfile.read(min(1_000_000, left))) or left
            self.close_connection = True
            self._reply(Reply(413, b"Too long.", _TEXT))
            return None
        return self.rfile.read(int(length))

    def _is_for_us(self) -> bool:
        """Whether the Host header names the loopback, or the server was bound elsewhere on purpose."""
        if str(self.server.server_address[0]) not in _LOOPBACK:
            return True
        return urlsplit(f"//{self.headers.get('Host', '')}").hostname in _LOOPBACK

    def _is_own_page(self) -> bool:
        origin = self.headers.get("Origin")
        return origin is None or urlsplit(origin).netloc == self.headers.get("Host")

    def _reply(self, reply: Reply) -> None:
        if reply.wait:
            time.sleep(reply.wait)
        if reply.drop:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(reply.body)))
        if reply.cut or self.close_connection:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        body = reply.body[: len(reply.body) // 2] if reply.cut else reply.body
        for part in _drops(body) if reply.drip else [body]:
            self.wfile.write(part)
            if reply.drip:
                self.wfile.flush()
                time.sleep(0.05)


def _drops(body: bytes) -> Sequence[bytes]:
    return [body[at : at + 1] for at in range(len(body))]


def _page(desk: Desk) -> Reply:
    return Reply(200, inbox.page(desk).encode(), _HTML)


def _records(desk: Desk) -> Reply:
    now = desk.clock()
    rows = [
        {**one.facts, "key": one.key, "received_at": one.received_at, "status": one.status(now)}
        for one in desk.store.records()
    ]
    return _json(rows)


def _count(desk: Desk) -> Reply:
    return _json({"records": desk.store.count()})


def _arrivals(desk: Desk) -> Reply:
    return _json([asdict(one) for one in desk.store.arrivals()])


def _rules(desk: Desk) -> Reply:
    return _json([asdict(one) for one in desk.store.rules()])


def _json(value: object) -> Reply:
    return Reply(200, json.dumps(value).encode(), {"Content-Type": "application/json"})


def _back(target: _Target) -> Reply:
    """After an instruction: the inbox for a person, an empty answer for a program."""
    if target.path.startswith("/api/"):
        return Reply(204)
    return Reply(303, b"", {"Location": target.base})


_PAGES = {
    "/": _page, "/api/records": _records, "/api/count": _count, "/api/arrivals": _arrivals, "/api/rules": _rules,
}  # fmt: skip
