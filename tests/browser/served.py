"""A page like an LMS's around the workbench's block: language, width, one heading, and what the block's script needs.

The workbench's own pages are none of that; `/view/` even leaves out the name of the learner that its script asks for.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path
from django.views.decorators.csrf import ensure_csrf_cookie

from tests.blocks import course
from tests.urls import urlpatterns as without

PAGE = """<!DOCTYPE html>
<html lang="en" dir="ltr">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Ward</title>
  <link rel="icon" href="data:,">
  <style>body { margin: 0; font-family: sans-serif; } main { padding: 1rem; }</style>
  <script>const studentId = "{{ student }}", handlerBaseUrl = "/handler/";</script>
  {{ head|safe }}
</head>
<body><main><h1>Ward</h1>{{ body|safe }}</main>{{ foot|safe }}</body>
</html>"""


@ensure_csrf_cookie
def page(request: HttpRequest, student: str) -> HttpResponse:
    """The activity, for one learner."""
    block = course.block(course.ACTIVITY, student)
    fragment = block.render("student_view", {})
    block.save()
    made = (
        engines["django"]
        .from_string(PAGE)
        .render(
            {
                "student": student,
                "head": fragment.head_html(),
                "body": fragment.body_html(),
                "foot": fragment.foot_html(),
            },
            request,
        )
    )
    return HttpResponse(made)


urlpatterns = [path("ward/<slug:student>/", page), *without]
