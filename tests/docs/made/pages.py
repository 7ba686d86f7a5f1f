"""Which page of the reference is made by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.docs.made import commands, fields

PAGES: Mapping[str, Callable[[], str]] = {"commands.md": commands.page, "fields.md": fields.page}
