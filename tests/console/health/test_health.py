"""Health: each fault is found and says what to do; only operators see the page, and no learner is on it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse

from cme_xblock.console.health import checks, storage
from cme_xblock.console.health.checks import Subject
from cme_xblock.console.health.found import State
from cme_xblock.records.models import Delivery
from tests.blocks.clock import NOON

pytestmark = pytest.mark.django_db

WEBHOOK = {
    "name": "hook",
    "kind": "webhook",
    "label": "Hook",
    "url": "https://example.org/hook",
    "secret_env": "CME_TEST_HOOK_SECRET",
}


def found(subject: Subject) -> list[tuple[str, str, str]]:
    """What is found of one subject now: state, sentence, what to do; each with its parameters filled in."""
    [report] = [one for one in checks.run(now=NOON) if one.subject is subject]
    said = [(one.state.value, one.said.format(str), one.do.format(str)) for one in report.found]
    assert all(do and not re.search(r"\{[a-z]+\}", sentence + do) for _, sentence, do in said)
    return said


class TestChecks:
    def test_a_sound_installation_has_no_findings_but_the_tests_own_cache(self) -> None:
        reports = {one.subject: one.found for one in checks.run(now=NOON)}
        assert set(reports) == set(Subject)
        assert [subject for subject, one in reports.items() if one] == [Subject.CACHE]
        assert reports[Subject.CACHE][0].state is State.LOOK

    def test_a_database_that_does_not_answer(self, monkeypatch) -> None:
        class Away:
            def __getitem__(self, name: str) -> None:
                raise DatabaseError("password=hunter2")

        monkeypatch.setattr(storage, "connections", Away())
        [(state, said, _)] = found(Subject.DATABASE)
        assert state == "bad"
        assert "hunter2" not in said

    def test_migrations_that_wait(self) -> None:
        from django.db import connection
        from django.db.migrations.recorder import MigrationRecorder

        MigrationRecorder(connection).migration_qs.filter(app="cme_xblock", name="0017_gates").delete()
        [(state, said, do)] = found(Subject.MIGRATIONS)
        assert state == "bad"
        assert "0017_gates" in said
        assert "migrate cme_xblock" in do

    @pytest.mark.parametrize("name", ["CME_IDENTIFIER_KEYS", "CME_BADGE_KEYS"])
    def test_keys_that_are_none(self, settings, name) -> None:
        setattr(settings, name, [{"id": "one", "key": "c2hvcnQ", "private_key": "c2hvcnQ"}])
        [(state, said, _)] = found(Subject.KEYS)
        assert state == "bad"
        assert name in said
        assert "c2hvcnQ" not in said

    def test_pseudonyms_that_hang_on_the_secret_key(self, settings) -> None:
        settings.CME_ENDPOINTS = [{**WEBHOOK, "name": "lrs", "kind": "xapi_lrs"}]
        assert [state for state, said, _ in found(Subject.KEYS) if "SECRET_KEY" in said] == ["look"]
        settings.CME_PSEUDONYM_KEY = "x" * 32
        assert found(Subject.KEYS) == []

    def test_an_endpoint_that_is_wrong_off_or_incomplete(self, settings, monkeypatch) -> None:
        settings.CME_ENDPOINTS = [{"kind": "webhook"}]
        assert found(Subject.ENDPOINTS)[0][0] == "bad"
        assert found(Subject.QUEUE) == []
        settings.CME_ENDPOINTS = [{**WEBHOOK, "enabled": False}]
        assert [state for state, said, _ in found(Subject.ENDPOINTS) if "hook" in said] == ["look"]
        settings.CME_ENDPOINTS = [WEBHOOK]
        [(state, said, _)] = found(Subject.ENDPOINTS)
        assert (state, "CME_TEST_HOOK_SECRET" in said) == ("bad", True)
        monkeypatch.setenv("CME_TEST_HOOK_SECRET", "whsec_" + "c2VjcmV0" * 5)
        assert found(Subject.ENDPOINTS) == []

    def test_fonts_that_are_not_there(self, settings, tmp_path) -> None:
        (tmp_path / "some").mkdir()
        (tmp_path / "some" / "a.ttf").touch()
        (tmp_path / "none").mkdir()
        settings.CME_FONT_PATHS = [str(tmp_path / one) for one in ("some", "none", "missing")]
        assert [said.rsplit("/", 1)[1] for _, said, _ in found(Subject.FONTS)] == ["none.", "missing."]

    def test_a_zone_that_is_not_known_and_times_without_one(self, settings) -> None:
        settings.USE_TZ = False
        settings.TIME_ZONE = "Mars/Olympus"
        assert [state for state, _, _ in found(Subject.TIME)] == ["bad", "bad"]

    def test_a_setting_that_is_misspelt(self, settings) -> None:
        settings.CME_ENDPOINS = []
        [(state, said, do)] = found(Subject.SETTINGS)
        assert (state, "CME_ENDPOINS" in said, "CME_ENDPOINTS" in do) == ("look", True, True)

    def test_a_cache_that_keeps_nothing(self, settings) -> None:
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
        assert found(Subject.CACHE)[0][0] == "look"

    def test_a_check_that_breaks_is_a_finding_and_hides_no_other(self, monkeypatch, caplog) -> None:
        def broken(now: Any) -> None:
            raise RuntimeError("a secret")

        monkeypatch.setitem(checks._CHECKS, Subject.KEYS, [broken])
        [(state, said, _)] = found(Subject.KEYS)
        assert (state, "secret" in said, "RuntimeError" in said) == ("bad", False, True)
        assert ("a secret" in caplog.text, "RuntimeError at test_health.py" in caplog.text) == (False, True)
        assert found(Subject.CACHE)

    def test_what_waits_too_long_is_given_up_or_paused(self, settings, monkeypatch) -> None:
        from cme_xblock.reporting import metrics
        from cme_xblock.reporting.metrics import Standing

        settings.CME_ENDPOINTS = [WEBHOOK]
        standing = Standing("hook", counts={"dead": 2, "unknown": 1}, oldest=timedelta(hours=49), paused=True,
                            open_breaker=True)  # fmt: skip
        monkeypatch.setattr(metrics, "gather", lambda *, now: [standing])
        said = found(Subject.QUEUE)
        assert [state for state, _, _ in said] == ["bad", "look", "look", "look", "look"]
        assert "49 hours; 48" in said[0][1]
        assert all("hook" in sentence for _, sentence, _ in said)


class TestPage:
    def page(self, world: Any, name: str) -> Any:
        return world.client(name).get(reverse("cme_xblock:console-health"))

    def test_the_operator_sees_what_is_well_and_what_is_not(self, world, settings) -> None:
        page = self.page(world, "operator")
        assert page.status_code == 200
        assert "no-store" in page["Cache-Control"]
        text = page.content.decode()
        assert [one for one in checks.SUBJECTS.values() if one not in text] == []
        settings.CME_IDENTIFIER_KEYS = []
        page = self.page(world, "operator")
        assert page.status_code == 503
        assert "CME_IDENTIFIER_KEYS" in page.content.decode()

    @pytest.mark.parametrize("name", ["office_a", "every_office", "teacher_a", "surveyor_a", "learner"])
    def test_nobody_else_does(self, world, name) -> None:
        assert self.page(world, name).status_code == 403

    def test_the_sign_of_life_asks_no_database_and_says_nothing(self, world, django_assert_num_queries) -> None:
        with django_assert_num_queries(0):
            page = Client().get(reverse("cme_xblock:alive"))
        assert (page.status_code, page.content) == (200, b"alive\n")
        assert Client().post(reverse("cme_xblock:alive")).status_code == 405

    def test_no_learner_is_on_it(self, world) -> None:
        Delivery.objects.count()
        text = self.page(world, "operator").content.decode()
        names = {user.username for user in world.users.values()} - {"operator"}
        assert [one for one in names if re.search(rf"\b{one}\b", text)] == []


class TestCommand:
    def run(self, *arguments: str) -> tuple[int, str]:
        out = StringIO()
        try:
            call_command("cme_doctor", *arguments, stdout=out)
        except SystemExit as end:
            return int(end.code or 0), out.getvalue()
        return 0, out.getvalue()

    def test_it_says_of_each_subject_how_it_stands(self) -> None:
        status, text = self.run()
        assert status == 0
        assert [one for one in Subject if f"  {one}" not in text] == []

    def test_what_is_bad_ends_it_with_1_and_says_what_to_do(self, settings) -> None:
        settings.CME_IDENTIFIER_KEYS = []
        status, text = self.run()
        assert status == 1
        assert "BAD   keys" in text
        assert "Correct the setting" in text

    def test_as_json(self) -> None:
        status, text = self.run("--json")
        assert status == 0
        assert {row["subject"] for row in json.loads(text)["findings"]} == set(Subject)

    @pytest.mark.parametrize("arguments", [("--repair",), ("--course", "course-v1:A+B+C")])
    def test_gates_are_looked_at_in_the_lms_alone(self, arguments) -> None:
        with pytest.raises(CommandError, match=r"manage\.py lms"):
            self.run(*arguments)
