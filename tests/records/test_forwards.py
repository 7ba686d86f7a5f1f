"""Migrations go forward: from every earlier state of the tables to this one, with rows in them, and in one line."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

APP = "cme_xblock"

pytestmark = pytest.mark.django_db(transaction=True)


def numbered() -> list[str]:
    """Our migrations in their order."""
    return sorted(name for app, name in MigrationLoader(None).graph.nodes if app == APP)


def state(target: str) -> Any:
    """Bring our tables to that state; its models."""
    executor = MigrationExecutor(connection)
    executor.migrate([(APP, target)])
    return MigrationExecutor(connection).loader.project_state((APP, target)).apps


def columns() -> dict[str, list[tuple[str, str]]]:
    """Our tables, each with its columns and their types, as the database has them."""
    with connection.cursor() as cursor:
        tables = [one for one in connection.introspection.table_names(cursor) if one.startswith(APP)]
        return {
            table: sorted(
                (one.name, str(connection.introspection.get_field_type(one.type_code, one)))
                for one in connection.introspection.get_table_description(cursor, table)
            )
            for table in sorted(tables)
        }


def test_they_stand_in_one_line() -> None:
    """Two branches would be merged by each site in an order of its own."""
    graph = MigrationLoader(None).graph
    assert graph.leaf_nodes(APP) == [(APP, numbered()[-1])]
    for before, one in zip([None, *numbered()], numbered(), strict=False):
        parents = [parent for parent in graph.node_map[APP, one].parents if parent.key[0] == APP]
        assert [parent.key[1] for parent in parents] == ([before] if before else [])
    assert [int(name[:4]) for name in numbered()] == list(range(1, len(numbered()) + 1))


def test_none_needs_another_apps_tables() -> None:
    """A site may have them in a database of their own."""
    graph = MigrationLoader(None).graph
    assert {app for app, _ in graph.iterative_dfs(graph.node_map[APP, numbered()[-1]])} == {APP}


@pytest.mark.database
def test_what_was_recorded_in_any_state_is_there_in_this_one() -> None:
    """From the first state to the last, one by one, with an edition that each recorded.

    A site comes from any of them, and goes through all that follow. At the end the tables are as those of a new site.
    """
    new, everyone = columns(), numbered()
    try:
        for name in everyone[:-1]:
            state(name).get_model(APP, "Edition").objects.create(**edition(name), canonical="{}", recorded_at=NOON)
        state(everyone[-1])
        assert columns() == new
        from cme_xblock.records.models import Edition

        kept = {name for name in everyone if Edition.objects.filter(**edition(name)).count() == 1}
        assert kept == set(everyone[:-1])
    finally:
        state(everyone[-1])


def edition(name: str) -> dict[str, str]:
    """What is known of the edition that was recorded in that state."""
    return {"course_key": "c", "activity_id": name, "activity_key": name.ljust(64, "k"), "sha256": name.ljust(64, "s")}


NOON = "2026-11-22T12:00:00.000000Z"
