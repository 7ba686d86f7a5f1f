"""Queries that every page asks, compiled once.

Django composes the SQL of a query anew each time it is asked, which takes several times as long as a database needs to
answer one of ours. Here the SQL is Django's own, for whatever database it is, and only kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connections, models, router

# Stands in the compiled query where the key of each call goes: this very object, whatever text it is.
_KEY = "".join(("the", "key"))


@dataclass(frozen=True)
class _Compiled:
    """The SQL for one database, and what makes the values of our fields from its columns, by their number."""

    sql: str
    parameters: tuple[Any, ...]
    converters: Mapping[int, tuple[list[Callable[..., Any]], Any]]


class Prepared:
    """A query with one key to fill in."""

    def __init__(self, model: type[models.Model], build: Callable[[str], models.QuerySet[Any, Any]]) -> None:
        """`build` makes the query for a key, with `values_list`. The key must be in it once, as it is."""
        self._model = model
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def __call__(self, key: str) -> list[tuple[Any, ...]]:
        """The rows for that key, as `values_list` would give them. One query."""
        using = router.db_for_read(self._model)
        compiled = self._compiled.get(using) or self._compile(using)
        connection = connections[using]
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, [key if one is _KEY else one for one in compiled.parameters])
            rows = cursor.fetchall()
        if not compiled.converters:
            return rows
        converted = [list(row) for row in rows]
        for place, (converters, expression) in compiled.converters.items():
            for row in converted:
                for convert in converters:
                    row[place] = convert(row[place], expression, connection)
        return [tuple(row) for row in converted]

    def _compile(self, using: str) -> _Compiled:
        compiler = self._build(_KEY).using(using).query.get_compiler(using)
        sql, parameters = compiler.as_sql()
        if sum(one is _KEY for one in parameters) != 1:
            message = f"A prepared query has its key as a parameter once, as it is: this one has {parameters}."
            raise TypeError(message)
        columns = [expression for expression, *_ in compiler.select]
        compiled = self._compiled[using] = _Compiled(sql, tuple(parameters), compiler.get_converters(columns))
        return compiled
