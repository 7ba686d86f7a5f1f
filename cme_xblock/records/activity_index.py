"""The list of published activities, brought up to date: only editions that were published since are read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import connections, models, router
from django.db.models import OuterRef

from cme_xblock.activity.model import Activity
from cme_xblock.records import editions, keys
from cme_xblock.records.models import ActivityIndex, PublishedEdition
from cme_xblock.rules import currency
from cme_xblock.rules.calendar import add_years

__all__ = ["find", "of_courses", "of_keys", "of_providers", "refresh"]

_CHUNK = 100
_REVIEWED_EVERY = 3
_FAR = 36_500
_LONGEST = 255
_WRITTEN = ("course_key", "activity_id", "edition", "source", "title", "language", "provider_key", "provider_name",
            "format", "release", "expiry", "review_due", "first_due", "published_at")  # fmt: skip


def refresh(*, activity_key: str = "", limit: int | None = None) -> int:
    """Index what was published since, of one activity or of all, at most `limit`; how many were indexed.

    One query where nothing moved. An edition whose text is damaged is left as it was: `cme_verify` names it.
    """
    done, after = 0, 0
    while limit is None or done < limit:
        size = _CHUNK if limit is None else min(_CHUNK, limit - done)
        stale = _stale(activity_key).filter(pk__gt=after).order_by("pk").select_related("edition")[:size]
        moved = list(stale)
        if not moved:
            break
        after = moved[-1].pk
        _write([row for row in map(_row, moved) if row is not None])
        done += len(moved)
    return done


def find(activity_key: str) -> ActivityIndex | None:
    """One activity as it is published now, or None. Two queries."""
    refresh(activity_key=activity_key)
    return ActivityIndex.objects.filter(activity_key=activity_key).first()


def of_providers(provider_keys: Collection[str] | None) -> models.QuerySet[ActivityIndex]:
    """The activities of these providers, or of all for None. Call `refresh` first."""
    rows = ActivityIndex.objects.order_by("provider_key", "title", "pk")
    return rows if provider_keys is None else rows.filter(provider_key__in=list(provider_keys))


def of_courses(course_keys: Collection[str]) -> models.QuerySet[ActivityIndex]:
    """The activities of these courses, whose keys are compared exactly. Call `refresh` first."""
    found = ActivityIndex.objects.filter(course_key__in=list(course_keys)).values_list("pk", "course_key")
    exact = [pk for pk, course in found if course in set(course_keys)]
    return ActivityIndex.objects.filter(pk__in=exact).order_by("title", "pk")


def of_keys(activity_keys: Collection[str]) -> models.QuerySet[ActivityIndex]:
    """These activities. Call `refresh` first."""
    return ActivityIndex.objects.filter(activity_key__in=list(activity_keys)).order_by("title", "pk")


def _stale(activity_key: str) -> models.QuerySet[PublishedEdition]:
    current = ActivityIndex.objects.filter(activity_key=OuterRef("activity_key"), edition_id=OuterRef("edition_id"),
                                           published_at=OuterRef("at"))  # fmt: skip
    rows = PublishedEdition.objects.filter(~models.Exists(current))
    return rows.filter(activity_key=activity_key) if activity_key else rows


def _row(pointer: PublishedEdition) -> ActivityIndex | None:
    edition = pointer.edition
    try:
        activity = editions.load(edition.sha256)[edition.sha256]
    except (editions.EditionDamaged, editions.EditionMissing, ValueError):
        return None
    name = activity.provider.name.strip()
    review = activity.last_review
    return ActivityIndex(
        activity_key=pointer.activity_key,
        course_key=edition.course_key,
        activity_id=edition.activity_id,
        edition_id=edition.pk,
        source=pointer.source,
        title=(activity.title or edition.activity_id)[:_LONGEST],
        language=activity.language[:32],
        provider_key=keys.provider_key(name),
        provider_name=name[:_LONGEST],
        format=str(activity.format.value)[:32],
        release=activity.release,
        expiry=activity.expiry,
        review_due=add_years(review, _REVIEWED_EVERY) if review else None,
        first_due=_first_due(activity),
        published_at=pointer.at,
    )


def _first_due(activity: Activity) -> date | None:
    """The earliest of the dates that `rules.currency` knows, seen from the first day of all."""
    found = currency.due(activity, today=date(1900, 1, 1), ahead=_FAR * 10)
    return found[0].date if found else None


def _write(rows: list[ActivityIndex]) -> None:
    using = router.db_for_write(ActivityIndex)
    target = connections[using].features.supports_update_conflicts_with_target
    ActivityIndex.objects.using(using).bulk_create(
        rows,
        update_conflicts=True,
        update_fields=list(_WRITTEN),
        unique_fields=["activity_key"] if target else None,
    )
