"""Verification of the disclosure desk: does every dossier still say what was given and decided?

As `verify` does for learners: hashes and chains are computed again from the rows, and a finding names the dossier by
its number, never the person. Words that were forgotten when their time was over are no finding.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from django.db import models, router, transaction

from cme_xblock.activity import canonical
from cme_xblock.records import desk, keys
from cme_xblock.records.models import DeskEntry, DeskInvitation, DeskPerson, DeskSheet
from cme_xblock.records.verify_claims import Finding
from cme_xblock.rules.desk import chain, dossier
from cme_xblock.rules.desk.chain import GENESIS, Kind

__all__ = ["check", "orphans"]


def check(person: DeskPerson) -> list[Finding]:
    """What is wrong with one dossier; what looks wrong is read a second time, under a lock."""
    found = list(_dossier(person))
    if not found:
        return found
    with transaction.atomic(using=router.db_for_write(DeskPerson)):
        locked = DeskPerson.objects.select_for_update().filter(pk=person.pk).first()
        return list(_dossier(locked)) if locked is not None else []


def orphans() -> Iterator[Finding]:
    """What a deleted dossier leaves behind, where the database did not hold its foreign keys."""
    owner = DeskPerson.objects.filter(pk=models.OuterRef("person_id"))
    entry = DeskEntry.objects.filter(pk=models.OuterRef("entry_id"))
    for rows, name in (
        (DeskEntry.objects.filter(~models.Exists(owner)), "entries of dossiers"),
        (DeskInvitation.objects.filter(~models.Exists(owner)), "invitations"),
        (DeskSheet.objects.filter(~models.Exists(entry)), "sheets of dossiers"),
    ):
        number = rows.count()
        if number:
            yield Finding("desk_orphans", f"all {name}", f"{number} {name} belong to a dossier that is not there.")


def _dossier(person: DeskPerson) -> Iterator[Finding]:
    where = f"dossier {person.uuid}"
    rows = list(DeskEntry.objects.filter(person_id=person.pk).select_related("sheet").order_by("seq"))
    readable = True
    for row in rows:
        for finding in _row(where, row):
            readable = readable and finding.code != "desk_entry_unreadable"
            yield finding
    last = (rows[-1].seq, rows[-1].hash) if rows else (0, GENESIS)
    if last != (person.head_seq, person.head_hash):
        message = (
            f"The dossier's head is entry {person.head_seq} and the last entry is {last[0]}: entries are missing at "
            f"the end, or the head was changed."
        )
        yield Finding("desk_head", where, message)
    if not readable:
        return
    entries = tuple(map(desk.entry_of, rows))
    yield from (Finding("desk_chain", where, str(message)) for message in chain.verify(person.uuid, entries))
    yield from _copies(where, person, entries)
    yield from _answers(where, person, entries)


def _row(where: str, row: DeskEntry) -> Iterator[Finding]:
    place = f"{where}, entry {row.seq}"
    if not isinstance(row.at, datetime) or row.kind not in list(Kind) or not _is_canonical(row.facts):
        message = f"Entry {row.seq} has a kind, a time or facts in a form that was never written."
        yield Finding("desk_entry_unreadable", place, message)
        return
    facts, sheet = json.loads(row.facts), getattr(row, "sheet", None)
    if sheet is None:
        if "sheet" in facts:
            yield Finding("desk_sheet_missing", place, f"The words that entry {row.seq} has the hash of are not there.")
        return
    if "sheet" not in facts:
        yield Finding("desk_sheet_added", place, f"Entry {row.seq} has words that it does not have the hash of.")
        return
    if sheet.salt == "" and sheet.words == "":
        return
    if not _is_canonical(sheet.words):
        yield Finding("desk_entry_unreadable", place, f"The words of entry {row.seq} are in a form never written.")
    elif chain.sheet_hash(sheet.uuid, salt=sheet.salt, words=json.loads(sheet.words)) != facts["sheet"]:
        yield Finding("desk_sheet_changed", place, f"The words of entry {row.seq} have another hash than it gave them.")
    is_disclosure = row.kind in (Kind.GIVEN, Kind.IMPORTED)
    number = str(facts.get("number", "")) if is_disclosure else ""
    if sheet.number != number or sheet.key != keys.text_sha(number or sheet.uuid):
        yield Finding("desk_number", place, f"The evidence number beside entry {row.seq} is not the one in it.")


def _copies(where: str, person: DeskPerson, entries: tuple[chain.Entry, ...]) -> Iterator[Finding]:
    """What the list sorts and counts by, against the entries."""
    try:
        found = dossier.fold(entries)
    except (KeyError, ValueError, TypeError):
        yield Finding("desk_entry_unreadable", where, "The entries do not add up to a dossier.")
        return
    on = found.current.on if found.current else None
    forgotten = any(one.kind is Kind.NAMED and one.words is None for one in entries)
    if person.disclosed_on != on or (not forgotten and person.name != found.name[:255]):
        yield Finding("desk_copy", where, "The name or the date in the list is not that of the entries.")


def _answers(where: str, person: DeskPerson, entries: tuple[chain.Entry, ...]) -> Iterator[Finding]:
    """Links that were answered, against the disclosures that name them: each was answered once."""
    named = [str(one.facts["invitation"]) for one in entries if one.kind is Kind.GIVEN]
    rows = DeskInvitation.objects.filter(person_id=person.pk, state=DeskInvitation.State.ANSWERED)
    if sorted(named) != sorted(rows.values_list("uuid", flat=True)):
        yield Finding("desk_answers", where, "The links that were answered are not those that disclosures came by.")


def _is_canonical(text: str) -> bool:
    try:
        return text.startswith("{") and canonical.dumps(canonical.loads(text)).decode() == text
    except ValueError:
        return False
