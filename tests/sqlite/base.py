"""SQLite that waits for no disk: a process that dies loses nothing by that, and nobody pulls the plug of a test."""

from __future__ import annotations

from typing import Any

from django.db.backends.sqlite3 import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, with commits that are left to the operating system to write."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that does not wait for fsync."""
        connection = super().get_new_connection(conn_params)
        connection.execute("PRAGMA synchronous = OFF").close()
        return connection
