"""The configured endpoints: those of Django's settings, and those of its admin (`stored`).

.. setting_name: CME_ENDPOINTS
.. setting_default: []
.. setting_description: Where credit is reported. A list of dicts, one for each endpoint:

    name              lower case, stays for good: deliveries in the database carry it
    kind              one of KINDS below: "pars_learners" …, or your own: "your.module:YourEndpoint", a class with
                      `from_config` and what `endpoints/base.py` asks of an endpoint
    label             what learners read: "PARS"
    enabled           False stops sending at once; credit goes on being owed, and is sent when it is True again
    url               the service's address, https; paths are appended to it
    provider_id       the accreditor's number of the accredited provider (ACCME: 7 digits)
    provider_name     the provider's name, where an activity names none
    user              the web-service user
    password_env      the NAME of the environment variable that holds the password; in the admin also
                      "stored:password" or "stored:secret" for what is kept there, encrypted
    secret_env        the same for another secret, for kinds that need one
    provider          only activities of this accredited provider are reported here: its ACCME number, its name, its
                      short name, or one of its identifiers; empty for all. Several providers in one LMS each have
                      endpoints of their own, and never see one another's credit
    ccid_domain       the domain in CreditIDs: a domain name of yours that will never change
    activity_numbers  {"<course key>/<activity id>": "<PARS activity id>"} for activities that don't carry it themselves
    ca_file           certificates to trust instead of the system's
    allow_insecure_loopback  True lets plain http go to this machine itself, for rehearsals only
    allow_private_network    True lets https go to addresses of your own network; otherwise a host that stands for one
                      is refused
    connect_timeout, read_timeout, total_timeout   seconds; 10, 30 and 60
    response_max      bytes of an answer that are read; 262144
    send_attempts     how often a credit is sent before it is given up; 10
    rate_per_minute   exchanges per minute, over all workers; 0 for as many as there are
    concurrency       workers that may talk to it at the same time; 4
    lease_seconds     after which a silent worker counts as dead; 180, at least twice total_timeout
    settle_seconds    how long after a sending "not there" is not believed yet; 30
    send_waits, ask_waits   seconds before the 2nd, 3rd … sending, and between questions; see `reporting/schedule.py`
    wire              overrides of the endpoint's data file (`reporting/endpoints/*.toml`), table by table
    options           what this kind of endpoint wants to know beside; see its own page in the documentation

.. setting_warning: A wrong entry stops claims with an error that names the setting, for a credit that nobody owes is
    worse than one that is late.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from cme_xblock.activity.model import Activity
from cme_xblock.reporting import stored
from cme_xblock.reporting.endpoints import secrets
from cme_xblock.reporting.endpoints.base import About, Endpoint, EndpointConfig
from cme_xblock.reporting.endpoints.data import WireError

# Each kind's module in `endpoints/` and the class in it, which has `from_config`. Loaded where it is configured.
KINDS: Mapping[str, str] = {
    "pars_learners": "pars_learners:ParsLearners",
    "pars_activities": "pars_activities:ParsActivities",
    "pars_rems": "pars_rems:ParsRems",
    "webhook": "webhook:Webhook",
    "xapi_lrs": "xapi:XapiLrs",
    "cebroker": "cebroker:CeBroker",
    "cpe_monitor": "cpe_monitor:CpeMonitor",
    "filedrop": "filedrop:FileDrop",
}

# What is no setting.
OURS = ("find", "as_of")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,49}")
_POSITIVE = (
    "connect_timeout",
    "read_timeout",
    "total_timeout",
    "response_max",
    "send_attempts",
    "lease_seconds",
    "concurrency",
)


def endpoints() -> Mapping[str, Endpoint]:
    """All configured endpoints by name, the disabled ones too. Raises ImproperlyConfigured, naming the setting.

    Those of the admin cost two queries once in a few seconds (`stored.FRESH`).
    """
    found: dict[str, Endpoint] = {}
    for number, entry in enumerate(getattr(settings, "CME_ENDPOINTS", ())):
        endpoint = described(entry, f"CME_ENDPOINTS[{number}]")
        if endpoint.config.name in found:
            raise ImproperlyConfigured(f"CME_ENDPOINTS[{number}].name is taken: {endpoint.config.name}.")
        found[endpoint.config.name] = endpoint
    in_settings = list(found)
    for one in stored.rows():
        name = one.entry["name"]
        if name in found:
            where = f"CME_ENDPOINTS[{in_settings.index(name)}].name and the endpoint {one.pk} in the admin"
            raise ImproperlyConfigured(f"{where} are both {name}: take one away, for deliveries carry the name.")
        where = f"The endpoint {name} in the admin: settings"
        found[name] = described(one.entry, where, one.find, as_of=one.as_of)
    return found


def checked(endpoint: Endpoint) -> tuple[str, ...]:
    """What `check` says is wrong with address and credentials, in words; never an error's own text."""
    try:
        return endpoint.check()
    except Exception as error:  # noqa: BLE001 - its text may quote a secret
        return (f"The check itself failed ({type(error).__name__}).",)


def concerns(endpoint: Endpoint, activity: Activity) -> bool:
    """Whether that endpoint is told of this activity's provider at all."""
    wanted = endpoint.config.provider.casefold()
    provider = activity.provider
    names = (provider.accme_provider_id, provider.name, provider.short_name)
    return not wanted or wanted in {one.casefold() for one in (*names, *(one.value for one in provider.identifiers))}


def is_told(endpoint: Endpoint, about: About) -> bool:
    """Whether that endpoint is told anything of this."""
    return about.subject in endpoint.subjects() and concerns(endpoint, about.activity) and bool(endpoint.kinds(about))


def described(entry: object, where: str, find: Callable[[str], str] | None = None, *, as_of: str = "") -> Endpoint:
    """The endpoint of one entry. `find`: what opens its secrets; without it they are environment variables. `as_of`:
    when it was changed in the admin.

    Raises ImproperlyConfigured; `where` begins its text.
    """
    if not isinstance(entry, Mapping):
        raise ImproperlyConfigured(f"{where} must be a dict.")
    config = _config(entry, where)
    _check_references(config, where, can_store=find is not None)
    if find is not None:
        config = dataclasses.replace(config, find=find, as_of=as_of)
    if config.kind not in KINDS and ":" not in config.kind:
        raise ImproperlyConfigured(f"{where}.kind is not known. Known: {', '.join(KINDS)}.")
    ours = f"cme_xblock.reporting.endpoints.{KINDS.get(config.kind)}"
    module, _, name = (ours if config.kind in KINDS else config.kind).partition(":")
    try:
        made = getattr(import_module(module), name).from_config(config)
        return cast(Endpoint, made)
    except (ImportError, AttributeError) as error:
        raise ImproperlyConfigured(f"{where}.kind can't be loaded: {error}.") from error
    except WireError as error:
        raise ImproperlyConfigured(f"{where}.{error}") from error


def _config(entry: Mapping[str, Any], where: str) -> EndpointConfig:
    fields = {field.name: field for field in dataclasses.fields(EndpointConfig) if field.name not in OURS}
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
    if config.rate_per_minute < 0:
        raise ImproperlyConfigured(f"{where}.rate_per_minute must be 0 or more.")
    for key in ("send_waits", "ask_waits"):
        if not all(type(one) in (int, float) and one >= 0 for one in getattr(config, key)):
            raise ImproperlyConfigured(f"{where}.{key} must be a list of seconds.")
    if config.lease_seconds < 2 * config.total_timeout:
        raise ImproperlyConfigured(f"{where}.lease_seconds must be at least twice total_timeout.")
    return config


def _check_references(config: EndpointConfig, where: str, *, can_store: bool) -> None:
    for key in ("password_env", "secret_env"):
        reference = getattr(config, key)
        if not reference.startswith(secrets.STORED):
            continue
        if not can_store:
            raise ImproperlyConfigured(f"{where}.{key}: only an endpoint of the admin has something stored with it.")
        if secrets.stored_field(reference) not in secrets.FIELDS:
            raise ImproperlyConfigured(f"{where}.{key}: what can be stored is {' and '.join(secrets.FIELDS)}.")


def _wanted(field: dataclasses.Field[Any]) -> tuple[type, ...]:
    if field.default == ():
        return (list, tuple)
    if field.default is dataclasses.MISSING:
        return (Mapping,) if field.default_factory is not dataclasses.MISSING else (str,)
    return (float, int) if isinstance(field.default, float) else (type(field.default),)
