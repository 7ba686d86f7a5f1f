"""The audit file at scale: `python -m benchmarks.audit_file [--sizes 1000 10000] [--database mariadb]`.

How long does it take to make the audit file of an activity, how long to verify it with nothing but the file and the
public key, and how do both grow, in time and in memory? Goal: an activity with 10,000 learners in under 60 s.

Learners are simulated, and written straight into the tables with true chains and fingerprints: the verifier must find
nothing. Making and verifying run in a process of their own each, so that the peaks of memory are their own. Making
includes counting the outcomes of all learners from their ledgers, which a site has mostly done before.
"""

from __future__ import annotations

import argparse
import multiprocessing
import platform
import resource
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks import claims_data

COURSE = "course-v1:Simulated+CME+2026"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEYS = [{"id": "bench", "private_key": "YmVuY2htYXJrcyBvbmx5OiBub2JvZHkncyBrZXkhISE"}]
_CHUNK = 1_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Audit files at scale.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--database", default="mariadb", choices=("sqlite", "postgres", "mariadb"))
    options = parser.parse_args()
    claims_data.in_database(options.database, lambda: _measure(options))


def _measure(options: argparse.Namespace) -> None:
    from django.conf import settings

    settings.CME_EVIDENCE_KEYS = KEYS
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, {options.database}; "
          f"simulated learners with 8 entries, a claim and a delivered report each")  # fmt: skip
    head = ("learners", "make s", "us/learner", "peak MB", "grew MB", "file MB", "verify s", "grew MB", "verdict")
    print("{:>9} {:>8} {:>11} {:>8} {:>8} {:>8} {:>9} {:>8} {:>8}".format(*head))
    for size in options.sizes:
        key = _fill(size)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "audit.zip"
            made, before, peak, _ = _apart(_make, key, path)
            checked, start, verified, verdict = _apart(_verify, key, path)
            large = path.stat().st_size / 1e6
            print(f"{size:>9} {made:>8.2f} {made / size * 1e6:>11.0f} {peak:>8.0f} {peak - before:>8.0f} {large:>8.1f} "
                  f"{checked:>9.2f} {verified - start:>8.0f} {verdict:>8}", flush=True)  # fmt: skip


def _make(key: str, path: Path) -> str:
    from cme_xblock.console.evidence import working

    by = working.maker(site="https://lms.example", keys_url="https://lms.example/cme/evidence/keys.json")
    with path.open("w+b") as stream:
        _, built = working.write(key, stream, by, now=NOW)
    return str(len(built.missing))


def _verify(_key: str, path: Path) -> str:
    from cme_xblock.evidence import keys
    from cme_xblock.evidence.verify import verify
    from cme_xblock.records import signing

    with path.open("rb") as stream:
        report = verify(stream, keys.trusted(keys.encode(signing.evidence()[0].public)))
    return report.verdict.value


def _apart(work: Callable[[str, Path], str], key: str, path: Path) -> tuple[float, float, float, str]:
    """Do it in a process of its own: seconds, memory before and at the peak in MB, and what it says."""
    from django.db import connections

    connections.close_all()
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_work, args=(work, key, path, theirs))
    process.start()
    found: tuple[float, float, float, str] = ours.recv()
    process.join()
    return found


def _work(work: Callable[[str, Path], str], key: str, path: Path, pipe: Any) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    begun = time.monotonic()
    says = work(key, path)
    seconds = time.monotonic() - begun
    pipe.send((seconds, before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, says))


def _fill(size: int) -> str:
    """An activity with so many learners who completed and claimed; its key."""
    from dataclasses import replace

    from cme_xblock.records import editions, keys
    from cme_xblock.records.models import Edition
    from tests.rules import sample

    activity = replace(sample.activity(), activity_id=f"audit-{size}", title=f"Simulated activity of {size}")
    sha256 = editions.publish(COURSE, activity, source="cme@a", now=NOW)
    key = keys.activity_key(COURSE, activity.activity_id)
    edition = Edition.objects.get(activity_key=key, sha256=sha256)
    for begin in range(0, size, _CHUNK):
        _write(activity, edition, range(begin, min(begin + _CHUNK, size)))
    return key


def _write(activity: Any, edition: Any, numbers: range) -> None:
    from cme_xblock.records.models import Claim, Delivery, DeliveryAttempt, EntryRow, LiveClaim, Participation

    made = [_learner(activity, edition, number) for number in numbers]
    Participation.objects.bulk_create([one["participation"] for one in made])
    known = {one.uuid: one for one in Participation.objects.filter(activity_key=edition.activity_key)}
    for one in made:
        for each in (*one["entries"], one["claim"], one["delivery"]):
            each.participation = known[one["participation"].uuid]
    EntryRow.objects.bulk_create([each for one in made for each in one["entries"]], batch_size=2_000)
    last = {row.participation_id: row for row in EntryRow.objects.filter(
        participation__in=[known[one["participation"].uuid].pk for one in made], kind="credit_claimed")}  # fmt: skip
    for one in made:
        one["claim"].entry = last[one["claim"].participation_id]
    Claim.objects.bulk_create([one["claim"] for one in made])
    claims = {one.uuid: one for one in Claim.objects.filter(uuid__in=[one["claim"].uuid for one in made])}
    for one in made:
        one["live"].claim = one["delivery"].claim = claims[one["claim"].uuid]
    LiveClaim.objects.bulk_create([one["live"] for one in made])
    Delivery.objects.bulk_create([one["delivery"] for one in made])
    sent = {one.uuid: one for one in Delivery.objects.filter(activity_key=edition.activity_key)}
    DeliveryAttempt.objects.bulk_create(
        DeliveryAttempt(delivery=sent[one["delivery"].uuid], number=1, action="send", started_at=NOW, ended_at=NOW,
                        outcome="accepted", http_status=200, excerpt="Accepted (simulated).", answer_hash="a" * 64)
        for one in made
    )  # fmt: skip


def _learner(activity: Any, edition: Any, number: int) -> dict[str, Any]:
    """All rows of one simulated learner, not stored yet."""
    from cme_xblock.participation.entries import Draft, Entry, seal
    from cme_xblock.records import claims, keys
    from cme_xblock.records.models import Claim, Delivery, EntryRow, LiveClaim, Participation

    learner, place = f"simulated-{number}", (COURSE, activity.activity_id)
    at = NOW - timedelta(days=number % 300, minutes=number % 60)
    participation = Participation(
        key=keys.participation_key(*place, learner), course_key=COURSE, activity_id=activity.activity_id,
        learner_id=learner, activity_key=edition.activity_key, learner_key=keys.learner_key(learner), started_at=at,
    )  # fmt: skip
    uuid = claims.new_uuid()
    last: Entry | None = None
    rows = []
    for minute, (kind, payload) in enumerate(_way(activity, uuid, at.date(), number)):
        draft = Draft(kind, edition.sha256, payload)
        last = seal(draft, participation=participation.uuid, after=last, at=at + timedelta(minutes=minute))
        rows.append(EntryRow(seq=last.seq, kind=str(kind), edition=edition, payload=_text(payload), at=last.at,
                             prev=last.prev, hash=last.hash))  # fmt: skip
    assert last is not None
    participation.refresh_head(seq=last.seq, sha256=last.hash)
    said = last.payload
    claim = Claim(
        uuid=uuid, edition=edition, system=said["system"], amount=said["amount"], profession=said["profession"],
        name_certified=f"Simulated Learner {number}", completed_on=date.fromisoformat(said["completed_on"]),
        completed_at=last.at, zone=activity.time_zone, statement="I claim (simulated).", wording_sha=said["wording"],
        claimed_at=last.at,
    )  # fmt: skip
    claim.hash = claims.fingerprint(claim, entry_hash=last.hash)
    delivery = Delivery(
        subject=f"claim:{uuid}", edition=edition, activity_key=edition.activity_key, endpoint="pars", kind="cme",
        state="accepted", next_attempt_at=NOW, created_at=NOW, settled_at=NOW, credit_id=f"{uuid}@example.org",
    )  # fmt: skip
    live = LiveClaim(key=keys.live_claim_key(participation.key, said["system"]))
    return {"participation": participation, "entries": rows, "claim": claim, "live": live, "delivery": delivery}


def _way(activity: Any, uuid: str, day: date, number: int) -> list[tuple[Any, Mapping[str, Any]]]:
    """The entries from the acknowledgement to the claim; a third answers the assessment wrong at first."""
    from cme_xblock.participation import attestation
    from cme_xblock.participation.entries import Kind
    from cme_xblock.rules import disclosure
    from tests.rules import sample

    [choice] = [one for one in attestation.options(activity, "md") if one.system.code == "ama_pra_1"]
    claimed = {
        "claim": uuid, "system": "ama_pra_1", "amount": "0.5", "profession": "md", "completed_on": day.isoformat(),
        "wording": choice.wording_sha,
    }  # fmt: skip
    right = sample.right_assessment()
    first = right if number % 3 else dict(list(right.items())[:1])
    return [
        (Kind.DISCLOSURE_ACKNOWLEDGED, {"disclosure": disclosure.sha256(activity)}),
        (Kind.BASELINE_SUBMITTED, {"responses": sample.right_baseline()}),
        *((Kind.CONTENT_COMPLETED, {"section": one}) for one in activity.content.sections),
        (Kind.ASSESSMENT_SUBMITTED, {"attempt": 1, "responses": first}),
        (Kind.ASSESSMENT_SUBMITTED, {"attempt": 2, "responses": right}),
        (Kind.EVALUATION_SUBMITTED, {"mode": "anonymous"}),
        (Kind.CREDIT_CLAIMED, claimed),
    ]


def _text(payload: Mapping[str, Any]) -> str:
    from cme_xblock.activity import canonical

    return canonical.dumps(dict(payload)).decode()


if __name__ == "__main__":
    main()
