"""What others are told: the platform a learner's completion and grade, apps and search what anybody may know.

And what a learner takes away who is no physician.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from workbench.runtime import WorkbenchRuntime

from cme_xblock.records import claims, keys
from tests.blocks import course
from tests.blocks.way import Way, right
from tests.rules import sample

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def ward() -> None:
    course.install()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What the platform was told, in order."""
    heard: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(WorkbenchRuntime, "publish", lambda self, block, event, data: heard.append((event, data)))
    return heard


def test_the_platform_is_told_completion_and_the_assessments_score(told: list[tuple[str, dict[str, Any]]]) -> None:
    way = Way("ana")
    way.acknowledge()
    assert told[1:] == [("completion", {"completion": pytest.approx(1 / 6)})]
    assert told[0][0] == "xblock.cme.disclosure.acknowledged"
    way.baseline()
    way.content()
    told.clear()
    way.assessment(pass_it=False)
    total = sum(item.scored for item in sample.activity().assessment.items)
    grades = [data for event, data in told if event == "grade"]
    assert grades == [{"value": 0, "max_value": total, "only_if_higher": True}]
    told.clear()
    way.assessment()
    assert [data["value"] for event, data in told if event == "grade"] == [total]
    way.claim("0.5")
    assert told[-1] == ("completion", {"completion": 1.0})


def test_only_the_block_that_shows_the_assessment_counts_in_the_grade() -> None:
    total = sum(item.scored for item in sample.activity().assessment.items)
    course.install(parts='["overview", "baseline", "content"]')
    course.view(course.ACTIVITY, "ana")
    assert course.block(course.ACTIVITY, "ana").max_score() is None
    assert course.block(course.PART, "ana").max_score() == total


def test_apps_and_search_learn_what_the_overview_says_and_no_item() -> None:
    block = course.block(course.ACTIVITY, "ana")
    data, index = block.student_view_data(), block.index_dictionary()
    assert data["title"] == sample.activity().title
    assert data["credit"] == [{"system": "ama_pra_1", "maximum": "0.5"}]
    assert index["content_type"] == "CME activity"
    assert sample.activity().description in index["content"]["description"]
    for item in (*sample.activity().baseline.items, *sample.activity().assessment.items):
        for text in (item.stem, item.rationale, *(option.text for option in item.options)):
            assert not text or (text not in json.dumps(data) and text not in json.dumps(index))


def test_apps_learn_which_activity_a_part_and_its_content_belong_to() -> None:
    activity_id = sample.activity().activity_id
    part = course.block(course.PART, "ana").student_view_data()
    assert part["activity_id"] == activity_id
    assert "assessment" in part["parts"]
    assert course.block(course.CONTENT, "ana").student_view_data() == {"activity_id": activity_id}


def test_a_nurse_takes_away_hours_of_participation_and_no_physicians_credit() -> None:
    way = Way("noa")
    way.all_before_claim()
    answer = way.claim("0.25", profession="rn", name_certified="Noa Specimen, RN")
    assert answer.status == 200, answer.text
    [claim] = claims.live(keys.participation_key(course.COURSE, sample.activity().activity_id, "noa"))
    assert (claim.system, str(claim.amount.normalize())) == ("participation", "0.25")
    page = Client().get(f"/cme/certificates/{claim.certificate_code}/").content.decode()
    assert "Certificate of participation" in page
    assert "0.25 hours of participation" in page
    assert "awarded" not in page


def test_a_draft_stands_in_the_form_again_and_goes_with_the_submission() -> None:
    way = Way("ana")
    way.acknowledge()
    item = sample.activity().baseline.items[0]
    draft = {"part": "baseline", "responses": {item.id: sorted(item.key)}}
    kept = course.call(course.ACTIVITY, "ana", "save_draft", draft)
    assert kept.data == {"kept": True}
    assert way.show(part="baseline").count(" checked") == 1
    way.submit("baseline", responses=right(sample.activity().baseline.items))
    assert course.block(course.ACTIVITY, "ana").drafts == {}
