"""What a learner takes away: a certificate as PDF beside the same page through WeasyPrint, and a long transcript.

Usage: `show` from a report, or `python -m benchmarks.credit_alone`. Each certificate has a name of its own, because
both programs remember what they have set before; both answer the same request, from the address to the bytes.
"""

from __future__ import annotations

import dataclasses
import itertools
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings

from benchmarks import scene, tables, timing
from cme_xblock.activity.model import Activity
from cme_xblock.credit import transcript
from cme_xblock.participation.attestation import Attestation
from cme_xblock.participation.entries import Entry
from cme_xblock.records import claims, editions, ledger
from cme_xblock.records.ledger import Proposal
from cme_xblock.records.models import Claim, Participation

ROUNDS = 40
WARM_UP = 3
CREDITS = 500
LEARNER = "long-career"
_SETTINGS = {
    "CME_LOOKUP_LIMIT": {"requests": 1_000_000, "seconds": 60},
    "CME_READER": "benchmarks.credit.reader",
}


def reader(request: HttpRequest) -> str:
    """CME_READER here: one learner with a long career."""
    return LEARNER


def show(client: Client, activity: Activity) -> None:
    """Measure and print."""
    with override_settings(**_SETTINGS):
        _certificates(client, activity)
        _transcript(client, activity)


def _certificates(client: Client, activity: Activity) -> None:
    codes = [
        _claim(activity, learner=f"paper-{number}", name=f"Dr Avery Sample the {number}th").certificate_code
        for number in range(2 * (ROUNDS + WARM_UP) + 1)
    ]
    begun = time.perf_counter_ns()
    _ok(client.get(f"/cme/certificates/{codes.pop()}.pdf"))
    first = (time.perf_counter_ns() - begun) / 1e6
    ours = "certificate.pdf (Typst, PDF/UA-1)"
    jobs: dict[str, timing.Job] = {ours: _each(codes, lambda code: client.get(f"/cme/certificates/{code}.pdf"))}
    theirs = _weasyprint(client)
    if theirs is not None:
        jobs["the same page through WeasyPrint (PDF/UA-1)"] = _each(codes, theirs)
    found = timing.in_turns(jobs, rounds=ROUNDS, warm_up=WARM_UP)
    slowest = max(one.median for one in found.values())
    rows = [(name, one.median, one.p90, slowest / one.median) for name, one in found.items()]
    without = "" if theirs else " WeasyPrint is not there: requirements/bench.txt, and Pango."
    tables.show(
        f"A certificate as PDF, {ROUNDS} certificates each, in turns",
        ("document", "median ms", "p90 ms", "times as fast"),
        rows,
        note=f"The first one of a process: {first:.0f} ms. Goal: 40 ms, and 5 times as fast.{without}",
    )


def _transcript(client: Client, activity: Activity) -> None:
    for number in range(CREDITS):
        other = dataclasses.replace(activity, activity_id=f"career-{number}", title=f"{activity.title}, part {number}")
        _claim(other, learner=LEARNER, name="Dr Avery Sample", days=number)
    rows = []
    for name in ("transcript/", "transcript.csv", "transcript.pdf"):
        taken = []
        for _ in range(5):
            # As the first request of a process, but for what is imported.
            transcript._cache.clear()
            nanoseconds, answer = timing.call(lambda name=name: client.get(f"/cme/{name}"))
            taken.append(nanoseconds)
        cold, again = timing.of(taken), timing.of([timing.call(lambda name=name: client.get(f"/cme/{name}"))[0]])
        rows.append((name, len(answer.content), taken[0] / 1e6, cold.median, again.median))
    tables.show(
        f"A transcript of {CREDITS} credits of {CREDITS} activities",
        ("document", "bytes", "first ms", "editions unread ms", "editions known ms"),
        rows,
        note="Goal: 1,000 ms.",
    )


def _each(codes: list[str], work: Callable[[str], HttpResponse]) -> timing.Job:
    """A job that takes another certificate with each call."""
    turn: Iterator[str] = itertools.cycle(codes)
    return lambda: work(next(turn))


def _weasyprint(client: Client) -> Callable[[str], HttpResponse] | None:
    try:
        from weasyprint import CSS, HTML
    except (ImportError, OSError):
        # OSError: the wheel is there, and Pango is not.
        return None
    style = CSS(filename=str(scene.ROOT / "static" / "cme_xblock" / "certificate.css"))

    def work(code: str) -> HttpResponse:
        page = _ok(client.get(f"/cme/certificates/{code}/")).content.decode()
        nothing = page.replace('<link rel="stylesheet"', '<meta name="stylesheet"')
        return HttpResponse(HTML(string=nothing).write_pdf(stylesheets=[style], pdf_variant="pdf/ua-1"))

    return work


def _ok(answer: HttpResponse) -> HttpResponse:
    assert answer.status_code == 200, answer.status_code
    return answer


def _claim(activity: Activity, *, learner: str, name: str, days: int = 0) -> Claim:
    now = datetime.now(UTC)
    completed = now - timedelta(days=days)
    attested = Attestation(
        edition=editions.record(scene.COURSE, activity, now=now),
        system="ama_pra_1",
        amount=Decimal("0.5"),
        profession="md",
        completed_on=completed.date(),
        completed_at=completed,
        statement="I completed this activity.",
        wording="a" * 64,
    )
    made: list[Claim] = []

    def effects(participation: Participation, entry: Entry) -> None:
        zone = activity.time_zone
        made.append(claims.create(participation, entry, attestation=attested, name_certified=name, zone=zone))

    proposal = Proposal(attested.draft(claim=claims.new_uuid()), effects)
    ledger.append(scene.COURSE, activity.activity_id, learner, decide=lambda _: proposal, now=now)
    return made[0]
