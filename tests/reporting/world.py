"""A small true world: claims of learners who consented, a clock that a test moves, a receiver that really listens."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from cme_xblock.activity.model import Activity, Identifier, Offering, Provider
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Entry
from cme_xblock.records import claims, consents, editions, keys, ledger
from cme_xblock.records.models import Claim, Delivery, Participation
from cme_xblock.reporting import engine, facts, identity, outbox
from cme_xblock.reporting.endpoints import data
from cme_xblock.reporting.sandbox import misbehave
from cme_xblock.reporting.sandbox.desk import Desk
from cme_xblock.reporting.sandbox.pars_desk import ParsDesk
from cme_xblock.reporting.sandbox.server import Receiver
from cme_xblock.reporting.sandbox.store import Store
from cme_xblock.reporting.sandbox.webhook_desk import secret

COURSE = "course-v1:Example+CME+2026"
SYSTEM = "ama_pra_1"
START = datetime(2026, 11, 22, 12, 45, tzinfo=UTC)
PURPOSE = "accme_transmission"
PASSWORD_ENV = "CME_TEST_PARS_PASSWORD"
PASSWORD = "correct horse"
SECRET_ENV = "CME_TEST_WEBHOOK_SECRET"
SECRET = secret()
EXTENSION = "urn:placeholder:accme-pars"
PERSON = {
    "given_name": "Avery",
    "family_name": "Sample",
    "birth_month_day": "05/17",
    "npi": "1234567893",
    "licence_state": "IL",
    "licence_number": "036000001",
}


class Clock:
    """A time that only a test moves."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def seconds(self) -> float:
        return self.at.timestamp()

    def forward(self, **how: float) -> None:
        self.at += timedelta(**how)


class Far:
    """One desk of the far side: the sandbox in a thread, on the same clock."""

    def __init__(self, receiver: Receiver, desk: Desk, path: str) -> None:
        self.receiver, self.store, self.url = receiver, desk.store, f"{receiver.address}/{desk.name}/{path}"

    def misbehave(self, trouble: str, **how: Any) -> None:
        self.store.instruct(misbehave.parse({"trouble": trouble, **how}))

    def held(self) -> Counter[str]:
        """How often the receiver holds each key (at PARS: each CreditID)."""
        return Counter(one.key for one in self.store.records())

    def arrivals(self, request: str) -> list[str]:
        """What came of the requests of that kind, oldest first."""
        return [one.result for one in reversed(self.store.arrivals()) if one.request == request]


@contextmanager
def far_side(path: Path, clock: Clock | None, *, duplicates: bool = True, **how: Any) -> Iterator[Far]:
    """A receiver that keeps what comes twice, so that "exactly once" is the sender's doing and not the receiver's.

    Without a clock it lives by the real time.
    """
    seconds = clock.seconds if clock else time.time
    desk = ParsDesk(Store(path, duplicates=duplicates), data.merged("pars", {}), seconds, **how)
    with listening(desk) as receiver:
        yield Far(receiver, desk, "services/pars.svc")


@contextmanager
def listening(*desks: Desk) -> Iterator[Receiver]:
    """The desks behind a server of their own; their files are closed with it."""
    with Receiver(*desks) as receiver:
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()
            for desk in desks:
                desk.store.close()


WAITS = frozenset({"store_then_silence", "slow", "drip"})


def patience(trouble: str = "") -> dict[str, float]:
    """The time-outs of an endpoint: short where the receiver waits longer than that; else no test hangs on them,
    however busy the machine is."""
    read, total = (0.3, 1.0) if trouble in WAITS else (20.0, 30.0)
    return {"connect_timeout": 20.0, "read_timeout": read, "total_timeout": total}


def endpoint(address: str, **changes: Any) -> dict[str, Any]:
    """The setting of one endpoint, with the patience for a receiver that answers."""
    return {
        "name": "pars",
        "kind": "pars_learners",
        "label": "PARS",
        "url": address,
        "provider_id": "0000000",
        "user": "rehearsal",
        "password_env": PASSWORD_ENV,
        "ccid_domain": "lms.example.org",
        "allow_insecure_loopback": True,
        **patience(),
        "response_max": 65_536,
        "lease_seconds": 60.0,
        "wire": {"namespaces": {"extension": EXTENSION}},
        **changes,
    }


def activity(number: str = "202600001", activity_id: str = "opioids") -> Activity:
    numbers = (Identifier("pars_activity_id", number),) if number else ()
    return Activity(
        activity_id=activity_id,
        title="Safe Opioid Tapering: A Case Series",
        provider=Provider(name="Example Academic Medical Center", accme_provider_id="0000000"),
        offerings=(Offering(SYSTEM, Decimal("1.50"), identifiers=numbers),),
    )


def attestation(edition: str, profession: str = "md") -> Attestation:
    return Attestation(
        edition=edition,
        system=SYSTEM,
        amount=Decimal("1.50"),
        profession=profession,
        completed_on=date(2026, 11, 22),
        completed_at=datetime(2026, 11, 22, 12, 40, tzinfo=UTC),
        statement="I claim 1.50 AMA PRA Category 1 Credits.",
        wording="a" * 64,
    )


def agree(learner: str, *, granted: bool = True, now: datetime = START) -> None:
    participation = Participation.objects.get(key=keys.participation_key(COURSE, "opioids", learner))
    consents.record(participation, PURPOSE, text="I agree.", granted=granted, now=now)


def claim(
    learner: str = "42",
    *,
    consent: bool = True,
    person: dict[str, str] | None = PERSON,
    number: str = "202600001",
    profession: str = "md",
    now: datetime = START,
) -> Claim:
    """A claim as `credit` writes it: entry, claim, consent, identity and deliveries in one transaction."""
    edition = editions.record(COURSE, activity(number), now=now)
    attested = attestation(edition, profession)
    made: list[Claim] = []

    def effects(participation: Participation, entry: Entry) -> None:
        one = claims.create(
            participation, entry, attestation=attested, name_certified="Avery Sample", zone="America/Chicago"
        )
        consents.record(participation, PURPOSE, text="I agree.", granted=consent, now=now)
        if person is not None:
            parsed = identity.parse(person)
            assert isinstance(parsed, identity.Identity)
            facts.keep_identity(participation.learner_key, parsed, now=now)
        outbox.owe(one, now=now)
        made.append(one)

    proposal = ledger.Proposal(attested.draft(claim=claims.new_uuid()), effects)
    entry = ledger.append(COURSE, "opioids", learner, decide=lambda _: proposal, now=now)
    assert isinstance(entry, Entry)
    return made[-1]


def run(clock: Clock, *, owner: str = "worker", limit: int = 100) -> engine.Counts:
    """One run of the engine, without jitter."""
    return engine.run_once(now=clock, owner=owner, limit=limit, chance=lambda: 0.0)


def run_until_settled(clock: Clock, *, rounds: int = 40) -> None:
    """Let hours pass until nothing moves any more."""
    for _ in range(rounds):
        run(clock)
        if not Delivery.objects.exclude(state__in=("accepted", "refused", "dead", "held")).exists():
            return
        clock.forward(hours=25)


def states() -> Counter[str]:
    return Counter(Delivery.objects.values_list("state", flat=True))


def stored_bytes(path: Path) -> bytes:
    """Everything in an SQLite file, its free pages and its log too."""
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()
