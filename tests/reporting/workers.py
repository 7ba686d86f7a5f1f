"""Workers as operators run them: `manage.py cme_deliver` in processes of their own, on the tests' database.

Starting Python and Django takes half a second of processor time, and the test that kills workers needs many. So there
is a nursery as well: one process that has loaded everything, and forks a worker for each line that it reads.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def start(*arguments: str, database: dict[str, Any] | None = None) -> subprocess.Popen[str]:
    """A worker that has just been started. `database`: its settings, where it is not the tests' own."""
    return _process("-m", "django", "cme_deliver", *arguments, database=database)


@contextmanager
def nursery(*arguments: str) -> Iterator[Nursery]:
    """A nursery of workers that get these arguments."""
    process = _process("-m", "tests.reporting.workers", *arguments, stdin=subprocess.PIPE)
    try:
        yield Nursery(process)
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(10)


class Nursery:
    """Starts workers at once."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def start(self) -> int:
        """The process id of a new worker."""
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def is_there(pid: int) -> bool:
    """Whether that process still runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def environment() -> dict[str, str]:
    """What a worker's process finds: the tests' database, endpoints and keys."""
    from django.conf import settings
    from django.db import connection

    database = {key: connection.settings_dict[key] for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "OPTIONS")}
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.reporting.worker_settings",
        "CME_WORKER_DATABASE": json.dumps(database),
        "CME_WORKER_ENDPOINTS": json.dumps(settings.CME_ENDPOINTS),
        "CME_WORKER_KEYS": json.dumps(settings.CME_IDENTIFIER_KEYS),
        "PYTHONPATH": str(ROOT),
    }


def _process(
    *arguments: str, stdin: int | None = None, database: dict[str, Any] | None = None
) -> subprocess.Popen[str]:
    pipes: dict[str, Any] = {"stdin": stdin, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    changed = {"CME_WORKER_DATABASE": json.dumps(database)} if database else {}
    return subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment() | changed, **pipes)


def _raise_workers(arguments: list[str]) -> None:
    import django
    from django.core.management import call_command

    django.setup()
    from cme_xblock.management.commands import cme_deliver  # noqa: F401 - loaded before the first fork

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            log = os.open(os.environ.get("CME_WORKER_LOG", os.devnull), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(log, 1)
            os.dup2(log, 2)
            call_command("cme_deliver", *arguments)
            os._exit(0)
        os.write(1, f"{pid}\n".encode())


if __name__ == "__main__":
    _raise_workers(sys.argv[1:])
