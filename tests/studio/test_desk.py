"""The author takes people from the provider's desk: copies with evidence numbers, and word of what is newer there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import html

from cme_xblock.activity import olx
from cme_xblock.activity.model import Activity
from cme_xblock.records import desk, keys, verify
from cme_xblock.records.models import DeskEntry, DeskPerson
from cme_xblock.rules.desk.chain import Draft, Kind
from cme_xblock.studio import values
from tests.blocks import course
from tests.records import dump
from tests.records.desk import world as desks
from tests.rules import sample

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated")]

ACTIVITY_ID = sample.activity().activity_id
KEY = keys.activity_key(course.COURSE, ACTIVITY_ID)


def assigned(person: DeskPerson, course_key: str = course.COURSE) -> None:
    facts = {
        "activity": keys.activity_key(course_key, ACTIVITY_ID),
        "course_key": course_key,
        "activity_id": ACTIVITY_ID,
        "title": "Opioids",
        "roles": ["reviewer"],
        "role_started_on": "2026-12-01",
    }
    desk.append(person, decide=lambda _: (Draft(Kind.ASSIGNED, "office", facts),), now=desks.NOW)


def disclosed(name: str = "Ana Example", *, course_key: str = course.COURSE) -> tuple[DeskPerson, str]:
    person = desks.person(name, f"{name.split(maxsplit=1)[0].lower()}@example.org")
    number = desks.gives(desks.invited(person), desks.CONSULTANT, random=name.encode()[:10].ljust(10))
    assigned(person, course_key)
    return person, number


def ask(who: str = "author", **body: Any) -> course.Answer:
    return course.call(course.ACTIVITY, who, "desk_people", {"activity_id": ACTIVITY_ID, **body})


def take(*chosen: tuple[str, str], who: str = "author", **body: Any) -> course.Answer:
    sent = [{"uuid": uuid, "number": number} for uuid, number in chosen]
    return course.call(course.ACTIVITY, who, "desk_take", {"activity_id": ACTIVITY_ID, "chosen": sent, **body})


def form_values(text: str) -> dict[str, str]:
    page = html.fromstring(f"<ol>{text}</ol>")
    return {one.get("name"): one.get("value", "") for one in page.xpath("//input[@name]")}


def with_evidence(number: str) -> Activity:
    activity = sample.activity()
    first = replace(activity.people[0], disclosure_evidence=number)
    return replace(activity, people=(first, *activity.people[1:]))


def test_the_author_sees_whom_the_office_assigned_and_nothing_is_written() -> None:
    course.install()
    person, number = disclosed()
    disclosed("Ben Elsewhere", course_key="workbench:other")
    before = dump.tables()["cme_xblock_deskentry"]
    answer = ask()
    assert [(one["uuid"], one["number"]) for one in answer.data["members"]] == [(person.uuid, number)]
    said = html.fromstring(answer.data["html"]).text_content()
    assert "Example Pharma: Consultant" in said
    assert "Still open at the desk:" in said
    assert "Ben" not in said
    assert dump.tables()["cme_xblock_deskentry"] == before


def test_another_id_or_provider_in_the_form_opens_no_desk() -> None:
    """What an author writes decides nothing: only what the office assigned to this course does."""
    course.install()
    disclosed("Ben Elsewhere", course_key="workbench:other")
    assert ask().data["members"] == []
    assert ask(activity_id="another").data["members"] == []
    assert ask(course_key="workbench:other").data["members"] == []


@pytest.mark.parametrize(
    "body", [{"activity_id": ""}, {"activity_id": None}, {"activity_id": "x\0"}, {"activity_id": []}]
)
def test_without_an_id_the_author_is_told_so(body: dict[str, Any]) -> None:
    course.install()
    answer = ask(**body)
    assert answer.status == 400
    assert "activity its id" in answer.data["error"]["message"]


def test_a_copy_has_the_evidence_number_and_the_desk_knows_of_it() -> None:
    course.install()
    person, number = disclosed()
    answer = take((person.uuid, number))
    assert answer.status == 200
    [member] = answer.data["members"]
    fields = form_values(member["html"])
    assert fields["new.disclosure_evidence"] == number
    assert fields["new.disclosed_on"] == desks.TODAY.isoformat()
    assert fields["new.relationships.0.company"] == "Example Pharma"
    entry = DeskEntry.objects.get(kind=Kind.TAKEN.value)
    assert entry.by == "author"
    assert KEY in entry.facts
    assert verify.verify_all().findings == []


def test_all_who_are_chosen_are_taken_or_nobody() -> None:
    course.install()
    person, number = disclosed()
    for chosen in (
        [(person.uuid, number), ("0" * 36, number)],
        [(person.uuid, "D-0000-0000-0000-0000")],
    ):
        assert take(*chosen).status == 409
    assert not DeskEntry.objects.filter(kind=Kind.TAKEN.value).exists()


@pytest.mark.parametrize("chosen", [None, [], "x", [1], [None], [{}], [{"uuid": []}], [{"uuid": "x"}] * 201])
def test_a_choice_of_nothing_takes_nobody(chosen: Any) -> None:
    course.install()
    disclosed()
    answer = course.call(course.ACTIVITY, "author", "desk_take", {"activity_id": ACTIVITY_ID, "chosen": chosen})
    assert answer.status in (400, 409)
    assert not DeskEntry.objects.filter(kind=Kind.TAKEN.value).exists()


def test_a_learner_is_told_nothing() -> None:
    course.install()
    person, number = disclosed()
    assert ask("learner").status == 403
    assert take((person.uuid, number), who="learner").status == 403
    assert not DeskEntry.objects.filter(kind=Kind.TAKEN.value).exists()


def test_a_newer_disclosure_is_announced_on_the_page_and_with_each_check() -> None:
    person, number = disclosed()
    course.install(with_evidence(number))
    sent = {"values": values.of(with_evidence(number))}
    assert "newer disclosure" not in course.view(course.ACTIVITY, "author", "studio_view")
    assert course.call(course.ACTIVITY, "author", "check_form", sent).data["desk"] == ""
    newer = desks.gives(desks.invited(person), random=b"newer-one!", now=datetime.now(UTC))
    page = course.view(course.ACTIVITY, "author", "studio_view")
    assert "there is a newer disclosure of" in page
    assert newer in page
    assert newer in course.call(course.ACTIVITY, "author", "check_form", sent).data["desk"]
    fresh = {"values": values.of(with_evidence(newer))}
    assert course.call(course.ACTIVITY, "author", "check_form", fresh).data["desk"] == ""


def test_an_activity_without_copies_asks_the_desk_nothing(django_assert_num_queries: Any) -> None:
    from cme_xblock.records import desk_taking

    disclosed()
    with django_assert_num_queries(0):
        assert desk_taking.newer(sample.activity().people, course.COURSE, ACTIVITY_ID, today=desks.TODAY) == ()


def test_the_activity_is_complete_without_the_desk() -> None:
    _, number = disclosed()
    activity = with_evidence(number)
    course.install(activity)
    written = course.block(course.ACTIVITY, "author").described()
    assert written.people[0].disclosure_evidence == number
    assert olx.from_xml(olx.to_xml(written)) == written
    # Nothing of the copy needs the desk's rows.
    for model in ("desksheet", "deskinvitation"):
        from django.apps import apps
        from django.db.models import QuerySet

        QuerySet(apps.get_model("cme_xblock", model)).delete()
    page = course.view(course.ACTIVITY, "author", "studio_view")
    assert number in page
    assert "newer disclosure" not in page
