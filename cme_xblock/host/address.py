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
    from django.conf import settings

    named = getattr(settings, "CME_PUBLIC_URL", "") or getattr(settings, "LMS_ROOT_URL", "")
    parts = urlsplit(str(named or request.build_absolute_uri("/")))
    return f"{parts.scheme}://{parts.netloc}"
