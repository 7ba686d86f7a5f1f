"""Accounts that belong to the same person."""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.base import InstantField


class AccountLink(models.Model):
    """One row says that a second account is the same person's as another: their credit is read together.

    It links and moves nothing: entries and claims stay in the participations in which they were earned. Only
    `records.accounts` writes it; retirement of either account deletes it, because it names both.

    .. pii: That two accounts of the platform are one person's, by keys made of their ids, and who said so.
    .. pii_types: id
    .. pii_retirement: local_api
    """

    # An account belongs to one other, never to two.
    key = models.CharField(max_length=64, unique=True, help_text="keys.learner_key of the account that is given up")
    into_key = models.CharField(max_length=64, help_text="keys.learner_key of the account that is kept")
    by = models.CharField(max_length=64, help_text="A pseudonym of who merged them")
    reason = models.CharField(max_length=500)
    at = InstantField()

    class Meta:
        """Indexes, each with what it serves."""

        indexes = [
            # Which accounts are this person's?
            models.Index(fields=["into_key"], name="cme_account_into"),
        ]

    def __str__(self) -> str:
        return f"{self.key[:12]} -> {self.into_key[:12]}"
