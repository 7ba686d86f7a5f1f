"""The content pages can be read by everybody, in the time that the activity says, and hold together with it."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from cme_xblock.activity import olx

DEMO = Path(__file__).resolve().parents[2] / "demo"
PAGES = sorted((DEMO / "content").glob("*.html"))
# Adults read non-fiction at about 240 words a minute, and text with numbers and cases more slowly (Brysbaert 2019).
WORDS_A_MINUTE = (180, 230)


def tree(path: Path) -> etree._Element:
    return etree.fromstring(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_headings_begin_at_the_third_level_and_skip_none(path):
    levels = [int(one.tag[1]) for one in tree(path).iter("h1", "h2", "h3", "h4", "h5", "h6")]

    assert levels[0] == 3
    assert levels.count(3) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_page_brings_style_or_script(path):
    root = tree(path)

    assert not list(root.iter("style", "script", "iframe", "link", "img"))
    assert not root.xpath("//@style | //@onclick")
    classes = {one for value in root.xpath("//@class") for one in value.split()}
    assert {one for one in classes if not one.startswith("cme-demo-")} == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_page_names_its_recommendations(path):
    source = tree(path).xpath("string(//p[@class='cme-demo-source'])")

    assert source.startswith("Source for this page: CDC 2022")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_tables_and_figures_can_be_read_without_seeing_them(path):
    root = tree(path)

    for table in root.iter("table"):
        assert table.findtext("caption")
        assert all(cell.get("scope") in ("col", "row") for cell in table.iter("th"))
        region = table.getparent()
        assert (region.get("role"), region.get("tabindex")) == ("region", "0")
        assert root.xpath("boolean(//*[@id=$id])", id=region.get("aria-labelledby"))
    for figure in root.iter("svg"):
        named = figure.get("aria-labelledby").split()
        assert [figure.find(tag).get("id") for tag in ("title", "desc")] == named
        assert figure.getparent().findtext("figcaption")


def test_there_is_a_table_of_factors_and_a_figure():
    roots = [tree(path) for path in PAGES]

    assert len(PAGES) == 6
    assert any(root.find(".//svg") is not None for root in roots)
    factors = {
        row.findtext("th"): row.findtext("td")
        for root in roots
        for row in root.xpath("//table[caption[contains(., 'Conversion factors')]]/tbody/tr")
    }
    assert factors == {
        "Codeine": "0.15",
        "Fentanyl, transdermal (mcg per hour)": "2.4",
        "Hydrocodone": "1.0",
        "Hydromorphone": "5.0",
        "Methadone": "4.7",
        "Morphine": "1.0",
        "Oxycodone": "1.5",
        "Oxymorphone": "3.0",
        "Tapentadol": "0.4",
        "Tramadol": "0.2",
    }


def test_no_id_is_used_twice_on_the_one_page_that_shows_them_all():
    ids = Counter(one for path in PAGES for one in tree(path).xpath("//@id"))

    assert [one for one, count in ids.items() if count > 1] == []


def test_all_twelve_recommendations_are_stated_with_category_and_evidence_type():
    text = " ".join(" ".join(path.read_text(encoding="utf-8").split()) for path in PAGES)
    stated = re.findall(r"<strong>Recommendation (\d+)</strong> \(category ([AB]), evidence type (\d)\)", text)
    listed = re.findall(r'<th scope="row">(\d+)</th><td>[^<]+</td><td>([AB]), type (\d)</td>', text)

    assert sorted(stated, key=lambda one: int(one[0])) == listed
    assert " ".join(f"{category}{kind}" for _, category, kind in listed) == "B3 A2 A4 A3 B4 A4 A4 A4 B4 B4 B3 A1"


def test_reading_takes_the_minutes_that_the_activity_gives_it():
    activity = olx.from_xml((DEMO / "activity.xml").read_bytes())
    words = sum(len("".join(tree(path).itertext()).split()) for path in PAGES)
    slow, fast = (words / pace for pace in WORDS_A_MINUTE)

    assert fast - 2 <= activity.content.minutes <= slow + 2
