"""The address under which people reach this site, for what is printed, signed or sent.

.. setting_name: CME_PUBLIC_URL
.. setting_default: the LMS's LMS_ROOT_URL; without one, the address of the request
.. setting_description: Such as "https://courses.example.org". It stands on certificates and in badges, so it should be
    the one that is there in six years.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from django.http import HttpRequest


def site(request: HttpRequest) -> str:
    """Scheme and host, with no slash at the end."""
    return named() or _root(str(request.build_absolute_uri("/")))


def named() -> str:
    """The same where nobody asks, for what is sent: empty where no setting names it."""
    from django.conf import settings

    found = getattr(settings, "CME_PUBLIC_URL", "") or getattr(settings, "LMS_ROOT_URL", "")
    return _root(str(found)) if found else ""


def _root(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
