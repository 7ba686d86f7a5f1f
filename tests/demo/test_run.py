"""`demo/run.py` starts everything, says where, ends cleanly, and goes on where it ended."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120
NAME = "Kim Testperson"


class Running:
    """The demonstration in a folder of its own, as `make demo` starts it."""

    def __init__(self, var: Path, *arguments: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "demo" / "run.py"), *arguments],
            cwd=var,
            env={**os.environ, "CME_DEMO_VAR": str(var), "DJANGO_SETTINGS_MODULE": ""},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.lines.append(line)

    @property
    def said(self) -> str:
        return "".join(self.lines)

    def ready(self) -> Running:
        wait_until(lambda: "Ctrl-C ends" in self.said or self.process.poll() is not None)
        assert self.process.poll() is None, self.said
        return self

    def address(self, label: str) -> str:
        return re.search(rf"{label}\s+(http://\S+)", self.said)[1]

    def children(self) -> dict[int, str]:
        """Process ids of the children, with their command lines."""
        found = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(stat.read_text().rsplit(")", 1)[1].split()[1])
                if parent == self.process.pid:
                    found[int(stat.parent.name)] = (stat.parent / "cmdline").read_text().replace("\0", " ")
            except (OSError, ValueError):
                continue
        return found

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        code = self.process.wait(PATIENCE)
        self._reader.join(5)
        return code


def alive(process: int) -> bool:
    """Whether it runs: a zombie, which nobody has asked for its exit code yet, does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until(what, *, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


@contextmanager
def running(var: Path, *arguments: str) -> Iterator[Running]:
    one = Running(var, *arguments)
    try:
        yield one
    finally:
        one.end()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ports() -> tuple[str, ...]:
    return ("--port", str(free_port()), "--receiver-port", str(free_port()))


def get(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - our own address
        return answer.read().decode()


def enrol(learner_page: str, name: str = NAME) -> str:
    """Begin as a new learner, through the form; the address one lands at."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = browser.open(learner_page, timeout=30).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "name": name}).encode()
    return browser.open(learner_page, form, timeout=30).geturl()


@pytest.fixture(scope="module")
def var(tables, tmp_path_factory) -> Path:
    return shutil.copytree(tables, tmp_path_factory.mktemp("demo"), dirs_exist_ok=True)


def prepared(var: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "demo" / "manage.py"), "demo_prepare"],
        env={**os.environ, "CME_DEMO_VAR": str(var), "DJANGO_SETTINGS_MODULE": "demo.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def begun(tables, tmp_path) -> Path:
    """A folder of one's own in which the demonstration was started once."""
    return shutil.copytree(tables, tmp_path / "begun")


@pytest.fixture(scope="module")
def demo(var) -> Iterator[Running]:
    with running(var, *ports()) as one:
        yield one.ready()


def test_every_address_that_is_printed_answers(demo):
    assert "<h1>Prescribing Opioids for Pain</h1>" in get(demo.address("Learner"))
    assert "Preview" in get(demo.address("Studio view"))
    assert get(demo.address("Receiver's inbox"))


def test_a_learner_finds_the_three_units_in_a_page_that_is_whole(demo):
    home = demo.address("Learner")

    units = {"overview": "Overview and baseline", "content": "Content", "credit": "Assessment, credit and certificate"}
    for slug, title in units.items():
        page = get(f"{home}learn/avery-sample/{slug}/")
        assert '<html lang="en"' in page
        assert 'name="viewport"' in page
        assert page.count("<main ") == page.count("<h1>") == 1
        assert f"<h1>{title}" in page
        assert 'aria-current="page"' in page


def test_content_stays_closed_for_somebody_who_has_only_come_in(demo):
    page = get(f"{demo.address('Learner')}learn/robin-specimen/content/")

    assert "cme-demo-page" not in page


def test_the_author_sees_preview_content_and_source(demo):
    studio = demo.address("Studio view")

    assert "CDC" in get(f"{studio}overview/preview/")
    assert "cme-demo-page" in get(f"{studio}content/preview/")
    assert "&lt;provider" in get(f"{studio}overview/edit/")


@pytest.mark.parametrize("path", ["learn/nobody/overview/", "learn/avery-sample/nothing/", "author/content/edit/"])
def test_what_is_not_there_is_not_found(demo, path):
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(demo.address("Learner") + path)
    assert refused.value.code == 404


@pytest.mark.parametrize("name", ["", "   ", "a" * 101, "Kim\u202etest"], ids=["none", "blank", "long", "control"])
def test_a_name_that_cannot_stand_on_a_certificate_is_refused_with_the_reason(demo, name):
    with pytest.raises(urllib.error.HTTPError) as refused:
        enrol(demo.address("Learner"), name)
    assert refused.value.code == 400
    assert "Enter a name of 1 to 100 characters" in refused.value.read().decode()


@pytest.mark.parametrize("name", ["Author", "None"])
def test_nobody_becomes_the_author_or_anonymous_by_name(demo, name):
    assert f"/learn/{name.lower()}-2/" in enrol(demo.address("Learner"), name)


def test_the_same_name_is_the_same_learner(demo):
    first = enrol(demo.address("Learner"), "Zoë  O'Same")

    assert enrol(demo.address("Learner"), "Zoë O'Same") == first


def test_a_second_demonstration_on_the_same_data_is_refused(demo, var):
    with running(var, *ports()) as second:
        assert second.ended() == 1
        assert "running already" in second.said


def test_a_taken_port_gives_the_next_free_one(demo, begun):
    taken = demo.address("Learner").split(":")[-1].strip("/")
    with running(begun, "--port", taken, "--receiver-port", taken) as other:
        other.ready()
        assert other.address("Learner") != demo.address("Learner")
        assert get(other.address("Learner"))


def test_keys_and_secret_are_readable_by_their_owner_alone(demo, var):
    for name in ("demo-keys.json", "demo-secret.json"):
        assert (var / name).stat().st_mode & 0o077 == 0


def test_ctrl_c_ends_it_all_and_the_next_start_goes_on(tmp_path):
    with running(tmp_path, *ports()) as first:
        first.ready()
        landed = urllib.parse.urlparse(enrol(first.address("Learner"))).path
        children = first.children()
        assert len(children) == 4, "server, receiver, delivery worker, export worker"
        assert first.end(signal.SIGINT) == 0
        assert not any(alive(child) for child in children)
    keys = (tmp_path / "demo-keys.json").read_bytes()

    with running(tmp_path, *ports()) as second:
        second.ready()
        assert NAME in get(second.address("Learner"))
        assert NAME in get(second.address("Learner").rstrip("/") + landed)
        assert (tmp_path / "demo-keys.json").read_bytes() == keys
        assert second.end(signal.SIGTERM) == 0

    with running(tmp_path, *ports(), "--reset") as anew:
        anew.ready()
        assert NAME not in get(anew.address("Learner"))
        assert (tmp_path / "demo-keys.json").read_bytes() != keys


def test_data_begun_on_one_python_go_on_with_the_other(begun):
    with closing(sqlite3.connect(begun / "demo.sqlite3")) as data, data:
        # The workbench for Python 3.11 has no migrations, so this is how its data look to the one for 3.12.
        data.execute("DELETE FROM django_migrations WHERE app = 'workbench'")
        data.execute("UPDATE demo_learner SET full_name = ? WHERE student_id = 'avery-sample'", [NAME])

    prepared(begun)

    with closing(sqlite3.connect(begun / "demo.sqlite3")) as data:
        assert data.execute("SELECT 1 FROM demo_learner WHERE full_name = ?", [NAME]).fetchone()


def test_a_child_that_dies_ends_the_demonstration_and_is_named(begun):
    with running(begun, *ports()) as one:
        one.ready()
        worker = next(child for child, command in one.children().items() if "cme_deliver" in command)
        others = set(one.children()) - {worker}
        os.kill(worker, signal.SIGKILL)
        assert one.ended() == 1
        assert "The delivery worker ended by itself" in one.said
        assert not any(alive(child) for child in others)


def test_what_a_killed_worker_left_is_taken_up_while_somebody_watches(tmp_path):
    ask = "from demo.settings import CME_ENDPOINTS as them; print(*(one['lease_seconds'] for one in them))"
    shown = subprocess.run(
        [sys.executable, "-c", ask],
        env={**os.environ, "CME_DEMO_VAR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    leases = [float(seconds) for seconds in shown.stdout.split()]
    assert leases
    assert max(leases) <= 30


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_no_child_outlives_a_runner_that_was_killed(begun):
    with running(begun, *ports()) as one:
        one.ready()
        children = set(one.children())
        one.end(signal.SIGKILL)
        wait_until(lambda: not any(alive(child) for child in children), seconds=30)
