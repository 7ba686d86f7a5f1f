"""Plain tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def show(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]], *, note: str = "") -> None:
    """Print a table: the first column to the left, numbers to the right."""
    lines = [[_text(one) for one in row] for row in rows]
    widths = [max(len(line[index]) for line in [list(heads), *lines]) for index in range(len(heads))]
    print(f"\n{title}")
    print(_line(heads, widths))
    print("  ".join("-" * width for width in widths))
    for line in lines:
        print(_line(line, widths))
    if note:
        print(note)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
