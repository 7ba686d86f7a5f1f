"""What the doctor says of exports: nobody makes them, a folder is not there, the API is off."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from cme_xblock.console.exports import health
from cme_xblock.console.health import checks
from cme_xblock.console.health.checks import Subject
from tests.conftest import NOW
from tests.console.exports.working import begun, work
from tests.console.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def said(found: Any) -> str:
    return " ".join(one.said.format() for one in found)


def test_an_export_that_nobody_makes_is_named(several: World) -> None:
    begun(several)
    assert said(health.waiting(NOW + timedelta(minutes=59))) == ""
    assert said(health.waiting(NOW + timedelta(minutes=61))) == "1 export has waited for more than an hour."
    work()
    assert said(health.waiting(NOW + timedelta(minutes=61))) == ""
    assert "kept longer" in said(health.waiting(NOW + timedelta(days=9)))


def test_a_folder_that_is_not_there_is_named(db: None, settings: Any, tmp_path: Path) -> None:
    settings.CME_EXPORT_FOLDERS = {"good": {"path": str(tmp_path)}, "gone": {"path": str(tmp_path / "x")}, "odd": "y"}
    found = said(health.settings_of(NOW))
    assert "CME_EXPORT_FOLDERS.gone" in found
    assert "CME_EXPORT_FOLDERS.odd" in found
    assert "good" not in found


def test_a_number_of_days_that_is_none_is_named(db: None, settings: Any) -> None:
    settings.CME_EXPORT_DAYS = 0
    with pytest.raises(ImproperlyConfigured, match="CME_EXPORT_DAYS"):
        list(health.settings_of(NOW))


def test_the_doctor_looks_at_exports(several: World) -> None:
    begun(several)
    found = {one.subject: one.found for one in checks.run(now=NOW + timedelta(hours=2))}
    assert "has waited" in said(found[Subject.QUEUE])


def test_no_page_pays_for_what_reports_need() -> None:
    """scipy and numpy take a second to load: a worker needs them, whoever opens a page or runs a command does not."""
    script = "import django, sys; django.setup(); import cme_xblock.urls; print({'scipy', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", script], capture_output=True, text=True, check=True,
                          env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"})  # fmt: skip
    assert done.stdout.strip() == "set()"
