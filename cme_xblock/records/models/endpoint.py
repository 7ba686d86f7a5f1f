"""Endpoints that administrators describe in Django's admin, their secrets, and what was changed by whom."""

from __future__ import annotations

from django.db import models

from cme_xblock.records.models.base import InstantField, Record


class EndpointSetting(models.Model):
    """One endpoint as the admin has it. `reporting/stored.py` reads it beside the setting CME_ENDPOINTS.

    Only the admin writes it, with an `EndpointChange` in the same transaction. Never deleted: deliveries carry the
    name.

    .. pii: Which member of the staff changed it last.
    .. pii_types: username
    .. pii_retirement: retained
    """

    name = models.CharField(
        max_length=50, help_text="Lower-case letters, digits, '-' and '_'. It stays for good: deliveries carry it."
    )
    kind = models.CharField(max_length=64)
    provider = models.CharField(
        max_length=255,
        blank=True,
        default="",
        help_text="Only this accredited provider's activities are reported here: its number, its name, or its short "
        "name. Empty for all providers.",
    )
    enabled = models.BooleanField(
        default=True,
        help_text="Without it nothing is sent; credit goes on being owed, and is sent when it is on again.",
    )
    settings_text = models.TextField(
        "settings",
        default="{}",
        help_text="All other settings, as a JSON object. See the reference of endpoints in the documentation.",
    )
    changed_by = models.CharField(max_length=255)
    changed_at = InstantField()

    class Meta:
        """Constraints, and who may look after endpoints."""

        verbose_name = "endpoint"
        constraints = [
            models.UniqueConstraint(fields=["name"], name="cme_endpoint_setting_once"),
        ]
        # One permission instead of four: whoever may see an endpoint looks after it.
        default_permissions = ()
        permissions = [("manage_endpoints", "Can look after the endpoints of their providers")]

    def __str__(self) -> str:
        return self.name


class EndpointSecret(models.Model):
    """One secret of an endpoint, encrypted. Only `records/endpoint_secrets.py` reads and writes it.

    .. no_pii:
    """

    endpoint = models.ForeignKey(EndpointSetting, on_delete=models.PROTECT, related_name="secrets")
    field = models.CharField(max_length=32)
    ciphertext = models.BinaryField()
    key_id = models.CharField(max_length=64, help_text="Which of CME_IDENTIFIER_KEYS encrypted it")

    class Meta:
        """Constraints."""

        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "field"], name="cme_endpoint_secret_once"),
        ]

    def __str__(self) -> str:
        return f"{self.field} (encrypted)"


class EndpointChange(Record):
    """What somebody changed of an endpoint. Of secrets it says that they were replaced, never what they are.

    .. pii: Which member of the staff changed it.
    .. pii_types: username
    .. pii_retirement: retained
    """

    endpoint = models.ForeignKey(EndpointSetting, on_delete=models.PROTECT, related_name="changes")
    by = models.CharField(max_length=255)
    at = InstantField()
    what = models.TextField(help_text='JSON: {"<field>": [before, after]}; of a secret ["set", "replaced"] or the like')

    class Meta(Record.Meta):
        """Who may change it: nobody."""

        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.endpoint_id} by {self.by}"
