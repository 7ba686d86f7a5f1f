"""What is owed, written down: in the transaction of what it tells of, so that there is no credit without its letter.

The outbox decides nothing about sending. A row starts as `ready`, or as `held` with the reason; `releasing` looks
again when a fact has arrived: a consent, an identity, an activity number, a setting. What is the same for all rows of
one order goes out in the order in which it was owed (`order.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import router, transaction

from cme_xblock.activity.model import Activity
from cme_xblock.participation.entries import Entry
from cme_xblock.records import editions, keys
from cme_xblock.records.models import Claim, Delivery, Edition, EntryRow, Participation
from cme_xblock.records.models.delivery import Operation, State
from cme_xblock.reporting import config, facts, nudge, states
from cme_xblock.reporting.endpoints.base import About, Endpoint, Problem, Subject
from cme_xblock.reporting.releasing import NEVER, look_again, release_held, same

__all__ = [
    "NEVER",
    "owe",
    "owe_activity",
    "owe_all",
    "owe_entry",
    "release_held",
    "retract",
    "subject_of",
    "take_back",
    "written",
]

RETRACTED = "retracted"
NO_VOID = Problem("no_void", "The receiver has no call to take it back: do that by hand, then cancel this delivery.")

# Where nobody can have it: a deletion would name something that is not there.
_NOT_THERE = (State.REFUSED, State.DEAD, State.CANCELLED)


def owe(claim: Claim, *, now: datetime) -> list[Delivery]:
    """Write what this claim owes to which endpoint, and give the rows. Call it in the claim's transaction.

    `now`: an aware datetime. Calling it again changes nothing and gives the same rows. A disabled endpoint is owed as
    any other; it only has to wait. Raises ImproperlyConfigured for a wrong setting, for a credit that nobody owes would
    never be seen again.
    """
    known = config.endpoints()
    if not known or claim.participation.is_test:
        # Nobody is told of a test (case 18).
        return []
    activity = _content(claim.edition)
    about = About(Subject.CLAIM, activity, system=claim.system, profession=claim.profession)
    wanted = _wanted(known.values(), about)
    if not wanted:
        return []
    with transaction.atomic(using=router.db_for_write(Delivery)):
        there = {(row.endpoint, row.kind): row for row in claim.deliveries.filter(operation=Operation.ADD, revision=1)}
        new = [
            _of_claim(claim, endpoint, kind, now=now)
            for endpoint, kind in wanted
            if (endpoint.config.name, kind) not in there
        ]
        # One by one: not every database gives back the primary keys of a bulk insert, and there are one or two.
        for row in new:
            row.save(force_insert=True)
        nudge.soon({row.endpoint for row in new})
    return [*there.values(), *new]


def owe_all(claims: Sequence[Claim], *, just: facts.Given | None = None, now: datetime) -> list[Delivery]:
    """What `owe` writes, for claims of one learner that were made in this very transaction. At most three queries.

    `just`: what the learner gave with them, where they were asked for every permission that matters.
    """
    known = config.endpoints()
    participation = claims[0].participation
    if not known or participation.is_test:
        return []
    rows: list[Delivery] = []
    given: facts.Given | None = None
    for claim in claims:
        about = About(Subject.CLAIM, _content(claim.edition), system=claim.system, profession=claim.profession)
        for endpoint, kind in _wanted(known.values(), about):
            given = given or facts.given(participation, just)
            rows.append(_of_claim(claim, endpoint, kind, now=now, known=given))
    Delivery.objects.bulk_create(rows)
    nudge.soon({row.endpoint for row in rows})
    return rows


def written(participation: Participation, entries: Iterable[Entry], *, now: datetime) -> int:
    """Owe new entries to those who follow ledgers; how many rows. `records.ledger` calls it as it writes them.

    Nothing is asked of the database where no endpoint wants entries. Whether something is missing is found out when
    they are to be sent, not while a learner waits.
    """
    known = [one for one in config.endpoints().values() if Subject.ENTRY in one.subjects()]
    if not known or participation.is_test:
        return 0
    rows = participation.entries.filter(seq__in=[one.seq for one in entries])
    return sum(
        owe_entry(participation, row, endpoints=known, now=now)
        for row in rows.select_related("edition").defer("edition__canonical").order_by("seq")
    )


def owe_entry(
    participation: Participation, entry: EntryRow, *, endpoints: Iterable[Endpoint] | None = None, now: datetime
) -> int:
    """Write what this entry owes to which endpoint; how many rows. Call it in the entry's transaction, once.

    One insert, and none where no endpoint wants entries of that kind. `endpoints`: those to think of, where they are
    known already.
    """
    known = config.endpoints().values() if endpoints is None else endpoints
    subject = subject_of(Subject.ENTRY, f"{participation.uuid}/{entry.seq}")
    about = About(Subject.ENTRY, _content(entry.edition), entry_kind=entry.kind)
    owed = _Owed(subject, participation.activity_key, entry.edition, participation, entry=entry)
    order = keys.order_key(participation.uuid, "entries")
    rows = [_row(owed, endpoint, kind, order=order, now=now) for endpoint, kind in _wanted(known, about)]
    if rows:
        Delivery.objects.bulk_create(rows)
        nudge.soon({row.endpoint for row in rows})
    return len(rows)


def owe_activity(edition: Edition, operation: Operation, *, now: datetime) -> list[Delivery]:
    """Write that this edition's activity is to be registered, changed, closed or deleted, wherever it is wanted.

    What was owed of the activity before and has not left is taken back, for the receiver gets the whole activity each
    time. Calling it twice with the same edition and operation therefore leaves one row to send.
    """
    about = About(Subject.ACTIVITY, _content(edition))
    subject = subject_of(Subject.ACTIVITY, edition.activity_key)
    owed: list[Delivery] = []
    with transaction.atomic(using=router.db_for_write(Delivery)):
        for endpoint, kind in _wanted(config.endpoints().values(), about):
            earlier = Delivery.objects.filter(endpoint=endpoint.config.name, subject=subject, kind=kind)
            revisions = list(earlier.select_for_update().order_by("pk"))
            for one in revisions:
                _cancel_unsent(one, now=now)
            revision = max((one.revision for one in revisions), default=0) + 1
            row = _row(
                _Owed(subject, edition.activity_key, edition, operation=operation, revision=revision),
                endpoint,
                kind,
                order=keys.order_key(edition.activity_key, kind or "activity"),
                now=now,
            )
            row.save(force_insert=True)
            owed.append(row)
        nudge.soon({row.endpoint for row in owed})
    return owed


def retract(claim: Claim, *, now: datetime) -> list[Delivery]:
    """Take back what this claim owed: call it in the transaction of the correction, before the new claim is owed.

    What never left is cancelled. For what was sent, or may have been, a deletion is owed, which goes before anything
    that is owed later in the same order (participation and system); it is held, for a person, where the receiver can't
    take back. Gives the deletions. Calling it again changes nothing.
    """
    known = config.endpoints()
    deletions: list[Delivery] = []
    with transaction.atomic(using=router.db_for_write(Delivery)):
        rows = list(claim.deliveries.select_for_update().order_by("pk"))
        deleted = {(row.endpoint, row.kind, row.revision): row for row in rows if row.operation == Operation.DELETE}
        for row in rows:
            if row.operation != Operation.ADD or _cancel_unsent(row, now=now) or row.state in _NOT_THERE:
                continue
            place = (row.endpoint, row.kind, row.revision)
            if place not in deleted:
                deleted[place] = _deletion(claim, row, known.get(row.endpoint), now=now)
                deleted[place].save(force_insert=True)
            deletions.append(deleted[place])
        nudge.soon({row.endpoint for row in deletions})
    return deletions


def take_back(claim: Claim, endpoint: str, *, now: datetime) -> int:
    """Owe the deletion of what that endpoint has of the claim, for its learner withdrew the permission; how many rows.

    What has not left needs nothing: permission is asked for at the moment of sending. Calling it again changes nothing.
    """
    known = config.endpoints()
    with transaction.atomic(using=router.db_for_write(Delivery)):
        rows = list(claim.deliveries.select_for_update().filter(endpoint=endpoint).order_by("pk"))
        gone = {(row.kind, row.revision) for row in rows if row.operation == Operation.DELETE}
        sent = [
            row
            for row in rows
            if row.operation == Operation.ADD
            and row.state not in (State.HELD, State.READY, *_NOT_THERE)
            and (row.kind, row.revision) not in gone
        ]
        for row in sent:
            _deletion(claim, row, known.get(endpoint), now=now).save(force_insert=True)
    return len(sent)


def subject_of(subject: Subject, name: str) -> str:
    """What a delivery has as `subject`."""
    return f"{subject}:{name}"


def of_revision(row: Delivery, endpoint: Endpoint, revision: int, *, now: datetime) -> Delivery:
    """The same thing once more, under another key; not stored yet."""
    owed = _Owed(
        row.subject, row.activity_key, row.edition, row.participation, row.claim, row.entry, row.operation, revision
    )
    return _row(owed, endpoint, row.kind, order=row.order_key, now=now, look=True)


@dataclass(frozen=True)
class _Owed:
    """What is owed, whoever to."""

    subject: str
    activity_key: str
    edition: Edition | None
    participation: Participation | None = None
    claim: Claim | None = None
    entry: EntryRow | None = None
    operation: str = Operation.ADD
    revision: int = 1


def _content(edition: Edition) -> Activity:
    return editions.load(edition.sha256)[edition.sha256]


def _wanted(known: Iterable[Endpoint], about: About) -> list[tuple[Endpoint, str]]:
    """Who is told of it, and what of it."""
    told = [one for one in known if about.subject in one.subjects() and config.concerns(one, about.activity)]
    return [(one, kind) for one in told for kind in one.kinds(about)]


def _of_claim(
    claim: Claim, endpoint: Endpoint, kind: str, *, now: datetime, known: facts.Given | None = None
) -> Delivery:
    participation = claim.participation
    subject = subject_of(Subject.CLAIM, claim.uuid)
    owed = _Owed(subject, participation.activity_key, claim.edition, participation, claim)
    return _checked(_row(owed, endpoint, kind, order=_order_of(claim), now=now), endpoint, now=now, known=known)


def _order_of(claim: Claim) -> str:
    return keys.order_key(claim.participation.uuid, claim.system)


def _deletion(claim: Claim, row: Delivery, endpoint: Endpoint | None, *, now: datetime) -> Delivery:
    able = endpoint is not None and endpoint.capabilities().void
    return Delivery(
        subject=row.subject,
        claim=claim,
        participation_id=row.participation_id,
        edition_id=row.edition_id,
        activity_key=row.activity_key,
        order_key=row.order_key,
        endpoint=row.endpoint,
        kind=row.kind,
        operation=Operation.DELETE,
        revision=row.revision,
        credit_id=row.credit_id,
        state=State.READY if able else State.HELD,
        reason="" if able else NO_VOID.code,
        detail="" if able else NO_VOID.detail,
        next_attempt_at=now if able else NEVER,
        created_at=now,
    )


def _cancel_unsent(row: Delivery, *, now: datetime) -> bool:
    """Cancel a row that certainly is not at the receiver; False where it is final, or a worker may be sending it."""
    if row.state not in (State.HELD, State.READY):
        return False
    states.require(State(row.state), State.CANCELLED)
    done = same(row).update(
        state=State.CANCELLED, reason=RETRACTED, detail="", settled_at=now, lease_owner="", lease_until=None
    )
    if not done:  # a worker has taken it since
        row.refresh_from_db(fields=["state"])
        return row.state in (State.HELD, State.READY) and _cancel_unsent(_read_again(row), now=now)
    row.state = State.CANCELLED
    return True


def _read_again(row: Delivery) -> Delivery:
    row.refresh_from_db()
    return row


def _row(owed: _Owed, endpoint: Endpoint, kind: str, *, order: str, now: datetime, look: bool = False) -> Delivery:
    """The row for one endpoint, not stored yet. `look`: find out now what is missing."""
    row = Delivery(
        subject=owed.subject,
        claim=owed.claim,
        entry=owed.entry,
        participation=owed.participation,
        edition=owed.edition,
        activity_key=owed.activity_key,
        order_key=order if endpoint.capabilities().ordered else keys.order_key(owed.subject, kind or "subject"),
        endpoint=endpoint.config.name,
        kind=kind,
        operation=owed.operation,
        revision=owed.revision,
        credit_id=endpoint.key(owed.subject, kind, owed.revision),
        state=State.READY,
        next_attempt_at=now,
        created_at=now,
    )
    return _checked(row, endpoint, now=now) if look else row


def _checked(row: Delivery, endpoint: Endpoint, *, now: datetime, known: facts.Given | None = None) -> Delivery:
    """The row, held where something is missing. `known`: what its learner has given, where that was asked for."""
    problem = facts.missing(row, endpoint, known=known)
    if problem:
        row.state, row.reason, row.detail = State.HELD, problem.code, problem.detail
        row.next_attempt_at = look_again(problem, now)
    return row
