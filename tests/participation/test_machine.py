"""Random learners, in random order, with random time, editions and forgeries: promises 1 to 4 hold throughout.

The promises are checked against the bare entries and case data by rules written here, not by the code under test.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cme_xblock.activity.model import Activity
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Entry, Kind, verify
from cme_xblock.participation.progress import Part, Progress, Status
from cme_xblock.rules import disclosure
from tests.participation.ledger import PARTICIPATION, Ledger
from tests.rules import sample
from tests.rules.variant import vary

START = datetime(2026, 6, 1, 15, tzinfo=UTC)
NEW_PERSON = {"people.+": {"id": "new", "name": "New Person", "disclosed_on": "2026-01-01", "roles": ["reviewer"]}}
EXTENDED = {"last_review": "2027-12-01", "expiry": "2030-01-15"}
TWO_SECTIONS = {"content.sections": [sample.SECTION, "cme_content@more"]}
EDITIONS = [
    vary(changes)
    for changes in (
        {},
        {"title": "Second impression"},
        NEW_PERSON,
        EXTENDED,
        {**EXTENDED, **NEW_PERSON, "offerings.0.amount": "1.25"},
        {"assessment.pass_mark": "1", "assessment.max_attempts": 2},
        {"baseline.items": []},
        TWO_SECTIONS,
        {**EXTENDED, **TWO_SECTIONS, "time_zone": "Pacific/Tongatapu"},
        {"content.sections": [], "claim.window_days": 0},
        {"content.completion": "declared_after_time", "content.minimum_minutes": 10},
        {"format": "live", "assessment.items": []},
        {"release": "2026-09-01", "last_review": "2026-09-01"},
    )
]
HASHES = [disclosure.sha256(one) for one in EDITIONS]
SECTIONS = ["", sample.SECTION, "cme_content@more", "cme_content@other"]
OPTION = st.sampled_from([["a"], ["b"], ["a", "b"], ["1"], ["2"], [], ["z"], "a", None])
ANSWERS = st.one_of(
    st.just(sample.right_assessment()),
    st.just(sample.wrong_assessment()),
    st.just(sample.right_baseline()),
    st.dictionaries(st.sampled_from(["a1", "a2", "a3", "a4", "b1", "b2", "x"]), OPTION),
    st.none(),
)
AMOUNTS = st.sampled_from(["0.25", "0.5", "0.75", "1.25", "1.3", "0", "99", "NaN", "-0.25", ""])
GATED = (Part.BASELINE, Part.CONTENT, Part.ASSESSMENT)


class Learner(RuleBasedStateMachine):
    """One learner, some time, and whoever else can reach the handlers."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.ledger = Ledger(EDITIONS[0])
        self.before: Progress | None = None
        self.first_attempt: Any = None

    # What happens around the learner

    @rule(step=st.sampled_from([timedelta(minutes=4), timedelta(hours=7), timedelta(days=20), timedelta(days=200)]))
    def time_passes(self, step: timedelta) -> None:
        self.now += step

    @precondition(lambda self: self.now < datetime(2028, 1, 10, tzinfo=UTC))
    @rule()
    def the_last_hour_comes(self) -> None:
        self.now = datetime(2028, 1, 16, 4, 30, tzinfo=UTC)

    @rule(activity=st.sampled_from(EDITIONS))
    def the_author_publishes(self, activity: Activity) -> None:
        self.ledger.publish(activity)

    # What the learner does, rightly or wrongly

    @rule(steps=st.integers(1, 5))
    def go_on_rightly(self, steps: int) -> None:
        for _ in range(steps):
            current = self.ledger.progress(self.now).current
            if current is Part.OVERVIEW:
                self.ledger.acknowledge(self.now)
            elif current is Part.BASELINE:
                self.ledger.baseline(self.now, sample.right_baseline())
            elif current is Part.CONTENT:
                for section in self.ledger.activity(self.now).content.sections:
                    self.ledger.content(self.now, section)
            elif current is Part.ASSESSMENT:
                self.ledger.assessment(self.now, sample.right_assessment())
            elif current is Part.CLAIM:
                self.ledger.claim(self.now, amount="0.25")

    @rule(sha=st.sampled_from([*HASHES, "", None]))
    def acknowledge(self, sha: str | None) -> None:
        self.ledger.acknowledge(self.now, sha=sha)

    @rule(answers=ANSWERS)
    def answer_the_baseline(self, answers: Any) -> None:
        self.ledger.baseline(self.now, answers)

    @rule(section=st.sampled_from(SECTIONS))
    def declare_content(self, section: str) -> None:
        self.ledger.content(self.now, section)

    @rule(answers=ANSWERS, attempt=st.sampled_from([None, None, 0, 1, 2, 3, True, "1"]))
    def answer_the_assessment(self, answers: Any, attempt: Any) -> None:
        self.ledger.assessment(self.now, answers, attempt=attempt)

    @rule(
        amount=AMOUNTS,
        profession=st.sampled_from(["md", "do", "rn", "wizard"]),
        system=st.sampled_from(["ama_pra_1", "participation", "x"]),
        wording=st.sampled_from([None, None, None, "0" * 64]),
    )
    def claim(self, amount: str, profession: str, system: str, wording: str | None) -> None:
        progress = self.ledger.progress(self.now)
        result = self.ledger.claim(self.now, amount=amount, profession=profession, system=system, wording=wording)
        if isinstance(result, Attestation):
            assert progress.state(Part.CLAIM).status is not Status.LOCKED
            assert wording is None

    # The promises

    @invariant()
    def promise_1_nothing_before_disclosure(self) -> None:
        progress, activity = self.ledger.progress(self.now), self.ledger.activity(self.now)
        sha = disclosure.sha256(activity)
        seen = any(_is(one, Kind.DISCLOSURE_ACKNOWLEDGED) and one.payload["disclosure"] == sha for one in self.entries)
        if not seen:
            assert all(progress.state(part).status is Status.LOCKED for part in (*GATED, Part.CLAIM))
        for index, one in enumerate(self.entries):
            if not _is(one, Kind.DISCLOSURE_ACKNOWLEDGED):
                theirs = disclosure.sha256(self.ledger.editions[one.edition])
                assert theirs in [earlier.payload.get("disclosure") for earlier in self.entries[:index]]

    @invariant()
    def promise_2_a_baseline_is_taken_once_and_before_the_content(self) -> None:
        kinds = [one.kind for one in self.entries]
        assert kinds.count(Kind.BASELINE_SUBMITTED) <= 1
        if Kind.BASELINE_SUBMITTED in kinds:
            after = kinds.index(Kind.BASELINE_SUBMITTED)
            assert not {Kind.CONTENT_COMPLETED, Kind.ASSESSMENT_SUBMITTED} & set(kinds[:after])
        progress, activity = self.ledger.progress(self.now), self.ledger.activity(self.now)
        # One given in the days in which a live edition can be claimed came too late for another that ended before.
        counted = [one for one in self.entries if _is(one, Kind.BASELINE_SUBMITTED) and _in_time(activity, one.at)]
        assert (progress.baseline is not None) == bool(counted)
        assert [one.number for one in progress.attempts] == list(range(1, len(progress.attempts) + 1))
        if progress.attempts:
            first = progress.attempts[0]
            self.first_attempt = self.first_attempt or first
            assert first == self.first_attempt

    @invariant()
    def promise_3_credit_is_exact_and_after_everything_was_met(self) -> None:
        for claim, at in zip(self.ledger.claims, self.claimed_at, strict=True):
            activity = self.ledger.editions[claim.edition]
            offering = activity.offerings[0]
            assert isinstance(claim.amount, Decimal)
            assert offering.amount is not None
            assert Decimal("0.25") <= claim.amount <= offering.amount
            assert claim.amount % Decimal("0.25") == 0
            assert (claim.profession in ("md", "do")) == (claim.system == "ama_pra_1")
            assert claim.completed_at <= at
            zone, expiry = ZoneInfo(activity.time_zone), activity.expiry
            assert expiry is not None
            assert claim.completed_on == claim.completed_at.astimezone(zone).date() <= expiry
            assert at.astimezone(zone).date() <= expiry + timedelta(days=activity.claim.window_days)
            assert _met(self.ledger, claim)

    @invariant()
    def promise_4_one_claim_for_each_system(self) -> None:
        systems = [one.system for one in self.ledger.claims]
        assert len(systems) == len(set(systems)) <= 1
        assert list(self.ledger.progress(self.now).claimed) == systems

    @invariant()
    def what_is_done_stays_done_while_the_edition_is_the_same(self) -> None:
        progress, before = self.ledger.progress(self.now), self.before
        if before is not None and before.edition == progress.edition:
            for earlier, later in zip(before.parts, progress.parts, strict=True):
                assert earlier.status is not Status.DONE or later.status is Status.DONE
            if before.completed_at is not None:
                assert (progress.completed_at, progress.completed_on) == (before.completed_at, before.completed_on)
            assert progress.attempts[: len(before.attempts)] == before.attempts
        self.before = progress

    @invariant()
    def every_locked_part_gives_a_reason_and_at_most_one_of_the_way_is_open(self) -> None:
        progress = self.ledger.progress(self.now)
        for one in progress.parts:
            assert one.reason is not None or one.status is not Status.LOCKED
        assert sum(one.status is Status.OPEN and not one.optional for one in progress.parts) <= 1

    @invariant()
    def the_chain_is_whole(self) -> None:
        assert verify(PARTICIPATION, self.entries) == ()

    @property
    def entries(self) -> list[Entry]:
        return self.ledger.entries

    @property
    def claimed_at(self) -> list[datetime]:
        return [one.at for one in self.entries if _is(one, Kind.CREDIT_CLAIMED)]


def _is(entry: Entry, kind: Kind) -> bool:
    return entry.kind is kind


def _in_time(activity: Activity, at: datetime) -> bool:
    """A live activity is over before its learners answer: they have the days for claiming, too."""
    days = activity.claim.window_days if activity.format == "live" else 0
    assert activity.expiry is not None
    return at.astimezone(ZoneInfo(activity.time_zone)).date() <= activity.expiry + timedelta(days=days)


def _met(ledger: Ledger, claim: Attestation) -> bool:
    """Whether the entries hold, by the instant that the claim names, all that its edition asks for."""
    activity = ledger.editions[claim.edition]
    held = [one for one in ledger.entries if one.at <= claim.completed_at and not _is(one, Kind.CREDIT_CLAIMED)]
    sha = disclosure.sha256(activity)
    acknowledged = [one.seq for one in held if one.payload.get("disclosure") == sha]
    here = [one for one in held if one.edition == claim.edition]
    sections = {one.payload["section"]: one.seq for one in here if _is(one, Kind.CONTENT_COMPLETED)}
    passes = [one.seq for one in here if _is(one, Kind.ASSESSMENT_SUBMITTED) and _passes(activity, one)]
    before = any(_is(one, Kind.BASELINE_SUBMITTED) for one in held)
    skipped = not activity.baseline.items or any(
        one.kind in (Kind.CONTENT_COMPLETED, Kind.ASSESSMENT_SUBMITTED) and one.edition != claim.edition for one in held
    )
    if not acknowledged or not (before or skipped) or set(sections) != set(activity.content.sections):
        return False
    if sections and min(sections.values()) < acknowledged[0]:
        return False
    if activity.assessment.items:
        return bool(passes) and passes[-1] > max(sections.values(), default=acknowledged[0])
    return activity.format == "live"


def _passes(activity: Activity, entry: Entry) -> bool:
    """Scored here by hand: a1 and a2 are "a", a3 is "a" and "b"; a4 is a scale."""
    key = {"a1": {"a"}, "a2": {"a"}, "a3": {"a", "b"}}
    right = sum(set(entry.payload["responses"][item]) == answer for item, answer in key.items())
    mark = activity.assessment.pass_mark
    assert mark is not None
    return right >= mark * 3


TestLearner = Learner.TestCase
TestLearner.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
