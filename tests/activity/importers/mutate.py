"""Files that nobody wrote: cases with bytes flipped, cut, doubled, and spliced with what parsers stumble over.

`python -m tests.activity.importers.mutate --count 10000` runs the long form by hand and prints what it measured.
"""

from __future__ import annotations

import argparse
import copy
import io
import random
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from cme_xblock.activity.importers import ImportFailed, people, read, template, to_data
from tests.activity.importers.world import CASES, case

TOKENS = (
    b"\0 \xff\xfe \xef\xbb\xbf {} { } = ~ -> # #### :: %50% %999999999% \\ \\n // $CATEGORY: ANSWER: A. B) ' \" ; , \t "
    b"\n\n \r "
    b"<!DOCTYPE <![CDATA[ ]]> <!-- --> <?xml <a> </a> <script> <img &nbsp; &#0; &#xD800; &lt; "
    b"\xc3\x28 \xed\xa0\x80 \xe2\x80\xae "
    b"1e999 NaN -1 0 99999999999999999999 2026-02-30 13/13/2026 \xc2\xb2 \xd9\xa3 ../ /etc/passwd"
).split(b" ")
LIMIT_SECONDS = 2
LIMIT_MEGABYTES = 300


def mutated(data: bytes, random_: random.Random) -> bytes:
    """The data after one to six slips."""
    made = bytearray(data)
    for _ in range(random_.randint(1, 6)):
        at = random_.randrange(len(made) + 1)
        end = min(len(made), at + random_.choice((1, 1, 2, 8, 40, 400)))
        match random_.randrange(6):
            case 0 if at < len(made):
                made[at] = random_.randrange(256)
            case 1:
                del made[at:end]
            case 2:
                made[at:at] = made[at:end] * random_.choice((1, 2, 50))
            case 3:
                made[at:at] = random_.choice(TOKENS) * random_.choice((1, 1, 1, 30))
            case 4:
                other = random_.randrange(len(made) + 1)
                made[at:end] = made[other : other + end - at]
            case _:
                made = made[: random_.randrange(len(made) + 1)] if random_.random() < 0.1 else made
    return bytes(made)


def rearranged(data: bytes, random_: random.Random) -> bytes:
    """Well-formed XML in which elements, attributes and texts were moved, doubled, emptied or swapped."""
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, load_dtd=False))
    except (etree.XMLSyntaxError, ValueError):
        return mutated(data, random_)
    for _ in range(random_.randint(1, 4)):
        found = [one for one in root.iter() if isinstance(one.tag, str)]
        one, other = random_.choice(found), random_.choice(found)
        words = ["", "true", "multiple", "ordered", "9" * 30, "1e999", "²", "../a.xml"]
        match random_.randrange(7):
            case 0 if one is not root:
                one.getparent().remove(one)
            case 1 if one is not root:
                one.addnext(copy.deepcopy(one))
            case 2 if one.attrib:
                one.set(random_.choice(list(one.attrib)), random_.choice([*words, *other.attrib.values()]))
            case 3 if one.attrib:
                del one.attrib[random_.choice(list(one.attrib))]
            case 4:
                one.text = random_.choice([*words, other.text or "", "x" * 3000])
            case 5:
                one.tag = other.tag
            case 6 if other is not root and other not in list(one.iterancestors()) and other is not one:
                one.append(other)
    return etree.tostring(root)


def _slipped(data: bytes, random_: random.Random) -> bytes:
    xml = data.lstrip()[:1] == b"<" and random_.random() < 0.7
    return rearranged(data, random_) if xml else mutated(data, random_)


def repacked(data: bytes, random_: random.Random) -> bytes:
    """An archive whose files are mutated inside, so that the mutations come past the unpacking."""
    made = io.BytesIO()
    if data[:2] == b"\x1f\x8b":
        with tarfile.open(fileobj=io.BytesIO(data)) as old, tarfile.open(fileobj=made, mode="w:gz") as new:
            for entry in old.getmembers():
                stream = old.extractfile(entry)
                content = _slipped(stream.read(), random_) if stream is not None else b""
                entry.size = len(content)
                new.addfile(entry, io.BytesIO(content))
        return made.getvalue()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, _slipped(content, random_) if random_.random() < 0.5 else content)
    return made.getvalue()


@dataclass(frozen=True)
class Importer:
    """What is fed, and with what."""

    read: Callable[[bytes], object]
    seeds: tuple[bytes, ...]


def _read(kind: str) -> Callable[[bytes], object]:
    # Every other file finds its own way, as an author's does.
    return lambda data: to_data(read(data, name="fuzz", kind=kind if len(data) % 2 else ""))


def importers() -> dict[str, Importer]:
    """Each importer with its seeds."""
    groups = {"qti": "qti", "gift": "gift", "aiken": "aiken", "olx": "olx", "csv": "csv"}
    names = sorted(path.name for path in CASES.iterdir() if path.suffix != ".json")
    found = {
        kind: Importer(_read(kind), tuple(case(name) for name in names if name.startswith(start)))
        for kind, start in groups.items()
    }
    found["xlsx"] = Importer(_read("xlsx"), (template("xlsx"),))
    seeds = (case("people_table.csv"), people.template("xlsx"))
    found["people"] = Importer(lambda data: to_data(people.read(data, name="fuzz")), seeds)
    return found


def inputs(importer: Importer, count: int, *, seed: int) -> Iterator[bytes]:
    """So many mutated files, the same for the same seed."""
    random_ = random.Random(seed)
    for number in range(count):
        source = importer.seeds[number % len(importer.seeds)]
        archive = source[:2] in (b"PK", b"\x1f\x8b") and random_.random() < 0.7
        yield repacked(source, random_) if archive else _slipped(source, random_)


@dataclass
class Measured:
    """What a run came to."""

    read: int = 0
    refused: int = 0
    slowest: float = 0.0


def run(importer: Importer, count: int, *, seed: int) -> Measured:
    """Feed so many files. Whatever is raised but ImportFailed comes through, with its input as a note."""
    found = Measured()
    for data in inputs(importer, count, seed=seed):
        began = time.process_time()
        try:
            importer.read(data)
            found.read += 1
        except ImportFailed as refused:
            str(refused)
            found.refused += 1
        except Exception as error:
            error.add_note(f"input: {data!r}")
            raise
        found.slowest = max(found.slowest, time.process_time() - began)
    return found


def megabytes() -> int:
    """The most memory that this process has held."""
    # Not getrusage: it counts what the process that started this one held.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for name, importer in importers().items():
        found = run(importer, given.count, seed=given.seed)
        counts = f"read {found.read:6} refused {found.refused:6}"
        sys.stdout.write(f"{name:8} {counts} slowest {found.slowest:.3f} s, peak {megabytes()} MB\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
