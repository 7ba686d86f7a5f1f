"""What may be changed of the endpoints in the admin, by whom; and the change itself, with its row of history.

The admin's pages decide nothing of this, so that another door (a command, an API) has the same rules.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import router, transaction
from django.views.decorators.debug import sensitive_variables

from cme_xblock.records import endpoint_secrets
from cme_xblock.records.models import EndpointChange, EndpointSecret, EndpointSetting
from cme_xblock.reporting import config, stored
from cme_xblock.reporting.endpoints import secrets

__all__ = ["EVERY", "Asked", "kinds", "may_see", "problems", "providers_of", "save", "state_of"]

# In a list of providers: all of them, also those to come.
EVERY = "*"
_OPERATORS_FIELDS = ("allow_insecure_loopback", "allow_private_network", "ca_file")
_OPERATORS_KINDS = ("filedrop",)


@dataclass(frozen=True)
class Asked:
    """What somebody wants of the secrets: `typed` new ones by field, `forget` those to take away."""

    typed: Mapping[str, str] = field(default_factory=dict, repr=False)
    forget: frozenset[str] = frozenset()


def providers_of(groups: Iterable[str]) -> frozenset[str]:
    """The providers whose endpoints the members of these groups look after.

    CME_ADMINISTRATORS (host.roles) says whose office somebody is of, CME_ENDPOINT_ADMIN["providers"] who looks after
    endpoints and nothing else: docs/decisions/0032.
    """
    mapped = stored.allowed("providers")
    assert isinstance(mapped, Mapping)  # noqa: S101 - for the type checker
    offices = getattr(settings, "CME_ADMINISTRATORS", {})
    return frozenset(provider for group in groups for some in (mapped, offices) for provider in some.get(group, ()))


def may_see(provider: str, providers: Collection[str]) -> bool:
    """Whether who looks after these providers may see an endpoint of that one."""
    return EVERY in providers or (bool(provider) and provider.casefold() in {one.casefold() for one in providers})


def kinds() -> tuple[str, ...]:
    """The kinds that may be chosen in the admin. Code of one's own is named in CME_ENDPOINTS alone."""
    return tuple(one for one in config.KINDS if one not in _OPERATORS_KINDS or one in stored.allowed("allow"))


def state_of(row: EndpointSetting) -> Mapping[str, bool]:
    """For each secret that can be stored, whether it is."""
    there = set(row.secrets.values_list("field", flat=True)) if row.pk else set()
    return {name: name in there for name in secrets.FIELDS}


def problems(
    row: EndpointSetting, asked: Asked, *, before: EndpointSetting | None, providers: Collection[str]
) -> dict[str, str]:
    """What is wrong with that row as it shall become, by field; {} where it may be saved.

    `before`: the row as it is, None for a new one. No value of a secret is in a text.
    """
    found: dict[str, str] = {}
    if not may_see(row.provider, providers) or (before and not may_see(before.provider, providers)):
        found["provider"] = "Choose one of your providers."
    if row.kind not in kinds():
        found["kind"] = f"This kind can't be chosen here. Known: {', '.join(kinds())}."
    if before and (before.name, before.kind) != (row.name, row.kind):
        found["name"] = "Name and kind stay: deliveries carry them. Disable this one, and make another."
    if _is_taken(row):
        found["name"] = f"The name {row.name} is taken, here or in CME_ENDPOINTS: choose another."
    if found:
        return found
    try:
        its = [EndpointSecret(field=name) for name, there in _after(row, asked).items() if there]
        entry = stored.of_row(row, its).entry
        config.described(entry, "settings", find=secrets.environment)
    except ImproperlyConfigured as error:
        return {"settings_text": str(error)}
    wrong = _too_much(entry, row.provider)
    if wrong:
        found["settings_text"] = wrong
    moved = before is not None and _place(before) != _place(row)
    kept = [
        name for name, there in state_of(row).items() if there and name not in asked.typed | dict.fromkeys(asked.forget)
    ]
    if moved and kept:
        found[kept[0]] = (
            f"The address is another one: enter the {kept[0]} again, for the stored one belongs to the former."
        )
    return found


@sensitive_variables()
def save(row: EndpointSetting, asked: Asked, *, by: str, now: datetime) -> None:
    """Write the row, its secrets and what was changed, together. `problems` has been asked.

    Raises ImproperlyConfigured where a secret shall be stored without a usable key.
    """
    with transaction.atomic(using=router.db_for_write(EndpointSetting)):
        before = EndpointSetting.objects.select_for_update().filter(pk=row.pk).first() if row.pk else None
        row.changed_by, row.changed_at = by, now
        row.save()
        there = state_of(row)
        what = _changed(before, row)
        for name, value in asked.typed.items():
            endpoint_secrets.store(row, name, value)
            what[name] = ["set", "replaced"] if there[name] else ["not set", "set"]
        for name in asked.forget - asked.typed.keys():
            if endpoint_secrets.delete(row, name):
                what[name] = ["set", "not set"]
        if what:
            EndpointChange(endpoint=row, by=by, at=now, what=json.dumps(what, ensure_ascii=False)).save()


def _changed(before: EndpointSetting | None, row: EndpointSetting) -> dict[str, list[Any]]:
    old, new = (_said(before) if before else {}), _said(row)
    return {name: [old.get(name), new.get(name)] for name in {**old, **new} if old.get(name) != new.get(name)}


def _said(row: EndpointSetting) -> dict[str, Any]:
    """Column by column and setting by setting."""
    try:
        said = json.loads(row.settings_text or "{}")
    except ValueError:
        said = {}
    return {name: getattr(row, name) for name in stored.COLUMNS} | (said if isinstance(said, dict) else {})


def _is_taken(row: EndpointSetting) -> bool:
    others = EndpointSetting.objects.filter(name=row.name).exclude(pk=row.pk)
    in_settings = [one.get("name") for one in getattr(settings, "CME_ENDPOINTS", ()) if isinstance(one, Mapping)]
    return row.name in in_settings or others.exists()


def _after(row: EndpointSetting, asked: Asked) -> Mapping[str, bool]:
    return {name: name in asked.typed or (there and name not in asked.forget) for name, there in state_of(row).items()}


def _too_much(entry: Mapping[str, Any], provider: str) -> str:
    """What only the operator of the site decides."""
    free = stored.allowed("allow")
    for name in _OPERATORS_FIELDS:
        if entry.get(name) and name not in free:
            return f"settings.{name} is the operator's to set: see CME_ENDPOINT_ADMIN."
    for name in ("password_env", "secret_env"):
        reference = entry.get(name, "")
        if reference and not secrets.stored_field(reference) and reference not in stored.permitted_variables(provider):
            # The reference is not quoted: somebody may have typed the password itself here.
            return f"settings.{name} names no variable that this provider may use. Store the secret below instead."
    parts = urlsplit(str(entry.get("url", "")))
    if parts.username or parts.password:
        return "settings.url holds a user or password: take it out, and store the password below."
    return ""


def _place(row: EndpointSetting) -> tuple[str, str]:
    """Where its secrets are sent."""
    try:
        parts = urlsplit(str(_said(row).get("url", "")))
    except ValueError:
        return ("", "")
    return parts.scheme, parts.netloc.lower()
