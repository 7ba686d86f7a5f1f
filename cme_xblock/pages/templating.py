"""Our own template engine: templates parsed once per process, escaped, and independent of the host's settings."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from django.template import Context, Engine
from django.template.base import Template
from django.utils.safestring import SafeString

from cme_xblock.activity.model import Activity
from cme_xblock.activity.remembered import remembered

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "cme_xblock"


@lru_cache(maxsize=1)
def _engine() -> Engine:
    return Engine(dirs=[str(_TEMPLATES)], debug=False, builtins=["cme_xblock.pages.tags"])


@lru_cache(maxsize=64)
def _template(name: str) -> Template:
    return _engine().get_template(name)


def render(name: str, values: Mapping[str, object]) -> SafeString:
    """The template's HTML. `values` must hold `language` (see `host.language`)."""
    return _template(name).render(Context(dict(values)))


def joined(pieces: Iterable[SafeString]) -> SafeString:
    """Pieces of HTML that templates made, one behind the other."""
    return SafeString("".join(pieces))


def made_once(
    activity: Activity, name: str, key: tuple[Hashable, ...], values: Callable[[], Mapping[str, object]]
) -> SafeString:
    """The template's HTML, made once for each activity and `key`, which must tell apart all that `values` can give.

    For what is the same for every learner of an edition: most of a page is.
    """
    made = _made(activity)
    html = made.get((name, *key))
    if html is None:
        html = made[name, *key] = render(name, values())
    return html


@remembered
def _made(activity: Activity) -> dict[tuple[Hashable, ...], SafeString]:
    """What was made for an activity so far."""
    return {}
