"""Our statements and a real Learning Record Store: Ralph, in an environment and a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from cme_xblock.reporting.endpoints import connections
from cme_xblock.reporting.endpoints.xapi import XapiLrs
from tests.reporting import statements, world
from tests.reporting.statements import KEYS
from tests.reporting.test_xapi import asked, endpoint, results, sent

JUDGE = os.environ.get("CME_LRS_JUDGE", "")
USER = "rehearsal"

# Ralph 5.1 with files takes one request and then no more, for it creates its file anew with each. All but that is as it
# comes: its interface, its validation, its comparing.
_SERVE = """
import sys, uvicorn
from ralph.backends.data.base import BaseOperationType
from ralph.backends.data.fs import FSDataBackend
FSDataBackend.default_operation_type = BaseOperationType.APPEND
uvicorn.run("ralph.api:app", host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
"""

pytestmark = pytest.mark.skipif(not JUDGE, reason="CME_LRS_JUDGE names no Python that has ralph (docs/decisions/0026)")


def _ralph(folder: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A Ralph that keeps its statements in a file, and the address of its statements."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "RALPH"))},
        "RALPH_APP_DIR": str(folder),
        "RALPH_AUTH_FILE": str(folder / "auth.json"),
        "RALPH_RUNSERVER_BACKEND": "fs",
        "RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH": str(folder),
    }
    known = ["-u", USER, "-p", world.PASSWORD, "-s", "all", "-N", "tests", "-M", "mailto:tests@example.org", "-w"]
    subprocess.run([JUDGE, "-m", "ralph", "auth", *known], env=environment, check=True, capture_output=True)
    with (folder / "ralph.log").open("wb") as log:
        process = subprocess.Popen([JUDGE, "-c", _SERVE, str(port)], env=environment, stdout=log, stderr=log)
    return process, f"http://127.0.0.1:{port}/xAPI"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("ralph")
    process, url = _ralph(folder)
    try:
        end = time.monotonic() + 60
        while not _answers(url):
            assert process.poll() is None, (folder / "ralph.log").read_text()
            assert time.monotonic() < end, (folder / "ralph.log").read_text()
            time.sleep(0.1)
        yield url
    finally:
        connections.hang_up()
        process.terminate()
        process.wait(20)


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/statements", timeout=5)  # noqa: S310 - our own process
    except urllib.error.HTTPError:
        return True  # it wants a password
    except OSError:
        return False
    return True


@pytest.fixture
def lrs(address: str) -> XapiLrs:
    return endpoint(address, read_timeout=20.0, total_timeout=20.0, lease_seconds=60.0)


def test_ralph_takes_every_statement_of_ours_and_gives_it_back_as_it_was(lrs):
    assert lrs.check() == ()
    assert results(asked(lrs, *KEYS)) == [("not_found", "not_found")] * len(KEYS)
    assert results(sent(lrs, *KEYS)) == [("accepted", "")] * len(KEYS)
    assert results(asked(lrs, *KEYS)) == [("accepted", "")] * len(KEYS)


def test_ralph_holds_once_what_is_sent_twice(lrs):
    sent(lrs, "assessment_submitted")
    (again,) = sent(lrs, "assessment_submitted")
    assert again.result in ("accepted", "unknown")
    assert results(asked(lrs, "assessment_submitted")) == [("accepted", "")]


def test_ralph_and_we_agree_on_what_a_conflict_is(lrs):
    sent(lrs, "claim")
    assert results(sent(lrs, "claim", learner="another")) == [("refused", "conflict")]
    assert results(asked(lrs, "claim", learner="another")) == [("refused", "conflict")]


def test_ralph_takes_a_correction(lrs):
    sent(lrs, "claim")
    again = {"credit_id": lrs.key("claim:1", "earned", 2), "revision": 2}
    assert results(sent(lrs, "claim", operation="delete")) == [("accepted", "")]
    assert results(asked(lrs, "claim", operation="delete")) == [("accepted", "")]
    assert results(sent(lrs, "claim", **again)) == [("accepted", "")]


def test_ralph_refuses_a_bad_statement_and_all_that_came_with_it(lrs):
    bad = statements.record(credit_id=lrs.key("claim:bad", "earned", 1), learner="")
    good = statements.event("credit_claimed", key=lrs.key("entry:good/1", "attested", 1))
    both = lrs.send(lrs.render([bad, good], now=statements.AT), [bad, good])
    assert [(one.result, one.reason, one.whole) for one in both.values()] == [("refused", "statement", True)] * 2
    alone = lrs.send(lrs.render([bad], now=statements.AT), [bad])[bad.key]
    assert (alone.result, alone.reason, alone.whole) == ("refused", "statement", False)
    assert results(list(lrs.reconcile([good]).values())) == [("not_found", "not_found")]


def test_a_wrong_password_is_told(address, monkeypatch):
    monkeypatch.setenv(world.PASSWORD_ENV, "another")
    lrs = endpoint(address, read_timeout=20.0, total_timeout=20.0)
    assert "401" in lrs.check()[0]
    assert results(sent(lrs, "claim")) == [("retry", "credentials")]


def test_what_ralph_stored_names_nobody(lrs, tmp_path_factory):
    sent(lrs, *KEYS)
    stored = (tmp_path_factory.getbasetemp() / "ralph0" / "fs_lrs.jsonl").read_text(encoding="utf-8")
    assert all(set(json.loads(line)["actor"]) <= {"objectType", "account"} for line in stored.splitlines())
    assert statements.SECRET not in stored
