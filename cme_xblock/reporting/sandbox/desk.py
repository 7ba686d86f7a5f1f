"""What a desk is: one kind of receiver, played. The server carries requests to it and its replies back.

A desk says what it makes of a request; it knows no sockets. What all desks do alike is in `Counter`: the log, and the
misbehaving. To add a desk, write one module with a class on `Counter`, and name it in `__main__.desks`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol

from cme_xblock.reporting.sandbox.misbehave import KEEPS, Rule, Trouble
from cme_xblock.reporting.sandbox.store import Arrival, Store

_HUGE = 4_000_000
_PAGE = b"<html><body>Maintenance</body></html>"
_PLAIN = {"Content-Type": "text/plain"}


@dataclass(frozen=True)
class Call:
    """One request. `path` is what follows the desk's own ("/statements"), header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Reply:
    """What to write to the socket.

    `wait`: seconds before; `drop`: close instead; `drip`: one byte at a time; `cut`: promise the whole body, send half.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0
    drop: bool = False
    drip: bool = False
    cut: bool = False


class Desk(Protocol):
    """One kind of receiver."""

    name: ClassVar[str]  # the first part of its path: lower-case letters
    title: ClassVar[str]  # what its inbox is headed with
    notice: ClassVar[str]  # what it is not: "This is not PARS, and no board will see any of it."
    columns: ClassVar[Mapping[str, str]]  # what the inbox shows of a record: the fact's name, and the heading above it
    body_max: ClassVar[int]  # bytes of a request; what is longer gets 413
    store: Store
    clock: Callable[[], float]  # seconds since 1970

    def answer(self, call: Call) -> Reply:
        """What becomes of a sender's request."""


class Counter:
    """What all desks share: keeping the log, and doing as the instructions say."""

    content_type: ClassVar[str]
    body_max: ClassVar[int] = 1_000_000
    store: Store
    clock: Callable[[], float]

    def refusal(self, status: int, text: str, key: str = "") -> Reply:
        """A refusal in this receiver's own form, with that HTTP status (200: as its form allows)."""
        raise NotImplementedError

    def of_another(self) -> Reply:
        """A success in its own form, but of a record that nobody sent."""
        raise NotImplementedError

    def escaped(self, body: bytes) -> bytes:
        """An answer wrapped once too often, as its kind of service does."""
        raise NotImplementedError

    def logged(self, request: str, key: str, reply: Reply, result: str, detail: str = "") -> Reply:
        """The reply, written down first."""
        self.store.log(Arrival(self.clock(), request, key, result, detail[:300]))
        return reply

    def kept(self, rule: Rule | None, request: str, key: str, keep: Callable[[str], Reply], good: Reply) -> Reply:
        """What becomes of something to be kept, on a good day or as the rule says.

        `keep(rejection)` keeps it, writes the log and gives the true reply; a rejection is what it will be told later.
        `good` is the reply to lie with where nothing is kept.
        """
        if rule is None:
            return keep("")
        if rule.trouble is Trouble.SLOW:
            return replace(keep(""), wait=rule.seconds)
        if rule.trouble in KEEPS:
            reply = keep(rule.text if rule.trouble is Trouble.REFUSE_LATER else "")
            if rule.trouble is Trouble.FORGET:
                self.store.forget()
            return self.disguised(rule, reply, key)
        if rule.trouble is Trouble.DROP_THEN_STORE:
            later = threading.Timer(rule.seconds, keep, [""])
            later.daemon = True
            later.start()
        return self.logged(request, key, self.disguised(rule, good, key), str(rule.trouble))

    def disguised(self, rule: Rule, reply: Reply, key: str) -> Reply:
        """The reply as this trouble lets it out."""
        trouble = rule.trouble
        retry = {"Content-Type": self.content_type, "Retry-After": str(int(rule.seconds))}
        refusals = {
            Trouble.REFUSE: 400, Trouble.ERROR_INSIDE_200: 200, Trouble.UNAUTHORIZED: 401,
            Trouble.CONFLICT_409: 409, Trouble.TOO_LARGE_413: 413, Trouble.GONE_410: 410,
        }  # fmt: skip
        if trouble in refusals:
            return self.refusal(refusals[trouble], rule.text, key)
        plain: dict[Trouble, Callable[[], Reply]] = {
            Trouble.ERROR_500: lambda: Reply(500, b"Internal error", _PLAIN),
            Trouble.STORE_THEN_500: lambda: Reply(500, b"Internal error", _PLAIN),
            Trouble.BUSY_429: lambda: Reply(429, b"", retry),
            Trouble.BUSY_503: lambda: Reply(503, b"", retry),
            Trouble.STORE_THEN_SILENCE: lambda: replace(reply, wait=rule.seconds, drop=True),
            Trouble.STORE_THEN_DROP: lambda: replace(reply, drop=True),
            Trouble.DROP_BEFORE_STORING: lambda: replace(reply, drop=True),
            Trouble.DROP_THEN_STORE: lambda: replace(reply, drop=True),
            Trouble.SLOW: lambda: replace(reply, wait=rule.seconds),
            Trouble.DRIP: lambda: replace(reply, drip=True),
            Trouble.HALF_BODY: lambda: replace(reply, cut=True),
            Trouble.WRONG_TYPE: lambda: replace(reply, headers={**reply.headers, "Content-Type": "image/gif"}),
            Trouble.TRUNCATED: lambda: replace(reply, body=reply.body[: len(reply.body) // 2]),
            Trouble.DOUBLE_ESCAPED: lambda: replace(reply, body=self.escaped(self.escaped(reply.body))),
            Trouble.HUGE: lambda: replace(reply, body=reply.body + b" " * _HUGE),
            Trouble.REDIRECT: lambda: Reply(302, b"", {"Location": "http://127.0.0.1:9/elsewhere"}),
            Trouble.NONSENSE: lambda: Reply(200, _PAGE, {"Content-Type": "text/html"}),
            Trouble.BARE_404: lambda: Reply(404, b"", _PLAIN),
            Trouble.WRONG_CREDIT: self.of_another,
        }
        return plain[trouble]() if trouble in plain else reply
