"""Many learners and many entries, as honest as if each had come by the page: sealed, chained and verifiable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from benchmarks import learner, scene
from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity
from cme_xblock.participation import entries
from cme_xblock.participation.entries import Draft, Entry, Kind
from cme_xblock.records import editions, keys
from cme_xblock.records.models import EntryRow, Participation
from cme_xblock.rules import disclosure

_BATCH = 500


@dataclass(frozen=True)
class Crowd:
    """Adds learners who are spread over the stages up to a failed assessment."""

    activity: Activity

    def grow(self, *, first: int, last: int) -> None:
        """Add the learners of these numbers, both included."""
        begun = datetime.now(UTC) - timedelta(days=1)
        drafts = self._drafts()
        activity_key = keys.activity_key(scene.COURSE, self.activity.activity_id)
        edition = editions.row(activity_key, drafts[0].edition).pk
        for start in range(first, last + 1, _BATCH):
            rows: list[EntryRow] = []
            people: list[Participation] = []
            for number in range(start, min(start + _BATCH, last + 1)):
                person = self._person(f"crowd-{number}", begun)
                sealed = list(_sealed(person.uuid, drafts[: number % len(drafts) + 1], begun))
                person.head_seq, person.head_hash = sealed[-1].seq, sealed[-1].hash
                people.append(person)
                rows += [_row(person, one, edition) for one in sealed]
            Participation.objects.bulk_create(people)
            EntryRow.objects.bulk_create(rows)

    def _person(self, learner_id: str, begun: datetime) -> Participation:
        place = (scene.COURSE, self.activity.activity_id)
        return Participation(
            key=keys.participation_key(*place, learner_id),
            course_key=scene.COURSE,
            activity_id=self.activity.activity_id,
            learner_id=learner_id,
            activity_key=keys.activity_key(*place),
            learner_key=keys.learner_key(learner_id),
            started_at=begun,
        )

    def _drafts(self) -> list[Draft]:
        found = editions.current(scene.COURSE, self.activity.activity_id)
        assert found is not None, "the first view records the edition: look at the page before the crowd comes"
        wrong = learner.wrong(self.activity.assessment.items)
        return [
            Draft(Kind.DISCLOSURE_ACKNOWLEDGED, found.sha256, {"disclosure": disclosure.sha256(self.activity)}),
            Draft(Kind.BASELINE_SUBMITTED, found.sha256, {"responses": learner.right(self.activity.baseline.items)}),
            *(Draft(Kind.CONTENT_COMPLETED, found.sha256, {"section": one}) for one in self.activity.content.sections),
            Draft(Kind.ASSESSMENT_SUBMITTED, found.sha256, {"attempt": 1, "responses": wrong}),
        ]


def _sealed(participation: str, drafts: list[Draft], begun: datetime) -> Iterator[Entry]:
    last: Entry | None = None
    for number, draft in enumerate(drafts):
        last = entries.seal(draft, participation=participation, after=last, at=begun + timedelta(minutes=number))
        yield last


def _row(person: Participation, entry: Entry, edition: int) -> EntryRow:
    return EntryRow(
        participation=person,
        seq=entry.seq,
        kind=str(entry.kind),
        edition_id=edition,
        payload=canonical.dumps(entry.payload).decode(),
        at=entry.at,
        prev=entry.prev,
        hash=entry.hash,
    )
