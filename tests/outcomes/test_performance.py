"""Measures that a provider brings: read whole or refused whole, kept as evidence, shown without naming a few."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cme_xblock.outcomes import current, performance, report_performance
from cme_xblock.outcomes.performance import Measure, Unreadable
from cme_xblock.outcomes.shapes import HIDDEN
from cme_xblock.records import editions, performances
from cme_xblock.records.models import PerformanceData
from cme_xblock.records.models.base import ImmutableError
from cme_xblock.records.performances import Origin
from tests.outcomes import people
from tests.outcomes.test_refresh import KEY, NOW, activity

GOOD = "Measure,Before,After,n,unit\nHand hygiene observed,62.5,81,240,%\nDays of treatment,7.25,5,38,days\n"
ORIGIN = Origin("5", "Ward audit 2026", "Q. Lead", "Q1 and Q3 2026")


def read(text: str | bytes) -> tuple[Measure, ...]:
    return performance.parse(text.encode() if isinstance(text, str) else text, name="measures.csv")


def test_a_table_is_read_without_rounding() -> None:
    one, two = read(GOOD)
    assert one == Measure("Hand hygiene observed", Decimal("62.5"), Decimal(81), 240, 240, "%")
    assert (two.before, two.unit) == (Decimal("7.25"), "days")
    assert performance.from_data(performance.to_data((one, two))) == (one, two)


@pytest.mark.parametrize(
    "text",
    ["measure;before;after;n\nA;1,5;2,5;9\n", "MEASURE\tPre\tPost\tN before\nA\t1.5\t2.5\t9\n",
     "\ufeffname,baseline,after,n,n after\nA,1.5,2.5,9,9\n",
     "Audit of 2026\n\nmeasure,before,after,n\nA,1.5 %,2.5%,9\n"],
)  # fmt: skip
def test_the_usual_ways_to_write_a_table(text: str) -> None:
    [one] = read(text)
    assert (one.before, one.after, one.n, one.n_after) == (Decimal("1.5"), Decimal("2.5"), 9, 9)


HEAD = "measure,before,after,n,unit\n"
HOSTILE: dict[str, str | bytes] = {
    "nothing": "",
    "no headings": "A,1,2,3\n",
    "no rows": HEAD,
    "a column is missing": "measure,before,n\nA,1,9\n",
    "no number": HEAD + "A,high,2,9,\n",
    "not a number": HEAD + "A,NaN,2,9,\n",
    "infinity": HEAD + "A,inf,2,9,\n",
    "a power": HEAD + "A,1e5,2,9,\n",
    "a date": HEAD + "A,2026-01-02,2,9,\n",
    "too many digits": HEAD + f"A,{'9' * 13},2,9,\n",
    "no people": HEAD + "A,1,2,0,\n",
    "half a person": HEAD + "A,1,2,9.5,\n",
    "fewer than nobody": HEAD + "A,1,2,-9,\n",
    "other digits": HEAD + "A,1,2,٩,\n",
    "more than everybody": HEAD + "A,1,2,99999999999,\n",
    "a share above the whole": HEAD + "A,1,101,9,%\n",
    "no name": HEAD + ",1,2,9,\n",
    "a long name": HEAD + "A" * 301 + ",1,2,9,\n",
    "a control character": HEAD + "A\x07,1,2,9,\n",
    "the same measure twice": HEAD + "A,1,2,9,\na,1,2,9,\n",
    "many rows": HEAD + "".join(f"A{place},1,2,9,\n" for place in range(201)),
    "large": HEAD + "A,1,2,9,\n" * 200_000,
    "an image": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "a damaged workbook": b"PK\x03\x04" + b"\0" * 64,
    "a column twice": "measure,before,before,after,n\nA,1,1,2,9\n",
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_what_cannot_be_read_says_why(fault: str) -> None:
    with pytest.raises(Unreadable) as raised:
        read(HOSTILE[fault])
    assert raised.value.faults
    assert all(len(str(one)) < 600 for one in raised.value.faults)


def test_every_fault_is_told_at_once_with_its_row() -> None:
    with pytest.raises(Unreadable) as raised:
        read(HEAD + "A,x,2,9,\nB,1,2,0,\n")
    assert [str(one).partition(":")[0] for one in raised.value.faults] == ["Row 2", "Row 3"]


@pytest.mark.parametrize(
    ("before", "after", "n", "n_after", "unit", "told"),
    [
        ("10", "20", 4, 90, "", False), ("10", "20", 90, 4, "", False), ("10", "20", 5, 5, "", True),
        ("4", "50", 100, 100, "%", False), ("50", "96", 100, 100, "%", False), ("5", "95", 100, 100, "%", True),
        ("0", "100", 100, 100, "%", True), ("0.5", "50", 100, 100, "%", False),
    ],
)  # fmt: skip
def test_few_people_are_not_told_of_nor_shares_that_are_of_few(
    before: str, after: str, n: int, n_after: int, unit: str, told: bool
) -> None:
    one = Measure("A", Decimal(before), Decimal(after), n, n_after, unit)
    assert performance.is_told(one, minimum=5) is told
    [section] = report_performance.sections([report_performance.File("5", "s", "p", "2026-11-22", [one])], minimum=5)
    cells = section.tables[0].rows[0][1:]
    assert [cell.value is not None for cell in cells] == [told] * 5
    assert told or {cell.why for cell in cells} == {HIDDEN}


@pytest.mark.django_db
@pytest.mark.database
class TestKept:
    """What was brought, in the records and in the report."""

    @pytest.fixture(autouse=True)
    def _published(self) -> None:
        editions.publish(people.COURSE, activity(), source="cme@x", now=NOW)

    def bring(self, **more: Any) -> performances.Brought:
        data = performance.to_data(read(GOOD))
        return performances.bring(KEY, data, ORIGIN, content=GOOD.encode(), now=NOW, **more)

    def test_it_is_evidence_and_never_changed(self) -> None:
        kept = self.bring()
        assert (kept.brought_by, kept.at, kept.level) == ("Q. Lead", NOW, "5")
        assert len(kept.sha256) == len(kept.edition) == 64
        with pytest.raises(ImmutableError):
            PerformanceData.objects.update(source="other")

    def test_a_newer_file_stands_in_its_place_and_it_can_be_taken_back(self) -> None:
        first = self.bring()
        second = self.bring(replaces=first.uuid)
        assert [one.uuid for one in performances.current(KEY)] == [second.uuid]
        with pytest.raises(performances.Refused):
            self.bring(replaces=first.uuid)
        with pytest.raises(performances.Refused):
            performances.take_back(KEY, second.uuid, by="Q. Lead", reason="  ", now=NOW)
        performances.take_back(KEY, second.uuid, by="Q. Lead", reason="Wrong ward.", now=NOW)
        assert performances.current(KEY) == ()
        assert len(performances.history(KEY)) == 3

    @pytest.mark.parametrize(
        "origin",
        [Origin("4", "s", "b"), Origin("", "s", "b"), Origin("5", "", "b"), Origin("5", "s", " "),
         Origin("5", "s" * 256, "b"), Origin("5", "s\0", "b")],
    )  # fmt: skip
    def test_without_level_source_or_name_nothing_is_kept(self, origin: Origin) -> None:
        with pytest.raises(performances.Refused):
            performances.bring(KEY, performance.to_data(read(GOOD)), origin, content=b"", now=NOW)
        assert not PerformanceData.objects.exists()

    def test_an_activity_that_was_never_published_has_none(self) -> None:
        with pytest.raises(performances.Refused):
            performances.bring("0" * 64, performance.to_data(read(GOOD)), ORIGIN, content=b"", now=NOW)

    def test_the_report_shows_it_and_says_whose_it_is(self) -> None:
        self.bring()
        made = current.report_of(KEY, activity(), minimum=5, now=NOW)
        [section] = [one for one in made.sections if one.id == "performance"]
        assert "Ward audit 2026" in section.tables[0].caption.format()
        assert [cell.value for cell in section.tables[0].rows[0][1:]] == [62.5, 81.0, 18.5, 240, 240]
        assert "Q. Lead" not in str(made)

    def test_the_command_brings_lists_and_takes_back(self, tmp_path: Path) -> None:
        file = tmp_path / "measures.csv"
        file.write_text(GOOD)
        place = (people.COURSE, people.ACTIVITY)
        said = StringIO()
        call_command("cme_performance", "bring", *place, str(file), "--level=6", "--source=Registry", "--by=Ana",
                     stdout=said)  # fmt: skip
        uuid = said.getvalue().split(":")[0]
        call_command("cme_performance", "take-back", *place, uuid, "--by=Ana", "--reason=Wrong.", stdout=said)
        call_command("cme_performance", "list", *place, stdout=said)
        assert "replaced" in said.getvalue() or "taken back" in said.getvalue()
        file.write_text("A,B\n")
        with pytest.raises(SystemExit):
            call_command("cme_performance", "bring", *place, str(file), "--level=6", "--source=R", "--by=A",
                         stderr=said)  # fmt: skip
        assert "headings" in said.getvalue()
        with pytest.raises(CommandError):
            call_command("cme_performance", "take-back", *place, "none", "--by=Ana", "--reason=Wrong.")
