"""Whether the reader of a page that belongs to no block is of a course's team.

.. setting_name: CME_TEAM
.. setting_default: None
.. setting_description: Where there is no LMS: the dotted path of a function that takes the request and the course key
    as text, and says whether this reader may see what the course's team sees. In the LMS it must be left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest

_SETTING = "CME_TEAM"


def sees(request: HttpRequest, course_key: str) -> bool:
    """Whether this reader is of the staff of that course (edx-platform, courseware/access.py). Nobody, in doubt."""
    from django.conf import settings

    named = getattr(settings, _SETTING, None)
    if named:
        from django.utils.module_loading import import_string

        return bool(import_string(named)(request, course_key))
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.is_active:
        return False
    try:
        from lms.djangoapps.courseware.access import has_access
        from opaque_keys import InvalidKeyError
        from opaque_keys.edx.keys import CourseKey
    except ImportError:
        return False
    try:
        return bool(has_access(user, "staff", CourseKey.from_string(course_key)))
    except InvalidKeyError:
        return False


def report_address(key: str) -> str:
    """Where the outcomes report of the activity of that key is; empty where this host has none.

    The page is the LMS's: Studio, which does not have it, links to its LMS.
    """
    from django.conf import settings
    from django.urls import NoReverseMatch, reverse

    if getattr(settings, "SERVICE_VARIANT", "") == "cms":
        root = str(getattr(settings, "LMS_ROOT_URL", "") or "").rstrip("/")
        return f"{root}/cme/outcomes/{key}/" if root else ""
    try:
        return reverse("cme_xblock:outcomes", args=[key])
    except NoReverseMatch:
        return ""
