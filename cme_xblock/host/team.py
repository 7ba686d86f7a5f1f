"""Where the pages of a course's team are, for whoever writes a link to one."""

from __future__ import annotations


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
