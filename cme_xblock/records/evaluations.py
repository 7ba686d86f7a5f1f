"""Keeping evaluations: anonymous ones as sums without a path to the learner, identified ones as sheets.

Call the functions that write inside the ledger's transaction, so that an evaluation that is said to be handed in was
kept, and the other way round. Source: architecture, promises 7, 10 and 11; docs/decisions/0019.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity
from cme_xblock.participation import evaluation
from cme_xblock.participation.entries import Entry
from cme_xblock.participation.evaluation import Evaluated
from cme_xblock.records import contention, keys, sums, trails
from cme_xblock.records.models import (
    AnonymousPool,
    Commitment,
    EntryRow,
    EvaluationSheet,
    FirstAttempts,
    Participation,
    PracticeFacts,
    ProviderTask,
    ReleasedAttempts,
)
from cme_xblock.records.models.base import utc
from cme_xblock.records.sums import Sums

__all__ = [
    "BIAS",
    "RELEASE_AT",
    "Prepared",
    "Released",
    "forget_words",
    "is_whole",
    "keep",
    "prepare",
    "released",
    "settle",
]

# Answers are read only when so many evaluations came together that none can be told from the difference (promise 11).
RELEASE_AT = 5
BIAS = "commercial_bias"

_CHOSEN = frozenset({"rating", "single", "multiple", "number"})


@dataclass(frozen=True)
class Prepared:
    """An evaluation before it is written. `payload` is what the entry says; of an anonymous one: that it was done."""

    payload: Mapping[str, Any]
    sheet: Mapping[str, str]


@dataclass(frozen=True)
class Released:
    """What may be read of the anonymous answers to one set of questions. `waiting`: too few, and not in the sums."""

    questions: tuple[Mapping[str, Any], ...]
    evaluations: int
    waiting: int
    sums: Sums


def prepare(activity: Activity, given: Evaluated) -> Prepared:
    """What will be written of an evaluation."""
    if evaluation.anonymous(activity):
        return Prepared({"mode": given.mode.value}, {})
    kinds = {one.id: one.kind.value for one in evaluation.questions(activity)}
    sheet = {
        "uuid": secrets.token_hex(16),
        "salt": secrets.token_hex(32),
        "chosen": _json({name: one for name, one in given.answers.items() if kinds.get(name) in _CHOSEN}),
        "written": _json({name: one for name, one in given.answers.items() if kinds.get(name) not in _CHOSEN}),
    }
    payload = {"mode": given.mode.value, "sheet": sheet["uuid"], "sha256": canonical.digest(dict(sheet))}
    return Prepared(payload, sheet)


def keep(
    participation: Participation,
    entry: Entry,
    *,
    activity: Activity,
    given: Evaluated,
    prepared: Prepared,
    now: datetime,
) -> None:
    """Write what belongs to the entry of a handed-in evaluation. Call it in the transaction that writes the entry.

    `now`: aware. Anonymous answers go into their pool, commitments and what was said of the practice stay with the
    learner, and a report of commercial
    bias becomes a task: at once where it has a name, else with the release of its pool.
    """
    row = EntryRow.objects.get(participation_id=participation.pk, seq=entry.seq)
    days = ",".join(one.value for one in activity.evaluation.follow_up)
    Commitment.objects.bulk_create(
        Commitment(
            participation=participation,
            edition_id=row.edition_id,
            question=one.question,
            objective=one.objective,
            text=one.text,
            days=days,
            made_at=utc(now),
        )
        for one in given.commitments
    )
    if given.practice:
        PracticeFacts.objects.create(participation=participation, **given.practice)
    if prepared.sheet:
        EvaluationSheet.objects.create(
            participation=participation,
            edition_id=row.edition_id,
            activity_key=participation.activity_key,
            instrument=evaluation.instrument(activity),
            **prepared.sheet,
        )
        if given.reports_bias:
            _task(participation.activity_key, f"sheet:{prepared.sheet['uuid']}", reports=1, now=now)
    elif not participation.is_test:
        # What a test learner answers is poured nowhere: it could never be taken out again.
        _pour(participation.activity_key, activity, given)


def is_whole(sheet: EvaluationSheet, sha256: str) -> bool:
    """Whether a sheet is what its entry has the hash of; False also where its words were forgotten."""
    facts = {name: getattr(sheet, name) for name in ("uuid", "salt", "chosen", "written")}
    return canonical.digest(facts) == sha256


def released(activity_key: str) -> tuple[Released, ...]:
    """What may be read of an activity's anonymous evaluations, one for each set of questions. One query."""
    pools = AnonymousPool.objects.filter(activity_key=activity_key).order_by("key")
    return tuple(
        Released(tuple(json.loads(one.questions)), one.released, one.waiting, sums.loads(one.released_sums))
        for one in pools
    )


def settle(task: str, *, note: str) -> bool:
    """Staff have looked at a task and say what they did. False where it does not exist. A later report opens it."""
    found = ProviderTask.objects.select_for_update().filter(pk=task).first()
    if found is None:
        return False
    found.state, found.note, found.settled_reports = "settled", note, found.reports
    found.save(update_fields=["state", "note", "settled_reports"])
    return True


def forget_words(participations: Collection[int]) -> int:
    """What retired learners wrote goes: the words of identified evaluations, and commitments. How many rows had some.

    What they chose stays, by the participation's number; not what they said of their practice, which together can name
    somebody. Anonymous answers can't be found, so they stay.
    Source: spec R-6.6.
    """
    gone = Commitment.objects.filter(participation_id__in=participations).delete()[0]
    gone += PracticeFacts.objects.filter(participation_id__in=participations).delete()[0]
    FirstAttempts.objects.filter(participation_id__in=participations).exclude(practice="").update(practice="")
    for one in ReleasedAttempts.objects.filter(participation_id__in=participations).only("pk", "trail"):
        # The numbers of the report stay until its next step; it has them without this learner's row.
        ReleasedAttempts.objects.filter(pk=one.pk).update(practice="", trail=trails.forgotten(one.trail))
    sheets = EvaluationSheet.objects.filter(participation_id__in=participations).exclude(salt="")
    return gone + sheets.update(written="{}", salt="")


def _pour(activity_key: str, activity: Activity, given: Evaluated) -> None:
    """Put one evaluation into its pool, and release what waits there when it is enough."""
    pool = _locked(activity_key, activity)
    asked = json.loads(pool.questions)
    waiting = sums.add(sums.loads(pool.waiting_sums), sums.of_sheet(given.answers, asked))
    pool.waiting += 1
    changed = ["waiting", "waiting_sums"]
    if pool.waiting >= RELEASE_AT:
        total = sums.add(sums.loads(pool.released_sums), waiting)
        pool.released, pool.waiting, waiting = pool.released + pool.waiting, 0, {}
        pool.released_sums = sums.dumps(total)
        _count_reports(activity_key, pool.instrument, total, asked)
        changed += ["released", "released_sums"]
    pool.waiting_sums = sums.dumps(waiting)
    pool.save(update_fields=changed)


def _locked(activity_key: str, activity: Activity) -> AnonymousPool:
    """The pool's row, locked until the transaction ends; made if it was not there."""
    instrument = evaluation.instrument(activity)
    key = keys.text_sha(f"{activity_key}\0{instrument}")
    # What is released may be long, and only every fifth evaluation adds to it.
    locked = AnonymousPool.objects.select_for_update().filter(key=key).defer("released_sums")
    found = locked.first()
    if found is None:
        new = AnonymousPool(
            key=key,
            activity_key=activity_key,
            instrument=instrument,
            questions=_json(evaluation.described(activity)),
        )
        AnonymousPool.objects.bulk_create([new], ignore_conflicts=True)
        found = locked.first()
    if found is None:
        # Another transaction's row, newer than this one's snapshot.
        raise contention.Conflict
    return found


def _count_reports(activity_key: str, instrument: str, total: Sums, asked: Sequence[Mapping[str, Any]]) -> None:
    reports = sums.reports(total, asked)
    if reports:
        _task(activity_key, f"pool:{instrument}", reports=reports, now=None)


def _task(activity_key: str, subject: str, *, reports: int, now: datetime | None) -> None:
    """The task for reports of bias. Of a pool it is written anew at every release, so that no release marks it."""
    key = keys.text_sha(f"{BIAS}\0{activity_key}\0{subject}")
    found = ProviderTask.objects.select_for_update().filter(key=key).first() or ProviderTask(
        key=key,
        kind=BIAS,
        activity_key=activity_key,
        subject=subject,
        created_on=utc(now).date() if now else None,
    )
    found.reports = reports
    if reports > found.settled_reports:
        found.state = "open"
    found.save()


def _json(value: object) -> str:
    return canonical.dumps(value).decode()
