"""One HTTP exchange whose end is known for what it is: answered, certainly not sent, or possibly received.

Written on `http.client` because everything hangs on where an exchange broke off. While the connection is being made,
nothing has left; from the first byte of the request on, nobody can say. That holds for a connection that is used again
too: where it breaks, the request is not repeated. Redirects are not followed, proxies and `.netrc` of the environment
are not asked, an answer is read up to a size and within a time, however slowly it drips.

It knows nothing of accreditors, and nothing of what it carries: no header, body or query ever gets into a message.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from cme_xblock.reporting.endpoints import connections
from cme_xblock.reporting.endpoints.connections import AddressRefusedError, NotSentError

__all__ = [
    "AddressRefusedError", "Answer", "Limits", "NoAnswerError", "NotSentError", "Request", "address_problem",
    "exchange", "leaving_within",
]  # fmt: skip


# What head, chunk sizes and trailers may take beside the body: chunks of a few bytes each are slow, but no attack.
_FRAME_FACTOR, _FRAME = 8, 1_048_576


class NoAnswerError(Exception):
    """The request left, at least in part, and no whole answer came: it may have been received."""


# Until when a request may begin to leave, in seconds of the monotonic clock; set by whoever holds a lease on what it is
# about. A process that was stopped for a while goes on as if nothing had been.
_LEAVE_BY: ContextVar[float] = ContextVar("leave_by", default=float("inf"))


@contextmanager
def leaving_within(seconds: float) -> Iterator[None]:
    """What is asked in here leaves within so many seconds, or not at all (NotSentError)."""
    token = _LEAVE_BY.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _LEAVE_BY.reset(token)


@dataclass(frozen=True)
class Limits:
    """Seconds to connect, seconds of silence, seconds for all of it, and the largest answer in bytes."""

    connect: float
    silence: float
    total: float
    answer_max: int


@dataclass(frozen=True, repr=False)
class Request:
    """What is asked of the far side. It never shows itself, for it holds identifiers and a password."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    def __repr__(self) -> str:
        return f"Request({self.method}, not shown)"


@dataclass(frozen=True, repr=False)
class Answer:
    """What came back. `whole` is False where the body was longer than allowed and was not read to the end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"


@lru_cache(maxsize=256)
def address_problem(url: str, *, allow_insecure_loopback: bool) -> str:
    """Why identifiers may not be sent to that address, and what to do; "" when they may.

    https everywhere. Plain http only where the operator allowed it for this endpoint, and only to this machine itself,
    named so that no DNS answer can change it: 127.0.0.0/8, ::1 or localhost.
    """
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return "the setting url is not an address; write it as https://host/path"
    local = _is_loopback(host)
    checks = (
        (not host, "the setting url names no host; write it as https://host/path"),
        (parts.username or parts.password, "the setting url holds a user or password; use user and password_env"),
        (parts.query or parts.fragment, "the setting url has a query or a fragment; give only the service's address"),
        (parts.scheme not in ("http", "https"), "the setting url must begin with https://"),
        (parts.scheme == "http" and not local, "the setting url must begin with https://"),
        (
            parts.scheme == "http" and not allow_insecure_loopback,
            "the setting url is not https; for a rehearsal on this machine set allow_insecure_loopback",
        ),
    )
    return next((problem for wrong, problem in checks if wrong), "")


def exchange(
    request: Request,
    limits: Limits,
    *,
    allow_insecure_loopback: bool,
    ca_file: str = "",
    allow_private_network: bool = False,
) -> Answer:
    """Send the request once.

    Raises AddressRefusedError, NotSentError or NoAnswerError, none of which quotes what was sent.
    """
    problem = address_problem(request.url.partition("?")[0], allow_insecure_loopback=allow_insecure_loopback)
    if problem:
        raise AddressRefusedError(problem)
    parts = urlsplit(request.url)
    deadline = time.monotonic() + limits.total
    place = connections.Place(
        parts.scheme,
        parts.hostname or "",
        parts.port or (443 if parts.scheme == "https" else 80),
        ca_file,
        loopback=allow_insecure_loopback,
        private=allow_private_network,
    )
    line = connections.get(place, limits.connect)
    try:
        answer, stays = _ask(line.http, request, limits, deadline)
    except BaseException:
        line.http.close()
        raise
    if stays:
        connections.keep(place, line)
    else:
        line.http.close()
    return answer


def _ask(
    connection: http.client.HTTPConnection, request: Request, limits: Limits, deadline: float
) -> tuple[Answer, bool]:
    """Everything after the connection stands: from here on an error means "may have been received".

    The answer, and whether the connection may be used once more.
    """
    raw = connection.sock
    if time.monotonic() > min(_LEAVE_BY.get(), deadline):
        raise NotSentError("no_time")
    try:
        raw.settimeout(min(limits.silence, max(deadline - time.monotonic(), 0.001)))
        patient = _Patient(raw, limits, deadline)
        connection.response_class = lambda _sock, *args, **kwargs: http.client.HTTPResponse(  # type: ignore[assignment]
            patient, *args, **kwargs
        )
        parts = urlsplit(request.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(request.method, target, body=request.body or None, headers=dict(request.headers))
        response = connection.getresponse()
        if patient.ended:  # http.client takes the end of a connection for the end of a head
            raise http.client.IncompleteRead(b"")
        body, whole = _read(response, limits.answer_max)
    except (OSError, http.client.HTTPException, ValueError):
        raise NoAnswerError("no answer") from None
    answer = Answer(
        status=response.status,
        headers={name.lower(): value for name, value in response.getheaders()},
        body=body,
        whole=whole,
    )
    # After an error of its own a server may close without saying so, while the next request is on its way.
    stays = response.status < 500 and not response.will_close and connection.sock is not None
    return answer, whole and response.isclosed() and stays


def _read(response: http.client.HTTPResponse, limit: int) -> tuple[bytes, bool]:
    """The body up to the limit, and whether that was all. Raises IncompleteRead where the far side broke off."""
    body = bytearray()
    while len(body) <= limit:
        chunk = response.read(min(65_536, limit + 1 - len(body)))
        if not chunk:
            if response.length:
                raise http.client.IncompleteRead(b"")
            return bytes(body), True
        body += chunk
    return bytes(body[:limit]), False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Patient(io.RawIOBase):
    """A socket as `http.client` wants it, whose every wait ends by the deadline, and which gives no more than there
    may be: a chunk that says it is -1 bytes long would be read to the end of all memory.
    """

    def __init__(self, sock: socket.socket, limits: Limits, deadline: float) -> None:
        super().__init__()
        self._sock, self._silence, self._deadline = sock, limits.silence, deadline
        self.ended = False
        self._room = _FRAME_FACTOR * limits.answer_max + _FRAME
        # Held through the socket's own file, so that the connection's early close leaves the answer readable.
        self._raw = sock.makefile("rb", buffering=0)

    def makefile(self, *_args: object) -> io.BufferedReader:
        """What HTTPResponse calls on a socket."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Wait for bytes, but neither longer than the silence allowed nor beyond the deadline."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        if self._room <= 0:
            raise ConnectionError("the answer is too long")
        self._sock.settimeout(min(self._silence, left))
        found = self._raw.readinto(buffer)
        self._room -= found or 0
        self.ended = found == 0
        return found

    def close(self) -> None:
        """Let go of the socket."""
        if not self.closed:
            self._raw.close()
        super().close()
