"""Edge cases of the specification's part 7 that need the blocks, the records and the pages. Each bears its number."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from workbench.models import XBlockState

from cme_xblock.credit import certificate, transcript
from cme_xblock.credit.transcript import Choice
from cme_xblock.participation.entries import Kind
from cme_xblock.records import editions
from cme_xblock.records.models import Claim, EntryRow
from tests.blocks import course
from tests.blocks.way import Way
from tests.credit import held
from tests.credit.corrected import clean, earned
from tests.rules import sample
from tests.rules.variant import vary

pytestmark = pytest.mark.django_db

SAID = ("--reason", "A relationship with Other Pharma was missing.", "--by", "7")


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_case_22_a_disclosure_error_is_shown_anew_written_to_those_who_saw_it_and_recorded() -> None:
    ana = str(get_user_model().objects.create(username="ana", email="ana@example.org").pk)
    earned(ana)
    other = Way("44")
    assert other.acknowledge().status == 200
    edition = editions.published(course.COURSE, sample.activity().activity_id)[0]
    right = vary({"people.1.relationships.+": {"company": "Other Pharma", "nature": "Speaker"}})
    course.install(right)
    corrected_ = Way("44", activity=right)
    # Who has only acknowledged reads it again, and what was earned stays.
    assert corrected_.baseline().status in (400, 409)
    place = (course.COURSE, right.activity_id, edition)
    assert "2 learners saw it: would be recorded" in run("cme_incident", *place, *SAID, "--mail")
    assert (mail.outbox, EntryRow.objects.filter(kind=Kind.INCIDENT_RECORDED).count()) == ([], 0)
    assert "2 learners saw it: recorded. Told by mail: 1; could not be told: 1" in run(
        "cme_incident", *place, *SAID, "--mail", "--yes"
    )
    [letter] = mail.outbox
    assert (letter.to, "Other Pharma" in letter.body) == (["ana@example.org"], True)
    assert {json.loads(one.payload)["reason"] for one in EntryRow.objects.filter(kind=Kind.INCIDENT_RECORDED)} == {
        SAID[1]
    }
    assert "0 learners saw it" in run("cme_incident", *place, *SAID, "--mail", "--yes")
    assert len(mail.outbox) == 1
    assert transcript.of_learner(ana, Choice()).lines[0].counts
    clean()


def test_case_23_a_regrading_reaches_every_learner_of_the_edition_once() -> None:
    activity = vary({"assessment.pass_mark": "1"})
    course.install(activity)
    fails = {}
    for student in ("42", "43"):
        way = Way(student, activity=activity)
        for step in (way.acknowledge, way.baseline, way.content):
            assert step().status == 200
        assert way.assessment(pass_it=student == "43").status == 200
        fails[student] = way
    edition = editions.published(course.COURSE, activity.activity_id)[0]
    every = json.dumps({one.id: [] for one in activity.assessment.items if one.scored})
    place = (course.COURSE, activity.activity_id, edition, "--key", every, "--reason", "All were wrong.", "--by", "7")
    assert "Would regrade: 2 participations, 1 of which pass now" in run("cme_regrade", *place)
    assert not EntryRow.objects.filter(kind=Kind.REGRADED).exists()
    assert "Regraded: 2 participations, 1 of which pass now" in run("cme_regrade", *place, "--yes")
    assert "Regraded: 0 participations" in run("cme_regrade", *place, "--yes")
    for student, way in fails.items():
        assert way.claim("0.5").status == 200, student
    for wrong in ("{", "[]", '{"q": 1}'):
        with pytest.raises(CommandError):
            run("cme_regrade", *place[:4], wrong, *place[5:], "--yes")
    clean()


def test_case_25_what_was_earned_outlives_the_course_and_a_rerun_begins_anew() -> None:
    claim = earned("42")
    code = claim.certificate_code
    XBlockState.objects.all().delete()
    assert Client().get(f"/cme/certificates/{code}/").status_code == 200
    assert "Valid." in Client().get(f"/cme/verify/{code[:32]}/").content.decode()
    assert transcript.of_learner("42", Choice()).totals[0].amount == Decimal("0.5")
    # A re-run is another course: its learners, editions and claims are its own.
    rerun = held.claim(learner="42", course=f"{course.COURSE}-again", amount="0.25")
    assert rerun.participation_id != claim.participation_id
    assert rerun.edition_id != claim.edition_id
    assert Claim.objects.filter(live__isnull=False).count() == 2
    assert editions.published(f"{course.COURSE}-again", sample.activity().activity_id) is None


def test_case_28_who_asks_for_another_learns_nothing_that_the_learner_did_not_hand_over() -> None:
    claim = held.claim(name="Ana Müller-Lüdenscheid")
    number = certificate.number(claim)
    page = Client().get(f"/cme/verify/{number}/").content.decode()
    assert "A. M. L." in page
    for secret in ("Müller", "Ana", held.LEARNER + "<", claim.certificate_code, claim.profession.upper()):
        assert secret not in page
    # The full certificate, the badge and the PDF want the whole code, which the learner has.
    for end in ("/", ".pdf", ".jwt"):
        assert Client().get(f"/cme/certificates/{number}{end}").status_code == 404
    assert Client().get("/cme/transcript/").status_code in (302, 403)
    assert Client().get("/cme/transcript/?learner=42").status_code in (302, 403)


def test_case_29_what_a_device_says_of_the_time_is_not_looked_at() -> None:
    way = Way("42")
    course.install()
    past = "2001-01-01T00:00:00Z"
    said = {"at": past, "now": past, "time": 0, "completed_on": "2001-01-01", "completed_at": past, "date": past}
    before = datetime.now(UTC)
    way.all_before_claim()
    answer = way.claim("0.5", **said)
    assert answer.status == 200, answer.text
    claim = Claim.objects.get()
    assert before - timedelta(minutes=1) <= claim.completed_at <= claim.claimed_at
    assert abs((claim.completed_on - before.date()).days) <= 1
    assert not re.search(r"2001-01", "".join(EntryRow.objects.values_list("payload", flat=True)))
