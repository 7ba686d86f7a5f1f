"""Rosters: each line recorded once or refused with its reason, nothing in a dry run, nobody's name in the ledger."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cme_xblock.credit import attending, staff
from cme_xblock.credit.attending import Place
from cme_xblock.host import people
from cme_xblock.participation import attendance, roster
from cme_xblock.participation.attendance import Role, Row
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.records import editions, ledger
from tests.host import platform
from tests.participation import live
from tests.participation.live import LATER

pytestmark = pytest.mark.django_db(transaction=True)
COURSE = "course-v1:Example+CME+2026"
BY = staff.pseudonym("7")
SHEET = "Sign-in sheet of 15 January"


@pytest.fixture
def place() -> Place:
    activity = live.activity()
    editions.publish(COURSE, activity, source="cme@activity", now=live.BEFORE)
    found = attending.brought_to(COURSE, activity.activity_id)
    assert found is not None
    return found


def kept(place: Place, learner: str) -> list[dict[str, Any]]:
    return [dict(one.payload) for one in ledger.entries(COURSE, place.activity_id, learner)]


def command(*arguments: str) -> tuple[int, str, str]:
    out, err, status = io.StringIO(), io.StringIO(), 0
    try:
        call_command("cme_attendance", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        status = int(ended.code or 0)
    return status, out.getvalue(), err.getvalue()


def test_a_line_is_recorded_once(place: Place) -> None:
    row = Row("s1", minutes=100, evidence=SHEET)
    first = attending.record(place, "42", row, by=BY, now=LATER)
    assert (first.refusal, first.notes) == (None, ())
    again = attending.record(place, "42", row, by=BY, now=LATER + timedelta(hours=1))
    assert again.refusal is not None
    assert again.refusal.code == "already_done"
    assert [one["minutes"] for one in kept(place, "42")] == [100]
    # More is another fact.
    assert attending.record(place, "42", Row("s1", evidence=SHEET), by=BY, now=LATER).refusal is None
    assert attendance.fold(ledger.entries(COURSE, place.activity_id, "42"))["s1"].minutes == 120


def test_a_dry_run_writes_nothing(place: Place) -> None:
    done = attending.record(place, "42", Row("s1", evidence=SHEET), by=BY, now=LATER, dry_run=True)
    assert done.refusal is None
    assert kept(place, "42") == []


def test_learners_are_counted_by_session_and_presenters_are_none(place: Place) -> None:
    for learner, session, role in (("1", "s1", "learner"), ("2", "s1", "learner"), ("2", "s2", "learner")):
        attending.record(place, learner, Row(session, role=Role(role), evidence=SHEET), by=BY, now=LATER)
    attending.record(place, "3", Row("s1", role=Role.PRESENTER, evidence=SHEET), by=BY, now=LATER)
    assert attending.count(place) == {"s1": 2, "s2": 1, "s3": 0}
    attending.withdraw(place, "2", "s1", reason="Badge of somebody else", by=BY, now=LATER)
    assert attending.count(place) == {"s1": 1, "s2": 1, "s3": 0}


def test_a_claim_beyond_the_attendance_that_remains_is_told(place: Place) -> None:
    attending.record(place, "42", Row("s1", evidence=SHEET), by=BY, now=LATER)
    payload = {"system": "ama_pra_1", "amount": "2.0", "claim": "c", "profession": "md", "completed_on": "2026-01-15"}
    drafted = Draft(Kind.CREDIT_CLAIMED, place.edition, payload)
    ledger.append(COURSE, place.activity_id, "42", decide=lambda entries: drafted, now=LATER)
    done = attending.withdraw(place, "42", "s1", reason="Badge of somebody else", by=BY, now=LATER)
    assert [str(one) for one in done.notes] == [
        "2.0 AMA PRA is claimed, and the attendance gives 0.0: lower or withdraw the claim."
    ]


def test_attendance_that_comes_too_late_for_credit_is_told(place: Place) -> None:
    done = attending.record(place, "42", Row("s1", evidence=SHEET), by=BY, now=LATER + timedelta(days=40))
    assert done.refusal is None
    assert "could be claimed until 2026-02-15" in str(done.notes[0])


ROSTER = """Learner,Session,Minutes,Role,Evidence
42,s1,100,,
43,s9,,,
44,s1,many,,
,s1,,,
45,s2,,faculty,Programme page 3
"""


def test_the_command_brings_a_roster_and_names_nobody(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text(ROSTER, encoding="utf-8")
    where = (COURSE, place.activity_id, str(file), "--by", "7", "--evidence", SHEET)
    status, out, err = command("record", *where)
    assert (status, "would be recorded" in out, "dry run" in out) == (1, True, True)
    assert kept(place, "42") == []
    status, out, err = command("record", *where, "--yes")
    assert status == 1
    assert "2 of 5 lines recorded." in out
    assert [one.split(":")[0] for one in err.splitlines()] == ["line 3", "line 4", "line 5"]
    [entry] = kept(place, "42")
    assert (entry["session"], entry["minutes"], entry["evidence"], entry["by"]) == ("s1", 100, SHEET, BY)
    assert kept(place, "45")[0]["role"] == "presenter"
    assert kept(place, "45")[0]["evidence"] == "Programme page 3"
    assert '"7"' not in json.dumps(entry)
    assert command("count", COURSE, place.activity_id)[1] == "s1: 1\ns2: 0\ns3: 0\n"


def test_a_line_of_somebody_from_another_course_is_told(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody may well attend before enrolling; a slip in the list looks the same, so the staff are asked to check."""
    file = tmp_path / "roster.csv"
    file.write_text("learner,session\n42,s1\n43,s1\n44,s1\n", encoding="utf-8")
    host = platform.install(monkeypatch)
    host.enrolled = {(42, COURSE), (43, "course-v1:Example+Other+2026")}
    status, out, _ = command("record", COURSE, place.activity_id, str(file), "--by", "7", "--evidence", SHEET, "--yes")
    assert (status, "3 of 3 lines recorded" in out) == (0, True)
    assert [one.split(":")[0] for one in out.splitlines() if "not enrolled" in one] == ["line 3", "line 4"]


def test_the_command_takes_attendance_back(place: Place) -> None:
    attending.record(place, "42", Row("s1", evidence=SHEET), by=BY, now=LATER)
    where = (COURSE, place.activity_id, "42", "s1", "--by", "7", "--reason", "Badge of somebody else")
    assert "would be taken back" in command("withdraw", *where)[1]
    assert len(kept(place, "42")) == 1
    assert "taken back" in command("withdraw", *where, "--yes")[1]
    assert kept(place, "42")[-1]["reason"] == "Badge of somebody else"
    assert command("withdraw", *where, "--yes")[0] == 1


def test_the_command_says_what_is_wrong(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_bytes(b"Name;Room\nAna;1\n")
    for arguments, says in (
        (("count", COURSE, "other"), "No activity"),
        (("count", COURSE, ""), "No activity"),
        (("record", COURSE, place.activity_id, str(file), "--by", "7"), "no row holds the headings learner, session"),
        (("record", COURSE, place.activity_id, str(tmp_path / "none"), "--by", "7"), "can't be read"),
        (("record", COURSE, place.activity_id, str(file), "--by", " "), "Say who answers"),
    ):
        with pytest.raises(CommandError, match=says):
            command(*arguments)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"user;session\r\nana;s1\r\n", [("ana", "s1", None, "learner", "x")]),
        (b"E-mail,Session,Minutes\nana@example.org,s1,45\n", [("ana@example.org", "s1", 45, "learner", "x")]),
        (
            "\ufefflearner\tsession\trole\nM\u00fcller\ts1\tSpeaker\n".encode(),
            [("Müller", "s1", None, "presenter", "x")],
        ),
        (b"learner,session,evidence\n7,s1,=cmd()\n", [("7", "s1", None, "learner", "=cmd()")]),
    ],
)
def test_a_roster_is_read_as_people_make_them(data: bytes, found: list[tuple[object, ...]]) -> None:
    lines = roster.parse(data, name="r.csv", evidence="x")
    said = [(one.learner, one.row.session, one.row.minutes, one.row.role.value, one.row.evidence) for one in lines]
    assert said == found


@pytest.mark.parametrize("data", [b"", b"\x00\x01", b"learner\n7\n", b"PK\x03\x04broken", b"session,learner,learner\n"])
def test_what_is_no_roster_is_refused_as_a_whole(data: bytes) -> None:
    with pytest.raises(roster.ImportFailed):
        roster.parse(data, name="r.csv")


@pytest.mark.parametrize("line", [b"7,s1,-\n", b"7,s1,1.5\n", b"7,s1,45,boss\n", b",s1,45\n", b"7,,45\n"])
def test_a_line_that_cannot_be_used_says_why(line: bytes) -> None:
    [found] = roster.parse(b"learner,session,minutes,role\n" + line, name="r.csv")
    assert found.problem is not None
    assert "{" not in str(found.problem)


def test_an_account_is_found_by_id_name_or_address(django_user_model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    one = django_user_model.objects.create_user("ana", email="Ana@Example.org")
    django_user_model.objects.create_user("eva", email="shared@example.org")
    django_user_model.objects.create_user("bob", email="shared@example.org")
    django_user_model.objects.create_user("gone", email="gone@example.org", is_active=False)
    for named in ("ana", " ana ", "ana@example.org", str(one.pk)):
        assert people._account(named.strip()) == str(one.pk)
    for named in ("nobody", "shared@example.org", "gone", "gone@example.org", "999999", "9" * 30, "٧"):
        assert people._account(named) == ""
    # The workbench has students, not accounts.
    assert people.learner_id("  ana ") == "ana"
    assert people.learner_id("") == people.learner_id("x\0") == people.learner_id("x" * 256) == ""


def test_nothing_is_published_nothing_can_be_brought() -> None:
    assert attending.brought_to(COURSE, "none") is None
    assert datetime.now(UTC) > LATER
