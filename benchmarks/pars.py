"""Very many learner records as one XML document, beside a bare loop of `lxml.etree.xmlfile` that writes the same bytes.

    python -m benchmarks.pars --size 1000000

Each writer runs in a process of its own, so that its peak of memory is its own. Prints what each took and the ratio; it
asserts only that both wrote the same bytes. No database, no network.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from lxml import etree

from cme_xblock.activity.model import Activity, Offering
from cme_xblock.reporting.endpoints import data, pars_document
from cme_xblock.reporting.endpoints.base import Record
from cme_xblock.reporting.identity import Identity

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SPACE = "urn:placeholder:accme-pars"
WIRE = data.merged("pars", {"namespaces": {"extension": SPACE}})
ACTIVITY = Activity(activity_id="opioids", offerings=(Offering("ama_pra_1", Decimal("1.50")),))
AR, M = WIRE["namespaces"]["report"], WIRE["namespaces"]["member"]
N, HX = WIRE["namespaces"]["name"], WIRE["namespaces"]["healthcare"]


def records(size: int) -> Iterator[Record]:
    """So many records of different learners, some with letters that have to be escaped."""
    for number in range(size):
        yield Record(
            operation="add",
            credit_id=f"ccid:lms.example.org:{number:032x}-cme",
            kind="cme",
            system="ama_pra_1",
            amount=Decimal("1.50"),
            completed_on=date(2026, 1, number % 28 + 1),
            completed_at=NOW,
            claimed_at=NOW,
            activity=ACTIVITY,
            activity_title="Safe Opioid Tapering: Cases & Questions",
            activity_number="202600001",
            provider_name="Example Academic Medical Center",
            provider_number="0000000",
            learner=str(number),
            identity=Identity(
                f"Given{number}", f"O'Family <{number % 97}>", number % 12 + 1, number % 28 + 1, "1234567893", "IL",
                f"036{number:07d}",
            ),
        )  # fmt: skip


def ours(target: IO[bytes], size: int) -> None:
    """As the endpoint writes them."""
    for piece in pars_document.stream(records(size), WIRE, now=NOW):
        target.write(piece)


def bare(target: IO[bytes], size: int) -> None:
    """The loop that one would write first, with the same white space."""
    with etree.xmlfile(target, encoding="UTF-8", buffered=True) as out:
        out.write_declaration()
        with out.element("ACCMELearnerReports"):
            out.write("\n  ")
            with out.element(f"{{{AR}}}ActivityReports", nsmap={None: AR, "m": M, "n": N, "hx": HX}):
                out.write("\n    ")
                with out.element(f"{{{AR}}}DateTimeCreated"):
                    out.write(NOW.isoformat(timespec="seconds"))
                for one in records(size):
                    out.write("\n    ")
                    _bare_report(out, one)
                out.write("\n  ")
            out.write("\n")
    target.write(b"\n")


def _bare_report(out: Any, one: Record) -> None:
    person = one.identity

    def leaf(indent: int, name: str, text: str, **attributes: str) -> None:
        out.write("\n" + " " * indent)
        with out.element(name, attributes):
            out.write(text)

    with out.element(f"{{{AR}}}ActivityReport"):
        leaf(6, f"{{{AR}}}ReportingOrganization", one.provider_name)
        out.write("\n      ")
        with out.element(f"{{{AR}}}Member"):
            leaf(8, f"{{{M}}}UniqueID", person.npi, domain="NPI")
            leaf(8, f"{{{M}}}UniqueID", person.licence_number, domain=person.licence_state)
            out.write("\n        ")
            with out.element(f"{{{M}}}Name"):
                leaf(10, f"{{{N}}}GivenName", person.given_name)
                leaf(10, f"{{{N}}}FamilyName", person.family_name)
                out.write("\n        ")
            out.write("\n        ")
            with out.element(f"{{{M}}}PersonalInfo"):
                leaf(10, f"{{{M}}}BirthDate", f"1900-{person.birth_month:02d}-{person.birth_day:02d}")
                out.write("\n        ")
            out.write("\n      ")
        out.write("\n      ")
        with out.element(f"{{{AR}}}Activity"):
            leaf(8, f"{{{AR}}}ProviderOrganization", one.provider_number)
            leaf(8, f"{{{AR}}}ActivityName", one.activity_title)
            out.write("\n        ")
            with out.element(f"{{{AR}}}Module"):
                leaf(10, f"{{{AR}}}ModuleName", one.activity_title, moduleID=one.activity_number)
                leaf(10, f"{{{AR}}}Status", "Completed")
                leaf(10, f"{{{AR}}}CompletedDateTime", f"{one.completed_on.isoformat()}T00:00:00")
                _bare_certificate(out, one, leaf)
                out.write("\n        ")
            out.write("\n      ")
        out.write("\n      ")
        with out.element(f"{{{AR}}}XtensibleInfo"):
            out.write("\n        ")
            with out.element(f"{{{SPACE}}}LearnerRecordAction", nsmap={"x": SPACE}):
                out.write("add")
            out.write("\n      ")
        out.write("\n    ")


def _bare_certificate(out: Any, one: Record, leaf: Callable[[int, str, str], None]) -> None:
    out.write("\n          ")
    with out.element(f"{{{AR}}}CreditCertificate"):
        out.write("\n            ")
        with out.element(f"{{{AR}}}CreditReceived"):
            leaf(14, f"{{{HX}}}activityCertification", "AMA PRA Category 1")
            leaf(14, f"{{{HX}}}creditUnit", "Point")
            leaf(14, f"{{{HX}}}numberOfCredits", f"{one.amount:.2f}")
            out.write("\n            ")
        leaf(12, f"{{{AR}}}CreditID", one.credit_id)
        out.write("\n          ")


def nothing(_target: IO[bytes], size: int) -> None:
    """Making the records and writing none: what both others pay as well."""
    for _ in records(size):
        pass


WRITERS: dict[str, Callable[[IO[bytes], int], None]] = {"nothing": nothing, "bare": bare, "ours": ours}


def measure(name: str, size: int, path: Path) -> None:
    """Run one writer in this process and print what it took, as JSON."""
    begun = time.perf_counter()
    with path.open("wb") as target:
        WRITERS[name](target, size)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "bytes": path.stat().st_size}))


def fingerprint(path: Path) -> str:
    """The hash of a file. lxml sorts the namespaces that it declares in the third line: there they count as a set."""
    with path.open("rb") as written:
        head = [" ".join(sorted(written.readline().decode().rstrip(">\n").split())) for _ in range(3)]
        return hashlib.file_digest(written, lambda: hashlib.sha256("\n".join(head).encode())).hexdigest()


def main() -> None:
    """Measure both, and print it."""
    parser = argparse.ArgumentParser(prog="benchmarks.pars", description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=int, default=100_000, help="records (default 100000)")
    parser.add_argument("--only", choices=list(WRITERS), help=argparse.SUPPRESS)
    parser.add_argument("--into", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        measure(options.only, options.size, options.into)
        return
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="cme-bench-") as folder:
        sums = {}
        for name in WRITERS:
            path = Path(folder) / name
            command = [sys.executable, "-m", "benchmarks.pars", "--size", str(options.size), "--only", name]
            done = subprocess.run(
                [*command, "--into", str(path)], check=True, capture_output=True, text=True, env=dict(os.environ)
            )
            found[name] = json.loads(done.stdout)
            sums[name] = fingerprint(path)
    assert sums["bare"] == sums["ours"], "the two did not write the same bytes"
    print(f"{options.size:,} learner records, {found['ours']['bytes'] / 1e6:.0f} MB, the same from both")
    print(f"{'writer':<12}{'seconds':>10}{'records/s':>12}{'peak MB':>10}")
    for name, one in found.items():
        rate = options.size / one["seconds"]
        print(f"{name:<12}{one['seconds']:>10.2f}{rate:>12,.0f}{one['peak']:>10.0f}")
    print(f"speed of ours to bare: {found['bare']['seconds'] / found['ours']['seconds']:.2f} (goal: 0.50 or more)")


if __name__ == "__main__":
    main()
