"""The LMS's two doors to a block's handlers, by the names and patterns that it gives them.

Source: edx-platform, lms/urls.py, 5de04bf; openedx/core/constants.py, 4fba472 (COURSE_ID_PATTERN, USAGE_ID_PATTERN);
lms/djangoapps/courseware/block_render.py, 95e2990: whoever is not `known` is not checked, a token is read in the view,
and without one only GET is let in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import re_path
from opaque_keys.edx.keys import AsideUsageKey, UsageKey

from tests.gate.platform import Lms

COURSE = r"(?P<course_id>[^/+]+(/|\+)[^/+]+(/|\+)[^/?]+)"
USAGE = r"(?P<usage_id>(?:i4x://?[^/]+/[^/]+/[^/]+/[^@]+(?:@[^/]+)?)|(?:[^/]+))"


class Person:
    """Somebody who is signed in; the LMS notes on a user whether it is known."""

    is_staff, is_authenticated = False, True

    def __init__(self, number: int) -> None:
        self.id = number
        self.known = True


class Sessions:
    """The LMS's session: of the person whose number is in the cookie `session`, or nobody's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        number = request.COOKIES.get("session", "")
        request.user = Person(int(number)) if number else AnonymousUser()  # type: ignore[assignment]
        return self._get_response(request)


class Doors:
    """The two views of one LMS; without one every block is there for everybody who is let in."""

    lms: Lms | None = None

    def unchecked(self, request: HttpRequest, usage_id: str, **kwargs: Any) -> HttpResponse:
        request.user.known = False  # type: ignore[union-attr]
        return self._content(request, usage_id)

    def ordinary(self, request: HttpRequest, usage_id: str, **kwargs: Any) -> HttpResponse:
        word, _, number = request.headers.get("Authorization", "").partition(" ")
        if not request.user.is_authenticated and word == "Bearer" and number.isdigit():
            request.user = Person(int(number))  # type: ignore[assignment]
        if request.method != "GET" and not request.user.is_authenticated:
            return HttpResponse("Unauthenticated", status=403)
        request.user.known = request.user.is_authenticated  # type: ignore[union-attr]
        return self._content(request, usage_id)

    def _content(self, request: HttpRequest, usage_id: str) -> HttpResponse:
        user: Any = request.user
        if self.lms is not None and getattr(user, "known", True):
            key = UsageKey.from_string(usage_id)
            key = key.usage_key if isinstance(key, AsideUsageKey) else key
            if not self.lms.may_load(user, f"{key.block_type}@{key.block_id}"):
                raise Http404
        return HttpResponse("content")


doors = Doors()
urlpatterns = [
    re_path(rf"^courses/{COURSE}/xblock/{USAGE}/{door}/(?P<handler>[^/]*)(?:/(?P<suffix>.*))?$", view, name=name)
    for door, view, name in (
        ("handler", doors.ordinary, "xblock_handler"),
        ("handler_noauth", doors.unchecked, "xblock_handler_noauth"),
    )
]
