"""Claims of credit, and which of them counts."""

from __future__ import annotations

import secrets

from django.db import models

from cme_xblock.records.models.base import InstantField, Pointer, Record
from cme_xblock.records.models.edition import Edition
from cme_xblock.records.models.participation import EntryRow, Participation, new_uuid


def new_certificate_code() -> str:
    """160 random bits in hex: it cannot be guessed, and reads the same in a collation that ignores case."""
    return secrets.token_hex(20)


class Claim(Record):
    """One learner's attested amount in one credit system, with all that its certificate shows. Never changed.

    A correction is another claim, which names the one that it `replaces`; `LiveClaim` says which one counts. The name
    is a copy, because it is part of what was certified and the account may be gone.

    .. pii: The learner's name as certified, profession, credit and date of completion. Kept for the retention period.
    .. pii_types: name
    .. pii_retirement: retained
    """

    uuid = models.CharField(max_length=36, unique=True, default=new_uuid, help_text="What reports and exports show")
    participation = models.ForeignKey(Participation, on_delete=models.PROTECT, related_name="claims")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    # One entry attests one claim.
    entry = models.OneToOneField(EntryRow, on_delete=models.PROTECT, related_name="claim")
    system = models.CharField(max_length=64, help_text="Code of a credit system")
    amount = models.DecimalField(max_digits=8, decimal_places=3, help_text="In the system's unit")
    profession = models.CharField(max_length=64)
    name_certified = models.CharField(max_length=255)
    completed_on = models.DateField(help_text="Civil date in `zone`")
    completed_at = InstantField()
    zone = models.CharField(max_length=64, help_text="The activity's time zone")
    statement = models.TextField(help_text="What the learner attested, word for word")
    wording_sha = models.CharField(max_length=64, help_text="Of the wording that was shown")
    # Looked up by whoever holds the certificate.
    certificate_code = models.CharField(max_length=64, unique=True, default=new_certificate_code)
    claimed_at = InstantField()
    # A claim is replaced once: of two corrections at the same moment one is refused.
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="successor")
    change = models.CharField(
        max_length=20, blank=True, default="", help_text="participation.correction.Change, or empty"
    )
    hash = models.CharField(max_length=64, help_text="claims.fingerprint: of all of the above and the entry's hash")

    class Meta(Record.Meta):
        """Indexes, each with what it serves."""

        indexes = [
            # Reports over a period, one credit system at a time.
            models.Index(fields=["system", "completed_on"], name="cme_claim_completed"),
        ]

    def __str__(self) -> str:
        return self.uuid

    @property
    def is_live(self) -> bool:
        """Whether this is the claim that counts. One query, unless `live` was selected with it."""
        return hasattr(self, "live")


class LiveClaim(Pointer):
    """The claim that counts for one participation in one credit system: the pointer that a correction moves.

    Its key is the promise of one live claim, held by the database. After a withdrawal the row stays and names none.

    .. no_pii:
    """

    key = models.CharField(max_length=64, unique=True, help_text="keys.live_claim_key")
    # A claim counts once.
    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, null=True, blank=True, related_name="live")

    def __str__(self) -> str:
        return f"{self.key[:12]} -> {self.claim_id}"
