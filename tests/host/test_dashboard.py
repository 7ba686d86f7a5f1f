"""The links in both instructor dashboards: there for the team of a course with activities, and never in the way."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from mako.lookup import TemplateLookup

from cme_xblock.host import dashboard, roles
from cme_xblock.settings import common
from tests.console.world import COURSE_A, PROVIDER_A, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def teacher(settings: Any, monkeypatch: pytest.MonkeyPatch) -> User:
    settings.MAKO_TEMPLATE_DIRS_BASE = [common.TEMPLATES]
    settings.LMS_ROOT_URL = "https://lms.example.org/"
    monkeypatch.setattr(roles, "_teaches", lambda user, course: user.username == "teacher" and course == COURSE_A)
    publish(COURSE_A, PROVIDER_A)
    return User.objects.create_user("teacher")


def shown(user: User, course: str = COURSE_A) -> dict[str, str] | None:
    return dashboard.section({"course": SimpleNamespace(id=course), "sections": []}, user)


def test_the_old_dashboard_has_a_section_whose_template_is_found(teacher: User) -> None:
    made = shown(teacher)
    assert made is not None
    lookup = TemplateLookup(directories=[common.TEMPLATES])
    template = lookup.get_template(f"{made['template_path_prefix']}{made['section_key']}.html")
    html = template.render(section_data={**made, "cme_text": "<b>"})
    assert f'href="https://lms.example.org/cme/courses/{COURSE_A}/"' in html
    assert "&lt;b&gt;" in html


def test_the_new_dashboard_has_a_tab(teacher: User) -> None:
    made = dashboard.tab(teacher, COURSE_A)
    assert made == {
        "tab_id": "cme",
        "title": "Accredited CME",
        "url": f"https://lms.example.org/cme/courses/{COURSE_A}/",
        "sort_order": 900,
    }


def test_nothing_is_shown_where_there_is_nothing_to_see(teacher: User, settings: Any) -> None:
    assert shown(teacher, "course-v1:No+Such+1") is None
    assert dashboard.tab(User.objects.create_user("root", is_staff=True, is_superuser=True), COURSE_A) is None
    settings.MAKO_TEMPLATE_DIRS_BASE = ["/elsewhere"]
    assert shown(teacher) is None


def test_the_steps_are_the_platforms_and_add_behind_others(teacher: User, monkeypatch: pytest.MonkeyPatch) -> None:
    base, crum = ModuleType("openedx_filters"), ModuleType("crum")
    base.PipelineStep = type("PipelineStep", (), {})  # type: ignore[attr-defined]
    crum.get_current_user = lambda: teacher  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "openedx_filters", base)
    monkeypatch.setitem(sys.modules, "crum", crum)
    dashboard._steps.cache_clear()
    context = {"course": SimpleNamespace(id=COURSE_A), "sections": [{"section_key": "theirs"}]}
    out = dashboard.AddSection().run_filter(context, "page.html")
    assert [one["section_key"] for one in out["context"]["sections"]] == ["theirs", "cme"]
    assert context["sections"] == [{"section_key": "theirs"}]
    assert out["template_name"] == "page.html"
    tabs = dashboard.AddTab().run_filter([{"tab_id": "theirs"}], teacher, COURSE_A)["tabs"]
    assert [one["tab_id"] for one in tabs] == ["theirs", "cme"]
    assert issubclass(dashboard.AddTab, base.PipelineStep)
    dashboard._steps.cache_clear()


def lms(**more: Any) -> SimpleNamespace:
    return SimpleNamespace(ROOT_URLCONF="lms.urls", MIDDLEWARE=[], XBLOCK_FIELD_DATA_WRAPPERS=(), **more)


def test_the_plugin_adds_its_steps_behind_and_keeps_what_an_operator_said() -> None:
    name, other = common.FILTERS
    theirs = {name: {"fail_silently": False, "pipeline": ["their.Step"]}, "unknown": {"pipeline": []}}
    where = lms(OPEN_EDX_FILTERS_CONFIG=theirs, MAKO_TEMPLATE_DIRS_BASE=[Path("/edx/templates")])
    common.plugin_settings(where)
    common.plugin_settings(where)
    found = where.OPEN_EDX_FILTERS_CONFIG
    assert found[name] == {"fail_silently": False, "pipeline": ["their.Step", common.FILTERS[name]]}
    assert found[other] == {"fail_silently": True, "pipeline": [common.FILTERS[other]]}
    assert found["unknown"] == {"pipeline": []}
    assert [str(one) for one in where.MAKO_TEMPLATE_DIRS_BASE] == ["/edx/templates", common.TEMPLATES]
    assert theirs[name]["pipeline"] == ["their.Step"]


def test_without_a_gate_the_links_are_there_and_studio_has_none() -> None:
    where = lms(CME_GATE=False)
    common.plugin_settings(where)
    assert set(where.OPEN_EDX_FILTERS_CONFIG) == set(common.FILTERS)
    studio = SimpleNamespace(ROOT_URLCONF="cms.urls")
    common.plugin_settings(studio)
    assert vars(studio) == {"ROOT_URLCONF": "cms.urls"}
