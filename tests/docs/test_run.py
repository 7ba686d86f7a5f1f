"""The commands of the how-tos, run as they stand on the page, on records such as the page is about.

`Reader` takes the lines from the page, so a changed line is a changed run; what is left open on the page ("…") is
filled in from the world of the test. `ran.py` says which test runs which line.
"""

from __future__ import annotations

import contextlib
import io
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, ManagementUtility
from django.test import Client
from lxml import etree

from cme_xblock import cli
from cme_xblock.records import editions, numbers
from cme_xblock.records.models import AccessEntry, Delivery
from cme_xblock.reporting.endpoints.pars_activities import NUMBER
from tests.credit import held
from tests.docs import fences
from tests.records.test_anchors import KEYS, sql
from tests.reporting import world
from tests.reporting.conftest import clock, connected, far, listening, secrets_of_the_tests  # noqa: F401 - fixtures
from tests.reporting.test_hostile_answers import Server
from tests.reporting.test_pars_activities import KEY, pars, publish  # noqa: F401 - a fixture
from tests.reporting.test_receipts import parked, receipt, wrapped  # noqa: F401 - a fixture
from tests.rules import sample

pytestmark = pytest.mark.django_db

# Test, page, and the lines of it that the test runs: all those of ours that begin so.
FOLLOWED: list[tuple[str, str, list[str]]] = []
Test = Callable[..., None]


def commands_of(page: str, *begin: str) -> list[str]:
    lines = [" ".join(line.split()) for block in fences.blocks(fences.ROOT / page) for line in fences.lines(block)]
    mine = [line for line in lines if line.startswith(begin)]
    assert mine, f"{page} has no line that begins with {begin}"
    return mine


def follows(page: str, *begin: str) -> Callable[[Test], Test]:
    """Marks a test as the one that runs these lines of a page; its fixture `reader` has them, and sees that it does."""
    lines = commands_of(page, *begin)

    def mark(test: Test) -> Test:
        FOLLOWED.append((test.__name__, page, lines))
        test.lines = lines
        return test

    return mark


@dataclass
class Reader:
    """Somebody in a terminal of their own who copies one line after another."""

    folder: Path
    left: list[str]
    said: list[str] = field(default_factory=list)

    def run(self, begin: str, *, fill: str = "", status: int = 0) -> str:
        """Run the next line that begins so, with `fill` in the place of what the page leaves open; what it printed."""
        line = next(line for line in self.left if line.startswith(begin))
        self.left.remove(line)
        return self.type(f"{line.partition('…')[0].partition('[')[0]} {fill}", status=status)

    def type(self, line: str, *, status: int = 0) -> str:
        line, _, file = line.partition(" > ")
        words = shlex.split(line)
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = managed(words) if any("manage.py" in one for one in words[:2]) else cli.main(words[1:])
        assert code == status, f"{line}\n{out.getvalue()}"
        if file:
            (self.folder / file.strip()).write_text(out.getvalue(), encoding="utf-8")
        return out.getvalue()


def managed(words: list[str]) -> int:
    """The exit status of `manage.py lms NAME …`: as `ManagementUtility` runs it, but on the test's connection."""
    rest = words[next(place for place, word in enumerate(words) if word.endswith("manage.py")) + 1 :]
    rest = rest[1:] if rest[0] in ("lms", "cms") else rest
    command = ManagementUtility(["manage.py", *rest]).fetch_command(rest[0])
    options = vars(command.create_parser("manage.py", rest[0]).parse_args(rest[1:]))
    try:
        command.execute(*options.pop("args", ()), **options)
    except (CommandError, SystemExit) as ended:
        sys.stderr.write(str(ended))
        return int(ended.returncode if isinstance(ended, CommandError) else ended.code or 0)
    return 0


@pytest.fixture
def reader(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Reader]:
    monkeypatch.chdir(tmp_path)
    one = Reader(tmp_path, list(request.function.lines))
    yield one
    assert one.left == [], "the page has lines that the test has not run"


@follows("docs/how-to/survey.md", "python manage.py lms cme_audit_file", "cme-xblock verify")
def test_an_audit_file_is_written_and_verified(reader: Reader, client: Client, settings: Any) -> None:
    settings.CME_EVIDENCE_KEYS = KEYS
    course = "course-v1:Lake+CME1+2026"
    activity = replace(sample.activity(), activity_id="opioids")
    editions.publish(course, activity, source="cme@1", now=held.NOW)
    held.claim(course=course, activity=activity)
    assert "1 learners" in reader.run("python manage.py lms cme_audit_file")
    assert AccessEntry.objects.get().why == "Reaccreditation 2026"
    (reader.folder / "keys.json").write_bytes(client.get("/cme/evidence/keys.json").content)
    said = reader.run("cme-xblock verify")
    assert "holds" in said.lower()
    # The page's other exit statuses: without a key, with a change in the file, with a file that is none.
    reader.type("cme-xblock verify opioids.zip", status=3)
    content = bytearray((reader.folder / "opioids.zip").read_bytes())
    content[len(content) // 2] ^= 1
    (reader.folder / "changed.zip").write_bytes(content)
    reader.type("cme-xblock verify changed.zip --key keys.json", status=1)
    reader.type("cme-xblock verify none.zip --key keys.json", status=2)


@follows("docs/how-to/survey.md", "python manage.py lms cme_anchor", "python manage.py lms cme_verify")
def test_anchors_are_written_and_compared(reader: Reader, settings: Any) -> None:
    settings.CME_EVIDENCE_KEYS, settings.CME_ANCHOR_FILE = KEYS, str(reader.folder / "anchors.jsonl")
    held.claim()
    assert "1 claims" in reader.run("python manage.py lms cme_anchor")
    assert "Nothing is wrong." in reader.run("python manage.py lms cme_verify --anchors")
    # "exit status 1 on any finding"
    sql("UPDATE cme_xblock_claim SET amount = '0.75'")
    assert "claim_" in reader.type("python manage.py lms cme_verify --anchors", status=1)


@follows("docs/how-to/console.md", "./manage.py lms")
def test_the_consoles_lists_are_brought_up_to_date(reader: Reader) -> None:
    held.claim()
    assert "1 participants were counted" in reader.run("./manage.py lms cme_participants")
    assert "participants were counted" in reader.run("./manage.py lms cme_participants --anew")


@follows("docs/how-to/back-up-and-restore.md", "python manage.py lms")
def test_what_was_restored_is_looked_at(reader: Reader, connected: Any) -> None:  # noqa: F811
    owed = world.claim().deliveries.get()
    assert "No migrations to apply" in reader.run("python manage.py lms migrate cme_xblock")
    assert "Nothing is wrong." in reader.run("python manage.py lms cme_verify")
    listed = reader.run("python manage.py lms cme_deliveries list")
    assert str(owed.uuid) in listed
    assert "ready" in listed


@follows("docs/how-to/cebroker.md", "manage.py cme_receipts")
def test_a_receipt_is_tried_and_then_settles(reader: Reader, parked: Server) -> None:  # noqa: F811
    content = wrapped(etree.tostring(receipt(parked)).decode())
    (reader.folder / "receipt-2026-11-23.xml").write_bytes(content)
    assert "3 would be settled, 0 still open." in reader.run("manage.py cme_receipts")
    assert world.states() == {"pending": 3}
    assert "3 settled, 0 still open." in reader.run("manage.py cme_receipts")
    assert world.states() == {"accepted": 3}


@follows("docs/how-to/pars.md", "manage.py cme_pars_activity")
def test_an_activity_is_registered_changed_closed_and_deleted(
    reader: Reader,
    pars: world.Far,  # noqa: F811
    clock: world.Clock,  # noqa: F811
) -> None:
    decided = 'course-v1:Example+CME+2026 opioids --by "A. Manager" --reason "Annual report"'

    def sent() -> None:
        clock.at = datetime.now(UTC)
        world.run_until_settled(clock)
        assert Delivery.objects.filter(endpoint="parsact").latest("pk").state == "accepted"

    end = datetime.now(UTC).date() - timedelta(days=3)
    dates = {"release": end - timedelta(days=40), "expiry": end}
    publish(clock, **dates)
    assert "/opioids  " in reader.run("manage.py cme_pars_activity list")
    assert "Missing for active: Whether CME Passport shows it" in reader.run("manage.py cme_pars_activity show")
    reader.run("manage.py cme_pars_activity facts")
    facts = reader.folder / "opioids.toml"
    assert "outcomes" in facts.read_text(encoding="utf-8")
    # Edited as the page has it.
    [edited] = fences.blocks(fences.DOCS / "how-to" / "pars.md", ("toml",))
    facts.write_text(edited, encoding="utf-8")
    assert "Owed to parsact: add" in reader.run("manage.py cme_pars_activity register")
    sent()
    assert numbers.pinned(NUMBER, KEY)
    assert "Owed to parsact: update" in reader.run("manage.py cme_pars_activity update", fill=decided)
    sent()
    publish(clock, title="Safer Opioid Tapering", **dates)
    behind = next(line for line in reader.left if "behind" in line)
    assert "opioids: title" in reader.type(behind.partition("[")[0])
    assert "Owed: update" in reader.run("manage.py cme_pars_activity behind", fill=behind.partition("[")[2].strip("]"))
    sent()
    assert "Owed to parsact: close" in reader.run("manage.py cme_pars_activity close", fill=decided)
    sent()
    assert "Owed to parsact: delete" in reader.run("manage.py cme_pars_activity delete", fill=decided)
    sent()


@follows("docs/how-to/pars.md", "manage.py cme_pars_file")
def test_credit_is_written_for_an_upload(reader: Reader, connected: Any) -> None:  # noqa: F811
    world.claim()
    assert "1 records" in reader.run("manage.py cme_pars_file")
    assert (reader.folder / "learners.xlsx").read_bytes().startswith(b"PK")


def test_the_plugin_for_tutor_is_installed(tmp_path: Path) -> None:
    """`pip install ./deploy/tutor`, without Tutor itself, which it needs: where Tutor finds it is in the metadata."""
    [line] = set(commands_of("docs/how-to/tutor.md", "pip install"))
    apart = ["--no-index", "--no-deps", "--no-build-isolation", "--quiet", "--target", str(tmp_path)]
    subprocess.run([sys.executable, "-m", *shlex.split(line), *apart], cwd=fences.ROOT, check=True, capture_output=True)
    points = next(tmp_path.glob("tutor_cme-*.dist-info")) / "entry_points.txt"
    assert "cme = tutor_cme.plugin" in points.read_text()
    assert (tmp_path / "tutor_cme" / "templates").is_dir()


for _page in ("docs/how-to/tutor.md", "deploy/tutor/README.md"):
    FOLLOWED.append((test_the_plugin_for_tutor_is_installed.__name__, _page, commands_of(_page, "pip install")))
