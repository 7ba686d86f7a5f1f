"""Settings of the platform's own tests: the same gate as everywhere."""

from __future__ import annotations

from cme_xblock.settings.common import plugin_settings

__all__ = ["plugin_settings"]
