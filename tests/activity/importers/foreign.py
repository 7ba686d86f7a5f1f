"""Imports of files that other people's programs wrote, from pinned packages; nothing of theirs is kept here.

`python -m tests.activity.importers.foreign` installs the packages into a temporary folder with the ordinary clients of
their registries, lets them write or reads what they ship, and compares the counts. Without a network it says so and
ends with status 0. `--folder DIR` counts what lies in any folder instead: for public repositories that no registry
carries. The table in docs/reference/imports.md comes from here.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from cme_xblock.activity.importers import ImportFailed, read, template
from cme_xblock.activity.importers import people as people_table

PYTHON = (
    "qti-package-maker==26.7.14",
    "text2qti==0.8.0",
    "text-to-qti==0.1.1",
    "citolab-qti-convert==0.2.0",
    "gift-wrapper==1.8.1",
    "openpyxl==3.1.5",
)
SOURCES = ("text-to-qti==0.1.1", "gift-wrapper==1.8.1")
NODE = ("gift-pegjs@1.0.2",)
ENDINGS = (".xml", ".zip", ".gift", ".txt", ".csv", ".xlsx", ".gz", ".imscc")
SAMPLE = re.compile(r"let sampleQuestion = `\n(.*?)`;", re.DOTALL)
WORKBOOK = """
import datetime, openpyxl
DAY, NINE = datetime.date(2026, 5, 28), datetime.datetime(2026, 6, 1, 9)
book = openpyxl.Workbook()
sheet = book.active
sheet.append(["name", "roles", "disclosed_on", "company", "nature", "mitigation_on"])
sheet.append(["Ana Example", "faculty", DAY, "Pharma A", "Consultant", NINE])
sheet.append(["Ben Example", "reviewer", "05/28/2026", "None", None, None])
book.create_sheet("Notes").append(["left out"])
book.save("people.xlsx")
"""
REREAD = """
import openpyxl, sys
for name in sys.argv[1:]:
    rows = list(openpyxl.load_workbook(name).active.values)
    print(len(rows), len(rows[0]))
"""


class Offline(Exception):  # noqa: N818 - not an error: the reason to skip
    """The registry can't be reached, or no longer carries the package."""


def main() -> int:
    """Count, compare, and say so; 1 where a count differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    if given.folder:
        return count_folder(given.folder)
    with tempfile.TemporaryDirectory() as kept:
        try:
            return compare(Path(kept))
        except Offline as reason:
            say(f"skipped, for a package can't be had here: {reason}")
            return 0


def count_folder(folder: Path) -> int:
    """Questions, problems and files that are no questions, in everything below a folder."""
    files = items = problems = refused = 0
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name.lower().endswith(ENDINGS):
            try:
                found = read(path.read_bytes(), name=path.name)
            except ImportFailed as reason:
                refused += 1
                say(f"  {path.relative_to(folder)}: {reason}")
            else:
                files, items, problems = files + 1, items + len(found.items), problems + len(found.problems)
    say(f"{files} files, {items} questions, {problems} problems; {refused} files held no questions")
    return 0


def compare(work: Path) -> int:
    """Let each package write, and import what it wrote."""
    site = work / "site"
    client(sys.executable, "-m", "pip", "install", "-q", "--target", str(site), *PYTHON)
    sources = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", str(work)]
    client(*sources, *SOURCES)
    for name in NODE:
        client("npm", "pack", "--silent", "--pack-destination", str(work), name)
    for path in [*work.glob("*.tar.gz"), *work.glob("*.tgz")]:
        with tarfile.open(path) as packed:
            packed.extractall(work / "un" / path.name, filter="data")
    failed = 0
    for name, make, wanted in FOREIGN:
        try:
            path = make(work)
            found = read(path.read_bytes(), name=path.name)
            counts = (found.format, len(found.items), len(found.problems))
        except (ImportFailed, subprocess.CalledProcessError, OSError) as reason:
            counts = (str(reason), 0, 0)
        failed += counts != wanted
        say(f"{'ok ' if counts == wanted else 'NOT'} {name}: {counts[0]}, {counts[1]} questions, {counts[2]} problems")
    return 1 if failed + workbooks(work) else 0


def workbooks(work: Path) -> int:
    """A workbook that openpyxl wrote is read with its dates; our templates are read by openpyxl."""
    program(work, "-c", WORKBOOK)
    found = people_table.read((work / "people.xlsx").read_bytes(), name="people.xlsx")
    person = found.people[0].person
    dates = (str(person.disclosed_on), str(person.relationships[0].mitigations[0].on))
    (work / "items.xlsx").write_bytes(template("xlsx"))
    (work / "faculty.xlsx").write_bytes(people_table.template("xlsx"))
    sizes = program(work, "-c", REREAD, "items.xlsx", "faculty.xlsx").split()
    fine = (dates, len(found.people), sizes) == (("2026-05-28", "2026-06-01"), 2, ["4", "17", "3", "14"])
    say(f"{'ok ' if fine else 'NOT'} openpyxl 3.1.5: dates {dates}, {len(found.people)} people; templates {sizes}")
    return 0 if fine else 1


def client(*command: str) -> None:
    """An ordinary client of a registry; Offline where it can't."""
    if shutil.which(command[0]) is None:
        raise Offline(f"{command[0]} is not installed")
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise Offline((ended.stderr.strip().splitlines() or ["no reason given"])[-1][:200])


def program(work: Path, *arguments: str, folder: str = ".") -> str:
    """A Python program with the foreign packages."""
    environment = {**os.environ, "PYTHONPATH": str(work / "site")}
    command = [sys.executable, *arguments]
    place = work / folder
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=True).stdout


def say(line: str) -> None:
    """One line for the reader."""
    sys.stdout.write(f"{line}\n")


def shipped(work: Path, pattern: str) -> Path:
    """A file that a package ships."""
    return next(iter(sorted((work / "un").glob(pattern))))


def maker(name: str) -> Callable[[Path], Path]:
    """What qti-package-maker writes when it shows what it can."""

    def make(work: Path) -> Path:
        if not (work / name).exists():
            program(work, "-m", "qti_package_maker.package_interface")
        return work / name

    return make


def text2qti(work: Path) -> Path:
    source = maker("text2qti-test_qti_maker.txt")(work)
    program(work, "site/bin/text2qti", source.name)
    return source.with_suffix(".zip")


def text_to_qti(work: Path) -> Path:
    source = shipped(work, "text_to_qti*/*/examples/simple_quiz.txt")
    program(work, "site/bin/text-to-qti", "convert", str(source), "-o", "text-to-qti.zip")
    return work / "text-to-qti.zip"


def upgraded(work: Path) -> Path:
    source = maker("qti21-test_qti_maker.zip")(work)
    program(work, "site/bin/qti-convert", "upgrade", "-q", source.name, "upgraded.zip")
    return work / "upgraded.zip"


def wrapped(work: Path) -> Path:
    source = shipped(work, "gift_wrapper*/*/testing/4/primer_parcial.yaml")
    folder = source.parents[2]
    # It stops at a drawing that it can't find, after it has written 43 questions: they are what is read.
    with contextlib.suppress(subprocess.CalledProcessError):
        program(work, str(work / "site/bin/wrap.py"), "-i", str(source), "-l", "-n", folder=str(folder))
    return source.with_suffix(".gift.txt")


def readme(work: Path) -> Path:
    found = SAMPLE.search(shipped(work, "gift-pegjs*/package/README.md").read_text(encoding="utf-8"))
    path = work / "readme.gift"
    path.write_text(found[1] if found else "", encoding="utf-8")
    return path


FOREIGN: tuple[tuple[str, Callable[[Path], Path], tuple[str, int, int]], ...] = (
    ("qti-package-maker 26.7.14, Canvas", maker("qti12-test_qti_maker.zip"), ("QTI 1.2", 2, 0)),
    ("qti-package-maker 26.7.14, Blackboard", maker("qti21-test_qti_maker.zip"), ("QTI 2.1", 2, 0)),
    ("qti-package-maker 26.7.14, Moodle", maker("aiken-test_qti_maker.txt"), ("Aiken", 1, 0)),
    ("text2qti 0.8.0", text2qti, ("QTI 1.2", 2, 0)),
    ("text-to-qti 0.1.1, its example", text_to_qti, ("QTI 1.2", 5, 0)),
    ("citolab-qti-convert 0.2.0", upgraded, ("QTI 3.0", 2, 0)),
    ("gift-wrapper 1.8.1, its test 4", wrapped, ("GIFT", 25, 18)),
    ("gift-pegjs 1.0.2, its example", readme, ("GIFT", 3, 1)),
)

if __name__ == "__main__":
    sys.exit(main())
