"""Editions are recorded once, read back as they were, and published by moving one pointer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cme_xblock.activity import canonical
from cme_xblock.records import editions
from cme_xblock.records.models import Edition, PublishedEdition
from tests.records import samples

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _cold_cache() -> None:
    editions._cache.clear()


def test_an_edition_is_named_by_its_canonical_hash_and_reads_back() -> None:
    activity = samples.activity()
    sha256 = editions.record(samples.COURSE, activity, now=samples.NOW)
    assert sha256 == canonical.sha256(activity)
    assert editions.load(sha256) == {sha256: activity}
    row = Edition.objects.get()
    assert row.canonical.encode() == canonical.dumps(canonical.to_data(activity))
    assert row.recorded_at == samples.NOW


def test_recording_again_keeps_the_first_record() -> None:
    sha256 = samples.record()
    again = editions.record(samples.COURSE, samples.activity(), now=samples.NOW + timedelta(days=1))
    assert again == sha256
    assert Edition.objects.get().recorded_at == samples.NOW


def test_a_rerun_of_the_course_has_an_edition_of_its_own() -> None:
    assert samples.record() == samples.record(course="course-v1:Example+CME+2027")
    assert samples.count(Edition) == 2
    assert editions.load(Edition.objects.first().sha256)


def test_nothing_is_published_before_the_first_time() -> None:
    samples.record()
    assert editions.published(samples.COURSE, samples.ACTIVITY) is None
    assert editions.current(samples.COURSE, samples.ACTIVITY) is None


def test_publishing_moves_the_pointer_and_keeps_the_older_edition() -> None:
    first = editions.publish(samples.COURSE, samples.activity("First"), source="cme@a", now=samples.NOW)
    second = editions.publish(samples.COURSE, samples.activity("Second"), source="cme@a", now=samples.NOW)
    assert editions.published(samples.COURSE, samples.ACTIVITY) == (second, samples.activity("Second"))
    assert editions.load([first, second])[first].title == "First"
    assert editions.publish(samples.COURSE, samples.activity("First"), source="cme@a", now=samples.NOW) == first
    assert editions.published(samples.COURSE, samples.ACTIVITY)[0] == first
    assert samples.count(PublishedEdition) == 1


def test_publishing_from_another_block_is_kept() -> None:
    sha256 = editions.publish(samples.COURSE, samples.activity(), source="cme@a", now=samples.NOW)
    editions.publish(samples.COURSE, samples.activity(), source="cme@b", now=samples.NOW)
    assert editions.current(samples.COURSE, samples.ACTIVITY) == editions.Current(sha256, "cme@b")


def test_publishing_the_same_again_writes_nothing() -> None:
    editions.publish(samples.COURSE, samples.activity(), source="cme@a", now=samples.NOW)
    with CaptureQueriesContext(connection) as captured:
        editions.publish(samples.COURSE, samples.activity(), source="cme@a", now=samples.NOW + timedelta(days=1))
    assert not [one for one in captured if one["sql"].startswith(("INSERT", "UPDATE"))]


def test_reading_what_is_published_takes_one_query_once_the_edition_is_known() -> None:
    editions.publish(samples.COURSE, samples.activity(), source="cme@a", now=samples.NOW)
    with CaptureQueriesContext(connection) as cold:
        first = editions.published(samples.COURSE, samples.ACTIVITY)
    with CaptureQueriesContext(connection) as warm:
        assert editions.published(samples.COURSE, samples.ACTIVITY) == first
    assert (len(cold), len(warm)) == (2, 1)


def test_several_editions_are_loaded_in_one_query_and_not_again() -> None:
    wanted = [samples.record(f"Text {number}") for number in range(5)]
    with CaptureQueriesContext(connection) as captured:
        assert set(editions.load(wanted)) == set(wanted)
        editions.load(reversed(wanted))
    assert len(captured) == 1


def test_the_cache_forgets_what_was_not_used_for_long(monkeypatch) -> None:
    monkeypatch.setattr(editions, "_cache", editions._Cache(2))
    one, two, three = (samples.record(f"Text {number}") for number in range(3))
    for sha256 in (one, two, one, three):
        editions.load(sha256)
    with CaptureQueriesContext(connection) as captured:
        editions.load([one, three])
        assert len(captured) == 0
        editions.load(two)
    assert len(captured) == 1


def test_an_unknown_edition_is_named() -> None:
    with pytest.raises(editions.EditionMissing, match="0" * 64):
        editions.load("0" * 64)


def test_an_edition_changed_in_the_database_is_not_shown_to_anybody() -> None:
    sha256 = samples.record()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cme_xblock_edition SET canonical = REPLACE(canonical, 'Prescribing', 'Describing')")
    with pytest.raises(editions.EditionDamaged, match=sha256):
        editions.load(sha256)


def test_an_edition_from_before_a_field_existed_still_loads_under_its_own_hash() -> None:
    data = canonical.to_data(samples.activity())
    del data["medium"]
    text = canonical.dumps(data).decode()
    sha256 = canonical.digest(data)
    Edition(
        course_key=samples.COURSE,
        activity_id=samples.ACTIVITY,
        activity_key="0" * 64,
        sha256=sha256,
        canonical=text,
        recorded_at=samples.NOW,
    ).save()
    assert editions.load(sha256)[sha256].title == samples.activity().title


@pytest.mark.parametrize(("course", "activity_id"), [("", "a"), ("c", ""), ("c\0", "a"), ("c", "a" * 256)])
def test_an_activity_without_a_usable_id_is_not_recorded(course, activity_id) -> None:
    with pytest.raises(ValueError, match="must have 1 to 255 characters"):
        editions.record(course, samples.activity(activity_id=activity_id), now=samples.NOW)
    assert samples.count(Edition) == 0
