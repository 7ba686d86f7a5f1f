"""The outcomes report as a page and as files: for the course's team alone, and the same numbers in all of them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client
from lxml import etree, html

from cme_xblock.outcomes.reading import SIMULATED
from cme_xblock.records import editions, keys
from tests.outcomes import people
from tests.outcomes.test_refresh import activity, learn

pytestmark = pytest.mark.django_db
KEY = keys.activity_key(people.COURSE, people.ACTIVITY)
PAGE = f"/cme/outcomes/{KEY}/"
FILES = (PAGE, f"/cme/outcomes/{KEY}.xlsx", f"/cme/outcomes/{KEY}.pdf", f"/cme/outcomes/{KEY}/items.csv")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def only_the_team(request: HttpRequest, course_key: str) -> bool:
    return request.headers.get("X-Team") == course_key


@pytest.fixture
def client(settings: Any) -> Client:
    """The team's browser; a course named in a header, as a test has no LMS."""
    settings.CME_TEAM = "tests.parts.test_outcomes_page.only_the_team"
    return Client(headers={"X-Team": people.COURSE})


def cohort(prefix: str = "", learners: int = 24) -> None:
    one = activity(title="Safe <b>tapering</b>")
    editions.publish(people.COURSE, one, source="cme@x", now=NOW)
    for number in range(learners):
        before = ("100", "010", "000", "110")[number % 4]
        after = ("111", "110", "101")[number % 3]
        learn(f"{prefix}{number}", one, before, after)


@pytest.mark.parametrize("path", FILES)
def test_nobody_but_the_team(client: Client, path: str) -> None:
    """Anonymous, another course's team, and an activity that is not there: 403, and no word of the report."""
    cohort(learners=3)
    for headers in ({}, {"X-Team": "course-v1:Other+X+1"}):
        answer = Client(headers=headers).get(path)
        assert answer.status_code == 403
        assert "tapering" not in answer.content.decode()
    assert client.get(path.replace(KEY, "0" * 64)).status_code == 403
    assert client.post(path).status_code == 405


def test_without_a_setting_nobody_is_of_the_team(settings: Any) -> None:
    settings.CME_TEAM = None
    cohort(learners=1)
    assert Client().get(PAGE).status_code == 403


def test_the_page_fills_while_learners_work(client: Client) -> None:
    """Live: the next look counts who came since; author's text is text."""
    cohort(learners=12)
    first = client.get(PAGE)
    assert "The 12 matched learners" in first.content.decode()
    assert "Safe &lt;b&gt;tapering" in first.content.decode()
    assert first["Cache-Control"] == "no-store, private"
    learn("later", activity(title="Safe <b>tapering</b>"), "100", "111")
    assert "The 13 matched learners" in client.get(PAGE).content.decode()


def test_every_chart_has_title_description_and_table(client: Client) -> None:
    cohort()
    page = html.fromstring(client.get(PAGE).content)
    drawn = page.xpath("//figure/*[local-name()='svg']")
    assert len(drawn) >= 2
    for one in drawn:
        named = one.get("aria-labelledby").split()
        assert all(page.get_element_by_id(name).text for name in named)
        assert one.xpath("ancestor::section//table")
    names = page.xpath("//@id")
    assert len(names) == len(set(names))
    assert page.xpath("//script") == []


def shown(client: Client) -> dict[str, list[list[str]]]:
    """The page's tables by their names."""
    page = html.fromstring(client.get(PAGE).content)
    return {
        one.get("aria-labelledby").removeprefix("cme-t-"): [
            [" ".join(cell.text_content().split()) for cell in row.xpath("./th|./td")] for row in one.xpath(".//tr")
        ]
        for one in page.xpath("//div[@class='cme-scroll']")
    }


def sheets(content: bytes) -> dict[str, list[list[tuple[str, str]]]]:
    """The workbook's cells as (type, text): "n" for a number, "s" for words."""
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        strings = [
            "".join(one.itertext())
            for one in etree.fromstring(book.read("xl/sharedStrings.xml")).findall("m:si", space)
        ]
        names = [one.get("name") for one in etree.fromstring(book.read("xl/workbook.xml")).findall(".//m:sheet", space)]
        found = {}
        for number, name in enumerate(names, start=1):
            root = etree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
            assert root.findall(".//m:f", space) == []
            found[name] = [
                [
                    ("s", strings[int(cell.findtext("m:v", "0", space))])
                    if cell.get("t") == "s"
                    else ("n", cell.findtext("m:v", "", space))
                    for cell in row.findall("m:c", space)
                ]
                for row in root.findall(".//m:row", space)
            ]
    return found


def test_the_files_say_what_the_page_says(client: Client) -> None:
    """Every table: the same rows; a hidden cell is hidden in each, a count is a number in the workbook."""
    cohort()
    tables, book = shown(client), sheets(client.get(FILES[1]).content)
    assert set(tables) == set(book) - {"Report"}
    hidden = 0
    for name, rows in tables.items():
        text = client.get(f"/cme/outcomes/{KEY}/{name}.csv").content.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text)))
        assert len(lines) == len(rows) == len(book[name])
        for row, line, cells in zip(rows, lines, book[name], strict=True):
            assert line[0].lstrip("'") == row[0] == cells[0][1]
            gone = row.count("hidden")
            assert line.count("hidden") == gone == sum(value == "hidden" for _, value in cells)
            hidden += gone
            for value in row[1:]:
                if re.fullmatch(r"\d+", value):
                    assert value in line
                    assert ("n", value) in cells
    assert hidden
    assert client.get(f"/cme/outcomes/{KEY}/none.csv").status_code == 404


def test_the_pdf_is_made(client: Client) -> None:
    """Tagged, with the charts, in one go."""
    cohort()
    content = client.get(FILES[2]).content
    assert content.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in content
    assert b"pdfuaid" in content


def test_simulated_is_said_everywhere(client: Client) -> None:
    """Page, every sheet and every table; and not where all learners are real."""
    cohort(prefix=SIMULATED)
    assert client.get(PAGE).content.decode().count("Simulated") > 5
    assert all(
        any("Simulated" in text for row in rows for _, text in row)
        for rows in sheets(client.get(FILES[1]).content).values()
    )
    assert client.get(FILES[3]).content.decode("utf-8-sig").startswith('"Simulated data')


def test_real_learners_are_not_called_simulated(client: Client) -> None:
    cohort(learners=3)
    assert "Simulated" not in client.get(PAGE).content.decode()


def test_a_limit_below_five_is_refused(client: Client, settings: Any) -> None:
    cohort(learners=3)
    settings.CME_SMALLEST_GROUP = 4
    with pytest.raises(Exception, match="CME_SMALLEST_GROUP"):
        client.get(PAGE)
