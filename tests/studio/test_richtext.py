"""Rich text: whatever a browser, a script or an OLX file brings, nothing but the allowed tags is kept or shown."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html

from cme_xblock.activity import richtext
from cme_xblock.pages import tags

CASES = tomllib.loads((Path(__file__).parent / "cases" / "richtext.toml").read_text(encoding="utf-8"))
TAGS = "p b i em strong ul li table tr td a script svg math style template noscript textarea select option iframe h4 br"
REST = """<!-- --> <![CDATA[ ]]> <a <img onerror=x src=y> href=javascript:x href='https://x.example' > < " ' & &lt; &#0;
 &#824; x 10 </"""
PIECES = st.sampled_from(
    [
        *(f"<{tag}>" for tag in TAGS.split()),
        *(f"</{tag}>" for tag in TAGS.split()),
        *REST.split(),
        "\u0338",
        "\n\n",
        " ",
    ]
)
ANYTHING = st.lists(PIECES | st.text(max_size=4), max_size=14).map("".join)


@pytest.mark.parametrize("name", CASES)
def test_what_is_kept(name: str) -> None:
    case = CASES[name]
    assert richtext.clean(case["given"]) == case["kept"]


def harmless(shown: str) -> None:
    if not shown.strip():
        return
    # Characters that lxml can't carry: not what is asked here.
    shown = "".join(one for one in shown if one.isprintable() or one == "\n")
    for one in html.fragment_fromstring(shown, create_parent="div").iterdescendants():
        assert isinstance(one.tag, str), shown
        assert one.tag in richtext.TAGS, shown
        assert set(one.attrib) <= {"href", "rel", "scope", "colspan", "rowspan", "target"}, shown
        assert one.get("href", "https://").lower().startswith(("http://", "https://", "mailto:")), shown


@settings(deadline=None, max_examples=600, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(["", "<p>", "<table>", "<ul>"]), ANYTHING)
def test_nothing_but_allowed_tags_is_shown_and_cleaning_twice_changes_nothing(begin: str, rest: str) -> None:
    harmless(richtext.sanitised(begin + rest))
    try:
        kept = richtext.clean(begin + rest)
    except ValueError:
        return
    assert richtext.clean(kept) == kept
    if richtext.is_html(kept):
        assert richtext.sanitised(kept) == kept
        harmless(kept)


@pytest.mark.parametrize(
    "value", ["<b>bold</b>", "a < b", "", "<pre>x</pre>", "<paragraph>", "<!--<p>-->", " 1 < 2 & 3"]
)
def test_a_text_that_does_not_begin_with_a_block_is_plain_and_kept_as_it_is(value: str) -> None:
    assert not richtext.is_html(value)
    assert richtext.clean(value) == value.strip()
    assert richtext.plain(value) == value


def test_what_is_too_deep_or_too_long_is_shown_as_text_and_not_kept() -> None:
    for value in ("<ul><li>" * 100, "<p>" + "x" * richtext.LONGEST):
        assert richtext.sanitised(value).startswith("&lt;")
        with pytest.raises(ValueError):
            richtext.clean(value)


def test_learners_get_rich_text_sanitised_also_where_it_came_by_olx() -> None:
    shown = tags.rich('<p>See <a href="https://x.example" onclick="x()">x</a><script>y()</script></p>')
    assert shown.startswith("<p>See <a ")
    assert shown.endswith(">x</a></p>")
    for one in ('href="https://x.example"', 'rel="noopener noreferrer"', 'target="_blank"'):
        assert one in shown
    assert "onclick" not in shown
    assert tags.rich("1 < 2\n\n<b>3</b>") == "<p>1 &lt; 2</p><p>&lt;b&gt;3&lt;/b&gt;</p>"
    assert tags.rich_lines("1 < 2\n3") == "1 &lt; 2<br>3"
