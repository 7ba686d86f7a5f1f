"""The configured endpoints, read from Django's settings.

.. setting_name: CME_ENDPOINTS
.. setting_default: []
.. setting_description: Where credit is reported. A list of dicts, one for each endpoint:

    name              lower case, stays for good: deliveries in the database carry it
    kind              "pars_learners"
    label             what learners read: "PARS"
    enabled           False stops sending at once; credit goes on being owed, and is sent when it is True again
    url               the service's address, https; paths are appended to it
    provider_id       the accreditor's number of the accredited provider (ACCME: 7 digits)
    provider_name     the provider's name, where an activity names none
    user              the web-service user
    password_env      the NAME of the environment variable that holds the password
    ccid_domain       the domain in CreditIDs: a domain name of yours that will never change
    activity_numbers  {"<course key>/<activity id>": "<PARS activity id>"} for activities that don't carry it themselves
    ca_file           certificates to trust instead of the system's
    allow_insecure_loopback  True lets plain http go to this machine itself, for rehearsals only
    connect_timeout, read_timeout, total_timeout   seconds; 10, 30 and 60
    response_max      bytes of an answer that are read; 262144
    send_attempts     how often a credit is sent before it is given up; 10
    lease_seconds     after which a silent worker counts as dead; 180, at least twice total_timeout
    settle_seconds    how long after a sending "not there" is not believed yet; 30
    send_waits, ask_waits   seconds before the 2nd, 3rd … sending, and between questions; see `reporting/schedule.py`
    wire              overrides of the endpoint's data file (`reporting/endpoints/pars.toml`), table by table

.. setting_warning: A wrong entry stops claims with an error that names the setting, for a credit that nobody owes is
    worse than one that is late.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from cme_xblock.reporting.endpoints.base import Endpoint, EndpointConfig
from cme_xblock.reporting.endpoints.data import WireError
from cme_xblock.reporting.endpoints.pars_learners import ParsLearners

KINDS: Mapping[str, Callable[[EndpointConfig], Endpoint]] = {"pars_learners": ParsLearners.from_config}

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,49}")
_POSITIVE = (
    "connect_timeout", "read_timeout", "total_timeout", "response_max", "send_attempts", "lease_seconds",
)


def endpoints() -> Mapping[str, Endpoint]:
    """All configured endpoints by name, the disabled ones too. Raises ImproperlyConfigured, naming the setting."""
    found: dict[str, Endpoint] = {}
    for number, entry in enumerate(getattr(settings, "CME_ENDPOINTS", ())):
        endpoint = _endpoint(entry, f"CME_ENDPOINTS[{number}]")
        if endpoint.config.name in found:
            raise ImproperlyConfigured(f"CME_ENDPOINTS[{number}].name is taken: {endpoint.config.name}.")
        found[endpoint.config.name] = endpoint
    return found


def _endpoint(entry: object, where: str) -> Endpoint:
    if not isinstance(entry, Mapping):
        raise ImproperlyConfigured(f"{where} must be a dict.")
    config = _config(entry, where)
    make = KINDS.get(config.kind)
    if make is None:
        raise ImproperlyConfigured(f"{where}.kind is not known. Known: {', '.join(KINDS)}.")
    try:
        return make(config)
    except WireError as error:
        raise ImproperlyConfigured(f"{where}.{error}") from error


def _config(entry: Mapping[str, Any], where: str) -> EndpointConfig:
    fields = {field.name: field for field in dataclasses.fields(EndpointConfig)}
    for key, value in entry.items():
        if key not in fields:
            raise ImproperlyConfigured(f"{where}.{key} is not a setting. Known: {', '.join(fields)}.")
        wanted = _wanted(fields[key])
        if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
            # The value is not shown: somebody may have put the password itself here.
            raise ImproperlyConfigured(f"{where}.{key} must be {wanted[0].__name__}.")
    for key in ("name", "kind"):
        if key not in entry:
            raise ImproperlyConfigured(f"{where}.{key} is missing.")
    config = EndpointConfig(**{**entry, "label": entry.get("label") or entry["name"]})
    if not _NAME.fullmatch(config.name):
        raise ImproperlyConfigured(f"{where}.name must be lower-case letters, digits, '-' and '_', at most 50.")
    for key in _POSITIVE:
        if getattr(config, key) <= 0:
            raise ImproperlyConfigured(f"{where}.{key} must be more than 0.")
    for key in ("send_waits", "ask_waits"):
        if not all(type(one) in (int, float) and one >= 0 for one in getattr(config, key)):
            raise ImproperlyConfigured(f"{where}.{key} must be a list of seconds.")
    if config.lease_seconds < 2 * config.total_timeout:
        raise ImproperlyConfigured(f"{where}.lease_seconds must be at least twice total_timeout.")
    return config


def _wanted(field: dataclasses.Field[Any]) -> tuple[type, ...]:
    if field.default == ():
        return (list, tuple)
    if field.default is dataclasses.MISSING:
        return (Mapping,) if field.default_factory is not dataclasses.MISSING else (str,)
    return (float, int) if isinstance(field.default, float) else (type(field.default),)
