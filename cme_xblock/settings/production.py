"""Settings of production: the operator's file has been read by now and may have replaced whole lists."""

from __future__ import annotations

from typing import Any

from cme_xblock.settings import common


def plugin_settings(settings: Any) -> None:
    """Add again what such a file left out, or take the gate out where it says so."""
    if not getattr(settings, "CME_GATE", True):
        for name, ours in (("XBLOCK_FIELD_DATA_WRAPPERS", common.WRAPPER), ("MIDDLEWARE", common.MIDDLEWARE)):
            given: Any = getattr(settings, name, ())
            setattr(settings, name, type(given)(one for one in given if one != ours))
    common.plugin_settings(settings)
