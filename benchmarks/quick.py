"""A receiver that is no brake: it takes whatever comes, and answers at once in the form that the endpoint expects.

Run as a process of its own. Each answer is one write, so that nothing waits for an acknowledgement. `GET /report` tells
how many requests there were, and how many seconds it took to answer all of them.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Callable, Mapping
from html import escape
from urllib.parse import unquote_plus

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_CREDIT = re.compile(r"ccid:[a-z0-9.]+:[a-z0-9-]+")
_CHECK = re.compile(r"<licensee\b")
_ATTENDEE = re.compile(r"<attendee\b")
_KEY = re.compile(r' upload_key="[^"]*"')


def webhook(body: bytes) -> tuple[str, bytes]:
    """Taken."""
    return "application/json", b"{}"


def xapi(body: bytes) -> tuple[str, bytes]:
    """The ids of the statements."""
    return "application/json", json.dumps([one["id"] for one in json.loads(body)]).encode()


def pars(body: bytes) -> tuple[str, bytes]:
    """Each credit is accepted."""
    told = "".join(
        f"<Answer><Status>accepted</Status><CreditID>{one}</CreditID></Answer>"
        for one in dict.fromkeys(_CREDIT.findall(body.decode()))
    )
    return "application/xml", f"<LearnerActivityResponse>{told}</LearnerActivityResponse>".encode()


def cebroker(body: bytes) -> tuple[str, bytes]:
    """Each licence is known, each attendee has a number: XML within XML, as the real one answers."""
    message = _KEY.sub("", unquote_plus(body.partition(b"=")[2].decode()))
    message = message[message.index("<", message.index("?>")) :] if message.startswith("<?xml") else message
    message = _CHECK.sub('<licensee valid="true" Message=""', message)
    message = _ATTENDEE.sub('<attendee id_attendee="1" Message=""', message)
    return "text/xml", f'<string xmlns="https://webservices.cebroker.com/">{escape(message)}</string>'.encode()


FORMS: Mapping[str, Callable[[bytes], tuple[str, bytes]]] = {
    "webhook": webhook, "xapi": xapi, "pars": pars, "cebroker": cebroker,
}  # fmt: skip


class Quick(asyncio.Protocol):
    """One connection, which stays open. The first part of the path says in which form to answer."""

    requests = 0
    seconds = 0.0

    def __init__(self) -> None:
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep it for the answers."""
        self._far: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Answer each request that is there as a whole."""
        self._came += data
        while True:
            head, there, rest = self._came.partition(b"\r\n\r\n")
            length = int(found[1]) if (found := _LENGTH.search(head)) else 0
            if not there or len(rest) < length:
                return
            self._came = rest[length:]
            before = time.perf_counter()
            self._far.write(_answer(head.split(b" ", 2)[1].decode(), rest[:length]))
            Quick.seconds += time.perf_counter() - before


def _answer(path: str, body: bytes) -> bytes:
    if path == "/report":
        kind, told = "application/json", json.dumps({"requests": Quick.requests, "seconds": Quick.seconds}).encode()
    else:
        Quick.requests += 1
        kind, told = FORMS[path.split("/")[1]](body)
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(told)}\r\n\r\n".encode() + told


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Quick, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
