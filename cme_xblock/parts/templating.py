"""Our own template engine: templates parsed once per process, escaped, and independent of the host's settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.template import Context, Engine
from django.template.base import Template
from django.utils.safestring import SafeString

_TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "cme_xblock"


@lru_cache(maxsize=1)
def _engine() -> Engine:
    return Engine(dirs=[str(_TEMPLATES)], debug=False, builtins=["cme_xblock.parts.tags"])


@lru_cache(maxsize=64)
def _template(name: str) -> Template:
    return _engine().get_template(name)


def render(name: str, values: Mapping[str, object]) -> SafeString:
    """The template's HTML. `values` must hold `language` (see `host.language`)."""
    return _template(name).render(Context(dict(values)))
