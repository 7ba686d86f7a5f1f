"""Who reads a page that belongs to no block: the person signed in at the host.

.. setting_name: CME_READER
.. setting_default: None
.. setting_description: Where there is no LMS: the dotted path of a function that takes the request and gives the
    learner's id, as blocks know it, or "" for nobody. In the LMS it must be left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest

_SETTING = "CME_READER"


def of_request(request: HttpRequest) -> str:
    """The learner's id, or empty for somebody who is not signed in. The platform's own word, never the address's."""
    from django.conf import settings

    named = getattr(settings, _SETTING, None)
    if named:
        from django.utils.module_loading import import_string

        return str(import_string(named)(request) or "")
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or not user.is_active:
        return ""
    return str(user.pk)


def sign_in(request: HttpRequest) -> str:
    """The address where somebody signs in and comes back from, or empty where this host has none."""
    from django.conf import settings
    from django.contrib.auth.views import redirect_to_login

    if getattr(settings, _SETTING, None) or not hasattr(request, "user"):
        return ""
    return redirect_to_login(request.get_full_path()).url
