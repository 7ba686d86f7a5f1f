"""Completion records: how far each learner came, what was completed when, and which credit counts."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cme_xblock.activity.message import N_
from cme_xblock.console.access import May
from cme_xblock.console.exports.columns import Column, Columns, Form
from cme_xblock.console.exports.datasets import rows
from cme_xblock.console.exports.datasets.base import Dataset, as_flag, as_number, instant_of
from cme_xblock.console.exports.scope import Scope, Stretch
from cme_xblock.outcomes import refresh
from cme_xblock.outcomes.marks import Reached
from cme_xblock.participation.entries import Kind
from cme_xblock.records.models import Claim, EntryRow

_STEPS = (
    ("disclosure", Reached.ACKNOWLEDGED, N_("Acknowledged the disclosure.")),
    ("baseline", Reached.BASELINE, N_("Handed in the baseline.")),
    ("content", Reached.CONTENT, N_("Finished the content, and attended where it is live.")),
    ("assessment", Reached.ASSESSED, N_("Handed in the assessment once.")),
    ("passed", Reached.PASSED, N_("Reached the pass mark.")),
    ("evaluation", Reached.EVALUATED, N_("Handed in the evaluation.")),
    ("completed", Reached.COMPLETED, N_("Met every requirement.")),
)


class Completions(Dataset):
    """One row is one learner in one activity."""

    id = "completions"
    title = N_("Completion records")
    about = N_("One line for each learner: how far they came, when they completed, and the credit that counts.")
    may = May.EXPORT
    filters = ("since", "until", "profession", "completed")
    columns = (
        rows.PARTICIPATION,
        rows.LEARNER,
        Column("name_certified", Form.TEXT, N_("As on the certificate; empty before a claim."), personal=True),
        Column("profession", Form.TEXT, N_("As claimed; a code; empty before a claim."), personal=True),
        rows.ACTIVITY,
        rows.COURSE,
        rows.TITLE,
        Column("started_at", Form.INSTANT, N_("The first entry in the ledger, in UTC."), personal=True),
        *(Column(name, Form.FLAG, meaning, personal=True) for name, _, meaning in _STEPS),
        Column("completed_on", Form.DAY, N_("The day of completion in the activity's time zone."), personal=True),
        Column(
            "credit", Form.TEXT, N_("What counts, as in `ama_pra_1 1.5; moc_abim 1.5`; empty for none."), personal=True
        ),
        Column("entries", Form.COUNT, N_("How many entries the ledger has.")),
        Column("retired", Form.FLAG, N_("Whether the account was retired since.")),
        Column("test", Form.FLAG, N_("Whether the participation only tested; it counts nowhere.")),
    )

    def read(self, scope: Scope, stretch: Stretch) -> Columns:
        """The rows of some participations."""
        if stretch.first:
            refresh.refresh(stretch.activity)
        people = scope.participations(stretch.activity).filter(pk__gt=stretch.after, pk__lte=stretch.upto)
        found = people.order_by("pk").values_list(
            "pk", "uuid", "learner_id", "started_at", "head_seq", "sealed_at", "is_test", "first_attempts__reached",
            "first_attempts__profession",
        )  # fmt: skip
        claims, ended = _claims(stretch), _ended(stretch)
        where = rows.place(stretch.activity)
        made = (_row(one, claims.get(one[0], []), ended.get(one[0]), where) for one in found)
        return rows.turned((one for one in made if _wanted(one, scope.filters)), self.columns)


_PROFESSION, _COMPLETED_ON = 3, 8 + len(_STEPS)
_DONE = 8 + [name for name, _, _ in _STEPS].index("completed")


def _row(
    one: tuple[Any, ...], claims: list[tuple[Any, ...]], ended: str | None, where: tuple[str, str, str]
) -> tuple[Any, ...]:
    _, uuid, learner, started, head, sealed, test, reached, profession = one
    flags = reached or 0
    days = [str(day) for _, _, day, _, _ in claims]
    credit = "; ".join(f"{system} {as_number(amount):f}" for system, amount, *_ in claims)
    return (
        uuid, learner, claims[-1][3] if claims else "", claims[-1][4] if claims else profession or "", *where,
        instant_of(started), *(as_flag(flags & flag) for _, flag, _ in _STEPS),
        min(days, default=ended), credit, head, as_flag(sealed), as_flag(test),
    )  # fmt: skip


def _claims(stretch: Stretch) -> Mapping[int, list[tuple[str, Decimal, Any, str, str]]]:
    """By participation the claims that count: system, amount, day, name, profession; oldest first."""
    found = Claim.objects.filter(
        live__isnull=False, participation__activity_key=stretch.activity,
        participation_id__gt=stretch.after, participation_id__lte=stretch.upto,
    )  # fmt: skip
    by: dict[int, list[tuple[str, Decimal, Any, str, str]]] = defaultdict(list)
    columns = ("participation_id", "system", "amount", "completed_on", "name_certified", "profession")
    for pk, *claim in found.order_by("participation_id", "pk").values_list(*columns):
        by[pk].append(tuple(claim))
    return by


def _ended(stretch: Stretch) -> Mapping[int, str]:
    """By participation the day on which it was completed without credit."""
    found = EntryRow.objects.filter(
        kind=Kind.COMPLETED_WITHOUT_CREDIT, participation__activity_key=stretch.activity,
        participation_id__gt=stretch.after, participation_id__lte=stretch.upto,
    )  # fmt: skip
    return dict(_days(found.values_list("participation_id", "payload")))


def _days(entries: Any) -> Iterator[tuple[int, str]]:
    for pk, payload in entries:
        try:
            yield pk, str(json.loads(payload)["completed_on"])
        except (ValueError, KeyError, TypeError):
            continue


def _wanted(row: tuple[Any, ...], filters: Mapping[str, Any]) -> bool:
    since, until, professions = filters.get("since"), filters.get("until"), filters.get("profession")
    day = row[_COMPLETED_ON]
    if (since and (day is None or day < since)) or (until and (day is None or day > until)):
        return False
    if professions and row[_PROFESSION] not in professions:
        return False
    return not filters.get("completed") or row[_DONE] in filters["completed"]
