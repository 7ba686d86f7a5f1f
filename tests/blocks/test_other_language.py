"""A reader of Arabic on an English activity: the page is theirs, and what is not in their language says so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation
from lxml import etree, html

from cme_xblock.activity.model import Activity
from tests.blocks import course
from tests.blocks.way import Way
from tests.rules import sample

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def ward() -> Iterator[None]:
    course.install()
    with translation.override("ar"):
        yield


def page(view: str = "student_view", student: str = "ana") -> etree._Element:
    [ours] = html.fragment_fromstring(str(course.block(course.ACTIVITY, student).render(view, {}).content)).find_class(
        "cme-block"
    )
    return ours


def spoken(root: etree._Element, text: str) -> tuple[str | None, str | None]:
    """The language and direction in which a text on the page is read."""
    [found] = [one for one in root.iter(etree.Element) if text in (one.text or "")]
    above = [found, *found.iterancestors()]
    return tuple(next((one.get(name) for one in above if one.get(name)), None) for name in ("lang", "dir"))


def test_the_page_is_the_readers_and_the_activity_its_authors() -> None:
    activity: Activity = sample.activity()
    root = page()
    assert (root.get("lang"), root.get("dir")) == ("ar", "rtl")
    assert spoken(root, activity.title) == ("en", "auto")
    for text in (activity.objectives[0].text, activity.provider.contact_name):
        assert spoken(root, text) == ("en", "ltr"), text
    Way("ana").acknowledge()
    assert spoken(page(), activity.baseline.items[0].stem) == ("en", "ltr")


@pytest.mark.parametrize(
    "text",
    ["is accredited by", "designates this", "relationships listed have been mitigated", "No commercial support was"],
)
def test_what_accreditors_word_stays_english_and_says_so(text: str) -> None:
    assert spoken(page(), text) == ("en", "ltr")


def test_visitors_hear_the_title_in_its_language_too() -> None:
    assert spoken(page("public_view", ""), sample.activity().title) == ("en", "auto")
