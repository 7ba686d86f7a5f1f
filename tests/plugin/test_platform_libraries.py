"""What the platform does with the plugin, done by the platform's own libraries: edx-django-utils and openedx-filters.

Their versions are the newest that the constraints allow; Teak's and Verawood's differ in nothing that is used here.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.dispatch import Signal
from django.urls import URLResolver, resolve, reverse, set_urlconf
from edx_django_utils.cache import RequestCache
from edx_django_utils.plugins import (
    add_plugins,
    connect_plugin_receivers,
    get_plugin_apps,
    get_plugin_url_patterns,
)
from openedx_filters.learning.filters import InstructorDashboardRenderStarted, InstructorDashboardTabsRequested
from openedx_filters.tooling import OpenEdxPublicFilter

from cme_xblock.gate import request, rows
from cme_xblock.host import retirement, roles
from cme_xblock.settings import common
from tests.console.world import COURSE_A, PROVIDER_A, publish

LMS, STUDIO = "lms.djangoapp", "cms.djangoapp"
RETIRED = "openedx.core.djangoapps.user_api.accounts.signals"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A maker of settings modules such as lms/envs/common.py: the library finds them by their names."""

    def make(urls: str, **more: Any) -> ModuleType:
        module = ModuleType("tests_plugin_environment")
        given = {"ROOT_URLCONF": urls, "XBLOCK_FIELD_DATA_WRAPPERS": (), "MIDDLEWARE": ["first"]}
        vars(module).update(given | {"MAKO_TEMPLATE_DIRS_BASE": ["/edx/templates"]} | more)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return module

    return make


@pytest.mark.parametrize("project", [LMS, STUDIO])
def test_both_find_the_app_by_its_entry_point(project: str) -> None:
    assert "cme_xblock.apps.CmeXBlockConfig" in get_plugin_apps(project)


def test_the_lms_is_given_our_settings_behind_its_own(environment: Any) -> None:
    module = environment("lms.urls", CME_RETAIN_YEARS=12)
    for kind in ("common", "production", "test"):
        add_plugins(module.__name__, LMS, kind)
    assert module.XBLOCK_FIELD_DATA_WRAPPERS == (common.WRAPPER,)
    assert module.MIDDLEWARE == ["first", common.MIDDLEWARE]
    assert module.MAKO_TEMPLATE_DIRS_BASE == ["/edx/templates", common.TEMPLATES]
    assert set(module.OPEN_EDX_FILTERS_CONFIG) == set(common.FILTERS)
    assert module.CME_RETAIN_YEARS == 12


def test_studio_is_given_nothing(environment: Any) -> None:
    module = environment("cms.urls")
    before = dict(vars(module))
    for kind in ("common", "production", "test"):
        add_plugins(module.__name__, STUDIO, kind)
    assert vars(module) == before
    assert [one for one in get_plugin_url_patterns(STUDIO) if _is_ours(one)] == []


def _is_ours(found: URLResolver) -> bool:
    return getattr(found, "namespace", None) == "cme_xblock"


def test_our_addresses_lie_below_cme_by_our_namespace() -> None:
    [ours] = [one for one in get_plugin_url_patterns(LMS) if _is_ours(one)]
    urls = ModuleType("tests_plugin_urls")
    urls.urlpatterns = [ours]  # type: ignore[attr-defined]
    assert (ours.app_name, ours.namespace) == ("cme_xblock", "cme_xblock")
    set_urlconf(urls)
    try:
        assert reverse("cme_xblock:console-course", args=[COURSE_A]) == f"/cme/courses/{COURSE_A}/"
        assert resolve("/cme/verify/").view_name == "cme_xblock:verify"
    finally:
        set_urlconf(None)


def test_the_platforms_word_that_an_account_is_retired_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    signals, signal, heard = ModuleType(RETIRED), Signal(), []
    signals.USER_RETIRE_LMS_MISC = signal  # type: ignore[attr-defined]
    parts = RETIRED.split(".")
    for end in range(1, len(parts)):
        monkeypatch.setitem(sys.modules, ".".join(parts[:end]), ModuleType(".".join(parts[:end])))
    monkeypatch.setitem(sys.modules, RETIRED, signals)
    monkeypatch.setattr(retirement, "retire", lambda learner_id, **more: heard.append(learner_id))
    connect_plugin_receivers(LMS)
    connect_plugin_receivers(LMS)
    signal.send(sender=None, user=SimpleNamespace(id=7))
    assert heard == ["7"]


class TestFilters:
    """The dashboards' pipelines, run as the LMS runs them."""

    @pytest.fixture(autouse=True)
    def teacher(self, db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> User:
        common.plugin_settings(lms := SimpleNamespace(ROOT_URLCONF="lms.urls"))
        settings.OPEN_EDX_FILTERS_CONFIG = lms.OPEN_EDX_FILTERS_CONFIG
        settings.MAKO_TEMPLATE_DIRS_BASE = lms.MAKO_TEMPLATE_DIRS_BASE
        settings.LMS_ROOT_URL = "https://lms.example.org"
        user = User.objects.create_user("teacher")
        monkeypatch.setattr(roles, "_teaches", lambda user, course: user.username == "teacher" and course == COURSE_A)
        monkeypatch.setattr(import_module("crum"), "get_current_user", lambda: user)
        publish(COURSE_A, PROVIDER_A)
        return user

    def test_the_old_dashboard_gets_a_section(self) -> None:
        context = {"course": SimpleNamespace(id=COURSE_A), "sections": [{"section_key": "theirs"}]}
        found, template = InstructorDashboardRenderStarted.run_filter(context=context, template_name="page.html")
        assert [one["section_key"] for one in found["sections"]] == ["theirs", "cme"]
        assert template == "page.html"

    def test_the_new_dashboard_gets_a_tab(self, teacher: User) -> None:
        found = InstructorDashboardTabsRequested.run_filter(tabs=[], user=teacher, course_key=COURSE_A)
        tabs = found[0] if isinstance(found, tuple) else found
        assert [one["tab_id"] for one in tabs] == ["cme"]

    @pytest.mark.parametrize("theirs", [["their.Step"], "their.Step", {"pipeline": "their.Step"}, None, []])
    def test_every_form_that_the_library_takes_is_kept(self, settings: Any, theirs: Any) -> None:
        name, ours = next(iter(common.FILTERS.items()))
        lms = SimpleNamespace(ROOT_URLCONF="lms.urls", OPEN_EDX_FILTERS_CONFIG={name: theirs})
        common.plugin_settings(lms)
        settings.OPEN_EDX_FILTERS_CONFIG = lms.OPEN_EDX_FILTERS_CONFIG
        one = type("One", (OpenEdxPublicFilter,), {"filter_type": name})
        steps, silently, _ = one.get_pipeline_configuration()
        assert (steps, silently) == (["their.Step", ours] if theirs else [ours], True)


class TestRequestCache:
    """What the gate remembers lies in the platform's own store."""

    @pytest.fixture(autouse=True)
    def empty(self) -> Any:
        RequestCache.clear_all_namespaces()
        yield
        RequestCache.clear_all_namespaces()

    def test_a_thing_is_asked_once_and_anew_when_it_was_forgotten(self) -> None:
        asked: list[int] = []
        for key in (("gates", "a"), ("gates", "b")):
            for _ in range(2):
                request.once(key, lambda: asked.append(1) or len(asked))
        assert len(asked) == 2
        request.forget(("gates", "a"))
        assert request.once(("gates", "a"), lambda: "anew") == "anew"
        assert request.once(("gates", "b"), lambda: "anew") == 2

    def test_forgetting_everything_takes_the_platforms_own_along(self) -> None:
        RequestCache("theirs").set("partitions", [1])
        request.forget()
        assert not RequestCache("theirs").get_cached_response("partitions").is_found


@pytest.mark.parametrize(
    "key", ["ccx-v1:Lakeshore+CME+2026+ccx@1", "course-v1:Lakeshore+CME+2026+branch@b", "course-v1:Lakeshore+CME+2026"]
)
def test_one_course_has_one_name_for_the_gate(key: str) -> None:
    from opaque_keys.edx.keys import CourseKey

    assert rows.course_of(CourseKey.from_string(key)) == "course-v1:Lakeshore+CME+2026"
