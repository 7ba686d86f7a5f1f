"""What is remembered for the length of one request: which gates a course has, and how far a learner is.

The platform's own store, which its middleware empties before and after each request, and Celery after each task. A
management command has to empty it itself. Outside the platform nothing is remembered.
Source: edx-django-utils, edx_django_utils/cache/utils.py, 1d52355.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")

_NAMESPACE = "cme_xblock.gate"


def once(key: Hashable, make: Callable[[], T]) -> T:
    """What `make` gives, asked once in a request. `key`: a tuple that begins with the name of what is asked."""
    kept = _kept()
    if kept is None:
        return make()
    if key not in kept:
        kept[key] = make()
    found: T = kept[key]
    return found


def forget(key: Hashable | None = None) -> None:
    """Ask anew from now on: of one thing, or of everything, the platform's own things too.

    It remembers a course's partitions by the course's text for as long as a request lasts, and a management command is
    one long request. Source: edx-platform, xmodule/partitions/partitions_service.py, e57a655.
    """
    kept = _kept()
    if kept is None:
        return
    if key is not None:
        kept.pop(key, None)
        return
    from edx_django_utils.cache import RequestCache

    RequestCache.clear_all_namespaces()


def _kept() -> dict[Hashable, Any] | None:
    try:
        from edx_django_utils.cache import RequestCache
    except ImportError:
        return None
    found: dict[Hashable, Any] = RequestCache(_NAMESPACE).data
    return found
