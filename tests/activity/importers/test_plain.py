"""Rich text becomes plain text that still says the same, and says what it lost."""

from __future__ import annotations

import pytest
from lxml import etree

from cme_xblock.activity.importers.plain import from_element, from_html, looks_rich

TEXTS = {
    "<p>One</p><p>Two</p>": "One\n\nTwo",
    "One<br>two<br/>three": "One\ntwo\nthree",
    "<ul><li>a</li><li>b<ol><li>x</li><li>y</li></ol></li></ul>": "- a\n- b\n  1. x\n  2. y",
    "<table><tr><th>Drug</th><th>mg</th></tr><tr><td>A</td><td>5</td></tr></table>": "Drug | mg\nA | 5",
    "10<sup>9</sup>/L, HbA<sub>1c</sub>, CO<sub>2</sub>": "10⁹/L, HbA1c, CO₂",
    "10<sup>-3</sup>, 5<sup>th</sup>, x<sup>1.5</sup>": "10⁻³, 5th, x^1.5",
    "p < 0.05 and x > 3": "p < 0.05 and x > 3",
    "<b>p &lt; 0.05</b> &amp; so&nbsp;on": "p < 0.05 & so\xa0on",
    "p<0.05 <i>and</i> 3<5": "p<0.05 and 3<5",
    "<script>alert(1)</script>Safe<style>b{}</style>": "Safe",
    "<!-- c -->A<!-- d --> B": "A B",
    '<img src="a/cat.png" alt="A  cat">': "[A cat]",
    '<img src="a/cat%201.png?x=1">': "[cat 1.png]",
    '<a href="https://example.org/x">guideline</a>': "guideline (https://example.org/x)",
    '<a href="https://example.org">https://example.org</a>': "https://example.org",
    "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>": "漢 (かん)",
    "<p>unclosed <b>bold": "unclosed bold",
    "": "",
}


@pytest.mark.parametrize("source", TEXTS)
def test_html_becomes_plain_text(source: str) -> None:
    assert from_html(source).text == TEXTS[source]


def test_what_is_lost_is_listed() -> None:
    found = from_html('<p>A<img src="a.png" alt="x"><script>1</script><video></video> \\(x^2\\)</p>')
    assert found.images == (("a.png", "x"),)
    assert found.dropped == ("script", "video")
    assert found.formulas


def test_no_markup_is_left() -> None:
    for source in TEXTS:
        assert not looks_rich(from_html(source).text) or "&" in source


def test_what_is_skipped_leaves_the_text_after_it() -> None:
    root = etree.fromstring("<p>before <x>inside</x> after</p>")
    assert from_element(root, skip=lambda one: one.tag == "x").text == "before after"


def test_a_tree_of_any_depth_is_walked() -> None:
    root = etree.Element("p")
    inner = root
    for _ in range(5_000):
        inner = etree.SubElement(inner, "b")
    inner.text = "deep"
    assert from_element(root).text == "deep"
