"""Somebody takes the report every day, in all its forms, and subtracts: no number of one to four people comes of it."""

from __future__ import annotations

import csv
import io
import random
import re
from itertools import combinations
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pypdf import PdfReader

from cme_xblock.credit import pdf
from cme_xblock.records import editions
from cme_xblock.records.models import OutcomesRelease
from tests.console.test_outcomes_page import KEY, NOW, sheets, shown
from tests.outcomes import people
from tests.outcomes.test_refresh import activity, learn

pytestmark = pytest.mark.django_db
FILES = {"items", "items-segments"}
COUNTED = ("items", "items-segments", "questions", "funnel", "matching", "counted")
DAYS = (14, 1, 12, 20, 2, 26, 5, 41)


@pytest.fixture
def client(settings: Any) -> Client:
    settings.CME_ROLES = "tests.console.test_outcomes_page.roles"
    cache.clear()
    return Client(headers={"X-Team": people.COURSE})


def come(first: int, many: int) -> None:
    """So many new learners; some leave after the baseline, some come without one."""
    chance = random.Random(first)
    one = activity(title="Tapering")
    for number in range(first, first + many):
        before = "".join("1" if chance.random() < 0.4 else "0" for _ in range(3)) if chance.random() < 0.95 else ""
        after = "".join("1" if chance.random() < 0.75 else "0" for _ in range(3)) if chance.random() < 0.85 else ""
        learn(str(number), one, before, after)


def numbers(tables: dict[str, list[list[str]]]) -> dict[tuple[str, ...], int]:
    """Every count of people on the page, by table, row and heading; of a share also its n and what is left of it."""
    found = {}
    for name in COUNTED:
        head, *rows = tables.get(name, [[]])
        for row in rows:
            for title, text in zip(head[1:], row[1:], strict=True):
                share = re.match(r"(\d+) of (\d+) \(", text)
                if share:
                    count, whole = map(int, share.groups())
                    found[name, row[0], title] = count
                    found[name, row[0], title, "n"] = whole
                    found[name, row[0], title, "rest"] = whole - count
                elif re.fullmatch(r"\d+", text):
                    found[name, row[0], title] = int(text)
    return found | _left(tables)


def _left(tables: dict[str, list[list[str]]]) -> dict[tuple[str, ...], int]:
    """What the shown segments of a question leave of those who answered both times."""
    wholes = {row[0]: row[2] for row in tables.get("items", [])[1:]}
    found = {}
    for row in tables.get("items-segments", [])[1:]:
        shown_ones = [int(one) for one in row[1:] if one.isdigit()]
        if wholes.get(row[0], "").isdigit():
            found["items-segments", row[0], "left", str([one.isdigit() for one in row])] = int(wholes[row[0]]) - sum(
                shown_ones
            )
    return found


def test_page_and_files_of_all_days_together_tell_of_nobody(client: Client) -> None:
    editions.publish(people.COURSE, activity(title="Tapering"), source="cme@x", now=NOW)
    seen, total = [], 0
    for many in DAYS:
        come(total, many)
        total += many
        tables, book = shown(client), sheets(client.get(f"/cme/outcomes/{KEY}.xlsx").content)
        for name in FILES & tables.keys():
            text = client.get(f"/cme/outcomes/{KEY}/{name}.csv").content.decode("utf-8-sig")
            hidden = [row.count("hidden") for row in tables[name]]
            assert [row.count("hidden") for row in csv.reader(io.StringIO(text))] == hidden
            assert [sum(value == "hidden" for _, value in row) for row in book[name]] == hidden
        seen.append(numbers(tables))
    steps = OutcomesRelease.objects.count()
    assert 2 < steps < len(DAYS), "it moves, and not every day"
    # Between two steps every number is the same.
    assert len({str(sorted(one.items())) for one in seen}) == steps
    compared = 0
    for first, second in combinations(seen, 2):
        for name in first.keys() & second.keys():
            compared += first[name] != second[name]
            assert not 0 < abs(second[name] - first[name]) < 5, name
    assert compared > 30


@pytest.mark.skipif(not pdf.is_available(), reason="this server makes no PDF")
def test_the_pdf_says_no_more_than_the_page_of_that_day(client: Client) -> None:
    """Also when learners came between the look at the page and the look at the file."""
    editions.publish(people.COURSE, activity(title="Tapering"), source="cme@x", now=NOW)
    come(0, 60)
    tables = shown(client)
    come(60, 3)
    answer = client.get(f"/cme/outcomes/{KEY}.pdf")
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    matched = tables["matching"][1][1]
    assert matched in text
    registered = next(row[1] for row in tables["funnel"][1:] if row[0].startswith("Registered"))
    assert registered == "60"
    assert not re.search(r"\b63\b", text)
