"""From an activity to the form and back: nothing is lost, by any way."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from cme_xblock.activity import olx, richtext
from cme_xblock.activity.model import Activity, Assessment, Baseline, Item, Option
from cme_xblock.host.language import Language
from cme_xblock.studio import ids, values
from cme_xblock.studio.form import Form
from cme_xblock.studio.parse import parse
from demo import course_file
from tests.activity.strategies import activities
from tests.studio.browserless import collected

ENGLISH = Language("en", "ltr", str)
MANY = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def demo() -> Activity:
    return olx.from_element(course_file.read().find(".//activity"))


@MANY
@given(activities())
def test_what_the_form_sends_is_the_activity(activity: Activity) -> None:
    assert parse(values.of(activity)).activity == activity


@MANY
@given(activities())
def test_what_the_page_sends_untouched_is_the_activity(activity: Activity) -> None:
    page = Form(ENGLISH, "cme-x").sections(activity)
    assert collected(page) == {name: _as_typed(value) for name, value in values.of(activity).items()}
    assert parse(collected(page)).activity == activity


def _as_typed(value: str | bool) -> str | bool:
    return value


def test_the_demonstration_goes_through_the_form_unchanged() -> None:
    page = Form(ENGLISH, "cme-x").sections(demo())
    assert parse(collected(page)).activity == demo()


def test_the_page_has_no_id_twice_and_no_mark_left() -> None:
    form = Form(ENGLISH, "cme-x")
    page = form.sections(demo()) + form.templates()
    assert "\ue000" not in page
    assert "\ue001" not in page
    found = [one.partition('"')[0] for one in form.sections(demo()).split(' id="')[1:]]
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("share", "shown"),
    [("0.75", "75"), ("0.725", "72.5"), ("1", "100"), ("0", "0"), ("0.000000000001", "0.0000000001")],
)
def test_a_pass_mark_is_asked_in_per_cent_and_kept_as_a_share(share: str, shown: str) -> None:
    activity = Activity(assessment=Assessment(pass_mark=Decimal(share)))
    sent = values.of(activity)
    assert sent["assessment.pass_mark"] == shown
    for typed in (shown, f" {shown} % ", f"{shown}%"):
        assert parse({**sent, "assessment.pass_mark": typed}).activity == activity


def test_rich_text_is_sanitised_whatever_the_page_sends() -> None:
    sent = {**values.of(Activity()), "description": '<p>One <b onclick="x()">two</b><script>x()</script></p>'}
    assert parse(sent).activity.description == "<p>One <strong>two</strong></p>"


def test_text_without_markup_is_kept_as_plain_text() -> None:
    sent = {**values.of(Activity()), "description": "<p>A &amp; B</p><p>x &lt; 5<br>y</p>"}
    assert parse(sent).activity.description == "A & B\n\nx < 5\ny"


def test_ids_are_made_where_they_are_empty_and_kept_where_they_are_not() -> None:
    options = (Option(text="No"), Option(id="a", text="Yes"), Option(text="Perhaps"))
    items = (Item(stem="One?", options=options), Item(id="b1", stem="Two?"), Item(stem="Three?"))
    activity = replace(demo(), activity_id="", baseline=Baseline(items=items))
    filled = ids.fill(activity)
    assert filled.activity_id == "prescribing-opioids-for-pain-applying-th"
    assert [one.id for one in filled.baseline.items] == ["b1-2", "b1", "b3"]
    assert [one.id for one in filled.baseline.items[0].options] == ["a-2", "a", "c"]
    assert filled.people == activity.people
    assert ids.fill(filled) == filled


def test_a_person_is_named_by_the_surname() -> None:
    assert ids.surname("Dr. Priya Natarajan, MD, PhD") == "natarajan"
    assert ids.surname("Renée Müller-Søndergård") == "sndergard"
    assert ids.surname("李") == ""


def test_plain_text_of_rich_text_is_for_searches() -> None:
    assert richtext.plain("<p>One <em>two</em></p><ul><li>three</li><li>four</li></ul>") == "One two\n\nthree\n\nfour"
