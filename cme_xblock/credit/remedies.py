"""What staff may do on a learner's way to credit: attempts anew, another key, and saying who is only testing.

For the console and for `manage.py`, as `credit.staff`. Source: spec part 7, cases 6, 18 and 23.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.credit import correcting
from cme_xblock.credit.staff import Place, write
from cme_xblock.participation import credits, progress, regrading, remedies
from cme_xblock.participation.correction import Who
from cme_xblock.participation.entries import Draft, Entry
from cme_xblock.participation.progress import SAYS_NO_EDITION, Progress
from cme_xblock.participation.refusal import Refusal
from cme_xblock.participation.regrading import Regraded
from cme_xblock.records import accounts, editions, keys
from cme_xblock.records.ledger import Several
from cme_xblock.records.models import Claim, EntryRow, Participation
from cme_xblock.reporting import outbox

__all__ = ["Regrade", "mark_test", "mark_test_account", "regrade", "reset_attempts"]

# Every refusal and every entry names the learner's place only by its participation.
Result = Entry | Refusal


@dataclass(frozen=True)
class Regrade:
    """What became of one participation: `granted` where it has passed since, `refusal` where nothing was written."""

    participation: str
    granted: bool = False
    refusal: Refusal | None = None


def reset_attempts(place: Place, who: Who, *, now: datetime, dry_run: bool = False) -> Result:
    """Give a learner all attempts at the assessment anew. Raises LedgerBusy and LedgerBroken as the ledger does."""

    def decide(entries: tuple[Entry, ...]) -> Draft | Refusal:
        found = _progress(entries, now)
        if found is None:
            return _NOTHING
        return remedies.reset_attempts(*found, reason=who.reason, by=who.by)

    return write(place, decide, now=now, dry_run=dry_run)


def regrade(
    course_key: str,
    activity_id: str,
    edition: str,
    keys_: Mapping[str, Sequence[Sequence[str]]],
    who: Who,
    *,
    now: datetime,
    dry_run: bool = False,
) -> Iterator[Regrade]:
    """Score every learner of an edition by a corrected key; each in a transaction of its own.

    `keys_`: by item id the right answers, each a list of option ids; an empty list counts every answer. Gives what
    became of each participation as it goes. Doing it again leaves those that are done, and takes those that came since.
    """
    activity = editions.load(edition)[edition]
    wanted = {name: [list(one) for one in answers] for name, answers in keys_.items()}
    rows = EntryRow.objects.filter(
        participation__activity_key=keys.activity_key(course_key, activity_id), edition__sha256=edition
    )
    for pk in sorted(set(rows.order_by().values_list("participation_id", flat=True))):
        row = Participation.objects.get(pk=pk)
        place = Place(row.course_key, row.activity_id, row.learner_id)
        seen: list[Entry] = []

        def decide(entries: tuple[Entry, ...], seen: list[Entry] = seen) -> Draft | Refusal:
            before = regrading.of(entries).get(edition, Regraded())
            seen[:] = entries
            return regrading.regrade(
                activity.assessment.items, edition, wanted, reason=who.reason, by=who.by, before=before
            )

        result = write(place, decide, now=now, dry_run=dry_run)
        if isinstance(result, Refusal):
            yield Regrade(row.uuid, refusal=result)
        else:
            after = _fold(activity, [*seen, result], edition, now).passed
            yield Regrade(row.uuid, granted=after and not _fold(activity, seen, edition, now).passed)


def mark_test(place: Place, who: Who, *, test: bool, now: datetime, dry_run: bool = False) -> Result:
    """Say that what a learner did in one activity is a test, or is none after all.

    Of a test nothing is reported: what was, is taken back; when it is none after all, its credit is owed.
    """

    def decide(entries: tuple[Entry, ...]) -> Several | Refusal:
        found = _progress(entries, now)
        if found is None:
            return _NOTHING
        draft = remedies.mark_test(found[0], test=test, by=who.by, reason=who.reason)
        if isinstance(draft, Refusal):
            return draft
        live = [one.claim for one in credits.fold(entries).live.values()]
        # What was taken back is not told again under the same key: the certificates are issued anew.
        again = [] if test else [_reissued(entries, one, who, now) for one in live]

        def effects(participation: Participation, written: tuple[Entry, ...]) -> None:
            Participation.objects.mark(participation.pk, is_test=test)
            participation.is_test = test
            for claim in Claim.objects.filter(uuid__in=live) if test else ():
                outbox.retract(claim, now=now)
            rest = iter(written[1:])
            for one in again:
                one.effects(participation, tuple(next(rest) for _ in one.drafts))

        return Several((draft, *(each for one in again for each in one.drafts)), effects)

    return write(place, decide, now=now, dry_run=dry_run)


def mark_test_account(
    learner_id: str, who: Who, *, test: bool, now: datetime, dry_run: bool = False
) -> Iterator[tuple[str, Result]]:
    """The same for all that an account did so far, and the accounts merged with it. Gives each participation's uuid."""
    wanted = accounts.of(keys.learner_key(learner_id))
    for row in Participation.objects.filter(learner_key__in=wanted, sealed_at=None).order_by("pk"):
        place = Place(row.course_key, row.activity_id, row.learner_id)
        yield row.uuid, mark_test(place, who, test=test, now=now, dry_run=dry_run)


def _reissued(entries: Sequence[Entry], claim: str, who: Who, now: datetime) -> Several:
    made = correcting.reissue(entries, claim, replace(who, evidence=who.evidence or who.reason), now=now)
    if isinstance(made, Refusal):
        # Only for want of a reason, which was asked for before.
        raise TypeError(str(made.message))
    return made


def _progress(entries: Sequence[Entry], now: datetime) -> tuple[Progress, Activity] | None:
    """The progress under the edition of the last entry; None before the first."""
    walked = [one for one in entries if one.kind not in SAYS_NO_EDITION]
    if not walked:
        return None
    edition = walked[-1].edition
    known = editions.load({one.edition for one in entries})
    return progress.fold(known[edition], entries, edition=edition, editions=known, now=now), known[edition]


def _fold(activity: Activity, entries: Sequence[Entry], edition: str, now: datetime) -> Progress:
    known = editions.load({one.edition for one in entries} | {edition})
    return progress.fold(activity, entries, edition=edition, editions=known, now=now)


_NOTHING = Refusal("nothing_done", Message(N_("This learner has done nothing in this activity yet.")))
