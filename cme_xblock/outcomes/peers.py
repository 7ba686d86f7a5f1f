"""What a learner's own page says of the others: right answers before and after, of what the report shows. PURE.

They are the report's own numbers of the same step, so that page and report together say no more than the report. A
learner knows one of the people counted, so that every count has one more than the limit. Source: promise 11.
"""

from __future__ import annotations

from collections.abc import Mapping

from cme_xblock.outcomes.steps import Shown, text_of

_NEEDED = ("answered", "right before", "wrong before", "right after", "wrong after")


def of_tables(shown: Mapping[str, Shown], *, minimum: int) -> dict[str, tuple[int, int, int]]:
    """The numbers of `records.releases.Peers` by item version, where a learner may be told all four answers.

    `shown`: the tables of one step (`steps.Memory.shown`). Of several tables of a question the largest counts.
    """
    found: dict[str, tuple[int, int, int]] = {}
    for table, one in shown.items():
        kind, _, rest = table.partition(" ")
        counts = _counts(one)
        if kind != "item" or counts is None or any(0 < count <= minimum for count in counts.values()):
            continue
        version = rest.split(" ")[0]
        told = counts["answered"], counts["right before"], counts["right after"]
        if told[0] and told[0] > found.get(version, (0, 0, 0))[0]:
            found[version] = told
    return found


def _counts(one: Shown) -> dict[str, int] | None:
    """The counts of the cells that are told, or None where one of them is hidden."""
    names = {name: text_of(name) for name in _NEEDED}
    if not set(names.values()) <= one.cells.keys():
        return None
    return {name: sum(one.atoms[place][1] for place in one.cells[text]) for name, text in names.items()}
