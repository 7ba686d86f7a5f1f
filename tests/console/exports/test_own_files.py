"""Receivers' own files: what is owed, in their form, with consent asked for now, and nothing that signs in."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cme_xblock.console.access import Forbidden, May
from cme_xblock.console.exports import definition, jobs, own_files, permitted, steps, working
from cme_xblock.console.exports.jobs import Asked
from cme_xblock.host.roles import EVERY, Reader
from cme_xblock.records import activity_index, editions, exports, keys
from cme_xblock.records.models import AccessEntry, Delivery, ExportJob
from tests.reporting import world as reporting

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

OFFICE = Reader("office", "office", frozenset({EVERY}))
PASSWORD = "hunter2-hunter2"


@pytest.fixture
def receivers(settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """PARS by hand, a folder of files, and a course of its own for each; the password is in the environment."""
    monkeypatch.setenv(reporting.PASSWORD_ENV, PASSWORD)
    registry = {
        "name": "registry", "kind": "filedrop", "label": "Registry",
        "options": {"folder": str(tmp_path), "layout": "pseudonymous", "credit": {"ama_pra_1": ["*"]}},
    }  # fmt: skip
    lrs = {
        "name": "lrs", "kind": "xapi_lrs", "label": "LRS", "url": "https://lrs.example.org", "user": "rehearsal",
        "password_env": reporting.PASSWORD_ENV,
        "options": {"home_page": "https://lms.example.org", "send": ["credit_claimed"]},
    }  # fmt: skip
    strange = {**registry, "name": "theirs", "provider": "Hill County Hospital"}
    settings.CME_ENDPOINTS = [reporting.endpoint("", url="", user=""), registry, lrs, strange]
    editions.publish(reporting.COURSE, reporting.activity(), source="cme@a", now=reporting.START)
    activity_index.refresh()


def made(kind: str) -> ExportJob:
    provider = keys.provider_key("Example Academic Medical Center")
    now = datetime.now(UTC)
    job = jobs.begin(definition.read({"kind": kind}), Asked(OFFICE, "By hand", now), provider_key=provider)
    working.run(now=lambda: now, owner="w", until=now + timedelta(hours=1))
    job.refresh_from_db()
    assert job.state == "done", job.trouble
    return job


def content(job: ExportJob) -> bytes:
    return b"".join(exports.read(job))


def test_pars_gets_the_file_that_its_portal_takes(receivers: None) -> None:
    reporting.claim("42")
    reporting.claim("7", consent=False)
    job = made("endpoint:pars")
    sheet = openpyxl.load_workbook(io.BytesIO(content(job))).worksheets[0]
    rows = list(sheet.iter_rows(min_row=3, values_only=True))
    assert len(rows) == 1
    assert reporting.PERSON["family_name"] in [str(one) for one in rows[0]]
    assert json.loads(job.place)["left_out"] == {"no_consent": 1}
    assert steps.file_name(definition.loads(job.definition), uuid=job.uuid, day="x").endswith(".xlsx")


def test_other_receivers_get_their_documents_numbered_in_an_archive(receivers: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(own_files, "_PAGE", 2)
    for number in range(5):
        reporting.claim(str(number))
    owed = Delivery.objects.filter(endpoint="registry").count()
    archive = zipfile.ZipFile(io.BytesIO(content(made("endpoint:registry"))))
    assert archive.testzip() is None
    told = json.loads(archive.read("left-out.json"))
    assert told["looked_at"] == owed == 5
    assert told["documents"] == len(archive.namelist()) - 1
    assert told["documents"] + sum(told["left_out"].values()) > 0


def test_a_receiver_of_statements_gets_them_as_it_takes_them(receivers: None) -> None:
    reporting.claim("42")
    archive = zipfile.ZipFile(io.BytesIO(content(made("endpoint:lrs"))))
    told = json.loads(archive.read("left-out.json"))
    assert (told["looked_at"], told["left_out"]) == (1, {}), told
    [statement] = json.loads(archive.read("lrs-00001.json"))
    assert statement["actor"]["account"]["homePage"] == "https://lms.example.org"


def test_another_providers_receiver_is_not_there(receivers: None) -> None:
    provider = keys.provider_key("Example Academic Medical Center")
    with pytest.raises(Forbidden):
        jobs.begin(
            definition.read({"kind": "endpoint:theirs"}), Asked(OFFICE, "x", datetime.now(UTC)), provider_key=provider
        )
    assert "theirs" not in permitted.receivers(permitted.activities(OFFICE, [May.EXPORT], now=datetime.now(UTC)))


def test_nothing_that_signs_in_is_in_a_file(receivers: None) -> None:
    reporting.claim("42")
    for kind in ("endpoint:pars", "endpoint:registry", "endpoint:lrs"):
        whole = content(made(kind))
        archive = zipfile.ZipFile(io.BytesIO(whole))
        unpacked = b"".join(map(archive.read, archive.namelist()))
        assert PASSWORD.encode() not in whole + unpacked


def test_nothing_is_settled_by_a_file(receivers: None) -> None:
    reporting.claim("42")
    before = list(Delivery.objects.order_by("pk").values_list("state", "attempts"))
    made("endpoint:pars")
    assert list(Delivery.objects.order_by("pk").values_list("state", "attempts")) == before
    assert AccessEntry.objects.filter(what="export:endpoint:pars").count() == 1


def test_whoever_withdrew_consent_is_not_in_it(receivers: None) -> None:
    reporting.claim("42")
    reporting.agree("42", granted=False)
    job = made("endpoint:pars")
    assert json.loads(job.place)["left_out"] == {"no_consent": 1}
    assert job.rows == 0


def test_a_receiver_that_is_gone_fails_with_a_sentence(receivers: None, settings: Any) -> None:
    provider = keys.provider_key("Example Academic Medical Center")
    now = datetime.now(UTC)
    job = jobs.begin(definition.read({"kind": "endpoint:registry"}), Asked(OFFICE, "x", now), provider_key=provider)
    settings.CME_ENDPOINTS = []
    working.run(now=lambda: now, owner="w", until=now + timedelta(hours=1))
    job.refresh_from_db()
    assert job.state == "failed"
    assert "Choose what to export" in job.trouble
