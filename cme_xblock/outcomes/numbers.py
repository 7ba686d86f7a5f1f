"""How numbers are written, in one place: on the page, in the PDF, in sentences and in charts. PURE."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from cme_xblock.activity.message import N_, Message
from cme_xblock.outcomes.shapes import Cell, Form

INTERVAL = N_("{value} ({low} to {high})")
SHARE = N_("{count} of {n} ({percent})")
SHARE_INTERVAL = N_("{count} of {n} ({percent}; {low} to {high})")
# The space does not break.
PERCENT = N_("{number}\u00a0%")
SMALLEST_P = 0.001
_LARGE = 100


def _moment(instant: datetime) -> str:
    return instant.isoformat(sep=" ", timespec="minutes")


@dataclass(frozen=True)
class Numbers:
    """The reader's way: `point` is what stands before decimals, `gettext` the reader's language.

    `day` and `moment` write a civil date and an aware instant.
    """

    gettext: Callable[[str], str] = str
    point: str = "."
    day: Callable[[date], str] = date.isoformat
    moment: Callable[[datetime], str] = _moment

    def cell(self, cell: Cell) -> str:
        """A cell's text; why there is no number where there is none."""
        if cell.form is Form.TEXT:
            return cell.text.format(self.gettext) if cell.text else ""
        if cell.value is None:
            return self.gettext(cell.why) if cell.why else ""
        if cell.form is Form.SHARE:
            return self._share(cell)
        if cell.low is None or cell.high is None:
            text = self.number(cell.value, cell.form) if cell.places is None else self._fixed(cell.value, cell.places)
            return Message(cell.bound, {"value": text}).format(self.gettext) if cell.bound else text
        value, low, high = (self.number(one, cell.form) for one in (cell.value, cell.low, cell.high))
        return Message(INTERVAL, {"value": value, "low": low, "high": high}).format(self.gettext)

    def number(self, value: float, form: Form) -> str:
        """One number: counts whole, percent and points with one decimal, others with two, p with three."""
        if form in (Form.COUNT, Form.SHARE):
            return str(round(value))
        if form is Form.PERCENT:
            return Message(PERCENT, {"number": self._fixed(value, 1)}).format(self.gettext)
        if form is Form.POINTS:
            return self._fixed(value, 1)
        if form is Form.P:
            return f"< {self._fixed(SMALLEST_P, 3)}" if value < SMALLEST_P else self._fixed(value, 3)
        return self._fixed(value, 2 if abs(value) < _LARGE else 0)

    def _share(self, cell: Cell) -> str:
        if not cell.of or cell.value is None:
            return self.number(cell.value or 0, Form.COUNT)
        values = {
            "count": self.number(cell.value, Form.COUNT),
            "n": self.number(cell.of, Form.COUNT),
            "percent": self.number(cell.value / cell.of * 100, Form.PERCENT),
        }
        if cell.low is None or cell.high is None:
            return Message(SHARE, values).format(self.gettext)
        ends = {"low": self._fixed(cell.low * 100, 1), "high": self._fixed(cell.high * 100, 1)}
        return Message(SHARE_INTERVAL, values | ends).format(self.gettext)

    def _fixed(self, value: float, places: int) -> str:
        """Halves go up, as people round: so that a printed change is more often the difference of printed means."""
        # What is a half but for the errors of binary fractions is one.
        text = str(Decimal(repr(round(value, 9))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))
        text = text.removeprefix("-") if float(text) == 0 else text.replace("-", "\u2212")
        return text.replace(".", self.point)
