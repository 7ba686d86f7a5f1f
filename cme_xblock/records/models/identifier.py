"""Identifiers: numbers and dates that name a person to an accreditor or a board, encrypted."""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.base import InstantField


class Identifier(models.Model):
    """One learner's identifier of one kind (NPI, licence, birth month and day …). Replaced when corrected.

    Only `vault`, `rotation`, `purge` and `retirement` write it; the value is never here in the clear. Unlike the other
    records it may be replaced and deleted: nobody needs to know the licence number that was mistyped.
    Source: spec R-6.8.

    .. pii: The learner's identifiers, encrypted.
    .. pii_types: external_service, birth_date, other
    .. pii_retirement: local_api
    """

    learner_key = models.CharField(max_length=64, help_text="keys.learner_key")
    kind = models.CharField(max_length=64)
    ciphertext = models.BinaryField()
    key_id = models.CharField(max_length=64, help_text="Which of CME_IDENTIFIER_KEYS encrypted it")
    lookup = models.CharField(
        max_length=64, blank=True, default="", help_text="blind_index.tag; empty for a kind that is not looked up"
    )
    lookup_key_id = models.CharField(
        max_length=64, blank=True, default="", help_text="Which of CME_IDENTIFIER_KEYS the index is under"
    )
    at = InstantField()

    class Meta:
        """Constraints and indexes, each with what it serves."""

        constraints = [
            # One value of a kind for each learner, so that a correction replaces and leaves nothing behind.
            models.UniqueConstraint(fields=["learner_key", "kind"], name="cme_identifier_once"),
        ]
        indexes = [
            # vault.find: who has this number? Not unique, for one person may have two accounts.
            models.Index(fields=["lookup"], name="cme_identifier_lookup"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} (encrypted)"
