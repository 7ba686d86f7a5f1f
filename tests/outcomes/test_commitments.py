"""What became of plans, in counts that name nobody, and reasons only among many."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import product

import pytest

from cme_xblock.outcomes import commitments
from cme_xblock.outcomes.commitments import Followed
from cme_xblock.participation.commitments import Given, Outcome
from cme_xblock.records import editions, follow_ups, keys
from cme_xblock.records.models import Commitment, Edition, Participation
from tests.conftest import NOW
from tests.records import samples


def plans(**many: int) -> list[tuple[str, int, list[tuple[int, str, str]]]]:
    """So many learners with each answer, each with a reason; `none` for those without one."""
    said = [name for name, number in many.items() for _ in range(number)]
    return [("o1", who, [] if one == "none" else [(30, one, f"Because {who}.")]) for who, one in enumerate(said)]


def test_every_learner_is_counted_by_the_last_answer_and_the_least_done_of_several_plans() -> None:
    rows = [
        *plans(fully=10, partly=6, not_yet=5, none=7),
        *[("o2", who, [(90, "fully", ""), (30, "not_yet", "")]) for who in range(6)],
        *[("o3", who, [(30, outcome, "")]) for who in range(5) for outcome in ("not_yet", "fully")],
        *[("o4", who, []) for who in range(5)],
    ]
    one, *others = commitments.counted(rows)
    assert one.reasons == tuple(sorted(f"Because {who}." for who in range(21)))
    assert (one.objective, one.committed, one.answered, one.fully, one.partly, one.not_yet) == ("o1", 28, 21, 10, 6, 5)
    assert others == [
        Followed("o2", 6, 6, 6, 0, 0),
        Followed("o3", 5, 5, 0, 0, 5),
        Followed("o4", 5, 0, 0, 0, 0),
    ]


def test_reasons_of_fewer_than_ten_learners_are_not_shown() -> None:
    nine = plans(fully=9)
    talkative = [("o1", 0, [(30, "partly", "Once."), (90, "fully", "Twice.")]), *nine[1:]]
    assert commitments.counted(nine)[0].reasons == ()
    assert commitments.counted(talkative)[0].reasons == ()
    assert len(commitments.counted(plans(fully=10))[0].reasons) == 10


@pytest.mark.parametrize("fully", [0, 1, 4, 5])
def test_no_group_of_one_to_four_can_be_had_by_adding_and_subtracting(fully: int) -> None:
    """All signed sums of what is shown, for every mixture of small numbers."""
    groups = {
        "committed": {"fully", "partly", "not_yet", "none"},
        "answered": {"fully", "partly", "not_yet"},
        "fully": {"fully"},
        "partly": {"partly"},
        "not_yet": {"not_yet"},
    }
    for partly, not_yet, none in product((0, 1, 6), (0, 2, 5), (0, 3, 9)):
        sizes = {"fully": fully, "partly": partly, "not_yet": not_yet, "none": none}
        if not any(sizes.values()):
            continue
        [one] = commitments.counted(plans(**sizes))
        shown = {name: made for name, made in groups.items() if getattr(one, name) is not None}
        assert all(getattr(one, name) == sum(sizes[each] for each in made) for name, made in shown.items())
        for signs in product((-1, 0, 1), repeat=len(shown)):
            members: Counter[str] = Counter()
            for sign, made in zip(signs, shown.values(), strict=True):
                members.update(dict.fromkeys(made, sign))
            taken = {name: number for name, number in members.items() if number and sizes[name]}
            if set(taken.values()) == {1}:
                assert sum(sizes[name] for name in taken) >= 5, (sizes, shown, taken)


@pytest.mark.database
@pytest.mark.django_db
def test_it_is_read_from_the_records_without_tests_and_other_activities() -> None:
    sha256 = editions.publish(samples.COURSE, samples.activity(), source="cme@a", now=NOW)
    other = editions.publish(samples.COURSE, samples.activity(activity_id="other"), source="cme@b", now=NOW)
    for number in range(12):
        activity_id, edition = ("other", other) if number == 11 else (samples.ACTIVITY, sha256)
        samples.append(samples.acknowledgement(edition), (samples.COURSE, activity_id, f"learner-{number}"))
        one = Participation.objects.get(learner_id=f"learner-{number}")
        of = {"question": "c", "objective": "o1", "text": "x", "days": "30", "made_at": NOW}
        Commitment.objects.create(participation=one, edition=Edition.objects.get(sha256=edition), **of)
        [held] = follow_ups.held(one.key)
        given = [Given(held.name, 30, Outcome.PARTLY, f"Because {number:02d}.")]
        assert follow_ups.answer(one.key, given, now=NOW + timedelta(days=30))
        assert not follow_ups.answer(one.key, given, now=NOW + timedelta(days=31))
    Participation.objects.mark(Participation.objects.get(learner_id="learner-10").pk, is_test=True)
    [found] = commitments.of(keys.activity_key(samples.COURSE, samples.ACTIVITY))
    assert found == Followed("o1", 10, 10, 0, 10, 0, tuple(f"Because {number:02d}." for number in range(10)))
