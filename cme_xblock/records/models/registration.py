"""What was decided about registering activities with accreditors, and under which number they know each of them."""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.base import InstantField, Pointer, Record
from cme_xblock.records.models.delivery import Operation
from cme_xblock.records.models.edition import Edition


class ActivityDecision(Record):
    """One row is one person's decision to register, change, close or delete an activity at an endpoint.

    What is sent is rendered from the edition and these facts, at each sending. The last row of an activity says how it
    stands; it is never changed, so the audit file can show who decided what, and why.

    .. pii: Who decided: an operator's name as the operator gave it.
    .. pii_types: name
    .. pii_retirement: retained
    """

    endpoint = models.CharField(max_length=50, help_text="The endpoint's name in the setting CME_ENDPOINTS.")
    activity_key = models.CharField(max_length=64, help_text="keys.activity_key")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    operation = models.CharField(max_length=10, choices=Operation.choices)
    facts = models.TextField(help_text="RFC 8785 JSON: what the accreditor asks beyond what the author wrote")
    guarded = models.TextField(help_text="RFC 8785 JSON: what tells the activity apart there, as it was decided")
    second = models.BooleanField(default=False, help_text="Whether a second activity there was agreed to")
    by = models.CharField(max_length=255, help_text="Who answers for it")
    reason = models.CharField(max_length=500)
    at = InstantField()

    class Meta(Record.Meta):
        """Names and indexes."""

        app_label = "cme_xblock"
        indexes = [
            # The last decision about an activity.
            models.Index(fields=["activity_key", "endpoint"], name="cme_registration_activity"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.activity_key[:12]} at {self.endpoint}"


class ActivityNumber(Pointer):
    """One row says under which number an accreditor knows an activity: learned by reading it back, or given by hand.

    The author's data are not touched: a number is a fact about the activity, not of it, and a re-run must not copy it.

    .. no_pii:
    """

    # An activity has one number of each kind; the key is of both.
    key = models.CharField(max_length=64, unique=True, help_text="keys.number_key")
    name = models.CharField(max_length=64, help_text="As an offering names it: pars_activity_id")
    activity_key = models.CharField(max_length=64)
    number = models.CharField(max_length=64)
    endpoint = models.CharField(max_length=50, help_text="Which endpoint learned it; empty where a person gave it.")
    at = InstantField()

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
