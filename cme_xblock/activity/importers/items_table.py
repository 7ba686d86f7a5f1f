"""Questions from a table, CSV or Excel, and the template that shows how to fill one in.

One row is one question. This is the one format that says everything an item of ours can hold.
"""

from __future__ import annotations

import csv
import io
import re

from cme_xblock.activity.codes import ItemKind, Level
from cme_xblock.activity.importers import table, xlsx
from cme_xblock.activity.importers.draft import Choice, Collector, Draft, Unusable
from cme_xblock.activity.importers.outcome import Import
from cme_xblock.activity.message import N_
from cme_xblock.activity.scalars import excerpt

OPTIONS = tuple(f"option_{letter}" for letter in "abcdefgh")
COLUMNS = ("id", "kind", "objective", "pair_id", "level", "stem", *OPTIONS, "key", "rationale", "cite")
NEEDED = ("stem", "key")
KNOWN = {
    **{one: one for one in COLUMNS},
    **{letter: f"option_{letter}" for letter in "abcdefgh"},
    **{f"answer_{letter}": f"option_{letter}" for letter in "abcdefgh"},
    **{f"choice_{letter}": f"option_{letter}" for letter in "abcdefgh"},
    **{f"option_{number}": f"option_{letter}" for number, letter in enumerate("abcdefgh", start=1)},
    "question": "stem",
    "question_text": "stem",
    "type": "kind",
    "answer": "key",
    "correct": "key",
    "correct_answer": "key",
    "correct_option": "key",
    "explanation": "rationale",
    "feedback": "rationale",
    "reference": "cite",
    "references": "cite",
    "pair": "pair_id",
}

_KINDS = {
    "single": ItemKind.SINGLE,
    "single_best_answer": ItemKind.SINGLE,
    "multiple": ItemKind.MULTIPLE,
    "multiple_response": ItemKind.MULTIPLE,
    "true_false": ItemKind.TRUE_FALSE,
    "confidence": ItemKind.CONFIDENCE,
}
_SEPARATED = re.compile(r"[,;/&\s|]+")
_TRUTH = {"true": "True", "t": "True", "false": "False", "f": "False"}


def read(data: bytes, *, name: str, kind: str = "") -> Import:
    """The questions of a table. Raises ImportFailed."""
    found = table.read(data, name=name, known=KNOWN, needed=NEEDED)
    collector = Collector(kind=kind or found.kind, name=name)
    collector.format = "Excel" if found.kind == "xlsx" else "CSV"
    collector.notes += found.notes
    for row in found.rows:
        place = f"row {row.number}"
        try:
            collector.add(_draft(row, place))
        except Unusable as reason:
            collector.refuse(place, row["stem"], reason.message)
    return collector.finish()


def template(kind: str = "csv") -> bytes:
    """A table with the headings and three examples, as `csv` (UTF-8 with its mark, as Excel needs it) or `xlsx`."""
    rows = [list(COLUMNS), *([one.get(column, "") for column in COLUMNS] for one in _EXAMPLES)]
    return written(rows, kind=kind, sheet="Questions")


def written(rows: list[list[str]], *, kind: str, sheet: str) -> bytes:
    """Rows as a file. Raises ValueError for a kind other than `csv` and `xlsx`."""
    if kind == "xlsx":
        return xlsx.write(rows, sheet=sheet)
    if kind != "csv":
        raise ValueError(f"a template is csv or xlsx, not {kind}")
    made = io.StringIO(newline="")
    csv.writer(made, lineterminator="\r\n").writerows(rows)
    return made.getvalue().encode("utf-8-sig")


def _draft(row: table.Row, place: str) -> Draft:
    draft = Draft(place, identifier=row["id"], stem=row["stem"], rationale=row["rationale"])
    draft.objective, draft.pair_id = row["objective"], row["pair_id"]
    draft.references = tuple(dict.fromkeys(one.strip() for one in re.split(r"[,;\n]", row["cite"]) if one.strip()))
    draft.kind = _kind(row["kind"])
    draft.level = _level(row["level"], draft)
    filled = [(column, row[column]) for column in OPTIONS if row[column]]
    if not filled and (draft.kind is ItemKind.TRUE_FALSE or (draft.kind is None and row["key"].lower() in _TRUTH)):
        draft.kind = ItemKind.TRUE_FALSE
        filled = [("true", "True"), ("false", "False")]
        draft.changed(N_("The options True and False were added."))
    draft.choices = [Choice(text) for _, text in filled]
    for at in _right(row["key"], filled):
        draft.choices[at].correct = True
    if draft.kind is None and sum(one.correct for one in draft.choices) > 1:
        draft.kind = ItemKind.MULTIPLE
    return draft


def _kind(said: str) -> ItemKind | None:
    if not said:
        return None
    if table.heading(said) not in _KINDS:
        kinds = ", ".join(one.value for one in ItemKind)
        raise Unusable(N_("The kind {said} is not known. Use one of {kinds}."), said=excerpt(said), kinds=kinds)
    return _KINDS[table.heading(said)]


def _level(said: str, draft: Draft) -> Level:
    try:
        return Level(table.heading(said)) if said else Level.COMPETENCE
    except ValueError:
        levels = ", ".join(one.value for one in Level)
        draft.changed(
            N_("The level {said} is not known (it is one of {levels}); it stands as competence."),
            said=excerpt(said),
            levels=levels,
        )
        return Level.COMPETENCE


def _right(key: str, filled: list[tuple[str, str]]) -> list[int]:
    """The places of the right options: by letter, by number, or by the text of one option."""
    names = [column.removeprefix("option_") for column, _ in filled]
    texts = [text.casefold() for _, text in filled]
    if not key:
        return []
    if texts.count(key.casefold()) == 1:
        return [texts.index(key.casefold())]
    if key.lower() in _TRUTH and _TRUTH[key.lower()].casefold() in texts:
        return [texts.index(_TRUTH[key.lower()].casefold())]
    parts = [one.lower().removeprefix("option_") for one in _SEPARATED.split(key) if one]
    if len(parts) == 1 and parts[0].isascii() and parts[0].isalpha() and 1 < len(parts[0]) <= len(names):
        parts = list(parts[0])
    parts = ["abcdefgh"[int(one) - 1] if one in tuple("12345678") else one for one in parts]
    if unknown := [one for one in parts if one not in names]:
        raise Unusable(
            N_("The key names {unknown}, which is none of the options."), unknown=excerpt(", ".join(unknown))
        )
    return sorted({names.index(one) for one in parts})


_EXAMPLES: tuple[dict[str, str], ...] = (
    {
        "id": "acute-back-pain",
        "kind": "single",
        "objective": "choose",
        "pair_id": "acute-pain",
        "level": "competence",
        "stem": "A 45-year-old has had low back pain for three days. What do you offer first?",
        "option_a": "Advice to stay active, and a topical NSAID",
        "option_b": "Tramadol",
        "option_c": "Bed rest",
        "key": "A",
        "rationale": "Most acute low back pain gets better within weeks; activity helps.",
        "cite": "guideline-2022",
    },
    {
        "id": "red-flags",
        "kind": "multiple",
        "level": "procedural",
        "stem": "Which findings call for imaging at once?",
        "option_a": "New loss of bladder control",
        "option_b": "Pain for two weeks",
        "option_c": "Saddle anaesthesia",
        "key": "A, C",
    },
    {
        "id": "imaging",
        "kind": "true_false",
        "level": "declarative",
        "stem": "Early imaging improves outcomes.",
        "key": "False",
    },
)
