"""A list of published activities that can be read without reading their editions."""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.base import InstantField
from cme_xblock.records.models.edition import Edition


class ActivityIndex(models.Model):
    """One published activity, with what lists and permissions ask of its current edition.

    No record: it says nothing that the edition does not say, and can be deleted and made again at any time
    (`records.activity_index.refresh`). True while `edition` is what `PublishedEdition` points to.

    .. no_pii:
    """

    activity_key = models.CharField(max_length=64, unique=True, help_text="keys.activity_key")
    course_key = models.CharField(max_length=255)
    activity_id = models.CharField(max_length=255)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=255, blank=True, default="", help_text="The block, as type@block_id")
    title = models.CharField(max_length=255, help_text="Its first 255 characters, to be listed by")
    language = models.CharField(max_length=32)
    provider_key = models.CharField(max_length=64, blank=True, default="", help_text="keys.provider_key, or empty")
    provider_name = models.CharField(max_length=255, blank=True, default="")
    format = models.CharField(max_length=32)
    release = models.DateField(null=True, blank=True)
    expiry = models.DateField(null=True, blank=True)
    review_due = models.DateField(null=True, blank=True, help_text="Three years after the last review")
    first_due = models.DateField(
        null=True, blank=True, help_text="The first date of rules.currency, of any kind, on the day it was indexed"
    )
    published_at = InstantField()

    class Meta:
        """Indexes, each with what it serves."""

        default_permissions = ()
        indexes = [
            # A provider's activities, in the order of their titles.
            models.Index(fields=["provider_key", "title"], name="cme_index_provider"),
            # A course's activities.
            models.Index(fields=["course_key"], name="cme_index_course"),
        ]

    def __str__(self) -> str:
        return f"{self.activity_id} {self.title}"
