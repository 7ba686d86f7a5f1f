"""How many learners an activity has had, by PARS' own rules: a learner is neither who enrolled nor who got credit.

Who completed all of it or a verifiable portion is a learner; merely opening it makes nobody one. In a series every
attendance counts, in everything else every learner once, over all years. Tests are left out. Source: R-1.17; spec pars,
1.8; ACCME faq 79, 8471, 10496.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from cme_xblock.activity.codes import Format
from cme_xblock.records.models import Claim, EntryRow

# Facts that show a portion of the education done; acknowledging a disclosure or a baseline is none of it. Attendance is
# another, for those who attended as learners.
_LEARNED = ("content_completed", "assessment_submitted", "credit_claimed", "completed_without_credit")
_ATTENDED, _WITHDRAWN, _TEST, _ENDED = (
    "attendance_recorded", "attendance_withdrawn", "test_marked", "completed_without_credit",
)  # fmt: skip
_UNKNOWN = ""


def learners(activity_key: str, format: Format) -> Mapping[str, int]:
    """Learners by profession code, "" for those who have said none. A few queries; memory grows with the learners.

    The profession is that of the claim that counts, of the last one where none does, or what was said on completing
    without credit.
    """
    attended = {one: number for one, number in _attendances(activity_key).items() if number}
    people = {*_participations(activity_key, _LEARNED), *attended} - _tests(activity_key)
    times = attended if format is Format.RSS else {}
    professions = _professions(activity_key)
    counts: Counter[str] = Counter()
    for one in people:
        # Somebody may have done a part of a series without an attendance being taken: that is one learner still.
        counts[professions.get(one, _UNKNOWN)] += max(times.get(one, 0), 1)
    return counts


def _participations(activity_key: str, kinds: tuple[str, ...]) -> Iterator[int]:
    rows = EntryRow.objects.filter(participation__activity_key=activity_key, kind__in=kinds)
    return rows.order_by().values_list("participation_id", flat=True).distinct().iterator()


def _payloads(activity_key: str, *kinds: str) -> Iterator[tuple[int, str, dict[str, object]]]:
    """Participation, kind and payload of those entries, in the order in which they were written."""
    rows = EntryRow.objects.filter(participation__activity_key=activity_key, kind__in=kinds)
    for participation, kind, payload in (
        rows.order_by("pk").values_list("participation_id", "kind", "payload").iterator()
    ):
        yield participation, kind, json.loads(payload)


def _tests(activity_key: str) -> set[int]:
    """Participations that are marked as tests, by the last word on each."""
    marked: dict[int, bool] = {}
    for participation, _, payload in _payloads(activity_key, _TEST):
        marked[participation] = bool(payload.get("test"))
    return {participation for participation, is_test in marked.items() if is_test}


def _attendances(activity_key: str) -> Mapping[int, int]:
    """How many sessions each participation has attended; each session once, without those withdrawn."""
    attended: dict[int, set[object]] = {}
    for participation, kind, payload in _payloads(activity_key, _ATTENDED, _WITHDRAWN):
        sessions = attended.setdefault(participation, set())
        if kind == _ATTENDED and payload.get("role", "learner") == "learner":
            sessions.add(payload.get("session"))
        else:  # withdrawn, or corrected to faculty's
            sessions.discard(payload.get("session"))
    return {participation: len(sessions) for participation, sessions in attended.items()}


def _professions(activity_key: str) -> Mapping[int, str]:
    found = {
        participation: str(payload.get("profession") or _UNKNOWN)
        for participation, _, payload in _payloads(activity_key, _ENDED)
    }
    claims = Claim.objects.filter(participation__activity_key=activity_key).order_by("pk")
    found |= dict(claims.values_list("participation_id", "profession").iterator())
    return found | dict(claims.filter(live__isnull=False).values_list("participation_id", "profession").iterator())
