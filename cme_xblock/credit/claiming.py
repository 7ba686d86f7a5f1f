"""Writing claims: entries, claims, identifiers, consents and what is owed to each endpoint, together or not at all.

Whether credit is due was decided in `participation.attestation`. This room puts the pieces into one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from cme_xblock.activity.model import Activity
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Draft, Entry
from cme_xblock.records import answers, claims, consents
from cme_xblock.records.answers import Said
from cme_xblock.records.ledger import Several
from cme_xblock.records.models import Participation
from cme_xblock.reporting import agreeing, facts, outbox
from cme_xblock.reporting.asked import ConsentWanted

# In a claim's entry: whoever verifies the certificate is shown the whole name, by the learner's choice.
NAME_SHOWN = "name_shown"


@dataclass(frozen=True)
class Permission:
    """One permission that was asked for, word for word as it was `shown`, and the learner's answer."""

    wanted: ConsentWanted
    shown: str
    granted: bool


@dataclass(frozen=True)
class Report:
    """What the learner answered beside the credits. `identifiers` by the vault's kinds, as they are to be kept.

    `remember`: the wording under which they may be kept for the next claim, None where that was not agreed to.
    `first`: nothing was asked of this learner here before, so that what is not granted now is not granted.
    """

    permissions: tuple[Permission, ...] = ()
    identifiers: Mapping[str, str] = field(default_factory=dict, repr=False)
    remember: str | None = None
    first: bool = True


def propose(
    made: Sequence[Attestation],
    *,
    activity: Activity,
    name: str,
    report: Report,
    now: datetime,
    show_name: bool = False,
) -> Several:
    """The entries of these claims with their effects, for `records.ledger.append`.

    `name` is the learner's as it is to stand on the certificates; `show_name`: also where they are verified. The
    effects raise `claims.AlreadyClaimed` when a live claim exists, so that the transaction leaves nothing behind.
    """

    def effects(participation: Participation, entries: tuple[Entry, ...]) -> None:
        pairs = list(zip(entries, made, strict=True))
        written = claims.create_all(participation, pairs, name_certified=name, zone=activity.time_zone)
        said = [Said(one.wanted.purpose, one.shown, one.granted) for one in report.permissions]
        if report.remember is not None:
            said.append(Said(consents.REMEMBER, report.remember, granted=True))
        answers.permit(participation, said, now=now)
        answers.store(participation.learner_key, report.identifiers, now=now)
        outbox.owe_all(written, just=_just(report), now=now)
        agreed = [] if report.first else [one.wanted.endpoint for one in report.permissions if one.granted]
        if agreed:
            # What was claimed before, and waited for it or was taken back with it, follows.
            agreeing.owe_anew(participation, agreed, now=now)
            outbox.release_held(now=now, learner_key=participation.learner_key)

    return Several(tuple(_draft(one, show_name=show_name) for one in made), effects)


def _just(report: Report) -> facts.Given | None:
    """What was given with the claims; None where what was said before still holds."""
    if not report.permissions or not report.first:
        return None
    purposes = frozenset(one.wanted.purpose for one in report.permissions if one.granted)
    return facts.Given(purposes, frozenset(report.identifiers))


def _draft(made: Attestation, *, show_name: bool) -> Draft:
    draft = made.draft(claim=claims.new_uuid())
    return replace(draft, payload={**draft.payload, NAME_SHOWN: "full"}) if show_name else draft
