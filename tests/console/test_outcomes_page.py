"""The outcomes report as a page and as files: for the course's team alone, and the same numbers in all of them."""

from __future__ import annotations

import csv
import io
import random
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client
from lxml import etree, html

from cme_xblock.activity.model import Activity
from cme_xblock.console.exports import formats
from cme_xblock.console.exports.datasets import KINDS
from cme_xblock.console.exports.scope import Scope, highest
from cme_xblock.host.roles import Reader
from cme_xblock.outcomes import report, report_provider
from cme_xblock.outcomes.reading import SIMULATED
from cme_xblock.participation.entries import Draft, Kind
from cme_xblock.records import editions, keys, ledger
from cme_xblock.rules import disclosure
from tests.console.exports.reading import of_json_lines
from tests.outcomes import crowd, people
from tests.outcomes.test_refresh import activity, answers, learn

pytestmark = pytest.mark.django_db
KEY = keys.activity_key(people.COURSE, people.ACTIVITY)
PAGE = f"/cme/outcomes/{KEY}/"
FILES = (PAGE, f"/cme/outcomes/{KEY}.xlsx", f"/cme/outcomes/{KEY}.pdf", f"/cme/outcomes/{KEY}/items.csv")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def roles(request: HttpRequest) -> Reader:
    """CME_ROLES of these tests: the course or the provider is named in a header, as a test has no LMS."""
    course, provider = (request.headers.get(name, "") for name in ("X-Team", "X-Office"))
    providers = frozenset({provider} if provider else ())
    return Reader(id="somebody", name="Somebody", providers=providers, teaches=lambda key: key == course)


@pytest.fixture
def client(settings: Any) -> Client:
    """The team's browser."""
    settings.CME_ROLES = "tests.console.test_outcomes_page.roles"
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


def test_without_a_host_nobody_is_of_the_team(settings: Any) -> None:
    settings.CME_ROLES = None
    cohort(learners=1)
    answer = Client(headers={"X-Team": people.COURSE}).get(PAGE)
    assert (answer.status_code, "login" in answer["Location"]) == (302, True)


def test_the_page_fills_while_learners_work(client: Client) -> None:
    """Live, in steps: one who came since moves nothing, many do; author's text is text."""
    cohort(learners=12)
    first = client.get(PAGE)
    assert "The 12 matched learners" in first.content.decode()
    assert "Safe &lt;b&gt;tapering" in first.content.decode()
    assert first["Cache-Control"] == "no-store, private"
    learn("later", activity(title="Safe <b>tapering</b>"), "100", "111")
    assert "The 12 matched learners" in client.get(PAGE).content.decode()
    cohort("more", learners=48)
    assert "The 61 matched learners" in client.get(PAGE).content.decode()


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


def shown(client: Client, path: str = PAGE) -> dict[str, list[list[str]]]:
    """The page's tables by their names."""
    return tables_of(html.fromstring(client.get(path).content))


def tables_of(page: html.HtmlElement) -> dict[str, list[list[str]]]:
    return {
        one.get("aria-labelledby").split()[-1].removeprefix("cme-t-"): [
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


OFFICE = "Lakeshore Academic Health"


def of_provider(number: int, learners: int, *, name: str = OFFICE, prefix: str = "") -> str:
    """An activity of that provider with so many matched learners; its key."""
    one = activity(title=f"Activity {number}")
    one = replace(one, activity_id=f"a{number}", provider=replace(one.provider, name=name))
    editions.publish(people.COURSE, one, source=f"cme@{number}", now=NOW)
    edition = editions.record(people.COURSE, one, now=NOW)
    for place in range(learners):
        for draft in way(one, edition, ("100", "010", "000", "110")[place % 4], ("111", "110", "101")[place % 3]):
            ledger.append(
                people.COURSE, one.activity_id, f"{prefix}{place}", decide=lambda _, draft=draft: draft, now=NOW
            )
    return keys.activity_key(people.COURSE, one.activity_id)


def way(one: Activity, edition: str, before: str, after: str) -> list[Draft]:
    return [
        Draft(Kind.DISCLOSURE_ACKNOWLEDGED, edition, {"disclosure": disclosure.sha256(one)}),
        Draft(Kind.BASELINE_SUBMITTED, edition, {"responses": answers("b", before)}),
        Draft(Kind.CONTENT_COMPLETED, edition, {"section": "s"}),
        Draft(Kind.ASSESSMENT_SUBMITTED, edition, {"attempt": 1, "responses": answers("a", after)}),
    ]


def provider_address(name: str = OFFICE) -> str:
    return f"/cme/outcomes/provider/{keys.provider_key(name)}"


def test_a_providers_page_has_a_row_for_each_activity_and_adds_what_is_shown(client: Client) -> None:
    """What an activity's report hides is hidden here and in no sum; invented learners are in no sum either."""
    first, few = of_provider(1, 24), of_provider(2, 3)
    of_provider(3, 30)
    of_provider(4, 12, prefix=SIMULATED)
    of_provider(5, 24, name="Hillside Medical School")
    office = Client(headers={"X-Office": OFFICE})
    page = html.fromstring(office.get(f"{provider_address()}/").content)
    rows = {row[0]: row[1:] for row in tables_of(page)["activities"]}
    assert set(rows) == {"Activity", "Activity 1", "Activity 2", "Activity 3", "Activity 4 (simulated, in no sum)",
                         "Added up, where it is shown"}  # fmt: skip
    assert rows["Activity 1"][:2] == ["24", "24"]
    assert rows["Activity 2"][:2] == ["hidden", "hidden"]
    assert rows["Added up, where it is shown"][:2] == ["54", "54"]
    assert page.xpath(f"//a[@href='/cme/outcomes/{first}/']")
    assert "2 of the 2 activities" in page.text_content()
    own = shown(office, f"/cme/outcomes/{first}/")["objectives"][-1]
    assert rows["Activity 1"][2:5] == own[3:6]
    assert few


def test_a_providers_files_say_the_same(client: Client) -> None:
    of_provider(1, 24)
    of_provider(2, 3)
    office = Client(headers={"X-Office": OFFICE})
    rows = tables_of(html.fromstring(office.get(f"{provider_address()}/").content))["activities"]
    text = office.get(f"{provider_address()}/activities.csv").content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert [line.count("hidden") for line in lines] == [row.count("hidden") for row in rows]
    book = sheets(office.get(f"{provider_address()}.xlsx").content)
    assert [len(one) for one in book["activities"]] == [len(line) for line in lines]
    assert office.get(f"{provider_address()}.pdf").content.startswith(b"%PDF-")


def test_another_office_has_nothing_of_it(client: Client) -> None:
    """Not a word, whether there is such a provider or not."""
    of_provider(1, 24)
    for headers in ({"X-Office": "Hillside Medical School"}, {"X-Team": people.COURSE}, {}):
        for path in ("/", "/activities.csv", ".xlsx", ".pdf"):
            answer = Client(headers=headers).get(provider_address() + path)
            assert answer.status_code == 403
            assert "Activity 1" not in answer.content.decode()


def test_the_export_hides_what_the_page_hides(client: Client) -> None:
    """One line for each cell: the same hidden ones, and no number beside a hidden one."""
    cohort()
    page = shown(client)
    dataset = KINDS["outcomes"]()
    writer = formats.writer("jsonl", dataset.columns)
    scope = Scope((KEY,), last=highest(), secret=b"s" * 32)
    content = writer.begin()
    for part in dataset.pages(scope):
        content += writer.rows(part.columns)
    lines = of_json_lines(content)
    assert lines
    for name, rows in page.items():
        found = [one for one in lines if one["table"] == name]
        assert len(found) == sum(len(row) - 1 for row in rows[1:])
        assert [" ".join(one["shown"].split()) for one in found] == [cell for row in rows[1:] for cell in row[1:]]
        assert not [one for one in found if one["shown"] == "hidden" and (one["value"] or one["of"] or one["low"])]


@pytest.mark.parametrize("seed", range(4))
def test_a_providers_page_is_made_of_what_its_activities_show(seed: int) -> None:
    """No number that no activity's report shows, and sums of shown numbers alone: nothing new to subtract with."""
    chance = random.Random(seed)
    made = [
        report.build(crowd.cohort(chance.choice((3, 6, 9, 24, 60)), before_only=chance.randint(0, 9), seed=place),
                     replace(crowd.activity(), title=f"A{place}"))
        for place in range(5)
    ]  # fmt: skip
    whole = report_provider.build(OFFICE, [report_provider.row(one) for one in made])
    *rows, total = whole.sections[0].tables[0].rows
    for row, one in zip(rows, made, strict=True):
        own = [cell for section in one.sections for table in section.tables for line in table.rows for cell in line]
        numbers = {(cell.form, cell.value, cell.low, cell.high) for cell in own if cell.value is not None}
        assert all((cell.form, cell.value, cell.low, cell.high) in numbers for cell in row if cell.value is not None)
    for place in (1, 2):
        assert total[place].value == sum(row[place].value or 0 for row in rows)
    assert all(cell.value is None for cell in total[3:])
