"""The evidence page: made by one click, downloaded, in the log each time; holds placed and lifted with who and why."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from cme_xblock.console.evidence import views, working
from cme_xblock.evidence import keys
from cme_xblock.evidence.report import Verdict
from cme_xblock.evidence.verify import verify
from cme_xblock.host import retirement
from cme_xblock.records import audit_files, holds
from cme_xblock.records.models import AccessEntry, AuditFile, AuditPiece, LegalHold, Participation
from tests.console import world as worlds
from tests.console.world import World
from tests.evidence import sample
from tests.records.test_deletion import KEYS

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _keys(settings: Any, world: World) -> None:
    settings.CME_EVIDENCE_KEYS = KEYS
    AuditPiece.objects.all().delete()
    AuditFile.objects.all().delete()


def page(world: World, more: str = "") -> str:
    return f"/cme/activities/{world.a}/audit/{more}"


def make(world: World, who: str = "office_a", **changes: str) -> Any:
    return world.client(who).post(page(world, "make/"), {"reason": "Reaccreditation 2026", **changes})


def by() -> Any:
    return working.maker(site="https://lms.example", keys_url="")


@pytest.mark.parametrize("who", ["office_a", "surveyor_a"])
def test_one_click_makes_a_file_that_verifies(world: World, who: str):
    assert make(world, who).status_code == 302
    file = AuditFile.objects.get()
    assert (file.state, file.learners, file.done) == ("done", 1, 1)
    answer = world.client(who).get(page(world, f"{file.uuid}.zip"))
    content = b"".join(answer.streaming_content)
    assert answer["Content-Type"] == "application/zip"
    assert answer["Cache-Control"] == "no-store, private"
    published = world.client().get("/cme/evidence/keys.json")
    report = verify(io.BytesIO(content), keys.trusted(published.content.decode()))
    assert report.verdict is Verdict.HOLDS, list(report.lines())
    assert file.sha256 == sample.digest(content)
    log = list(AccessEntry.objects.order_by("pk").values_list("what", "count", "why"))
    assert log == [("audit_file:make", 1, "Reaccreditation 2026"), ("audit_file:download", 1, "Reaccreditation 2026")]
    shown = world.client(who).get(page(world)).content.decode()
    assert file.sha256 in shown
    assert "Elements that are missing" in shown


@pytest.mark.parametrize("reason", ["", " ", "a\x00b", "\u202eb"])
def test_a_file_says_what_it_is_for_or_is_not_made(world: World, reason: str):
    answer = make(world, reason=reason)
    assert answer.status_code == 400
    assert b"Say what the audit file is for" in answer.content
    assert not AuditFile.objects.exists()
    assert not AccessEntry.objects.exists()


def test_without_a_key_the_page_says_what_to_do(world: World, settings: Any):
    settings.CME_EVIDENCE_KEYS = []
    assert make(world).status_code == 409
    assert b"CME_EVIDENCE_KEYS" in world.client("office_a").get(page(world)).content
    assert world.client().get("/cme/evidence/keys.json").json()["keys"] == []


def test_a_large_one_is_made_by_the_worker_while_the_page_tells_how_far_it_is(world: World, monkeypatch: Any):
    monkeypatch.setattr(views, "AT_ONCE", 0)
    make(world)
    make(world)
    file = AuditFile.objects.get()
    assert file.state == "waiting"
    assert b"A file is being made." in world.client("office_a").get(page(world)).content
    assert world.client("office_a").get(page(world, f"{file.uuid}.zip")).status_code == 410
    out = io.StringIO()
    call_command("cme_audit_file", "--work", stdout=out)
    assert "1 audit files made, 0 failed" in out.getvalue()
    assert world.client("office_a").get(page(world, f"{file.uuid}.zip")).status_code == 200


def test_one_worker_makes_it_and_a_killed_ones_file_is_made_by_the_next(world: World):
    now = timezone.now()
    file = audit_files.ask(world.a, by="7", reason="r", now=now)
    first = audit_files.take(now=now)
    assert first is not None
    assert audit_files.take(now=now + timedelta(minutes=5)) is None
    second = audit_files.take(now=now + timedelta(minutes=11))
    assert second is not None
    assert not audit_files.progress(first, done=1, learners=1, now=now)
    assert not audit_files.finish(first, io.BytesIO(b"old"), missing=0, now=now)
    assert audit_files.finish(second, io.BytesIO(b"new"), missing=0, now=now)
    file.refresh_from_db()
    assert b"".join(audit_files.read(file)) == b"new"


def test_a_file_goes_when_its_days_are_over_and_when_a_learner_of_it_is_retired(world: World):
    make(world)
    now = timezone.now()
    assert audit_files.expire(now=now + timedelta(days=29)) == 0
    assert audit_files.expire(now=now + timedelta(days=31)) == 1
    assert not AuditPiece.objects.exists()
    make(world)
    retirement.retire("900", now=now, dry_run=False)
    assert not AuditPiece.objects.exists()
    assert set(AuditFile.objects.values_list("state", flat=True)) == {"expired"}
    assert b"Thrown away" in world.client("office_a").get(page(world)).content


def test_the_team_sees_what_is_missing_and_neither_files_nor_holds(world: World):
    make(world)
    shown = world.client("teacher_a").get(page(world)).content.decode()
    assert "What the activity lacks" in shown
    assert "Reaccreditation 2026" not in shown
    assert "Case 12" not in shown
    assert "Make the audit file" not in shown
    surveyor = world.client("surveyor_a").get(page(world)).content.decode()
    assert "Reaccreditation 2026" in surveyor
    assert "Case 12" not in surveyor


def test_a_surveyor_whose_time_is_over_gets_nothing(world: World):
    make(world)
    file = AuditFile.objects.get()
    for address in (page(world), page(world, f"{file.uuid}.zip")):
        assert world.client("late_surveyor").get(address).status_code == 403
    assert make(world, "late_surveyor").status_code == 403


def hold(world: World, **given: str) -> Any:
    return world.client("office_a").post(page(world, "hold/"), {"hold_reason": "Case 99", **given})


@pytest.mark.parametrize("scope", ["activity", "provider", "learner"])
def test_a_hold_is_placed_shown_and_lifted(world: World, scope: str):
    one = Participation.objects.get(activity_key=world.a)
    assert hold(world, scope=scope, number=one.uuid).status_code == 302
    placed = LegalHold.objects.get(reason="Case 99")
    assert placed.by == str(world.users["office_a"].pk)
    assert placed.name == {"activity": "Hand hygiene on the ward", "provider": worlds.PROVIDER_A, "learner": ""}[scope]
    keys_of = {"activity": one.activity_key, "learner": one.learner_key}
    assert holds.held([keys_of.get(scope, world_provider())])
    office = world.client("office_a")
    assert b"Case 99" in office.get(page(world)).content
    lift = page(world, f"holds/{placed.uuid}/lift/")
    assert office.post(lift, {"lift_reason": " "}).status_code == 400
    assert office.post(lift, {"lift_reason": "Settled"}).status_code == 302
    assert office.post(lift, {"lift_reason": "Settled"}).status_code == 409
    assert b"Settled" in office.get(page(world)).content
    assert {"hold:place", "hold:lift"} <= set(AccessEntry.objects.values_list("what", flat=True))


def world_provider() -> str:
    from cme_xblock.records import keys as record_keys

    return record_keys.provider_key(worlds.PROVIDER_A)


@pytest.mark.parametrize(
    "given",
    [
        {"scope": "course"},
        {"scope": ""},
        {"scope": "learner", "number": "nobody"},
        {"scope": "learner", "number": "\x00"},
        {"scope": "activity", "hold_reason": ""},
        {"scope": "activity", "hold_reason": "a\x00b"},
        {"scope": "activity", "hold_reason": "x" * 501},
    ],
)
def test_a_wrong_form_holds_nothing(world: World, given: dict[str, str]):
    before = LegalHold.objects.count()
    assert hold(world, **given).status_code == 400
    assert LegalHold.objects.count() == before


def test_another_providers_hold_is_not_lifted_here(world: World):
    theirs = world.named["b"]["hold"]
    answer = world.client("office_a").post(page(world, f"holds/{theirs}/lift/"), {"lift_reason": "x"})
    assert answer.status_code == 403
    assert holds.open_holds().filter(uuid=theirs).exists()


def test_the_command_writes_a_file_and_the_log(world: World, tmp_path: Any):
    out, err = io.StringIO(), io.StringIO()
    target = tmp_path / "audit.zip"
    where = ("--activity", worlds.COURSE_A, "hand-hygiene-2026")
    who = ("--reason", "Survey", "--by", "7")
    call_command("cme_audit_file", *where, *who, "--out", str(target), stdout=out, stderr=err)
    assert "1 learners" in out.getvalue()
    assert "MISSING (evaluation)" in err.getvalue()
    with target.open("rb") as stream:
        assert verify(stream, keys.trusted(keys.encode(sample.public()))).verdict is Verdict.HOLDS
    assert AccessEntry.objects.get().what == "audit_file:write"
    for wrong in (
        (*where, *who, "--out", str(target)),
        (*where, "--out", str(tmp_path / "b.zip")),
        ("--activity", "none", "none", *who, "--out", str(tmp_path / "c.zip")),
        (),
    ):
        with pytest.raises(CommandError):
            call_command("cme_audit_file", *wrong, stdout=out)
    assert not (tmp_path / "c.zip").exists()


def test_the_hold_command_places_lists_and_lifts(world: World):
    out = io.StringIO()
    call_command("cme_hold", "place", "--learner", "900", "--reason", "Case 5", "--by", "7", stdout=out)
    uuid = out.getvalue().split(":")[0]
    one = Participation.objects.get(activity_key=world.a)
    assert holds.held([one.learner_key]) == {one.learner_key}
    call_command("cme_hold", "lift", uuid, "--reason", "Over", "--by", "8", stdout=out)
    out = io.StringIO()
    call_command("cme_hold", "list", stdout=out)
    # The learner stands there as nobody; the holds' own numbers may have any digits.
    told = {line.split(" ", 1)[0]: line.split(" ", 1)[1] for line in out.getvalue().splitlines()}
    assert "Case 5; lifted" in told[uuid]
    assert "learner -," in told[uuid]
    assert "900" not in "".join(told.values())
    for wrong in (("place",), ("place", "--provider", "x"), ("lift", uuid, "--reason", "x", "--by", "7")):
        with pytest.raises(CommandError):
            call_command("cme_hold", *wrong, stdout=out)
