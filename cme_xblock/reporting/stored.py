"""The endpoints that administrators describe in Django's admin, as `config` reads them beside the settings.

The rows are read once in a few seconds by each process and forgotten as soon as one is saved in it, so that a learner's
page asks the database nothing for them. Other processes see a change within those seconds.

.. setting_name: CME_ENDPOINT_ADMIN
.. setting_default: {}
.. setting_description: What may be done in the admin, where less trusted people than the operator look after endpoints:

    providers   {"<name of a group>": ["<provider>", …]}: whose endpoints its members see and change, if they have the
                permission cme_xblock.manage_endpoints; "*" for all. Superusers see all
    variables   {"<provider>": ["<environment variable>", …]}: which ones an endpoint of that provider may name in
                password_env and secret_env; "*" for every provider's. Without an entry secrets are stored there
    allow       what else may be set there: "allow_insecure_loopback", "allow_private_network", "ca_file", and the kind
                "filedrop", which writes files on this machine

.. setting_warning: Whoever may name a variable and an address can send its value there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models.signals import post_delete, post_save

from cme_xblock.records import endpoint_secrets
from cme_xblock.records.models import EndpointSecret, EndpointSetting
from cme_xblock.records.models.base import instant_text
from cme_xblock.records.vault import VaultError
from cme_xblock.reporting.endpoints import secrets

# For so many seconds a process believes what it has read.
FRESH = 5.0
# What has a column of its own, so that it is not in the JSON.
COLUMNS = ("name", "kind", "provider", "enabled")
_REFERENCES = {"password_env": "password", "secret_env": "secret"}
PARTS = ("providers", "variables", "allow")


@dataclass(frozen=True)
class Stored:
    """One row: `entry` as one of CME_ENDPOINTS, what opens its secrets, and when it was changed last, as text."""

    pk: int
    entry: Mapping[str, Any]
    find: Callable[[str], str] = field(repr=False)
    as_of: str = ""


@dataclass
class _Kept:
    rows: tuple[Stored, ...] = ()
    until: float = 0.0


_kept = _Kept()


def rows() -> tuple[Stored, ...]:
    """All of them by name, disabled ones too. Two queries, or none. Raises ImproperlyConfigured for a damaged row."""
    if monotonic() >= _kept.until:
        found = EndpointSetting.objects.order_by("name").prefetch_related("secrets")
        remember(of_row(row, row.secrets.all()) for row in found)
    return _kept.rows


def remember(found: Iterable[Stored], *, seconds: float = FRESH) -> None:
    """Take these for what is stored, for so long or until something is saved."""
    _kept.rows = tuple(found)
    _kept.until = monotonic() + seconds


def forget(**_: Any) -> None:
    """Read again when somebody asks: at once, and once more when what is being saved is visible to everybody."""
    _kept.until = 0.0


def listen() -> None:
    """Forget whenever an endpoint or a secret of one is saved in this process."""
    for model in (EndpointSetting, EndpointSecret):
        for signal in (post_save, post_delete):
            signal.connect(_changed, sender=model, dispatch_uid=f"cme_xblock.reporting.stored.{model.__name__}")


def of_row(row: EndpointSetting, its_secrets: Iterable[EndpointSecret]) -> Stored:
    """The row as an entry. A stored secret that no setting names is used where the kind wants one.

    Raises ImproperlyConfigured where its JSON is no object, or says what has a column.
    """
    kept = {one.field: one for one in its_secrets}
    where = f"The endpoint {row.name} in the admin"
    try:
        said = json.loads(row.settings_text or "{}")
    except ValueError as error:
        raise ImproperlyConfigured(f"{where}: its settings are not JSON.") from error
    if not isinstance(said, dict):
        raise ImproperlyConfigured(f"{where}: its settings must be a JSON object.")
    double = next((one for one in COLUMNS if one in said), "")
    if double:
        raise ImproperlyConfigured(f"{where}: {double} has a field of its own; take it out of the settings.")
    entry = {name: getattr(row, name) for name in COLUMNS} | said
    for name, stored in _REFERENCES.items():
        if stored in kept and not entry.get(name):
            entry[name] = secrets.STORED + stored
    as_of = instant_text(row.changed_at) if isinstance(row.changed_at, datetime) else ""
    return Stored(row.pk or 0, entry, _finder(row.name, row.provider, kept), as_of)


def allowed(part: str) -> Mapping[str, Any] | tuple[str, ...]:
    """One part of CME_ENDPOINT_ADMIN. Raises ImproperlyConfigured for a part that is none."""
    given = getattr(settings, "CME_ENDPOINT_ADMIN", {})
    unknown = sorted(set(given) - set(PARTS))
    if unknown:
        raise ImproperlyConfigured(f"CME_ENDPOINT_ADMIN[{unknown[0]!r}] is not known. Known: {', '.join(PARTS)}.")
    return tuple(given.get(part, ())) if part == "allow" else dict(given.get(part, {}))


def permitted_variables(provider: str) -> frozenset[str]:
    """The environment variables that an endpoint of that provider may name."""
    by_provider = allowed("variables")
    assert isinstance(by_provider, Mapping)  # noqa: S101 - for the type checker
    mine = (names for who, names in by_provider.items() if who == "*" or who.casefold() == provider.casefold())
    return frozenset(name for names in mine for name in names)


def _finder(name: str, provider: str, kept: Mapping[str, EndpointSecret]) -> Callable[[str], str]:
    def find(reference: str) -> str:
        wanted = secrets.stored_field(reference)
        if not wanted:
            # Asked again at each use, so that a variable taken back by the operator is not sent any more.
            return secrets.environment(reference) if reference in permitted_variables(provider) else ""
        try:
            return endpoint_secrets.opened(name, kept[wanted]) if wanted in kept else ""
        except (VaultError, ImproperlyConfigured):
            return ""  # as good as none: `secrets.missing` says both

    return find


def _changed(using: str | None = None, **_: Any) -> None:
    forget()
    transaction.on_commit(forget, using=using)
