"""Learners who earned and claimed credit by the blocks' own handlers, and what staff does to it."""

from __future__ import annotations

from datetime import UTC, datetime

from cme_xblock.activity.model import Activity
from cme_xblock.credit import staff
from cme_xblock.credit.staff import Done
from cme_xblock.participation.refusal import Refusal
from cme_xblock.records import claims, verify
from cme_xblock.records.models import Claim
from tests.blocks import course
from tests.blocks.way import Way
from tests.rules import sample

WHO = staff.who("7", "The learner wrote that it was less.", "mail of 3 March")


def earned(
    student: str = "42", *, amount: str = "0.5", profession: str = "md", activity: Activity | None = None
) -> Claim:
    """The claim of a learner who walked the whole way; the course is installed if it was not."""
    described = activity or sample.activity()
    course.install(described)
    way = Way(student, activity=described)
    way.all_before_claim()
    answer = way.claim(amount, profession=profession)
    assert answer.status == 200, answer.text
    return live(student)


def live(student: str = "42", system: str = "") -> Claim:
    """The one claim of that learner that counts; of several, that of one system."""
    found = Claim.objects.filter(participation__learner_id=student, live__isnull=False)
    return again(found.get(system=system) if system else found.get())


def again(claim: Claim) -> Claim:
    """The claim as the database has it now."""
    found = claims.by_uuid(claim.uuid)
    assert found is not None
    return found


def now() -> datetime:
    """The blocks stamp with the real time, so corrections come after it."""
    return datetime.now(UTC)


def done(result: Done) -> Claim | None:
    """The claim in the place of the old one; the test fails where the correction was refused."""
    assert result.refusal is None, result.refusal
    clean()
    return again(result.new) if result.new is not None else None


def refused(result: Done) -> str:
    """The code of the refusal; the test fails where there was none."""
    assert isinstance(result.refusal, Refusal)
    clean()
    return result.refusal.code


def clean() -> None:
    """Nothing is wrong with any record."""
    assert verify.verify_all().findings == []
