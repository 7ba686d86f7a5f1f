"""Identifiers: numbers and dates that name a person to an accreditor or a board, encrypted."""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.base import InstantField


class Identifier(models.Model):
    """One learner's identifier of one kind (NPI, licence, birth month and day …). Replaced when corrected.

    Only `vault` reads and writes it; the value is never here in the clear. Unlike the other records it may be replaced
    and deleted: nobody needs to know the licence number that was mistyped. Source: spec R-6.8.

    .. pii: The learner's identifiers, encrypted.
    .. pii_types: external_service, birth_date, other
    .. pii_retirement: local_api
    """

    learner_key = models.CharField(max_length=64, help_text="keys.learner_key")
    kind = models.CharField(max_length=64)
    ciphertext = models.BinaryField()
    key_id = models.CharField(max_length=64, help_text="Which of CME_IDENTIFIER_KEYS encrypted it")
    at = InstantField()

    class Meta:
        """Constraints, each with what it serves."""

        constraints = [
            # One value of a kind for each learner, so that a correction replaces and leaves nothing behind.
            models.UniqueConstraint(fields=["learner_key", "kind"], name="cme_identifier_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} (encrypted)"
