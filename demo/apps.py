"""The Django app of the demonstration: registers its one block and sets up SQLite."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created

PAGE_BLOCK = EntryPoint(name="cme_demo_page", value="demo.pages:CmeDemoPage", group="xblock.v1")


class DemoConfig(AppConfig):
    """Learners' names, the course and the shell around it."""

    name = "demo"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Offer the page block: entry points come from installed packages, and the demonstration is not one."""
        from xblock.core import XBlock

        if not any(name == PAGE_BLOCK.name for name, _ in XBlock.extra_entry_points):
            XBlock.extra_entry_points.append((PAGE_BLOCK.name, PAGE_BLOCK))
        connection_created.connect(write_ahead, dispatch_uid="demo.write_ahead")


def write_ahead(connection: Any, **_: object) -> None:
    """Let readers read while one process writes: web server and delivery worker share the file."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=NORMAL")
