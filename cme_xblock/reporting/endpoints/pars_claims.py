"""What the endpoints of PARS that are told of credit have in common: how it is named there, and the transport. PURE.

Source: spec pars, parts 1 and 3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from cme_xblock.reporting.endpoints.base import EndpointConfig, Outcome, Problem, Record, Step, Subject
from cme_xblock.reporting.endpoints.pars_service import Service

__all__ = ["OfClaims", "credit_id", "credit_id_problem"]

_CREDIT_ID = re.compile(r"ccid:[^:\s]+:[^:\s]+")
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9.\-]*[a-z0-9])?")


def credit_id(config: EndpointConfig, subject: str, kind: str, revision: int) -> str | None:
    """`ccid:<domain>:<claim>-<kind>`, with `-<revision>` from the second on; None without a domain."""
    domain = config.ccid_domain.lower()
    if not _DOMAIN.fullmatch(domain):
        return None
    claim = subject.partition(":")[2].replace("-", "")
    tail = "" if revision == 1 else f"-{revision}"
    return f"ccid:{domain}:{claim}-{kind}{tail}".lower()


def credit_id_problem(record: Record, wire: Mapping[str, Any]) -> Problem | None:
    """What is wrong with the record's CreditID, if anything."""
    if _CREDIT_ID.fullmatch(record.credit_id) and len(record.credit_id) <= wire["values"]["credit_id_max"]:
        return None
    return Problem("document", "The CreditID is not ccid:<domain>:<local id>.", hold=False)


class OfClaims:
    """The part of an endpoint (`base.Endpoint`) that is the same for credit and for REMS reports."""

    config: EndpointConfig
    wire: Mapping[str, Any]

    @property
    def service(self) -> Service:
        """Its transport."""
        return Service(self.config, self.wire)

    def subjects(self) -> tuple[Subject, ...]:
        """What was claimed: whoever claims has completed."""
        return (Subject.CLAIM,)

    def number_name(self) -> str:
        """The ACCME activity id of the offering."""
        return "pars_activity_id"

    def key(self, subject: str, kind: str, revision: int) -> str | None:
        """The CreditID; the same for the same arguments."""
        return credit_id(self.config, subject, kind, revision)

    def settings_problem(self) -> Problem | None:
        """Which setting stands against sending anything at all."""
        return self.service.settings_problem()

    def reconcile(self, payloads: Sequence[Record]) -> Mapping[str, Outcome]:
        """Ask for the status by CreditID, which names nobody, one after another."""
        return {record.key: self._ask(record) for record in payloads}

    def correct(self, revision: int) -> tuple[Step, ...]:
        """PARS knows no edit: delete what was sent, add it anew under a new CreditID (spec pars 1.6)."""
        return (Step("delete", revision), Step("add", revision + 1))

    def check(self) -> tuple[str, ...]:
        """What is wrong with the settings."""
        return self.service.check()

    def _ask(self, record: Record) -> Outcome:
        raise NotImplementedError
