"""The way from a course's instructor dashboard to its accredited activities: the old page's section, the new one's tab.

Both steps belong to pipelines of the platform, which loads them by their names here; they are made when they are asked
for, because their base is the platform's. Neither may break a dashboard: what can't be shown is left out.
Source: spec openedx part 0, fact 9; openedx-running part 6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from cme_xblock.activity.message import N_

# The Mako template of the section, as the dashboard finds it: folder, this prefix, the section's key, `.html`.
TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
PREFIX = "/cme_xblock/dashboard/"
SECTION = "cme"
TITLE = N_("Accredited CME")
# Behind the platform's own tabs.
_ORDER = 900


def __getattr__(name: str) -> Any:
    if name in ("AddSection", "AddTab"):
        return _steps()[name]
    raise AttributeError(name)


def section(context: Mapping[str, Any], user: Any) -> dict[str, str] | None:
    """The section for the old dashboard, or None: no activity there, not of its team, or no template to be found."""
    from django.conf import settings

    course_key = str(context["course"].id)
    found = [str(one) for one in getattr(settings, "MAKO_TEMPLATE_DIRS_BASE", ())]
    # A section whose template is missing would take the whole dashboard with it.
    if str(TEMPLATES) not in found or not _has_page(user, course_key):
        return None
    return {
        "section_key": SECTION,
        "section_display_name": _title(),
        "course_id": course_key,
        "template_path_prefix": PREFIX,
        "cme_address": _address(course_key),
        "cme_text": _gettext()(TEXT),
    }


def tab(user: Any, course_key: Any) -> dict[str, Any] | None:
    """The tab for the new dashboard: a link to our own page in the LMS."""
    if not _has_page(user, str(course_key)):
        return None
    return {"tab_id": SECTION, "title": _title(), "url": _address(str(course_key)), "sort_order": _ORDER}


def _has_page(user: Any, course_key: str) -> bool:
    """Whether there is something to see, and this person is of the course's team."""
    from cme_xblock.host import roles
    from cme_xblock.records import activity_index

    activity_index.refresh()
    return activity_index.of_courses([course_key]).exists() and roles.of_user(user).teaches(course_key)


def _address(course_key: str) -> str:
    """Whole, because the new dashboard is another site's page."""
    from django.conf import settings
    from django.urls import reverse

    root = str(getattr(settings, "LMS_ROOT_URL", "") or "").rstrip("/")
    return root + reverse("cme_xblock:console-course", args=[course_key])


def _gettext() -> Callable[[str], str]:
    from cme_xblock.host import language

    return language.current().gettext


def _title() -> str:
    return _gettext()(TITLE)


@cache
def _steps() -> Mapping[str, type]:
    """The two steps, as the platform runs them."""
    from openedx_filters import PipelineStep

    class AddSection(PipelineStep):
        """`org.openedx.learning.instructor.dashboard.render.started.v1`."""

        def run_filter(self, context: dict[str, Any], template_name: str, **_: Any) -> dict[str, Any]:
            """The dashboard's context with our section behind the others."""
            import crum

            made = section(context, crum.get_current_user())
            sections = [*context["sections"], *([made] if made else [])]
            return {"context": {**context, "sections": sections}, "template_name": template_name}

    class AddTab(PipelineStep):
        """`org.openedx.learning.instructor.dashboard.tabs.requested.v1`, from Verawood on."""

        def run_filter(self, tabs: list[Any], user: Any, course_key: Any, **_: Any) -> dict[str, Any]:
            """The tabs with ours behind the others."""
            made = tab(user, course_key)
            return {"tabs": [*tabs, *([made] if made else [])], "user": user, "course_key": course_key}

    return {"AddSection": AddSection, "AddTab": AddTab}


TEXT = N_("Participants, credit, deliveries and outcomes of the accredited activities in this course.")
