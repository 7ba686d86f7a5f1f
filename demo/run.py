#!/usr/bin/env python
"""Starts the demonstration and keeps it running: web server, rehearsal receiver, delivery worker.

Ctrl-C or SIGTERM ends all three. Everything they write is in `var/` (or where CME_DEMO_VAR points), so a second start
goes on where the first ended; `--reset` begins anew. Uses the standard library only: it must be able to say what is
missing.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
MANAGE = ROOT / "demo" / "manage.py"
WIRE = ROOT / "demo" / "pars-wire.toml"
HOST = "127.0.0.1"
OURS = ("demo.sqlite3*", "demo-*.json", "demo-*.log", "receiver*.sqlite3*")
START_SECONDS = 90
STOP_SECONDS = 10
TAIL_LINES = 25
# A killed one is replaced while somebody watches.
EXPORTS = ("cme_export", "--loop", "--interval", "1", "--lease", "15")


class Ended(Exception):  # noqa: N818 - says what is the case
    """A signal asked for the end."""


class Failed(Exception):  # noqa: N818 - says what is the case
    """The demonstration can't run; the message says why and what to do."""


@dataclass
class Child:
    """One process of the demonstration. `address` is where it answers once it is ready; empty for one that doesn't."""

    title: str
    command: Sequence[str]
    log: Path
    address: str = ""
    process: subprocess.Popen[bytes] | None = None
    _file: IO[bytes] | None = field(default=None, repr=False)

    def start(self, environment: dict[str, str]) -> None:
        """Start it in a session of its own: a Ctrl-C at the terminal comes to us alone."""
        self._file = self.log.open("ab")
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_end_with_parent,  # noqa: PLW1509 - we have one thread
        )

    def check(self) -> None:
        """Raise Failed if it has ended."""
        code = self.process.poll() if self.process else None
        if code is not None:
            raise Failed(
                f"The {self.title} ended by itself (exit code {code}). The end of {self.log}:\n\n{_tail(self.log)}"
            )

    def answers(self) -> bool:
        """Whether it takes requests."""
        try:
            with urllib.request.urlopen(self.address, timeout=5) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            return error.code < 500
        except (OSError, ValueError):
            return False

    def stop(self) -> None:
        """End it, gently first."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self._file is not None:
            self._file.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; 0 when it was a signal, 1 when something failed."""
    options = _options(arguments)
    var = Path(os.environ.get("CME_DEMO_VAR") or ROOT / "var").resolve()
    var.mkdir(parents=True, exist_ok=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    children: list[Child] = []
    try:
        with _alone(var):
            if options.reset:
                _forget(var)
            _run(options, var, children)
    except Ended:
        _say("\nStopping.")
        return 0
    except Failed as failed:
        print(f"\n{failed}", file=sys.stderr, flush=True)
        return 1
    finally:
        # A second Ctrl-C must not leave a child behind.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for child in reversed(children):
            child.stop()
    return 0


def _run(options: argparse.Namespace, var: Path, children: list[Child]) -> None:
    receiver_port = _free(options.receiver_port, taken=())
    port = _free(options.port, taken=(receiver_port,))
    receiver_address = f"http://{HOST}:{receiver_port}"
    environment = {
        **os.environ,
        "CME_DEMO_VAR": str(var),
        "CME_DEMO_RECEIVER_URL": receiver_address,
        "DJANGO_SETTINGS_MODULE": "demo.settings",
        "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))),
        "PYTHONUNBUFFERED": "1",
    }
    _say("Preparing the tables, the course and its edition …")
    _prepare(environment)
    manage = [sys.executable, str(MANAGE)]
    sandbox = [sys.executable, "-m", "cme_xblock.reporting.sandbox", "--port", str(receiver_port), "--wire", str(WIRE)]
    children += [
        Child(
            "rehearsal receiver",
            [*sandbox, "--store", str(var / "receiver.sqlite3"), "--answer-delay", str(options.answer_delay)],
            var / "demo-receiver.log",
            f"{receiver_address}/",
        ),
        Child(
            "web server",
            [*manage, "runserver", "--noreload", "--skip-checks", f"{HOST}:{port}"],
            var / "demo-web.log",
            f"http://{HOST}:{port}/",
        ),
        Child("delivery worker", [*manage, "cme_deliver", "--loop", "--interval", "1"], var / "demo-worker.log"),
        Child("export worker", [*manage, *EXPORTS], var / "demo-exports.log"),
    ]
    for child in children:
        child.start(environment)
    _until(lambda: all(child.answers() for child in children if child.address), children)
    _say(
        f"\n  Learner               http://{HOST}:{port}/\n"
        f"  Studio view           http://{HOST}:{port}/author/\n"
        f"  Receiver's inbox      {receiver_address}/\n\n"
        f"Data and logs are in {var}. Ctrl-C ends the demonstration."
    )
    while True:
        for child in children:
            child.check()
        time.sleep(0.5)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Run the demonstration until Ctrl-C.")
    parser.add_argument("--port", type=int, default=8000, help="of the web server; the next free one if taken (8000)")
    parser.add_argument("--receiver-port", type=int, default=8765, help="of the receiver, likewise (8765)")
    parser.add_argument("--answer-delay", type=int, default=5, help="seconds until the receiver decides (5)")
    parser.add_argument("--reset", action="store_true", help="forget all data of the demonstration first")
    return parser.parse_args(arguments)


def _prepare(environment: dict[str, str]) -> None:
    command = [sys.executable, str(MANAGE), "demo_prepare"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(
            f"The demonstration could not be prepared:\n\n{done.stdout}{done.stderr}\n"
            "If the data are another version's, begin anew: make demo-reset. It forgets all learners and claims."
        )


def _until(ready: Callable[[], bool], children: Sequence[Child]) -> None:
    end = time.monotonic() + START_SECONDS
    while not ready():
        for child in children:
            child.check()
        if time.monotonic() > end:
            silent = next(child for child in children if child.address and not child.answers())
            raise Failed(
                f"The {silent.title} did not answer at {silent.address} within {START_SECONDS} seconds. "
                f"The end of {silent.log}:\n\n{_tail(silent.log)}"
            )
        time.sleep(0.2)


def _free(wanted: int, *, taken: Sequence[int]) -> int:
    """The first free port from the wanted one on."""
    for port in range(wanted, min(wanted + 100, 65536)):
        if port in taken:
            continue
        with socket.socket() as probe:
            # As servers do: a port that a closed connection still lingers on is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise Failed(f"No port is free from {wanted} on. Name another one with --port or --receiver-port.")


class _alone:  # noqa: N801 - used as `with _alone(var)`
    """Hold the folder: two workers on one database would be no rehearsal, and a reset under a server no reset."""

    def __init__(self, var: Path) -> None:
        self._path = var / "demo.lock"
        self._file: IO[str] | None = None

    def __enter__(self) -> None:
        self._file = self._path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Failed(
                f"The demonstration is running already with the data in {self._path.parent}. "
                "End it first, or set CME_DEMO_VAR to another folder."
            ) from None

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


def _forget(var: Path) -> None:
    for pattern in OURS:
        for path in var.glob(pattern):
            path.unlink()


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
    return "\n".join(f"  {line}" for line in lines)


def _end_with_parent() -> None:
    """Linux: have the child end if we are killed. A worker left behind would go on delivering."""
    if sys.platform == "linux":
        import ctypes

        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def _end(number: int, frame: FrameType | None) -> None:
    raise Ended


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
