"""Everything that is stored, so that a test can say: nothing changed."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model
from workbench.models import XBlockState


def rows() -> dict[str, list[Any]]:
    """Every row of every table of ours, and every field that the workbench holds for a block."""
    found = {model.__name__: _all(model) for model in apps.get_app_config("cme_xblock").get_models()}
    # The workbench makes an empty row when it looks for a field.
    states = XBlockState.objects.exclude(state="{}").order_by("scope", "scope_id", "user_id", "tag")
    found["XBlockState"] = list(states.values_list("scope", "scope_id", "user_id", "tag", "state"))
    return found


def _all(model: type[Model]) -> list[dict[str, Any]]:
    """By hand, because tests look several thousand times, and Django composes each query anew."""
    quoted = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {quoted(model._meta.db_table)} ORDER BY {quoted(model._meta.pk.column)}")  # noqa: S608 - names of ours
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def count(*names: str) -> int:
    """How many rows these models have together."""
    config = apps.get_app_config("cme_xblock")
    return sum(config.get_model(name)._default_manager.count() for name in names)


ENDPOINTS = [
    {
        "name": "pars",
        "kind": "pars_learners",
        "label": "PARS",
        "url": "https://pars.example.invalid/",
        "provider_id": "0001234",
        "provider_name": "The University of Example",
        "user": "someone",
        "password_env": "CME_TEST_PARS_PASSWORD",
        "ccid_domain": "cme.example.edu",
    }
]
