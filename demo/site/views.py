"""The pages around the blocks: who takes part, the units of the course, and the author's views."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_safe

from cme_xblock.host.roles import Role
from demo import cohort, course, people
from demo.course_file import Course
from demo.models import Learner

OFFICES = (Role.ADMINISTRATOR, Role.SURVEYOR, Role.OPERATOR)
AUTHOR_VIEWS = {"preview": "author_view", "edit": "studio_view"}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Who takes part? An invented learner, or somebody new by name."""
    problem, typed = "", ""
    if request.method == "POST":
        typed = request.POST.get("name", "")
        try:
            learner = people.admit(typed)
        except people.UnfitName as unfit:
            problem = str(unfit)
        else:
            return HttpResponseRedirect(reverse("demo-unit", args=[learner.student_id, course.loaded().units[0].slug]))
    values = {
        "course": course.loaded(),
        "learners": Learner.objects.all(),
        "problem": problem,
        "typed": typed[: people.LONGEST],
        "receiver": settings.RECEIVER_URL,
    }
    return render(request, "demo/home.html", values, status=400 if problem else 200)


@require_safe
def begin(request: HttpRequest, student_id: str) -> HttpResponse:
    """A learner's first unit."""
    return HttpResponseRedirect(reverse("demo-unit", args=[student_id, course.loaded().units[0].slug]))


@never_cache
@ensure_csrf_cookie
@require_safe
def unit(request: HttpRequest, student_id: str, slug: str) -> HttpResponse:
    """One unit of the course, for one learner."""
    learner, current = people.find(student_id), course.loaded().unit(slug)
    if learner is None or current is None:
        raise Http404
    before, after = course.loaded().beside(current)
    values = {"learner": learner, "unit": current, "before": before, "after": after}
    response = _with_block(request, "demo/unit.html", current.usage_id, student_id, "student_view", values)
    response.set_cookie(people.COOKIE, learner.student_id, samesite="Lax", httponly=True)
    response.delete_cookie(people.AUTHOR_COOKIE)
    response.delete_cookie(people.ROLE_COOKIE)
    return response


@never_cache
@ensure_csrf_cookie
@require_safe
def author(request: HttpRequest, slug: str, view: str) -> HttpResponse:
    """What the course team sees of a unit."""
    current = course.loaded().unit(slug)
    if (current is None and slug not in course.DRAFTS) or view not in AUTHOR_VIEWS:
        raise Http404
    usage_id = current.usage_id if current else course.draft_id(slug)
    tabs = _author_tabs(course.loaded())
    here = reverse("demo-author", args=[slug, view])
    if here not in tabs and current:
        raise Http404
    values = {"title": tabs.get(here, course.DRAFTS.get(slug)), "tabs": tabs, "here": here}
    author_id = settings.CME_WORKBENCH_AUTHORS[0]
    response = _with_block(request, "demo/author.html", usage_id, author_id, AUTHOR_VIEWS[view], values)
    response.set_cookie(people.AUTHOR_COOKIE, "yes", samesite="Lax", httponly=True)
    response.delete_cookie(people.ROLE_COOKIE)
    return response


@require_safe
def author_begin(request: HttpRequest) -> HttpResponse:
    """The author's first page."""
    return HttpResponseRedirect(reverse("demo-author", args=[course.loaded().units[0].slug, "preview"]))


@require_safe
def office(request: HttpRequest, role: str) -> HttpResponse:
    """The console, in one of its roles."""
    if role not in OFFICES:
        raise Http404
    response = HttpResponseRedirect(reverse("cme_xblock:console-home"))
    response.set_cookie(people.ROLE_COOKIE, role, samesite="Lax", httponly=True)
    return response


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """The outcomes report of the simulated cohort, as the CME office sees it."""
    published = course.block(course.loaded().units[0].usage_id, "")
    found = published.published()
    if found is None:
        raise Http404
    key = cohort.key_of(published.setting(()).course_key, found.activity)
    response = HttpResponseRedirect(reverse("cme_xblock:outcomes", args=[key]))
    response.set_cookie(people.ROLE_COOKIE, Role.ADMINISTRATOR, samesite="Lax", httponly=True)
    return response


def _author_tabs(shown: Course) -> dict[str, str]:
    """Addresses and titles: each unit's preview, the form of the first, which holds the activity, and an empty form."""
    previews = {reverse("demo-author", args=[one.slug, "preview"]): f"Preview: {one.title}" for one in shown.units}
    edit, new = (reverse("demo-author", args=[slug, "edit"]) for slug in (shown.units[0].slug, "new"))
    return previews | {edit: "Edit the activity", new: course.DRAFTS["new"]}


@require_safe
def no_icon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for an icon on pages that name none."""
    return HttpResponse(status=204)


def _with_block(
    request: HttpRequest, template: str, usage_id: str, student_id: str, view: str, values: dict[str, Any]
) -> HttpResponse:
    fragment = course.block(usage_id, student_id).render(view, {})
    # The blocks' own HTML: escaped by them, and shown here as every host shows it.
    parts = {
        "body": mark_safe(fragment.body_html()),  # noqa: S308
        "head": mark_safe(fragment.head_html()),  # noqa: S308
        "foot": mark_safe(fragment.foot_html()),  # noqa: S308
    }
    return render(request, template, {"course": course.loaded(), "student_id": student_id, **parts, **values})
