"""An endpoint that takes batches, and a receiver of paper that a test folds as it likes: for what PARS can't show.

The receiver is the far side: it keeps what it got by key, and does with the next documents what it was told to do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cme_xblock.activity.message import Message
from cme_xblock.records.models import Claim
from cme_xblock.reporting.endpoints.base import (
    About,
    Capabilities,
    EndpointConfig,
    Outcome,
    Problem,
    Result,
    Step,
    Subject,
)
from tests.reporting import world

KIND = "tests.reporting.paper:Paper"


@dataclass
class Receiver:
    """What the far side holds: every copy of each key, in order; documents as lists of keys; and what is wrong."""

    copies: dict[str, int] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    documents: list[list[str]] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)
    poison: set[str] = field(default_factory=set)
    trouble: Callable[[list[str]], Outcome | None] = lambda keys: None
    keeps: bool = False  # what it makes trouble about is kept all the same
    bytes_max: int = 0

    def take(self, document: bytes) -> Mapping[str, Outcome]:
        """All of a document, or nothing of it."""
        records = json.loads(document)
        keys = [one["key"] for one in records]
        self.documents.append(keys)
        trouble = self.trouble(keys)
        if trouble is not None and not self.keeps:
            return dict.fromkeys(keys, trouble)
        if self.bytes_max and len(document) > self.bytes_max:
            return dict.fromkeys(keys, Outcome(Result.REFUSED, "too_big", http_status=413, whole=True))
        if self.poison & set(keys):
            return dict.fromkeys(keys, Outcome(Result.REFUSED, "document", http_status=400, whole=True))
        for one in records:
            if one["operation"] == "delete":
                self.copies.pop(one["key"], None)
                self.gone.append(one["key"])
            else:
                self.copies[one["key"]] = self.copies.get(one["key"], 0) + 1
        return dict.fromkeys(keys, trouble or Outcome(Result.ACCEPTED, http_status=200))

    def tell(self, keys: Sequence[str], operation: str) -> Mapping[str, Outcome]:
        """What became of these."""
        self.asked.append(list(keys))
        there = self.gone if operation == "delete" else self.copies
        return {key: Outcome(Result.ACCEPTED if key in there else Result.NOT_FOUND, http_status=200) for key in keys}


# The receiver of the test that runs; an endpoint is made anew from the settings each time, so it can't hold one.
far = Receiver()


@dataclass(frozen=True)
class Paper:
    """The endpoint. `options`: subjects, batch_max, readback, void, idempotent, needs_identity, ordered."""

    config: EndpointConfig

    @classmethod
    def from_config(cls, config: EndpointConfig) -> Paper:
        return cls(config)

    def subjects(self) -> tuple[Subject, ...]:
        return tuple(Subject(one) for one in self.config.options.get("subjects", ("claim",)))

    def kinds(self, about: About) -> tuple[str, ...]:
        return {Subject.CLAIM: ("cme",), Subject.ENTRY: (about.entry_kind,), Subject.ACTIVITY: ("activity",)}[
            about.subject
        ]

    def identifiers(self, system: str, profession: str) -> tuple[str, ...]:
        return tuple(self.config.options.get("identifiers", ()))

    def purpose(self) -> str:
        return str(self.config.options.get("purpose", ""))

    def consent_text(self, provider: str) -> Message:
        return Message("I agree.")

    def key(self, subject: str, kind: str, revision: int) -> str | None:
        return f"{subject}/{kind}/{revision}"

    def number_name(self) -> str:
        return ""

    def settings_problem(self) -> Problem | None:
        return None

    def validate(self, payload: Any) -> tuple[Problem, ...]:
        return ()

    def render(self, payloads: Sequence[Any], *, now: datetime) -> bytes:
        return json.dumps([{"key": one.key, "operation": one.operation} for one in payloads]).encode()

    def send(self, document: bytes, payloads: Sequence[Any]) -> Mapping[str, Outcome]:
        return far.take(document)

    def reconcile(self, payloads: Sequence[Any]) -> Mapping[str, Outcome]:
        found: dict[str, Outcome] = {}
        for operation in ("add", "delete"):
            keys = [one.key for one in payloads if one.operation == operation]
            found |= far.tell(keys, operation) if keys else {}
        return found

    def correct(self, revision: int) -> tuple[Step, ...]:
        return (Step("delete", revision), Step("add", revision + 1))

    def capabilities(self) -> Capabilities:
        options = self.config.options
        return Capabilities(
            batch_max=options.get("batch_max", 8),
            bytes_max=options.get("bytes_max", 1_000_000),
            readback=options.get("readback", True),
            void=options.get("void", True),
            void_by_key=options.get("void_by_key", False),
            idempotent=options.get("idempotent", False),
            needs_identity=options.get("needs_identity", False),
            ordered=options.get("ordered", True),
            deadline_days=options.get("deadline_days"),
            deadline_warnings=tuple(options.get("deadline_warnings", ())),
        )

    def redact(self, text: str, payload: Any) -> str:
        return text

    def check(self) -> tuple[str, ...]:
        return tuple(self.config.options.get("wrong", ()))


def claims(number: int) -> list[Claim]:
    """So many claims of different learners."""
    return [world.claim(str(one)) for one in range(number)]
