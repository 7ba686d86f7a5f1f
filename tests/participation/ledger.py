"""A ledger in memory, for tests of the pure rooms: it seals what `decide` drafts, and folds what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity
from cme_xblock.participation import attendance, attestation, decide, progress
from cme_xblock.participation.attendance import Row
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Draft, Entry, Kind, seal
from cme_xblock.participation.progress import Progress
from cme_xblock.participation.refusal import Refusal
from cme_xblock.rules import disclosure

PARTICIPATION = "5f0c1c1e-0000-4000-8000-000000000001"


class Ledger:
    """One learner of one activity, whose published edition can change."""

    def __init__(self, activity: Activity) -> None:
        self.entries: list[Entry] = []
        self.editions: dict[str, Activity] = {}
        self.published = ""
        self.claims: list[Attestation] = []
        self.publish(activity)

    def publish(self, activity: Activity) -> str:
        self.published = canonical.sha256(activity)
        self.editions[self.published] = activity
        return self.published

    def edition(self, now: datetime) -> str:
        return progress.choose_edition(self.published, self.entries, editions=self.editions, now=now)

    def activity(self, now: datetime) -> Activity:
        return self.editions[self.edition(now)]

    def progress(self, now: datetime) -> Progress:
        edition = self.edition(now)
        return progress.fold(self.editions[edition], self.entries, edition=edition, editions=self.editions, now=now)

    def write(self, decided: Draft | Refusal, now: datetime) -> Draft | Refusal:
        if isinstance(decided, Draft):
            after = self.entries[-1] if self.entries else None
            self.entries.append(seal(decided, participation=PARTICIPATION, after=after, at=now))
        return decided

    def force(self, kind: Kind, payload: Mapping[str, object], now: datetime, *, edition: str = "") -> None:
        """An entry that nobody decided on: what a fault or an intruder might write."""
        self.write(Draft(kind, edition or self.edition(now), dict(payload)), now)

    def acknowledge(self, now: datetime, *, sha: object = None) -> Draft | Refusal:
        activity = self.activity(now)
        shown = disclosure.sha256(activity) if sha is None else sha
        return self.write(decide.acknowledge(self.progress(now), activity, self.edition(now), disclosure=shown), now)

    def baseline(self, now: datetime, responses: object) -> Draft | Refusal:
        drafted = decide.submit_baseline(self.progress(now), self.activity(now), self.edition(now), responses)
        return self.write(drafted, now)

    def content(self, now: datetime, section: object) -> Draft | Refusal:
        drafted = decide.complete_content(self.progress(now), self.activity(now), self.edition(now), section, now)
        return self.write(drafted, now)

    def code(self, now: datetime, code: object, *, account: str = "") -> Draft | Refusal:
        drafted = decide.attend(
            self.progress(now), self.activity(now), self.edition(now), code, account=account, now=now
        )
        return self.write(drafted, now)

    def roster(self, now: datetime, row: Row) -> Draft | Refusal:
        return self.write(attendance.from_roster(self.activity(now), self.edition(now), row, by="staff", now=now), now)

    def withdraw(self, now: datetime, session: str, *, reason: str = "Somebody else's badge") -> Draft | Refusal:
        found = attendance.fold(self.entries)
        drafted = attendance.withdraw(found, self.edition(now), session, reason=reason, by="staff")
        return self.write(drafted, now)

    def assessment(self, now: datetime, responses: object, *, attempt: object = None) -> Draft | Refusal:
        state = self.progress(now)
        number = state.next_attempt if attempt is None else attempt
        return self.write(
            decide.submit_assessment(state, self.activity(now), self.edition(now), responses, number), now
        )

    def claim(
        self,
        now: datetime,
        *,
        amount: object = "0.5",
        profession: str = "md",
        system: str = "ama_pra_1",
        wording: object = None,
    ) -> Attestation | Refusal:
        activity = self.activity(now)
        if wording is None:
            offered = [
                one
                for one in attestation.options(activity, profession, self.progress(now).attended)
                if one.system.code == system
            ]
            wording = offered[0].wording_sha if offered else ""
        decided = attestation.attest(
            self.progress(now),
            activity,
            self.edition(now),
            profession=profession,
            system=system,
            amount=amount,
            wording=wording,
            now=now,
        )
        if isinstance(decided, Attestation):
            self.claims.append(decided)
            self.write(decided.draft(claim=f"claim-{len(self.claims)}"), now)
        return decided
