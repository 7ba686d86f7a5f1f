"""One exchange: what certainly did not leave, what may have, and addresses that nothing is sent to."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cme_xblock.reporting.endpoints import exchange
from tests import hanging

# What waits for nothing has time enough, however busy the machine; what waits for a limit must not take long.
LIMITS = exchange.Limits(connect=30.0, silence=30.0, total=60.0, answer_max=1000)
SHORT = exchange.Limits(connect=30.0, silence=0.4, total=0.8, answer_max=1000)


def take_request(connection: socket.socket) -> bool:
    """Read the whole request: who closes with something unread answers with a reset, and the answer may be lost.

    False where none came.
    """
    read = b""
    while not read.endswith(b"secret body") and (b"\r\n\r\n" not in read or b"Content-Length" in read):
        chunk = connection.recv(65_536)
        if not chunk:
            return False
        read += chunk
    return True


@contextmanager
def listening(behave: Callable[[socket.socket], None], *, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server of one connection that does just what the test says; its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            connection, _ = server.accept()
            if context is not None:
                connection = context.wrap_socket(connection, server_side=True)
            with connection:
                take_request(connection)
                behave(connection)
        except OSError:
            pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.close()
        thread.join(3)


def ask(
    port: int, *, scheme: str = "http", ca_file: str = "", limits: exchange.Limits = LIMITS
) -> exchange.Answer:
    request = exchange.Request("POST", f"{scheme}://127.0.0.1:{port}/x", {"User": "u"}, b"secret body")
    return exchange.exchange(request, limits, allow_insecure_loopback=True, ca_file=ca_file)


def drip(connection: socket.socket, text: bytes) -> None:
    for at in range(len(text)):
        connection.sendall(text[at : at + 1])
        time.sleep(0.1)


def test_a_whole_answer_is_read():
    sent = b"HTTP/1.1 201 Created\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nok"
    with listening(lambda c: c.sendall(sent)) as port:
        answer = ask(port)
    assert (answer.status, answer.body, answer.whole, answer.headers["retry-after"]) == (201, b"ok", True, "7")


def test_an_answer_without_length_ends_with_the_connection():
    with listening(lambda c: c.sendall(b"HTTP/1.0 200 OK\r\n\r\nok")) as port:
        assert ask(port).body == b"ok"


def test_a_chunked_answer_is_read():
    with listening(
        lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
    ) as port:
        assert ask(port).body == b"ok"


def test_no_more_than_the_limit_is_read():
    with listening(lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + b"x" * 99_999)) as port:
        answer = ask(port)
    assert (len(answer.body), answer.whole) == (1000, False)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 70_000 + b"\r\n\r\n",
    ],
    ids=["nothing", "nonsense", "half a body", "half a chunk", "no chunk", "200 headers", "a long header"],
)
def test_a_broken_answer_may_have_been_received(sent):
    with listening(lambda c: c.sendall(sent)) as port, pytest.raises(exchange.NoAnswerError):
        ask(port)


def test_silence_ends_after_the_time_for_silence():
    over = threading.Event()
    with listening(lambda c: over.wait()) as port:
        with hanging.waiting(), pytest.raises(exchange.NoAnswerError):
            ask(port, limits=SHORT)
        over.set()


@pytest.mark.parametrize(
    "text",
    [b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + b"o" * 9999, b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 999],
    ids=["body", "headers"],
)
def test_an_answer_that_drips_ends_at_the_deadline(text):
    with listening(lambda c: drip(c, text)) as port, hanging.waiting(), pytest.raises(exchange.NoAnswerError):
        ask(port, limits=SHORT)


def test_nobody_there_means_that_nothing_left():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(exchange.NotSentError, match="unreachable"):
        ask(port)


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, str]:
    """A server's TLS context with a certificate of its own, and that certificate's file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "public.pem", folder / "private.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return context, str(public)


def answer_ok(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")


def test_a_certificate_that_is_not_trusted_means_that_nothing_left(tmp_path):
    context, _ = certificate(tmp_path, "127.0.0.1")
    with listening(answer_ok, context=context) as port, pytest.raises(exchange.NotSentError, match="certificate"):
        ask(port, scheme="https")


def test_a_certificate_for_another_host_means_that_nothing_left(tmp_path):
    context, public = certificate(tmp_path, "127.0.0.2")
    with listening(answer_ok, context=context) as port, pytest.raises(exchange.NotSentError, match="certificate"):
        ask(port, scheme="https", ca_file=public)


def test_a_trusted_certificate_will_do(tmp_path):
    context, public = certificate(tmp_path, "127.0.0.1")
    with listening(answer_ok, context=context) as port:
        assert ask(port, scheme="https", ca_file=public).body == b"ok"


def test_a_missing_certificate_file_means_that_nothing_left():
    with pytest.raises(exchange.NotSentError):
        ask(9, scheme="https", ca_file="/does/not/exist.pem")


@pytest.mark.parametrize(
    ("url", "loopback", "fine"),
    [
        ("https://pars.example.org/services", False, True),
        ("https://pars.example.org:8443/services/", True, True),
        ("http://127.0.0.1:8765/", True, True),
        ("http://localhost:8765/", True, True),
        ("http://[::1]:8765/", True, True),
        ("http://127.0.0.1:8765/", False, False),
        ("http://pars.example.org/", True, False),
        ("http://127.0.0.1.example.org/", True, False),
        ("http://localhost.example.org/", True, False),
        ("http://10.0.0.1/", True, False),
        ("ftp://127.0.0.1/", True, False),
        ("file:///etc/passwd", True, False),
        ("https://user:pass@pars.example.org/", True, False),
        ("https://pars.example.org/?key=1", True, False),
        ("https:///services", True, False),
        ("https://[::1/", True, False),
        ("https://pars.example.org:99999/", True, False),
        ("pars.example.org", True, False),
        ("", True, False),
    ],
)
def test_identifiers_go_only_to_safe_addresses(url, loopback, fine):
    problem = exchange.address_problem(url, allow_insecure_loopback=loopback)
    assert (problem == "") is fine
    if not fine and "?" not in url:  # the operation's own query is added to the address
        with pytest.raises(exchange.AddressRefusedError):
            exchange.exchange(exchange.Request("POST", url, {}, b""), LIMITS, allow_insecure_loopback=loopback)


def test_a_request_never_shows_itself():
    request = exchange.Request("POST", "https://x/?Password=p", {"Password": "p4ssw0rd"}, b"body")
    assert "p4ssw0rd" not in repr(request)
    assert "body" not in repr(request)
