"""Connections to receivers: to which addresses one may be made at all, and when one may be used again.

A name is looked up once for a connection and the connection goes to one of the addresses found, so no second answer of
the DNS can lead elsewhere. What is private, link-local or otherwise not on the internet is refused, for an address in
the settings must not become a way into the operator's own network. Source: spec endpoints, part 9 (SSRF).

A connection stays open for the thread that made it, and is used again only while it looks alive and was idle briefly.
Whether what was written on it arrived is not decided here: who writes on a connection that breaks never writes the same
on another one by itself.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import os
import select
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Servers end idle connections after two seconds and more; one that ends while we write leaves us not knowing.
IDLE_MAX = 1.5
# A receiver that moves to another address is followed within a minute.
AGE_MAX = 60.0
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressRefusedError(ValueError):
    """The configured address is not one that identifiers may be sent to; the message says what is wanted."""


class NotSentError(Exception):
    """Nothing left this machine; sending later is safe."""


@dataclass(frozen=True)
class Place:
    """Where a connection goes. `loopback`, `private`: whether addresses of this machine, or of private networks, will
    do. Link-local addresses never will: cloud machines keep their credentials there.
    """

    scheme: str
    host: str
    port: int
    ca_file: str = ""
    loopback: bool = False
    private: bool = False


@dataclass
class Line:
    """One connection that stands. `made`, `used`: seconds of the monotonic clock."""

    http: http.client.HTTPConnection
    made: float
    used: float = 0.0

    def is_fresh(self) -> bool:
        """Whether it may be used again: briefly idle, not old, and nothing came that nobody asked for."""
        now = time.monotonic()
        return now - self.used < IDLE_MAX and now - self.made < AGE_MAX and not _has_ended(self.http)


class _Kept(threading.local):
    """The open connections of one thread, by place; another process's are never touched."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.open: dict[Place, Line] = {}


_kept = _Kept()


def get(place: Place, timeout: float) -> Line:
    """A connection that stands, as far as can be seen. `timeout`: seconds for making one.

    Raises AddressRefusedError and NotSentError.
    """
    _forget_other_process()
    line = _kept.open.pop(place, None)
    if line is not None and line.is_fresh():
        return line
    if line is not None:
        line.http.close()
    return Line(_opened(place, timeout), time.monotonic())


def keep(place: Place, line: Line) -> None:
    """Put a connection back whose last answer was read to its end."""
    line.used = time.monotonic()
    _kept.open[place] = line


def hang_up() -> None:
    """Close the open connections of this thread."""
    _forget_other_process()
    while _kept.open:
        _kept.open.popitem()[1].http.close()


def is_allowed(address: Address, place: Place) -> bool:
    """Whether a connection may be made to that address."""
    inner = _inner(address)
    if inner.is_loopback:
        return place.loopback
    if inner.is_link_local or inner.is_multicast or inner.is_unspecified or inner.is_reserved:
        return False
    return inner.is_global or place.private


def _forget_other_process() -> None:
    """After a fork both processes hold the same connections: the child lets go of them without a word."""
    if _kept.process != os.getpid():
        _kept.process, _kept.open = os.getpid(), {}


def _has_ended(connection: http.client.HTTPConnection) -> bool:
    """Whether the far side has closed, or said something that nobody asked for."""
    if connection.sock is None:
        return True
    try:
        readable, _, _ = select.select([connection.sock], [], [], 0)
    except (OSError, ValueError):
        return True
    return bool(readable)


def _opened(place: Place, timeout: float) -> http.client.HTTPConnection:
    deadline = time.monotonic() + timeout
    for address in _addresses(place):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        try:
            return _connected(place, str(address), left)
        except ssl.SSLCertVerificationError:
            raise NotSentError("certificate") from None
        except (OSError, ValueError):
            continue
    raise NotSentError("unreachable")


def _addresses(place: Place) -> list[Address]:
    """What the name stands for, once each; refused as a whole where one of them is not allowed."""
    try:
        found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(ipaddress.ip_address(str(one[4][0])) for one in found))
    except (OSError, ValueError):
        raise NotSentError("unreachable") from None
    if not all(is_allowed(one, place) for one in addresses):
        raise AddressRefusedError(
            "the host in the setting url stands for an address that is not on the internet; for a receiver in your own "
            "network set allow_private_network"
        )
    return addresses


def _connected(place: Place, address: str, timeout: float) -> http.client.HTTPConnection:
    raw = socket.create_connection((address, place.port), timeout=timeout)
    with contextlib.ExitStack() as undo:
        undo.callback(raw.close)
        # Head and body are written one after the other; without this the body waits for the head's acknowledgement.
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection: http.client.HTTPConnection
        if place.scheme == "https":
            context = _context(place.ca_file)
            connection = http.client.HTTPSConnection(place.host, place.port, context=context)
            connection.sock = context.wrap_socket(raw, server_hostname=place.host)
        else:
            connection = http.client.HTTPConnection(place.host, place.port)
            connection.sock = raw
        # Otherwise http.client would connect anew, and look the name up again, when the far side has hung up.
        connection.auto_open = 0
        undo.pop_all()
        return connection


@lru_cache(maxsize=32)
def _context_of(ca_file: str, changed: float) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _context(ca_file: str) -> ssl.SSLContext:
    """The TLS settings, made once for a file of certificates and once more when it changes."""
    return _context_of(ca_file, os.stat(ca_file).st_mtime if ca_file else 0.0)


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address only wraps, where it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)
