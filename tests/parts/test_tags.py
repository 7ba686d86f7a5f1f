"""Our template tags: what an author or a learner wrote is never markup."""

from __future__ import annotations

import pytest

from cme_xblock.pages import tags


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("0.75 AMA PRA Category 1 Credits™", '0.75 <em dir="ltr" lang="en">AMA PRA Category 1 Credits™</em>'),
        (
            "1.0 AMA PRA Category 1 Credit™; 1.0 hour",
            '1.0 <em dir="ltr" lang="en">AMA PRA Category 1 Credit™</em>; 1.0 hour',
        ),
        (
            "a maximum of 2 AMA PRA Category 1 Credit(s)™.",
            'a maximum of 2 <em dir="ltr" lang="en">AMA PRA Category 1 Credit(s)™</em>.',
        ),
        ("1.0 hour of participation", "1.0 hour of participation"),
        ("<script>AMA PRA Category 1 Credit™", '&lt;script&gt;<em dir="ltr" lang="en">AMA PRA Category 1 Credit™</em>'),
    ],
)
def test_the_amas_credit_phrase_is_in_italics_and_nothing_else_is_markup(text: str, html: str) -> None:
    assert tags.credit_marks(text) == html


def test_an_authors_text_is_paragraphs_and_never_markup() -> None:
    assert tags.paragraphs("a <b>\nc\n\n\n\nd & e") == "<p>a &lt;b&gt;<br>c</p><p>d &amp; e</p>"
    assert tags.paragraphs("") == ""
