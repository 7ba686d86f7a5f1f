"""The how-to about backups, done as it says: a dump restored into an empty database verifies."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from cme_xblock.records import vault
from cme_xblock.records.models import Claim, EntryRow
from tests.credit import held
from tests.docs import fences

PAGE = fences.DOCS / "how-to" / "back-up-and-restore.md"
VENDOR = os.environ.get("CME_TEST_DATABASE", "sqlite")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.database,
    pytest.mark.skipif(VENDOR == "sqlite", reason="the how-to is about database servers"),
]
# The lines of the page that are for this server; `manage.py lms` of a platform is this project's own here.
OURS = {"postgres": ("pg_dump", "createdb", "pg_restore"), "mariadb": ("mysqldump", "mysql ")}


@pytest.fixture
def restored(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of somebody who follows the page; the new database is gone afterwards."""
    name = connection.settings_dict["NAME"]
    # Clients of MySQL read who they are from their own file.
    (tmp_path / ".my.cnf").write_text(
        "[client]\nhost={HOST}\nuser={USER}\npassword={PASSWORD}\n".format(**connection.settings_dict)
    )
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "PGHOST": str(connection.settings_dict["HOST"]),
        "PGUSER": str(connection.settings_dict["USER"]),
        "DATABASE": name,
        "RESTORED": f"{name}_restored",
        "CME_TEST_NAME": f"{name}_restored",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(fences.ROOT),
    }
    yield environment
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {environment['RESTORED']}")


def follow(line: str, environment: dict[str, str], folder: Path) -> str:
    command = line.replace("python manage.py lms", f"{sys.executable} -m django")
    done = subprocess.run(
        ["bash", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def lines() -> list[str]:
    found = [line for block in fences.blocks(PAGE) for line in block.splitlines()]
    mine = (*OURS[VENDOR], "python manage.py lms")
    return [line for line in found if line.startswith(mine)]


@pytest.mark.skipif(not shutil.which(OURS.get(VENDOR, ("",))[0]), reason="no client to dump with")
def test_a_dump_in_an_empty_database_verifies(restored: dict[str, str], tmp_path: Path) -> None:
    old, _ = held.correct(held.claim(name="Zoë Ng 吴"), amount="0.25")
    vault.store(old.participation.learner_key, "npi", "1234567893", now=held.NOW)
    before = EntryRow.objects.count(), Claim.objects.count()
    said = {line: follow(line, restored, tmp_path) for line in lines()}
    assert len(said) >= 6
    [verified] = [text for line, text in said.items() if "cme_verify" in line]
    found = list(map(int, re.findall(r"\d+", verified)))
    assert before[0] in found, verified
    assert before[1] in found, verified
    # And a restored row that somebody changes is found there, so that the check above could have failed.
    spoil = "UPDATE cme_xblock_claim SET amount = 9"
    client = ["psql", "-c"] if VENDOR == "postgres" else ["mysql", "-e"]
    subprocess.run([*client, spoil, restored["RESTORED"]], env=restored, check=True, capture_output=True)
    with pytest.raises(AssertionError, match="cme_verify"):
        follow("python manage.py lms cme_verify", restored, tmp_path)
