"""Verification: does every record still say what it said when it was written?

Everything is computed again from the rows: hashes of editions, chains of entries, claims against the entries that
attested them, pointers against what they point to. Findings name a participation by its number, an edition by its hash,
and never a person. What this cannot see is a chain cut at its end together with its head: for that, compare with a head
kept outside the database.

Reads in pages, because a client of MySQL keeps a whole result in memory. May run beside learners at work: what looks
wrong is read a second time, under a lock, before it is reported.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, router, transaction

from cme_xblock.activity import canonical
from cme_xblock.participation import credits
from cme_xblock.participation import entries as chain
from cme_xblock.participation.entries import Entry, Kind
from cme_xblock.records import access_log, certificates, evaluations, keys, verify_claims, verify_desk
from cme_xblock.records.models import (
    AccessChain,
    Claim,
    ConsentEvent,
    DeletionCertificate,
    DeskPerson,
    Edition,
    EntryRow,
    EvaluationSheet,
    Participation,
    PublishedEdition,
)
from cme_xblock.records.verify_claims import Finding

__all__ = ["Finding", "Report", "damaged", "verify_all"]

M = TypeVar("M", bound=models.Model)

_PAGE = 100
# The first findings tell what happened; a million of them would tell no more, and fill the memory.
_MOST = 1000


@dataclass
class Report:
    """What was looked at, and what was found. `findings` keeps the first 1000, `found` counts all."""

    editions: int = 0
    participations: int = 0
    entries: int = 0
    claims: int = 0
    consents: int = 0
    certificates: int = 0
    looks: int = 0
    dossiers: int = 0
    found: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, findings: Iterable[Finding]) -> None:
        """Count the findings, and keep them while there is room."""
        for one in findings:
            self.found += 1
            if len(self.findings) < _MOST:
                self.findings.append(one)


def verify_all() -> Report:
    """Check every record of this app. Memory does not grow with the tables; nothing is written."""
    report = Report()
    for edition in _pages(Edition.objects.all()):
        report.editions += 1
        report.add(_edition(edition))
    for pointer in _pages(PublishedEdition.objects.select_related("edition").defer("edition__canonical")):
        report.add(_published(pointer))
    for event in _pages(ConsentEvent.objects.select_related("participation")):
        report.consents += 1
        report.add(_consent(event))
    for participations in _chunks(Participation.objects.all()):
        _participations(report, participations)
    for person in _pages(DeskPerson.objects.all()):
        report.dossiers += 1
        report.add(verify_desk.check(person))
    for looks in _pages(AccessChain.objects.all()):
        report.looks += looks.head_seq
        report.add(Finding("access_log", where, message) for where, message in access_log.faults(looks))
    report.certificates = DeletionCertificate.objects.count()
    report.add(certificates.verify())
    report.add(_orphans())
    report.add(verify_desk.orphans())
    return report


def damaged(participations: Sequence[Participation]) -> set[int]:
    """The primary keys of those of which anything is not as it was written: nothing of them may be deleted."""
    return {one.participation.pk for one in _files(participations) if any(_participation(one))}


def _pages(rows: models.QuerySet[M]) -> Iterator[M]:
    for chunk in _chunks(rows):
        yield from chunk


def _chunks(rows: models.QuerySet[M]) -> Iterator[list[M]]:
    """The rows in the order of their primary keys, a page at a time."""
    last = 0
    while chunk := list(rows.filter(pk__gt=last).order_by("pk")[:_PAGE]):
        yield chunk
        last = chunk[-1].pk


def _edition(edition: Edition) -> Iterator[Finding]:
    where = f"edition {edition.sha256}"
    if keys.text_sha(edition.canonical) != edition.sha256:
        yield Finding("edition_changed", where, "The edition's text has another hash than the one it is named by.")
    elif not _is_canonical(edition.canonical):
        yield Finding("edition_form", where, "The edition's text is not in canonical form.")
    if _key(keys.activity_key, edition.course_key, edition.activity_id) != edition.activity_key:
        yield Finding("edition_moved", where, "The edition's course or activity id is not the one it was recorded for.")


def _published(pointer: PublishedEdition) -> Iterator[Finding]:
    if pointer.edition.activity_key != pointer.activity_key:
        where = f"edition {pointer.edition.sha256}"
        yield Finding("published_elsewhere", where, "The edition is published as the one of another activity.")


def _consent(event: ConsentEvent) -> Iterator[Finding]:
    # Retirement leaves the hash alone; a consent without words is never recorded.
    reduced = not event.text and event.participation.sealed_at is not None
    if not reduced and keys.text_sha(event.text) != event.text_sha:
        where = f"participation {event.participation.uuid}, consent {event.pk}"
        yield Finding("consent_changed", where, "The consent's wording has another hash than when it was recorded.")


def _orphans() -> Iterator[Finding]:
    """What a deleted participation leaves behind, where the database did not hold its foreign keys."""
    owner = Participation.objects.filter(pk=models.OuterRef("participation_id"))
    for model, name in (
        (EntryRow, "entries"),
        (Claim, "claims"),
        (ConsentEvent, "consents"),
        (EvaluationSheet, "sheets"),
    ):
        number = model.objects.filter(~models.Exists(owner)).count()
        if number:
            yield Finding("orphans", f"all {name}", f"{number} {name} belong to a participation that is not there.")


@dataclass(frozen=True)
class _Files:
    """All that belongs to one participation."""

    participation: Participation
    rows: Sequence[EntryRow]
    claims: Sequence[Claim]
    sheets: Sequence[EvaluationSheet]


def _participations(report: Report, participations: list[Participation]) -> None:
    for files in _files(participations):
        findings = list(_participation(files))
        if findings:
            files, findings = _again(files)  # noqa: PLW2901 - the newer reading replaces the older
        report.participations += 1
        report.entries += len(files.rows)
        report.claims += len(files.claims)
        report.add(findings)


def _files(participations: Sequence[Participation]) -> Iterator[_Files]:
    rows: dict[int, list[EntryRow]] = {one.pk: [] for one in participations}
    claimed: dict[int, list[Claim]] = {one.pk: [] for one in participations}
    entries = EntryRow.objects.select_related("edition").defer("edition__canonical")
    for row in entries.filter(participation_id__in=list(rows)).order_by("participation_id", "seq"):
        rows[row.participation_id].append(row)
    related = ("live", "entry", "replaces")
    for claim in Claim.objects.select_related(*related).filter(participation_id__in=list(rows)).order_by("pk"):
        claimed[claim.participation_id].append(claim)
    sheets: dict[int, list[EvaluationSheet]] = {one.pk: [] for one in participations}
    for sheet in EvaluationSheet.objects.filter(participation_id__in=list(rows)).order_by("pk"):
        sheets[sheet.participation_id].append(sheet)
    for one in participations:
        yield _Files(one, rows[one.pk], claimed[one.pk], sheets[one.pk])


def _again(files: _Files) -> tuple[_Files, list[Finding]]:
    """A second reading with the participation locked: an entry may have been added between two pages."""
    with transaction.atomic(using=router.db_for_write(Participation)):
        locked = Participation.objects.select_for_update().get(pk=files.participation.pk)
        files = next(_files([locked]))
        return files, list(_participation(files))


def _participation(files: _Files) -> Iterator[Finding]:
    participation, where = files.participation, f"participation {files.participation.uuid}"
    if (
        _key(keys.participation_key, participation.course_key, participation.activity_id, participation.learner_id)
        != participation.key
        or _key(keys.activity_key, participation.course_key, participation.activity_id) != participation.activity_key
        or _key(keys.learner_key, participation.learner_id) != participation.learner_key
    ):
        message = "The participation's course, activity or learner is not the one it was begun with."
        yield Finding("participation_moved", where, message)
    yield from _head(participation, files.rows)
    readable = True
    for row in files.rows:
        for finding in _row(participation, row):
            readable = readable and finding.code != "entry_unreadable"
            yield finding
    if readable:
        yield from _sheets(files)
        messages = chain.verify(participation.uuid, [_entry(row) for row in files.rows])
        yield from (Finding("chain", where, str(message)) for message in messages)
        folded = credits.fold(_entry(row) for row in files.rows)
    else:
        folded = None
    yield from verify_claims.check(participation, files.rows, files.claims, folded, marked=_marked(files.rows))


def _sheets(files: _Files) -> Iterator[Finding]:
    """Identified evaluations against the entries that have their hashes. Retirement takes the words and the salt."""
    where = f"participation {files.participation.uuid}"
    found = {one.uuid: one for one in files.sheets}
    for row in files.rows:
        payload = json.loads(row.payload) if row.kind == Kind.EVALUATION_SUBMITTED else {}
        name = payload.get("sheet")
        if name is None:
            continue
        sheet = found.pop(name, None) if isinstance(name, str) else None
        if sheet is None:
            yield Finding("sheet_missing", where, f"The evaluation that entry {row.seq} names is not there.")
        elif not evaluations.is_whole(sheet, str(payload.get("sha256"))) and not _is_forgotten(files, sheet):
            yield Finding("sheet_changed", where, f"The evaluation has another hash than entry {row.seq} gave it.")
    if found:
        yield Finding("sheet_without_entry", where, f"Evaluations that no entry names: {len(found)}.")


def _is_forgotten(files: _Files, sheet: EvaluationSheet) -> bool:
    return files.participation.sealed_at is not None and not sheet.salt and sheet.written == "{}"


def _marked(rows: Sequence[EntryRow]) -> str | None:
    """The payload of the last entry that says whether this is a test."""
    return next((row.payload for row in reversed(rows) if row.kind == Kind.TEST_MARKED), None)


def _head(participation: Participation, rows: Sequence[EntryRow]) -> Iterator[Finding]:
    last = (rows[-1].seq, rows[-1].hash) if rows else (0, chain.GENESIS)
    if last != (participation.head_seq, participation.head_hash):
        message = (
            f"The participation's head is entry {participation.head_seq} and the last entry is {last[0]}: entries are "
            f"missing at the end, or the head was changed."
        )
        yield Finding("head", f"participation {participation.uuid}", message)


def _row(participation: Participation, row: EntryRow) -> Iterator[Finding]:
    where = f"participation {participation.uuid}, entry {row.seq}"
    whole = _is_canonical(row.payload) and row.payload.startswith("{")
    if not whole or not isinstance(row.at, datetime) or row.kind not in list(Kind):
        message = f"Entry {row.seq} has a kind, a time or a payload in a form that was never written."
        yield Finding("entry_unreadable", where, message)
    if row.edition.activity_key != participation.activity_key:
        yield Finding("entry_edition", where, f"Entry {row.seq} refers to an edition of another activity.")


def _entry(row: EntryRow) -> Entry:
    return Entry(
        seq=row.seq,
        kind=Kind(row.kind),
        edition=row.edition.sha256,
        at=row.at,
        payload=json.loads(row.payload),
        prev=row.prev,
        hash=row.hash,
    )


def _key(make: Any, *parts: str) -> str:
    """The key of those parts, empty where somebody made them unusable."""
    try:
        return make(*parts)
    except ValueError:
        return ""


def _is_canonical(text: str) -> bool:
    try:
        return canonical.dumps(canonical.loads(text)).decode() == text
    except ValueError:
        return False
