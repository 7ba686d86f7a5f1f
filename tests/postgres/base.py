"""The backend: `TRUNCATE` makes new files for each of some fifty tables, and takes longer than most tests do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import base, operations


class DatabaseOperations(operations.DatabaseOperations):
    """Deletes rows where Django would make every table anew. Foreign keys are deferred, so any order will do."""

    def sql_flush(
        self, style: Any, tables: Sequence[str], *, reset_sequences: bool = False, allow_cascade: bool = False
    ) -> list[str]:
        if reset_sequences:
            return super().sql_flush(style, tables, reset_sequences=True, allow_cascade=allow_cascade)
        names = [self.quote_name(one) for one in tables]
        return ["SET CONSTRAINTS ALL DEFERRED", *(f"DELETE FROM {one}" for one in names)]  # noqa: S608 - Django's names


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
