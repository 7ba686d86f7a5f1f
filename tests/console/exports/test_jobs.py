"""Exports in the background: begun by who may, made by steps, taken over from the dead, gone when their time is up."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.db import connections, models, transaction

from cme_xblock.console.access import Forbidden
from cme_xblock.console.exports import definition, jobs, steps, working
from cme_xblock.console.exports.definition import DefinitionError
from cme_xblock.console.exports.jobs import Asked
from cme_xblock.host.roles import NOBODY
from cme_xblock.records import access_log, exports, retirement
from cme_xblock.records.models import AccessChain, AccessEntry, Claim, ExportJob, ExportPart
from tests.conftest import NOW
from tests.console.exports import reading
from tests.console.exports.learners import LONG
from tests.console.exports.working import HERE, THERE, WHY, asked, begun, file, reader, work
from tests.console.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def test_an_export_is_begun_made_and_read(several: World) -> None:
    job = begun(several)
    assert (job.state, job.identified, job.role) == ("waiting", True, "administrator")
    work()
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.secret) == ("done", job.total, job.total, "")
    rows = reading.of_csv(file(job))
    assert len(rows) == job.rows
    assert {f"Learner {one}" for one in range(1, 10)} <= {one["name_certified"] for one in rows}
    assert "Somebody of B" not in str(rows)
    assert job.size == len(file(job))


@pytest.mark.parametrize("form", ["csv", "csv_bom", "xlsx", "jsonl"])
def test_a_file_made_in_many_runs_is_the_one_made_in_a_single_run(several: World, form: str) -> None:
    whole, parted = begun(several, form=form), begun(several, form=form)
    work(only=whole.uuid)
    runs = 0
    while ExportJob.objects.get(pk=parted.pk).state != "done":
        work(only=parted.uuid, steps=0)
        runs += 1
        assert runs < 50
    assert runs > 3
    assert file(parted) == file(whole)


def killed(uuid: str, calls: int) -> None:
    """A worker that is killed at its n-th look at the clock: in the middle, and by nobody's leave."""
    clock = count()

    def now() -> datetime:
        if next(clock) >= calls:
            os.kill(os.getpid(), signal.SIGKILL)
        return NOW

    working.run(now=now, owner="killed", until=NOW + timedelta(hours=1), only=uuid, lease=60)


@pytest.mark.parametrize("calls", [2, 3, 4, 6, 9])
def test_a_killed_workers_successor_goes_on(several: World, calls: int) -> None:
    job, whole = begun(several, form="xlsx"), begun(several, form="xlsx")
    connections.close_all()
    process = multiprocessing.get_context("fork").Process(target=killed, args=(job.uuid, calls))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert ExportJob.objects.get(pk=job.pk).state == "running"
    assert work(only=job.uuid).steps == 0, "its lease is not over"
    later = NOW + timedelta(minutes=5)
    work(now=later, only=job.uuid)
    work(only=whole.uuid)
    assert ExportJob.objects.get(pk=job.pk).state == "done"
    assert file(job) == file(whole)


def test_who_comes_back_with_an_old_fence_writes_nothing(several: World) -> None:
    job = begun(several)
    slow = working._take(owner="slow", now=NOW, only=job.uuid, lease=1)
    assert slow is not None
    work(now=NOW + timedelta(minutes=5))
    made = file(job)
    step = next(steps.of(definition.loads(job.definition), jobs.scope_of(job), {}))
    with pytest.raises(working._Lost):
        working._keep(slow, step, now=NOW, lease=1)
    assert file(job) == made


def test_an_export_that_kills_its_workers_is_given_up(several: World) -> None:
    job = begun(several)
    ExportJob.objects.filter(pk=job.pk).update(starts=20)
    assert work().failed == 1
    job.refresh_from_db()
    assert job.state == "failed"
    assert "operator" in job.trouble


@pytest.mark.parametrize(
    ("account", "kind", "provider", "fits"),
    [
        ("office_a", "claims", HERE, True),
        ("every_office", "claims", THERE, True),
        ("office_a", "claims", THERE, False),
        ("office_b", "claims", HERE, False),
        ("teacher_a", "claims", HERE, False),
        ("teacher_a", "outcomes", HERE, True),
        ("teacher_a", "outcomes", THERE, False),
        ("surveyor_a", "evaluation_sums", HERE, True),
        ("surveyor_a", "completions", HERE, False),
        ("late_surveyor", "outcomes", HERE, False),
        ("learner", "outcomes", HERE, False),
        ("operator", "outcomes", HERE, False),
        ("superuser", "claims", HERE, False),
    ],
)
def test_nobody_exports_more_than_they_may(several: World, account: str, kind: str, provider: str, fits: bool) -> None:
    wanted = definition.read({"kind": kind})
    if fits:
        # A surveyor's grant begins when it is given.
        at = asked(several, account, now=datetime.now(UTC))
        assert jobs.begin(wanted, at, provider_key=provider).state == "waiting"
        return
    with pytest.raises(Forbidden):
        jobs.begin(wanted, asked(several, account), provider_key=provider)
    assert not ExportJob.objects.exists()
    assert not AccessEntry.objects.filter(what__startswith="export").exists()


def test_nobody_at_all_exports_nothing(several: World) -> None:
    with pytest.raises(Forbidden):
        jobs.begin(definition.read({"kind": "claims"}), Asked(NOBODY, WHY, NOW), provider_key=HERE)


def test_an_activity_of_another_provider_is_refused_with_all_the_rest(several: World) -> None:
    wanted = definition.read({"kind": "claims", "activities": [several.a, several.b]})
    with pytest.raises(Forbidden):
        jobs.begin(wanted, asked(several), provider_key=HERE)


def test_retired_accounts_take_the_permission_for_audits_too(several: World) -> None:
    assert "audit_file" in {str(one) for one in jobs.wants(definition.read({"preset": "board_audit"}))}
    job = jobs.begin(definition.read({"preset": "board_audit"}), asked(several), provider_key=HERE)
    assert jobs.scope_of(job).sealed
    assert not jobs.scope_of(begun(several)).sealed


def test_each_beginning_and_each_download_is_an_entry(several: World) -> None:
    job = begun(several)
    work()
    job.refresh_from_db()
    jobs.downloaded(job, asked(several))
    jobs.downloaded(job, asked(several))
    found = AccessEntry.objects.filter(what__startswith="export").order_by("pk")
    assert [(one.what, one.count, one.reader_name) for one in found] == [
        ("export:claims", job.total, "office_a"),
        ("export:download", job.total, "office_a"),
        ("export:download", job.total, "office_a"),
    ]
    assert all(WHY in one.why and job.uuid in one.why and one.chain.name == HERE for one in found)
    assert access_log.faults(AccessChain.objects.get(name=HERE)) == []


def test_a_role_that_was_taken_back_takes_its_files_along(several: World) -> None:
    job = begun(several)
    assert jobs.of_reader(job.uuid, reader(several, "office_a"), now=NOW) == job
    assert jobs.of_reader(job.uuid, reader(several, "every_office"), now=NOW) is None, "it is another's"
    several.users["office_a"].groups.clear()
    assert jobs.of_reader(job.uuid, reader(several, "office_a"), now=NOW) is None


def test_why_has_to_be_said(several: World) -> None:
    with pytest.raises(DefinitionError, match="what the export is for"):
        jobs.begin(definition.read({"kind": "claims"}), asked(several, why=" "), provider_key=HERE)


def test_a_cancelled_export_is_gone_and_its_worker_stops(several: World) -> None:
    job = begun(several)
    work(steps=1)
    assert ExportPart.objects.filter(job=job).exists()
    assert jobs.cancel(job)
    assert not ExportPart.objects.filter(job=job).exists()
    assert work().steps == 0
    assert not jobs.cancel(job)


def test_files_go_when_their_time_is_over(several: World, settings: Any) -> None:
    settings.CME_EXPORT_DAYS = 3
    job = begun(several)
    work()
    assert exports.expire(now=NOW + timedelta(days=2)) == 0
    assert exports.expire(now=NOW + timedelta(days=3)) == 1
    job.refresh_from_db()
    assert (job.state, file(job)) == ("expired", b"")
    exports.expire(now=NOW + timedelta(days=369))
    assert not ExportJob.objects.exists()


def test_a_retired_learners_files_go_at_once_and_sums_stay(several: World) -> None:
    job, other, summed = begun(several), begun(several), begun(several, kind="outcomes")
    work(only=job.uuid)
    work(only=summed.uuid)
    with transaction.atomic():
        retirement.seal("3", now=NOW)
    states = dict(ExportJob.objects.values_list("uuid", "state"))
    assert (states[job.uuid], states[other.uuid], states[summed.uuid]) == ("expired", "expired", "done")
    assert b"Learner 3" not in b"".join(bytes(one.content) for one in ExportPart.objects.all())


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "users"}, "kind"),
        ({"kind": "endpoint:../../x"}, "kind"),
        ({"kind": "endpoint:pars", "filters": {"since": "2026-01-01"}}, "kind"),
        ({"kind": ["claims", "x"], "form": "exe"}, "form"),
        ({"kind": "claims", "activities": ["' OR 1=1"]}, "activities"),
        ({"kind": "claims", "activities": "a" * 64 + ",b"}, "activities"),
        ({"kind": "claims", "columns": ["password"]}, "columns"),
        ({"kind": "claims", "since": "yesterday"}, "since"),
        ({"kind": "claims", "since": "2026-13-01"}, "since"),
        ({"kind": "claims", "since": "2026-12-01", "until": "2026-11-01"}, "until"),
        ({"kind": "claims", "system": ["ama_pra_1", "gold"]}, "system"),
        ({"kind": "claims", "filters": {"name": "x"}}, "name"),
        ({"kind": "claims", "filters": [1]}, "filters"),
        ({"kind": "claims", "system": [{"a": 1}]}, "system"),
        ({"kind": 7}, "kind"),
        ({"preset": "everything"}, "preset"),
        ({}, "kind"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        definition.read(given)
    assert field in caught.value.problems
    assert all(len(one.format()) > 15 for one in caught.value.problems.values())


def test_a_definition_is_read_back_as_it_was_written_down() -> None:
    given = {"kind": "claims", "form": "xlsx", "since": "2026-01-01", "system": "ama_pra_1,ancc",
             "columns": ["amount", "claim"], "activities": ["0" * 64]}  # fmt: skip
    found = definition.read(given)
    assert found.columns == ("claim", "amount"), "in the file's order"
    assert definition.loads(found.dumps()) == found


def test_chosen_columns_are_those_of_the_file(several: World) -> None:
    job = begun(several, columns=["amount", "name_certified"])
    work()
    assert list(reading.of_csv(file(job))[0]) == ["name_certified", "amount"]


def test_a_preset_has_its_own_filters_whatever_else_is_asked(several: World) -> None:
    found = definition.read({"preset": "not_reported", "state": "accepted"})
    assert "accepted" not in found.filters["state"]
    assert definition.read({"preset": "supporters", "columns": ["row"]}).columns == ()


@pytest.mark.parametrize("name", [job.id for job in jobs.presets.PRESETS.values()])
def test_every_preset_is_made(several: World, name: str) -> None:
    job = jobs.begin(definition.read({"preset": name, "form": "jsonl"}), asked(several), provider_key=HERE)
    assert work().finished == 1
    head, *rows = [json.loads(one) for one in file(job).decode().splitlines()]
    assert head["columns"]
    if name in ("supporters", "research"):
        assert not any(f"Learner {one}" in str(rows) for one in range(1, 10))


def test_file_names_are_our_words_alone(several: World) -> None:
    hostile = replace(definition.read({"kind": "claims"}), kind="../../etc/passwd\0\u202e", preset="")
    with pytest.raises(KeyError):
        steps.writer_of(replace(hostile, form="../x"))
    spoilt = replace(definition.read({"kind": "claims"}), preset="../..\\a\u202eb")
    name = steps.file_name(spoilt, uuid="12345678", day="2026-11-22")
    assert name == "cme-------a-b-2026-11-22-12345678.csv"


def test_one_reader_does_not_fill_the_queue(several: World) -> None:
    for _ in range(20):
        begun(several)
    with pytest.raises(DefinitionError, match="not done yet"):
        begun(several)


def test_a_text_of_a_million_letters_is_whole_in_pieces(several: World) -> None:
    claim = Claim.objects.filter(participation__learner_id="5").get()
    models.QuerySet.update(Claim.objects.filter(pk=claim.pk), statement=LONG)
    job, book = begun(several, form="csv"), begun(several, form="xlsx")
    work()
    [row] = [one for one in reading.of_csv(file(job)) if one["claim"] == claim.uuid]
    assert row["statement"] == LONG
    assert ExportPart.objects.filter(job=job).count() > ExportPart.objects.filter(job=book).count()
    [cut] = [one for one in reading.of_xlsx(file(book)) if one["claim"] == claim.uuid]
    assert "1000000 characters" in cut["statement"]
