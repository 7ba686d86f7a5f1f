"""The disclosure desk's dossiers: read, and added to as one step, like a learner's ledger.

Whoever asks names the provider beside the person, and finds nobody of another one. What may be added is decided by the
caller and `rules.desk`; what is there is never changed. Source: ACCME SII 3; spec R-1.2 to R-1.4.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from django.db import IntegrityError, connections, router, transaction

from cme_xblock.activity import canonical
from cme_xblock.activity.days import add_days, add_years
from cme_xblock.records import contention, keys
from cme_xblock.records.models import DeskEntry, DeskInvitation, DeskPerson, DeskSheet
from cme_xblock.records.models.base import utc
from cme_xblock.records.models.participation import new_uuid
from cme_xblock.rules.desk import chain, dossier, state
from cme_xblock.rules.desk.chain import Draft, Entry, Kind
from cme_xblock.rules.desk.dossier import Disclosure, Dossier
from cme_xblock.rules.desk.state import Invited, Standing

__all__ = [
    "Decide",
    "DeskBroken",
    "File",
    "Lapsing",
    "append",
    "by_number",
    "correct_contact",
    "entries",
    "file_of",
    "files",
    "find",
    "lapsing",
    "register",
]

Decide = Callable[[tuple[Entry, ...]], Sequence[Draft]]
_CLOCK_SKEW = timedelta(minutes=1)


class DeskBroken(RuntimeError):  # noqa: N818 - says what is the case
    """A person's head and entries disagree, so nothing may be added before somebody has looked."""

    def __init__(self, uuid: str) -> None:
        super().__init__(f"The dossier {uuid} is damaged: run cme_verify to see where.")


@dataclass(frozen=True)
class File:
    """One person's dossier as the desk shows it. `last`: the last invitation, None before the first.

    `damaged`: its entries cannot be read, and the dossier is empty; only `files` gives such a one.
    """

    person: DeskPerson
    entries: tuple[Entry, ...]
    dossier: Dossier
    last: DeskInvitation | None
    damaged: bool = False

    def standing(self, *, today: date, zone: tzinfo) -> Standing:
        """Where the person stands on that civil date; in `zone` an invitation's end is a date."""
        last = self.last
        if last is None or last.state == DeskInvitation.State.WITHDRAWN:
            return state.standing(self.dossier, today=today, last=None)
        ends: datetime = last.expires_at
        until = (ends - timedelta(microseconds=1)).astimezone(zone).date()
        answered = last.state == DeskInvitation.State.ANSWERED
        return state.standing(self.dossier, today=today, last=Invited(until, answered))


@dataclass(frozen=True)
class Lapsing:
    """Somebody whose disclosure comes to 12 months within 30 days, or is older. `lapsed`: older than 24 months."""

    uuid: str
    name: str
    disclosed_on: date
    ages_on: date
    lapses_on: date
    lapsed: bool


def register(
    provider_key: str, provider_name: str, *, named: Draft, email: str, language: str, now: datetime
) -> DeskPerson:
    """The person of that address at that provider; put on the list with the entry `named` where there is none yet.

    `email`: may be empty, and then it is a new person each time. Raises LedgerBusy where others keep writing.
    """
    key = keys.desk_key(provider_key, email or secrets.token_hex(32))
    known = DeskPerson.objects.filter(key=key).first()
    if known is not None:
        return known

    def work() -> DeskPerson:
        made = DeskPerson.objects.create(
            provider_key=provider_key,
            provider_name=provider_name,
            key=key,
            name=str((named.words or {})["name"])[:255],
            email=email,
            language=language,
            created_at=now,
        )
        return append(made, decide=lambda _: (named,), now=now).person

    try:
        return contention.run(work, using=router.db_for_write(DeskPerson))
    except IntegrityError:
        # Another request of the same moment was first.
        return DeskPerson.objects.get(key=key)


def correct_contact(person: DeskPerson, *, email: str, language: str) -> bool:
    """Write another address and language. False where another person of this provider has the address."""
    key = keys.desk_key(person.provider_key, email or secrets.token_hex(32))
    rows = DeskPerson.objects.filter(pk=person.pk)
    same = person.email.casefold() == email.casefold()
    try:
        with transaction.atomic(using=router.db_for_write(DeskPerson)):
            rows.update(email=email, language=language, **({} if same else {"key": key}))
    except IntegrityError:
        return False
    return True


def find(provider_key: str, uuid: str) -> DeskPerson | None:
    """The person of that number at that provider, or None."""
    return DeskPerson.objects.filter(provider_key=provider_key, uuid=uuid).first()


def entries(person: DeskPerson, *, lock: bool = False) -> tuple[Entry, ...]:
    """One dossier's entries in order. One query. Raises DeskBroken for one that cannot be read.

    `lock`: as they are committed now, whatever the transaction's snapshot (MySQL, repeatable read). Two queries, for an
    outer join cannot be locked everywhere.
    """
    rows = DeskEntry.objects.filter(person_id=person.pk).order_by("seq")
    try:
        if not lock:
            return tuple(map(entry_of, rows.select_related("sheet")))
        found = list(rows.select_for_update())
        sheets = DeskSheet.objects.select_for_update().filter(entry_id__in=[one.pk for one in found])
        by_entry = {one.entry_id: one for one in sheets}
        return tuple(_entry(one, by_entry.get(one.pk)) for one in found)
    except (ValueError, TypeError) as error:
        raise DeskBroken(person.uuid) from error


def file_of(person: DeskPerson) -> File:
    """One person's file. Two queries. Raises DeskBroken."""
    last = person.invitations.order_by("-pk").first()
    return _file(person, entries(person), last)


def files(provider_key: str, *, only: Collection[int] | None = None) -> tuple[File, ...]:
    """Everybody on one provider's list, or `only` those with these primary keys, by name. Three queries.

    Name a few hundred at most: each is a parameter of a query.
    """
    rows = DeskPerson.objects.filter(provider_key=provider_key)
    people = list((rows if only is None else rows.filter(pk__in=only)).order_by("name", "pk"))
    mine: dict[str, Any] = {"person__provider_key": provider_key}
    if only is not None:
        mine = {"person_id__in": [one.pk for one in people]}
    found: dict[int, list[DeskEntry]] = {one.pk: [] for one in people}
    for row in DeskEntry.objects.filter(**mine).select_related("sheet").order_by("person_id", "seq"):
        found.setdefault(row.person_id, []).append(row)
    invited: dict[int, DeskInvitation] = {}
    for one in DeskInvitation.objects.filter(**mine).order_by("pk").defer("draft"):
        invited[one.person_id] = one
    made = []
    for person in people:
        try:
            made.append(_file(person, tuple(map(entry_of, found[person.pk])), invited.get(person.pk)))
        except (ValueError, TypeError, DeskBroken):
            # One that somebody has damaged must not hide all others.
            made.append(File(person, (), Dossier(), invited.get(person.pk), damaged=True))
    return tuple(made)


def lapsing(provider_key: str, today: date) -> tuple[Lapsing, ...]:
    """Whose disclosure is about to be 12 months old, or is older, the oldest first. Two queries.

    Left out is who was taken off every activity: nobody needs them to disclose again. `today`: the provider's civil
    date. For the console's home page.
    """
    horizon = add_years(add_days(today, state.AHEAD_DAYS), -state.AGES_YEARS)
    rows = DeskPerson.objects.filter(provider_key=provider_key, disclosed_on__lte=horizon)
    people = list(rows.order_by("disclosed_on", "name", "pk"))
    done = _taken_off([one.pk for one in people])
    found = []
    for one in people:
        if one.pk in done or one.disclosed_on is None:
            continue
        ages_on = add_years(one.disclosed_on, state.AGES_YEARS)
        lapses_on = add_years(one.disclosed_on, state.LAPSES_YEARS)
        found.append(Lapsing(one.uuid, one.name, one.disclosed_on, ages_on, lapses_on, today > lapses_on))
    return tuple(found)


def _taken_off(people: Sequence[int]) -> set[int]:
    """Of these people those who were in an activity, and are in none any more."""
    kinds = (Kind.ASSIGNED.value, Kind.UNASSIGNED.value)
    rows = DeskEntry.objects.filter(person_id__in=people, kind__in=kinds).order_by("person_id", "seq")
    active: dict[int, set[str]] = {}
    for person, kind, facts in rows.values_list("person_id", "kind", "facts"):
        activity = str(json.loads(facts)["activity"])
        mine = active.setdefault(person, set())
        if kind == Kind.ASSIGNED.value:
            mine.add(activity)
        else:
            mine.discard(activity)
    return {person for person, mine in active.items() if not mine}


def by_number(number: str) -> tuple[File, Disclosure] | None:
    """The disclosure that an activity names as its evidence, with the whole file; None where the desk has none."""
    sheet = DeskSheet.objects.filter(key=keys.text_sha(number), number=number).select_related("entry__person").first()
    if sheet is None:
        return None
    file = file_of(sheet.entry.person)
    found = file.dossier.disclosure(number)
    return (file, found) if found else None


def append(person: DeskPerson, *, decide: Decide, now: datetime, also: Callable[[], None] | None = None) -> File:
    """Add the entries that `decide` makes of those so far, one behind the other, in one transaction.

    `decide` may raise, upon which nothing is written; it is called again where another request came first. `also` is
    called in the same transaction, after them. Gives the file as it is afterwards. `now`: aware.

    Raises LedgerBusy where others keep writing, DeskBroken where the stored chain has no proper end.
    """
    using = router.db_for_write(DeskPerson)
    at = utc(now)

    def work() -> None:
        locked = _locked(person.pk, using)
        so_far = _current(locked)
        _write(locked, so_far, drafts=tuple(decide(so_far)), now=at)
        if also is not None:
            also()

    contention.run(work, using=using)
    return file_of(DeskPerson.objects.get(pk=person.pk))


def entry_of(row: DeskEntry) -> Entry:
    """The entry that a row stands for; its sheet is read with it, or now.

    Raises ValueError or TypeError for one that was never written so.
    """
    return _entry(row, getattr(row, "sheet", None))


def _entry(row: DeskEntry, sheet: DeskSheet | None) -> Entry:
    if not isinstance(row.at, datetime):
        raise TypeError("an instant that cannot be read")
    return Entry(
        seq=row.seq,
        kind=Kind(row.kind),
        by=row.by,
        at=row.at,
        facts=json.loads(row.facts),
        prev=row.prev,
        hash=row.hash,
        words=json.loads(sheet.words) if sheet is not None and sheet.salt else None,
    )


def _file(person: DeskPerson, found: tuple[Entry, ...], last: DeskInvitation | None) -> File:
    try:
        return File(person, found, dossier.fold(found), last)
    except (KeyError, ValueError, TypeError) as error:
        raise DeskBroken(person.uuid) from error


def _locked(pk: int, using: str) -> DeskPerson:
    if not connections[using].features.has_select_for_update and not DeskPerson.objects.touch(pk):
        raise DeskPerson.DoesNotExist
    return DeskPerson.objects.select_for_update().get(pk=pk)


def _current(person: DeskPerson) -> tuple[Entry, ...]:
    """The entries up to the locked head."""
    for lock in (False, True):
        # An outer transaction's snapshot may be older than the lock (MySQL, repeatable read): a locking read is not.
        found = entries(person, lock=lock)
        if len(found) == person.head_seq and (not found or found[-1].hash == person.head_hash):
            return found
    raise DeskBroken(person.uuid)


def _write(person: DeskPerson, so_far: tuple[Entry, ...], *, drafts: tuple[Draft, ...], now: datetime) -> None:
    last = so_far[-1] if so_far else None
    at = last.at if last is not None and last.at - _CLOCK_SKEW <= now < last.at else now
    for draft in drafts:
        sheet = _sheet(draft)
        facts = {**draft.facts, **({"sheet": sheet[1]} if sheet else {})}
        text = canonical.dumps(facts).decode()
        last = chain.seal(replace(draft, facts=json.loads(text)), person=person.uuid, after=last, at=at)
        row = DeskEntry(
            person=person,
            seq=last.seq,
            kind=str(last.kind),
            by=last.by,
            at=last.at,
            facts=text,
            prev=last.prev,
            hash=last.hash,
        )
        row.save()
        if sheet:
            sheet[0].entry = row
            sheet[0].save()
    if last is None or not drafts:
        return
    if not DeskPerson.objects.move_head(person.pk, expected=person.head_seq, seq=last.seq, sha256=last.hash):
        raise contention.Conflict
    _carry_over(person, drafts)


def _sheet(draft: Draft) -> tuple[DeskSheet, str] | None:
    """The sheet of a draft's words and what the entry says of it; None where there is nothing to keep."""
    if draft.words is None or not any(draft.words.values()):
        return None
    number, uuid, salt = str(draft.facts.get("number", "")), new_uuid(), secrets.token_hex(32)
    is_disclosure = draft.kind in (Kind.GIVEN, Kind.IMPORTED)
    words = canonical.dumps(dict(draft.words)).decode()
    sheet = DeskSheet(
        uuid=uuid,
        key=keys.text_sha(number if is_disclosure else uuid),
        number=number if is_disclosure else "",
        salt=salt,
        words=words,
    )
    return sheet, chain.sheet_hash(uuid, salt=salt, words=json.loads(words))


def _carry_over(person: DeskPerson, drafts: Iterable[Draft]) -> None:
    """What the list sorts and counts by, made anew where an entry changes it."""
    kinds = {one.kind for one in drafts}
    changed: dict[str, object] = {}
    if Kind.NAMED in kinds:
        name = [one.words or {} for one in drafts if one.kind is Kind.NAMED][-1]["name"]
        changed["name"] = str(name)[:255]
    if kinds & {Kind.GIVEN, Kind.IMPORTED}:
        days = [date.fromisoformat(str(one.facts["disclosed_on"])) for one in drafts if "disclosed_on" in one.facts]
        changed["disclosed_on"] = max([*days, *([person.disclosed_on] if person.disclosed_on else [])])
    if changed:
        DeskPerson.objects.filter(pk=person.pk).update(**changed)
