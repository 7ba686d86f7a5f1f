"""How programs sign in at the platform's own REST API: its OAuth 2 bearer tokens and JWTs, with their scopes.

Source: edx-platform, openedx/core/lib/api/authentication.py; edx-drf-extensions, auth/jwt.
"""

from __future__ import annotations

from typing import Any

__all__ = ["classes", "scopes_of"]


def classes() -> list[type]:
    """The platform's authentication classes for Django REST framework; none where there is no platform."""
    found: list[type] = []
    try:
        from edx_rest_framework_extensions.auth.jwt.authentication import JwtAuthentication

        found.append(JwtAuthentication)
    except ImportError:
        pass
    try:
        from openedx.core.lib.api.authentication import BearerAuthentication

        found.append(BearerAuthentication)
    except ImportError:
        pass
    return found


def scopes_of(auth: Any) -> frozenset[str]:
    """The scopes of what one of these classes has let in (`request.auth`); none where it names none."""
    named = getattr(auth, "scope", None)
    if isinstance(named, str):
        return frozenset(named.split())
    try:
        from edx_rest_framework_extensions.auth.jwt.decoder import decode_jwt_scopes
    except ImportError:
        return frozenset()
    return frozenset(decode_jwt_scopes(auth) or ()) if isinstance(auth, str) else frozenset()
