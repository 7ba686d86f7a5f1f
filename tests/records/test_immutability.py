"""The program cannot change or delete what it recorded, by any of Django's ways (promise 5)."""

from __future__ import annotations

import pytest
from django.db import models
from django.db.models import ProtectedError

from cme_xblock.records import consents, editions
from cme_xblock.records.models import (
    Claim,
    ConsentEvent,
    Edition,
    EntryRow,
    ImmutableError,
    LiveClaim,
    Participation,
    PublishedEdition,
)
from tests.records import samples

pytestmark = [pytest.mark.django_db]

RECORDS = [Edition, Participation, EntryRow, Claim, ConsentEvent]
POINTERS = [PublishedEdition, LiveClaim]


@pytest.fixture(autouse=True)
def _one_of_each() -> None:
    edition = editions.publish(samples.COURSE, samples.activity(), source="cme@a", now=samples.NOW)
    samples.append(samples.claiming(edition))
    consents.record(Participation.objects.get(), "pars", text="Send it.", granted=True, now=samples.NOW)


def snapshot() -> list[object]:
    return [list(model._base_manager.values()) for model in RECORDS + POINTERS]


def a_field(model: type[models.Model]) -> str:
    return next(one.attname for one in model._meta.fields if not one.primary_key)


WAYS = {
    "save": lambda model: model.objects.get().save(),
    "save some": lambda model: model.objects.get().save(update_fields=[a_field(model)]),
    "save by base manager": lambda model: model._base_manager.get().save(force_update=True),
    "update": lambda model: model.objects.update(**{a_field(model): "x"}),
    "update by base manager": lambda model: model._base_manager.all().update(**{a_field(model): "x"}),
    "bulk_update": lambda model: model.objects.bulk_update([model.objects.get()], [a_field(model)]),
    "update_or_create": lambda model: model.objects.update_or_create(pk=model.objects.get().pk),
    "upsert": lambda model: model.objects.bulk_create(
        [model()], update_conflicts=True, update_fields=[a_field(model)], unique_fields=["id"]
    ),
}
DELETIONS = {
    "delete": lambda model: model.objects.get().delete(),
    "delete many": lambda model: model.objects.all().delete(),
    "delete by base manager": lambda model: model._base_manager.filter(pk__gt=0).delete(),
}


@pytest.mark.parametrize("model", RECORDS)
@pytest.mark.parametrize("way", [*WAYS, *DELETIONS])
def test_a_record_is_neither_changed_nor_deleted(model, way) -> None:
    before = snapshot()
    with pytest.raises(ImmutableError, match=f"{model.__name__} rows are kept as they were written"):
        (WAYS | DELETIONS)[way](model)
    assert snapshot() == before


@pytest.mark.parametrize("model", POINTERS)
@pytest.mark.parametrize("way", DELETIONS)
def test_a_pointer_is_not_deleted(model, way) -> None:
    before = snapshot()
    with pytest.raises(ImmutableError):
        DELETIONS[way](model)
    assert snapshot() == before


def test_related_managers_are_no_way_around() -> None:
    participation = Participation.objects.get()
    for related in (participation.entries, participation.claims, participation.consents):
        with pytest.raises(ImmutableError):
            related.all().delete()
        with pytest.raises(ImmutableError):
            related.update(pk=7)


def test_what_others_refer_to_is_protected_by_the_database_as_well() -> None:
    edition = Edition.objects.get()
    with pytest.raises((ProtectedError, ImmutableError)):
        models.QuerySet(Edition).filter(pk=edition.pk).delete()


def test_a_head_moves_only_from_where_it_is_said_to_be() -> None:
    participation = Participation.objects.get()
    assert not Participation.objects.move_head(participation.pk, expected=0, seq=1, sha256="a" * 64)
    assert not Participation.objects.move_head(participation.pk, expected=2, seq=3, sha256="a" * 64)
    assert Participation.objects.get().head_hash == participation.head_hash
