"""Exports that go by themselves: at their time, by their owner's permissions, as a link or into a named folder."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as outgoing
from django.core.management import call_command

from cme_xblock.console.exports import definition, schedule
from cme_xblock.console.exports.definition import DefinitionError
from cme_xblock.records.models import ExportJob, SavedExport
from tests.conftest import NOW
from tests.console.exports.working import HERE, asked, begun, file, work
from tests.console.world import PROVIDER_A, PROVIDER_B, World

pytestmark = [pytest.mark.django_db(transaction=True)]


def kept(world: World, **named: Any) -> SavedExport:
    given = {"name": "Monthly claims", "every": "month", **named}
    return schedule.save(definition.read({"kind": "claims"}), asked(world), provider_key=HERE, **given)


def test_a_scheduled_export_goes_at_its_time_and_tells_its_owner_where_it_is(several: World, settings: Any) -> None:
    settings.CME_PUBLIC_URL = "https://lms.example.org"
    office = several.users["office_a"]
    office.email = "office@example.org"
    office.save()
    one = kept(several)
    assert schedule.start_due(now=NOW + timedelta(days=29)) == 0
    assert schedule.start_due(now=NOW + timedelta(days=30)) == 1
    assert schedule.start_due(now=NOW + timedelta(days=30)) == 0
    work(now=NOW + timedelta(days=30))
    [letter] = outgoing.outbox
    job = ExportJob.objects.get(saved=one)
    assert letter.to == ["office@example.org"]
    assert f"https://lms.example.org/cme/exports/{job.uuid}/" in letter.body
    assert letter.attachments == []
    assert "Learner" not in letter.body


def test_an_owner_who_may_no_more_gets_nothing(several: World) -> None:
    one = kept(several)
    several.users["office_a"].groups.clear()
    assert schedule.start_due(now=NOW + timedelta(days=31)) == 0
    one.refresh_from_db()
    assert "may not" in one.trouble
    assert not ExportJob.objects.exists()


def test_what_was_missed_is_not_made_up_for(several: World) -> None:
    one = kept(several, every="day")
    assert schedule.start_due(now=NOW + timedelta(days=10, hours=1)) == 1
    one.refresh_from_db()
    assert one.next_at == NOW + timedelta(days=11)


def test_a_month_is_a_month(several: World) -> None:
    assert schedule.following(datetime.fromisoformat("2026-01-31T08:00:00Z"), "month").day == 28
    assert schedule.following(datetime.fromisoformat("2026-12-31T08:00:00Z"), "month").year == 2027


def test_a_file_is_put_into_a_folder_that_the_operator_named(several: World, settings: Any, tmp_path: Path) -> None:
    settings.CME_EXPORT_FOLDERS = {
        "registry": {"path": str(tmp_path), "providers": [PROVIDER_A]},
        "theirs": {"path": str(tmp_path), "providers": [PROVIDER_B]},
    }
    for name in ("theirs", "../x", "nowhere"):
        with pytest.raises(DefinitionError, match="no such folder"):
            kept(several, folder=name)
    kept(several, folder="registry", every="day")
    schedule.start_due(now=NOW + timedelta(days=1))
    work(now=NOW + timedelta(days=1))
    job = ExportJob.objects.get()
    data, dictionary = sorted(tmp_path.iterdir(), key=lambda one: len(one.name))
    assert data.read_bytes() == file(job)
    assert dictionary.name.endswith(".columns.csv")
    assert oct(data.stat().st_mode)[-3:] == "600"
    assert outgoing.outbox == []


def test_a_folder_that_is_gone_leaves_the_file_on_the_page(several: World, settings: Any, tmp_path: Path) -> None:
    settings.CME_EXPORT_FOLDERS = {"registry": {"path": str(tmp_path / "gone"), "providers": ["*"]}}
    kept(several, folder="registry", every="day")
    schedule.start_due(now=NOW + timedelta(days=1))
    work(now=NOW + timedelta(days=1))
    job = ExportJob.objects.get()
    assert job.state == "done"
    assert "could not be put" in job.trouble


def test_a_role_that_goes_while_the_export_waits_keeps_it_out_of_the_folder(
    several: World, settings: Any, tmp_path: Path
) -> None:
    settings.CME_EXPORT_FOLDERS = {"registry": {"path": str(tmp_path), "providers": [PROVIDER_A]}}
    kept(several, folder="registry", every="day")
    assert schedule.start_due(now=NOW + timedelta(days=1)) == 1
    several.users["office_a"].groups.clear()
    work(now=NOW + timedelta(days=1))
    assert list(tmp_path.iterdir()) == []
    assert "any more" in ExportJob.objects.get().trouble


def test_the_command_does_all_of_it(several: World, capsys: pytest.CaptureFixture[str]) -> None:
    begun(several)
    # The export is of a fixed day; the command's clock is not.
    ExportJob.objects.update(expires_at=datetime.fromisoformat("2099-01-01T00:00:00Z"))
    call_command("cme_export")
    assert "1 exports made, 0 failed" in capsys.readouterr().out
    assert ExportJob.objects.get().state == "done"


def test_the_queue_is_told_the_number_and_nothing_else(several: World, settings: Any) -> None:
    """Through a broker in memory: what lies in it is looked at, and then done as a worker of Celery does it."""
    celery = pytest.importorskip("celery")
    from cme_xblock import tasks

    settings.CME_DELIVER_BY_CELERY = True
    app = celery.Celery("exports", broker="memory://", set_as_current=True)
    app.set_default()
    job = begun(several)
    with app.connection_for_read() as connection, connection.SimpleQueue("celery") as queue:
        message = queue.get(timeout=60)
        message.ack()
    assert message.headers["task"] == "cme_xblock.export"
    assert message.payload[:2] == [[job.uuid], {}]
    ExportJob.objects.update(expires_at=datetime.fromisoformat("2099-01-01T00:00:00Z"))
    assert tasks.export(*message.payload[0]) == 1
    assert ExportJob.objects.get().state == "done"
