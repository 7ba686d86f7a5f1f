"""The doors at which the LMS does not ask whether a block may be loaded, closed for blocks that are kept closed.

`handler_noauth` runs any handler of any block, for anybody at all: for these blocks it does not exist, except for what
other servers send to a learning tool's block. And of somebody who is not signed in, who comes by GET to the ordinary
door of handlers, it asks nothing either: there it is made to ask.
Source: edx-platform, lms/djangoapps/courseware/block_render.py, 95e2990 (handle_xblock_callback_noauth,
handle_xblock_callback, get_block_for_descriptor: whoever is not `known` is not checked); lms/urls.py, 5de04bf.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse

from cme_xblock.gate import rows
from cme_xblock.records import faults

log = logging.getLogger(__name__)

_UNCHECKED = "xblock_handler_noauth"
_ORDINARY = "xblock_handler"
# Grades and keys that a tool's server asks for or sends; none of these answers with content.
# Source: xblock-lti-consumer, lti_consumer/lti_xblock.py; edx-platform, xmodule/lti_block.py.
_FROM_SERVERS = {
    "lti_consumer": frozenset(
        {"outcome_service_handler", "result_service_handler", "public_keyset_endpoint", "lti_1p3_access_token"}
    ),
    "lti": frozenset({"grade_handler", "lti_2_0_result_rest_handler"}),
}
_OURS = frozenset({"cme", "cme_part", "cme_content"})


class Nobody(AnonymousUser):
    """Somebody who is not signed in, and whom the LMS asks all the same: what it notes in `known` changes nothing."""

    @property
    def known(self) -> bool:
        """Whether this is to be checked."""
        return True

    @known.setter
    def known(self, value: bool) -> None:
        """Passed over."""


class ClosedDoors:
    """Answers 404 at the unchecked door of a closed block, and has the ordinary one checked for nobody too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Passed on: what is to be done is done when the view is known."""
        return self._get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]) -> None:
        """Raise Http404 for the unchecked door of a block that a gate keeps closed, whoever comes."""
        door = request.resolver_match.url_name if request.resolver_match is not None else ""
        if door == _UNCHECKED:
            if _is_closed(kwargs, servers=True):
                raise Http404
            return
        if door == _ORDINARY and request.method == "GET" and not _is_signed_in(request):
            # No 404 here: who brings a token becomes known only in the view, and then takes this one's place.
            request.user = Nobody() if _is_closed(kwargs, servers=False) else request.user


def _is_signed_in(request: HttpRequest) -> bool:
    return bool(getattr(getattr(request, "user", None), "is_authenticated", False))


def _is_closed(kwargs: dict[str, Any], *, servers: bool) -> bool:
    """Whether a gate keeps that block closed. `servers`: not for what a learning tool's server may send there."""
    from opaque_keys import InvalidKeyError
    from opaque_keys.edx.keys import AsideUsageKey, CourseKey, UsageKey

    try:
        asked = CourseKey.from_string(str(kwargs.get("course_id", "")))
        key = UsageKey.from_string(_unquoted(str(kwargs.get("usage_id", ""))))
        # What runs beside a block is as closed as the block.
        while isinstance(key, AsideUsageKey):
            key, servers = key.usage_key, False
        course = rows.course_of(asked)
        key = key.map_into_course(CourseKey.from_string(course))
    except InvalidKeyError:
        # No block has such a name: the view says so itself.
        return False
    if key.block_type in _OURS:
        # Our own blocks refuse these doors themselves, with a sentence.
        return False
    if servers and str(kwargs.get("handler", "")) in _FROM_SERVERS.get(key.block_type, ()):
        return False
    # Nothing of the LMS's leads to a branch or a version by name; and what lies there may be no published block at all.
    return (course != str(asked) and bool(rows.of_course(course))) or _is_gated(key, course)


def _is_gated(key: Any, course: str) -> bool:
    """Whether one of our partitions stands in the rule of the block or of anything around it."""
    from xmodule.modulestore.django import modulestore
    from xmodule.modulestore.exceptions import ItemNotFoundError

    try:
        ours = {one.partition_id for one in rows.of_course(course)} | {rows.NOWHERE}
        return bool(ours & set(modulestore().get_item(key).merged_group_access))
    except ItemNotFoundError:
        # The view answers 404 by itself.
        return False
    except Exception as error:  # noqa: BLE001 - whatever it is, the block stays closed
        log.error("Whether %s is kept closed could not be read (%s); it is taken for closed.", key, faults.place(error))
        return True


def _unquoted(usage_id: str) -> str:
    """As the LMS writes keys with slashes into addresses. Source: edx-platform, openedx/core/lib/url_utils.py."""
    return re.sub(";;|;_", lambda found: ";" if found[0] == ";;" else "/", usage_id)
