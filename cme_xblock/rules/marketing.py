"""Rules against marketing inside the activity: links to companies that may not be linked. Source: spec R-1.10.

Only what stands in the activity itself; pages of content are not part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from urllib.parse import urlsplit

from cme_xblock.activity.codes import Eligibility
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity
from cme_xblock.rules import data, prose
from cme_xblock.rules.finding import Hit, Severity, Source, place, rule

_SEPARATION = Source(
    "ACCME Standard 5: no marketing while the learner is engaged (spec R-1.10)",
    "S",
    "https://www.accme.org/accreditation-rules/standard-5-manage-ancillary-activities-offered-conjunction-accredited",
)
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"')\]]{1,300}", re.IGNORECASE)
_LEGAL = re.compile(r"\b(?:inc|llc|ltd|limited|corp|corporation|company|co|gmbh|ag|sa|plc|nv|kg|the|and)\b|[^a-z0-9]+")


@cache
def company_hosts() -> frozenset[str]:
    """The hosts of `company_hosts.toml`. Raises data.DataError when the file is wrong."""
    read = data.table("company_hosts.toml", data.read("company_hosts.toml"), keys=frozenset({"hosts"}))
    return frozenset(read.texts("hosts"))


@rule(
    "company_link",
    Severity.WARN,
    source=_SEPARATION,
    message=N_("A link leads to {host}, the site of a company that sells healthcare products."),
    fix=N_("Remove the link, or cite a source that is not the company's."),
)
def company_link(activity: Activity, today: date) -> Iterator[Hit]:
    """No link inside the education leads to an ineligible company."""
    names = _names(activity)
    for where, address in _links(activity):
        host = _host(address)
        if host and _is_company(host, names):
            yield Hit(where, {"host": host})


def _links(activity: Activity) -> Iterator[tuple[str, str]]:
    for name in ("contact_url", "privacy_url"):
        yield f"provider.{name}", getattr(activity.provider, name)
    for index, one in enumerate(activity.references):
        yield f"{place('references', one.id, index)}.url", one.url
    yield from prose.find_raw(activity, _ADDRESS, hints=("http", "www."))


def _host(address: str) -> str:
    if not address:
        return ""
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        return (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _is_company(host: str, names: frozenset[str]) -> bool:
    labels = host.split(".")
    tails = {".".join(labels[index:]) for index in range(len(labels))}
    return bool(tails & company_hosts()) or any(label.replace("-", "") in names for label in labels[:-1])


def _names(activity: Activity) -> frozenset[str]:
    """The companies that the activity calls ineligible, as they would stand in a host's name."""
    found = {
        one.company
        for person in activity.people
        for one in person.relationships
        if one.eligibility is Eligibility.INELIGIBLE
    }
    found |= {one.company for one in activity.support.sources}
    # Shorter names are also words: "GE", "3M".
    return frozenset(name for name in (_LEGAL.sub("", one.lower()) for one in found) if len(name) > 3)


RULES = (company_link,)
