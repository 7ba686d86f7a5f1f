"""The tables are what the models say, and every model says what it holds of a person."""

from __future__ import annotations

import io

import pytest
from django.apps import apps
from django.core.management import call_command

MODELS = list(apps.get_app_config("cme_xblock").get_models())


@pytest.mark.database
@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "cme_xblock", check=True, dry_run=True, stdout=io.StringIO())


@pytest.mark.parametrize("model", MODELS)
def test_every_model_says_what_it_holds_of_a_person(model) -> None:
    """OEP-30: `.. no_pii:`, or all three of what, which kinds, and what retirement does with it."""
    text = model.__doc__
    if ".. no_pii:" not in text:
        for annotation in (".. pii:", ".. pii_types:", ".. pii_retirement:"):
            assert annotation in text, annotation


@pytest.mark.parametrize("model", MODELS)
def test_no_table_has_a_key_into_the_platforms_tables(model) -> None:
    foreign = {one.related_model for one in model._meta.fields if one.is_relation}
    assert {one._meta.app_label for one in foreign} <= {"cme_xblock"}


@pytest.mark.parametrize("model", MODELS)
def test_no_unique_key_depends_on_upper_and_lower_case(model) -> None:
    """A collation that ignores case would take two learners for one: unique text is hex, a UUID, or made lower-case."""
    unique = {one.name for one in model._meta.fields if one.unique and one.get_internal_type() == "CharField"}
    # An endpoint's name has no other than lower-case letters: reporting/config.py. A hash is hex. The two names are
    # hex, or words of our own in lower case.
    ours = {"key", "activity_key", "uuid", "certificate_code", "endpoint", "sha256"}
    assert unique <= ours | ({"name"} if model.__name__ in ("AccessChain", "RefreshMark") else set())
