"""The platform's signal reaches us, by the names that the platform looks for; drafts go, grades stay."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.dispatch import Signal

from cme_xblock.apps import CmeXBlockConfig
from cme_xblock.host import retirement
from cme_xblock.records import keys
from cme_xblock.records.models import Identifier, Participation
from tests.host import platform
from tests.host.platform import User
from tests.reporting import world

pytestmark = pytest.mark.django_db


class StudentModules:
    """The LMS's table, as far as it is asked: rows of dictionaries."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = list(rows)

    def filter(self, *, student_id: str, module_type__in: tuple[str, ...]) -> StudentModules:
        wanted = (
            one for one in self.rows if one["student"] == int(student_id) and one["module_type"] in module_type__in
        )
        return StudentModules(*wanted)

    def update(self, **values: Any) -> None:
        for one in self.rows:
            one.update(values)


def module(student: int, module_type: str) -> dict[str, Any]:
    return {"student": student, "module_type": module_type, "state": '{"drafts": 1}', "grade": 1.0}


@pytest.fixture
def lms(monkeypatch: pytest.MonkeyPatch) -> StudentModules:
    kept = StudentModules(module(42, "cme"), module(42, "cme_part"), module(42, "problem"), module(43, "cme"))
    name = "lms.djangoapps.courseware"
    platform._add(monkeypatch, f"{name}.models", {"StudentModule": type("StudentModule", (), {"objects": kept})})
    installed = apps.is_installed
    monkeypatch.setattr(apps, "is_installed", lambda app: app == name or (app != "workbench" and installed(app)))
    return kept


def connected() -> Signal:
    """The signal, connected as edx_django_utils does: module and function by name (plugins/plugin_signals.py)."""
    config = CmeXBlockConfig.plugin_app["signals_config"]["lms.djangoapp"]
    [receiver] = config["receivers"]
    assert receiver["signal_path"] == "openedx.core.djangoapps.user_api.accounts.signals.USER_RETIRE_LMS_MISC"
    found = import_module(f"{CmeXBlockConfig.name}.{config['relative_path']}")
    signal = Signal()
    signal.connect(getattr(found, receiver["receiver_func_name"]))
    return signal


def test_the_platforms_signal_retires_the_user(lms) -> None:
    world.claim("42")
    world.claim("43")
    connected().send(sender=type(lms), user=User(42))
    assert set(Identifier.objects.values_list("learner_key", flat=True)) == {keys.learner_key("43")}
    assert [one.sealed_at is not None for one in Participation.objects.order_by("pk")] == [True, False]


def test_the_drafts_of_our_blocks_are_emptied_and_grades_and_other_blocks_left_alone(lms) -> None:
    connected().send(sender=type(lms), user=User(42))
    assert [one["state"] for one in lms.rows] == ["{}", "{}", '{"drafts": 1}', '{"drafts": 1}']
    assert {one["grade"] for one in lms.rows} == {1.0}


def test_studio_does_not_listen_for_it_twice() -> None:
    assert set(CmeXBlockConfig.plugin_app["signals_config"]) == {"lms.djangoapp"}


def test_a_failure_reaches_the_platform_so_that_it_tries_again(lms, monkeypatch) -> None:
    monkeypatch.setattr(lms, "filter", lambda **_: 1 / 0)
    world.claim("42")
    signal = connected()
    with pytest.raises(ZeroDivisionError):
        signal.send(sender=type(lms), user=User(42))
    monkeypatch.undo()
    signal.send(sender=type(lms), user=User(42))
    assert not Identifier.objects.exists()


def test_a_dry_run_leaves_drafts_alone(lms) -> None:
    retirement.retire("42", now=world.START, dry_run=True)
    assert {one["state"] for one in lms.rows} == {'{"drafts": 1}'}


def test_what_cannot_be_a_user_of_the_lms_is_not_asked_for_there(lms) -> None:
    retirement.retire("ana", now=world.START, dry_run=False)
    assert {one["state"] for one in lms.rows} == {'{"drafts": 1}'}
