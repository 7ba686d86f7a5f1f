"""Forgetting at the disclosure desk: six years after the last use, and not a day earlier.

A disclosure is used while an activity rests on it: until that activity expires, until the last credit for it was
claimed, and as long as it is anybody's current one. Then the words of superseded disclosures go and their entries stay;
and of somebody who is in no use at all any more, everything goes. Source: spec R-1.14; docs/how-to/disclosures.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.db import models, router
from django.db.models import Max

from cme_xblock.records import certificates, contention, desk, desk_links, holds, retention, verify_desk
from cme_xblock.records.desk import File
from cme_xblock.records.models import (
    Claim,
    DeskEntry,
    DeskInvitation,
    DeskPerson,
    DeskSheet,
    PublishedEdition,
)
from cme_xblock.rules.desk.chain import Entry

__all__ = ["Report", "purge", "retain_until"]


@dataclass
class Report:
    """What was found and done, in numbers. In a dry run: what would be."""

    people: int = 0
    held: int = 0
    damaged: int = 0
    deleted: int = 0
    forgotten: int = 0
    drafts: int = 0


def purge(*, now: datetime, today: date, dry_run: bool) -> Report:
    """Delete dossiers and forget words whose time is over. Run it every night; it may be interrupted.

    `today`: the civil date that retention is counted in. What is under legal hold, and what is damaged, stays as it is.
    Each deletion leaves a certificate, which names nobody.
    """
    report = Report()
    if not dry_run:
        report.drafts = desk_links.forget_over(now=now)
    last = 0
    while page := list(DeskPerson.objects.filter(pk__gt=last).order_by("pk")[:100]):
        last = page[-1].pk
        for person in page:
            report.people += 1
            if verify_desk.check(person):
                report.damaged += 1
                continue
            work = partial(_purge, person, now=now, today=today, dry_run=dry_run)
            held, deleted, forgotten = contention.run(work, using=router.db_for_write(DeskPerson))
            report.held += held
            report.deleted += deleted
            report.forgotten += forgotten
    return report


def retain_until(file: File, *, today: date) -> date:
    """The last day on which the dossier must be there; never before `today` plus six years while it is in use."""
    days = [one.at.date() for one in file.entries] or [file.person.created_at.date()]
    days += [day for activity in _activities(file.entries) for day in _uses(activity, None, today)]
    return retention.retain_until(max(days))


def _purge(person: DeskPerson, *, now: datetime, today: date, dry_run: bool) -> tuple[int, int, int]:
    """One dossier, locked, so that nobody adds to what goes: whether it is held, deleted, and how many texts went."""
    locked = DeskPerson.objects.select_for_update().filter(pk=person.pk, head_seq=person.head_seq).first()
    if locked is None:
        return 0, 0, 0
    file = desk.file_of(locked)
    if holds.held([locked.provider_key, *_activities(file.entries)]):
        return 1, 0, 0
    until = retain_until(file, today=today)
    if until < today:
        if not dry_run:
            chain = (certificates.gone_key(f"desk:{locked.uuid}"), locked.head_seq, locked.head_hash)
            certificates.certify(_facts(_delete(locked), until), [chain], now=now)
        return 0, 1, 0
    over = list(_over(file, today))
    if over and not dry_run:
        rows = DeskSheet.objects.filter(entry__person_id=locked.pk, entry__seq__in=[one.seq for one in over])
        gone = DeskSheet.objects.forget(list(rows.values_list("pk", flat=True)))
        certificates.certify(_facts({"words of DeskSheet": gone}, today), [], now=now)
    return 0, 0, len(over)


def _facts(counts: dict[str, int], last_day: date) -> dict[str, object]:
    return {
        "reason": "retention",
        "rule": f"{retention.years()} years after the last use of a disclosure",
        "activity_key": "",
        "last_day": last_day.isoformat(),
        "counts": counts,
    }


def _over(file: File, today: date) -> Iterator[Entry]:
    """Entries with words about a superseded disclosure that nothing has rested on for six years."""
    current = file.dossier.current
    for one in file.dossier.disclosures:
        if current is None or one.number == current.number:
            continue
        about = [each for each in file.entries if each.facts.get("number") == one.number]
        later = [each.at.date() for each in file.dossier.disclosures if each.on > one.on] or [current.at.date()]
        days = [max(each.at.date() for each in about), min(later)]
        taken = {each.facts["activity"] for each in about if "activity" in each.facts}
        days += [day for activity in taken for day in _uses(activity, one.number, today)]
        if retention.retain_until(max(days)) < today:
            yield from (each for each in about if each.words is not None)


def _activities(entries: Iterable[Entry]) -> frozenset[str]:
    """Every activity that these entries are about."""
    return frozenset(str(one.facts["activity"]) for one in entries if "activity" in one.facts)


def _uses(activity: str, number: str | None, today: date) -> Iterator[date]:
    """Until when an activity rests on a disclosure (any, for None): its expiry, and the last claim for it."""
    pointer = PublishedEdition.objects.filter(activity_key=activity).select_related("edition").first()
    if pointer is not None and (number is None or number in pointer.edition.canonical):
        try:
            expiry = json.loads(pointer.edition.canonical).get("expiry")
            yield date.fromisoformat(expiry) if expiry else today
        except (ValueError, AttributeError, TypeError):
            yield today
    claimed = Claim.objects.filter(participation__activity_key=activity).aggregate(Max("completed_on"))
    if claimed["completed_on__max"] is not None:
        yield claimed["completed_on__max"]


def _delete(person: DeskPerson) -> dict[str, int]:
    """Everything of one person, the chain and all, because nothing is left that it could prove; how many rows."""
    counts = {}
    for rows in (
        DeskInvitation.objects.filter(person_id=person.pk),
        DeskSheet.objects.filter(entry__person_id=person.pk),
        DeskEntry.objects.filter(person_id=person.pk),
        DeskPerson.objects.filter(pk=person.pk),
    ):
        found = list(rows.values_list("pk", flat=True))
        # Records refuse to be deleted by their own managers: this is the one place where they are.
        models.QuerySet(rows.model, using=router.db_for_write(DeskPerson)).filter(pk__in=found).delete()
        counts[rows.model.__name__] = len(found)
    return counts
