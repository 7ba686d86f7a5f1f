"""The receiver's HTTP: carries requests to the desk and its replies back, and serves the inbox and a small API.

It answers only requests that name this machine in their Host header, so that no web page elsewhere can reach it through
a name of its own, and it takes instructions only from its own pages or from no page at all.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from cme_xblock.reporting.sandbox import inbox, misbehave
from cme_xblock.reporting.sandbox.desk import Desk, Reply, credentials_in_body

BODY_MAX = 1_000_000
_DRAINED_MAX = 16_000_000
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HTML = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
}
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}


class Receiver(ThreadingHTTPServer):
    """The server. `port` 0 takes a free one; `address` says which."""

    daemon_threads = True
    # Many workers may connect at once; the default queue of five would refuse some.
    request_queue_size = 128

    def __init__(self, desk: Desk, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.desk = desk
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


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Receiver
    server_version = "RehearsalReceiver"
    sys_version = ""
    timeout = 60
    # An answer leaves in one piece and at once; otherwise Nagle's algorithm and delayed acknowledgement add 40 ms.
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        """The inbox, the API's reading side, and questions by CreditID."""
        path, query = self._target()
        desk = self.server.desk
        if self._is_operation(path, "status"):
            credit_id = dict(parse_qsl(query)).get(desk.wire["status"]["credit_id_parameter"], "")
            self._reply(desk.status(credit_id, self._credentials(query)))
        elif not self._is_for_us():
            self._reply(Reply(421, b"This receiver is only for this machine.", _TEXT))
        elif path == "/":
            store = desk.store
            page = inbox.page(
                store.records(limit=inbox.SHOWN), store.arrivals(limit=inbox.SHOWN), store.rules(), at=desk.clock()
            )
            self._reply(Reply(200, page.encode(), _HTML))
        elif path == "/api/records":
            now = desk.clock()
            self._json([asdict(one) | {"status": one.status(now)} for one in desk.store.records()])
        elif path == "/api/arrivals":
            self._json([asdict(one) for one in desk.store.arrivals()])
        elif path == "/api/rules":
            self._json([asdict(one) for one in desk.store.rules()])
        else:
            self._reply(Reply(404, b"Not here.", _TEXT))

    def do_POST(self) -> None:
        """Records to keep, and instructions."""
        path, query = self._target()
        desk = self.server.desk
        body = self._body()
        if body is None:
            return
        if self._is_operation(path, "save"):
            self._reply(desk.save(body, self._credentials(query) or credentials_in_body(body, desk.wire)))
        elif not self._is_for_us() or not self._is_own_page():
            self._reply(Reply(403, b"Instructions come from this machine's own pages only.", _TEXT))
        elif path in ("/rules", "/api/rules"):
            self._instruct(path, body)
        elif path in ("/behave", "/api/behave"):
            desk.store.behave()
            self._reply(_back(path))
        else:
            self._reply(Reply(404, b"Not here.", _TEXT))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal: the inbox shows it all, and a request's line may carry credentials."""

    def _instruct(self, path: str, body: bytes) -> None:
        try:
            data = json.loads(body) if path == "/api/rules" else dict(parse_qsl(body.decode(), keep_blank_values=True))
            if not isinstance(data, Mapping):
                raise misbehave.RuleError("an instruction is an object")
            self.server.desk.store.instruct(misbehave.parse(data))
        except (misbehave.RuleError, ValueError) as error:
            self._reply(Reply(400, str(error).encode(), _TEXT))
            return
        self._reply(_back(path))

    def _target(self) -> tuple[str, str]:
        parts = urlsplit(self.path)
        return parts.path, parts.query

    def _is_operation(self, path: str, name: str) -> bool:
        return path.rstrip("/").endswith("/" + self.server.desk.wire["paths"][name].strip("/"))

    def _credentials(self, query: str) -> dict[str, str]:
        names = self.server.desk.wire["credentials"]
        wanted = [names[key] for key in ("provider", "user", "password")]
        in_query = {key: values[0] for key, values in parse_qs(query).items()}
        found = {name: self.headers.get(name) or in_query.get(name, "") for name in wanted}
        return found if any(found.values()) else {}

    def _body(self) -> bytes | None:
        """The request's body; None where it was refused."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            self._reply(Reply(411, b"Content-Length is needed.", _TEXT))
            return None
        if int(length) > BODY_MAX:
            # Read to the end, within reason: who is still sending does not hear an answer.
            left = min(int(length), _DRAINED_MAX)
            while left > 0:
                left -= len(self.rfile.read(min(BODY_MAX, left))) or left
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

    def _json(self, value: object) -> None:
        self._reply(Reply(200, json.dumps(value).encode(), {"Content-Type": "application/json"}))

    def _reply(self, reply: Reply) -> None:
        self.close_connection = True
        if reply.wait:
            time.sleep(reply.wait)
        if reply.drop:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        for part in ([reply.body[at : at + 1] for at in range(len(reply.body))] if reply.drip else [reply.body]):
            self.wfile.write(part)
            if reply.drip:
                self.wfile.flush()
                time.sleep(0.05)


def _back(path: str) -> Reply:
    """After an instruction: the inbox for a person, an empty answer for a program."""
    if path.startswith("/api/"):
        return Reply(204)
    return Reply(303, b"", {"Location": "/"})
