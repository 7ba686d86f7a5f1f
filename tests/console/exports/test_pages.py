"""The pages of exports, by plain requests: what is offered, started, watched, downloaded and kept, and to whom."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from cme_xblock.records import keys
from cme_xblock.records.models import AccessEntry, ExportJob, SavedExport
from tests.console.exports.working import work
from tests.console.world import PROVIDER_A, PROVIDER_B, World

pytestmark = pytest.mark.django_db(transaction=True)

HERE = keys.provider_key(PROVIDER_A)
FORM = {"kind": "claims", "provider": HERE, "which": "all", "form": "csv_bom", "why": "Board's letter", "do": "start"}


def start(client: Client, **changes: Any) -> Any:
    return client.post("/cme/exports/new/", {**FORM, **changes})


def done(client: Client) -> str:
    """The address of a finished export."""
    address = str(start(client)["Location"])
    work(now=datetime.now(UTC))
    return address


def test_an_export_is_started_watched_and_downloaded(several: World) -> None:
    client = several.client("office_a")
    address = str(start(client)["Location"])
    assert client.get(address + "status.json").json() == {
        "state": "waiting", "percent": 0, "said": "It waits for a worker; usually that takes a minute.", "open": True,
    }  # fmt: skip
    assert client.get(address + "file").status_code == 404
    work(now=datetime.now(UTC))
    assert client.get(address + "status.json").json()["percent"] == 100
    answer = client.get(address + "file")
    content = b"".join(answer.streaming_content)
    assert content.startswith(b"\xef\xbb\xbfclaim,")
    assert len(content) == int(answer["Content-Length"])
    assert answer["Content-Disposition"].startswith('attachment; filename="cme-claims-')
    assert answer["Cache-Control"] == "no-store, private"
    rows = list(csv.DictReader(io.StringIO(client.get(address + "columns.csv").content.decode("utf-8-sig"))))
    assert [one["column"] for one in rows] == content.decode("utf-8-sig").splitlines()[0].split(",")
    assert [one.what for one in AccessEntry.objects.filter(what__startswith="export").order_by("pk")] == [
        "export:claims", "export:download",
    ]  # fmt: skip


def test_a_look_without_the_file_is_no_download(several: World) -> None:
    client = several.client("office_a")
    address = done(client)
    assert client.head(address + "file").status_code == 200
    assert not AccessEntry.objects.filter(what="export:download").exists()


@pytest.mark.parametrize("account", ["every_office", "office_b", "teacher_a", "surveyor_a"])
def test_an_export_of_another_is_not_there(several: World, account: str) -> None:
    address = done(several.client("office_a"))
    stranger = several.client(account)
    for more in ("", "status.json", "file", "columns.csv"):
        missing = "/cme/exports/00000000-0000-4000-8000-000000000000/" + more
        got, none = stranger.get(address + more), stranger.get(missing)
        assert (got.status_code, got.content) == (none.status_code, none.content)
        assert got.status_code == 404
    assert stranger.post(address + "cancel/").status_code == 404
    assert ExportJob.objects.get().state == "done"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"why": ""}, "Say what the export is for"),
        ({"which": "some"}, "Choose at least one activity"),
        ({"since": "31.12.2026"}, "Write a day like 2026-12-31"),
        ({"form": "exe"}, "Choose a form"),
        ({"columns": ["claim", "password"]}, "There is no column password here"),
        ({"do": "keep", "name": ""}, "Give it a name"),
        ({"do": "keep", "name": "x", "every": "hour"}, "Choose how often"),
        ({"do": "keep", "name": "x", "folder": "../x"}, "no such folder"),
    ],
)
def test_what_is_wrong_stands_on_the_page_and_nothing_is_started(several: World, changes: Any, said: str) -> None:
    answer = start(several.client("office_a"), **changes)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not ExportJob.objects.exists()
    assert not SavedExport.objects.exists()


def test_nobody_is_offered_what_they_may_not(several: World) -> None:
    office = several.client("office_a").get("/cme/exports/").content.decode()
    team = several.client("teacher_a").get("/cme/exports/").content.decode()
    assert "kind=claims" in office
    assert "kind=outcomes" in team
    for kind in ("kind=claims", "kind=completions", "preset=research", "preset=board_audit", "endpoint"):
        assert kind not in team
    assert several.client("teacher_a").get("/cme/exports/new/?kind=claims").status_code == 404
    theirs = keys.provider_key(PROVIDER_B)
    assert several.client("office_a").get(f"/cme/exports/new/?kind=claims&provider={theirs}").status_code == 404
    assert several.client("office_a").get("/cme/exports/new/?kind=../x").status_code == 404


def test_chosen_activities_and_columns_are_those_of_the_file(several: World) -> None:
    client = several.client("office_a")
    start(client, which="some", activities=[several.a], columns=["amount", "claim"])
    assert several.a in ExportJob.objects.get().activities
    work(now=datetime.now(UTC))
    content = b"".join(client.get(f"/cme/exports/{ExportJob.objects.get().uuid}/file").streaming_content)
    assert content.decode("utf-8-sig").splitlines()[0] == "claim,amount"


def test_an_export_is_kept_started_and_kept_no_longer(several: World) -> None:
    client = several.client("office_a")
    assert start(client, do="keep", name="Each month", every="month").status_code == 302
    saved = SavedExport.objects.get()
    assert "Each month" in client.get("/cme/exports/").content.decode()
    assert several.client("every_office").post(f"/cme/exports/kept/{saved.uuid}/start/").status_code == 404
    assert client.post(f"/cme/exports/kept/{saved.uuid}/start/").status_code == 302
    assert ExportJob.objects.get().saved == saved
    assert several.client("every_office").post(f"/cme/exports/kept/{saved.uuid}/delete/").status_code == 404
    client.post(f"/cme/exports/kept/{saved.uuid}/delete/")
    assert not SavedExport.objects.exists()
    assert ExportJob.objects.get().saved is None


def test_names_that_people_gave_are_text_on_the_pages(several: World) -> None:
    client = several.client("office_a")
    start(client, do="keep", name="<script>alert(1)</script>", why="<b>why</b>")
    assert "<script>alert" not in client.get("/cme/exports/").content.decode()
    address = str(start(client, why="<img src=x onerror=y>")["Location"])
    assert "<img" not in client.get(address).content.decode()
