"""Responses: what each learner chose in baseline and assessment, item by item, with the words that were shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity, Item
from cme_xblock.console.access import May
from cme_xblock.console.exports.columns import Column, Columns, Form
from cme_xblock.console.exports.datasets import base, rows
from cme_xblock.console.exports.datasets.base import Dataset
from cme_xblock.console.exports.scope import Scope, Stretch
from cme_xblock.participation import scoring
from cme_xblock.participation.entries import Kind
from cme_xblock.records.models import EntryRow

_PARTS = {Kind.BASELINE_SUBMITTED: "baseline", Kind.ASSESSMENT_SUBMITTED: "assessment"}
UNREADABLE = "(unreadable: run cme_verify)"


class Responses(Dataset):
    """One row is one item in one submission, the unanswered ones too."""

    id = "responses"
    title = N_("Responses")
    about = N_("One line for each question of each submission: what was asked, what was chosen, whether it was right.")
    may = May.EXPORT
    filters = ("since", "until", "part")
    page = 250
    columns = (
        rows.PARTICIPATION,
        rows.LEARNER,
        rows.ACTIVITY,
        rows.COURSE,
        Column("edition", Form.TEXT, N_("SHA-256 of the edition that was answered.")),
        Column("part", Form.TEXT, N_("baseline or assessment.")),
        Column("attempt", Form.COUNT, N_("Counts the learner's submissions of that part, as the ledger says.")),
        Column("at", Form.INSTANT, N_("When it was handed in, in UTC."), personal=True),
        Column("item", Form.TEXT, N_("The question's id.")),
        Column("pair", Form.TEXT, N_("The same for a baseline question and its twin in the assessment.")),
        Column("objective", Form.TEXT, N_("The id of the objective it asks about.")),
        Column("stem", Form.TEXT, N_("The question as it was shown.")),
        Column("chosen", Form.TEXT, N_("The ids of the chosen options; empty for no answer."), personal=True),
        Column("chosen_text", Form.TEXT, N_("Their texts as they were shown."), personal=True),
        Column(
            "right", Form.FLAG,
            N_("By that edition's own key; empty for what has none. Later corrections of a key count "
               "in the outcomes report."), personal=True,
        ),
    )  # fmt: skip

    def read(self, scope: Scope, stretch: Stretch) -> Columns:
        """The rows of some participations."""
        wanted = scope.filters
        kinds = [kind for kind, part in _PARTS.items() if not wanted.get("part") or part in wanted["part"]]
        found = EntryRow.objects.filter(
            base.between(wanted, "at", instants=True), scope.belongs("participation__"), kind__in=kinds,
            participation__activity_key=stretch.activity, participation_id__gt=stretch.after,
            participation_id__lte=stretch.upto,
        )  # fmt: skip
        columns = ("participation__uuid", "participation__learner_id", "edition__sha256", "kind", "at", "payload")
        entries = found.order_by("participation_id", "seq").values_list(*columns).iterator(chunk_size=2000)
        activity_id, course, _ = rows.place(stretch.activity)
        return rows.turned((row for entry in entries for row in _rows(entry, activity_id, course)), self.columns)


def _rows(entry: tuple[Any, ...], activity_id: str, course: str) -> Iterator[tuple[Any, ...]]:
    uuid, learner, sha256, kind, at, payload = entry
    activity = base.edition(sha256)
    try:
        said = json.loads(payload)
        given = {str(name): [str(one) for one in values] for name, values in said["responses"].items()}
        attempt = int(said.get("attempt", 1))
    except (ValueError, KeyError, TypeError, AttributeError):
        activity, given, attempt = None, {UNREADABLE: []}, None
    own = (uuid, learner, activity_id, course, sha256, _PARTS[kind], attempt, base.instant_of(at))
    items = _items(activity, kind)
    right = scoring.score(items, given).per_item
    for item in items:
        yield (*own, *_answer(item, given.get(item.id, []), right.get(item.id)))
    known = {one.id for one in items}
    for name, values in given.items():
        if name not in known:
            # Asked by an edition that is damaged, or not a question at all: nothing that was recorded is left out.
            yield (*own, name, "", "", "", " ".join(values), "", None)


def _items(activity: Activity | None, kind: str) -> tuple[Item, ...]:
    if activity is None:
        return ()
    return activity.baseline.items if kind == Kind.BASELINE_SUBMITTED else activity.assessment.items


def _answer(item: Item, chosen: list[str], right: bool | None) -> tuple[Any, ...]:
    texts = {one.id: rows.plain(one.text) for one in item.options}
    return (
        item.id, item.pair_id, item.objective, rows.plain(item.stem), " ".join(chosen),
        " | ".join(texts.get(one, one) for one in chosen), None if right is None else base.as_flag(right),
    )  # fmt: skip
