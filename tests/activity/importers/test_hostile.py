"""Inputs that nobody wrote, and inputs that were written to be slow: no exception but ImportFailed, and in time."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cme_xblock.activity.importers import ImportFailed, people, read, xlsx
from tests import hanging
from tests.activity.importers.mutate import LIMIT_MEGABYTES, importers, run

ROOT = Path(__file__).resolve().parents[3]
CHOICES = '<choicegroup><choice correct="true">x</choice><choice correct="false">y</choice></choicegroup>'
RESPONSE = f"<multiplechoiceresponse>{CHOICES}</multiplechoiceresponse>"
PROBLEM = "<problem><p/></problem>"
QTI = '<assessmentItem identifier="i">{}</assessmentItem>'
ASKED = '<choiceInteraction responseIdentifier="R"><simpleChoice identifier="a">a</simpleChoice></choiceInteraction>'

# Made when they are needed: together they are a hundred megabytes.
SLOW: dict[str, Callable[[], bytes]] = {
    "blank_lines": lambda: b"\n" * 190_000 + b"x",
    "spaces_before_xml": lambda: b" " * 3_900_000 + b"<problem/>",
    "spaces_before_declaration": lambda: b"<problem>" + b" " * 3_900_000 + b"</problem>",
    "gift_one_block": lambda: b"::t:: Q {\n" + b"abcdefghij\n" * 190_000,
    "gift_choices": lambda: b"Q {" + b"~a" * 1_900_000 + b"}",
    "gift_markdown": lambda: b"[markdown]" + b"*a " * 1_200_000 + b"{T}",
    "gift_tags": lambda: b"[html]" + b"<p><b" * 700_000 + b"{T}",
    "gift_open_braces": lambda: b"{ " * 1_900_000,
    "gift_open_blocks": lambda: b"a {\n\n" * 90_000,
    "gift_titles": lambda: b"::" * 1_900_000 + b" {T}",
    "gift_escapes": lambda: b"\\~" * 1_900_000 + b"{T}",
    "gift_entities": lambda: b"&amp;" * 700_000 + b"{T}",
    "aiken_lines": lambda: b"abcdefghij\n" * 190_000 + b"ANSWER: A",
    "aiken_answers": lambda: b"ANSWER: A\n" * 190_000,
    "aiken_letters": lambda: b"Q\nA. x\nB. y\nANSWER: " + b"A " * 1_900_000,
    "olx_responses": f"<problem>{RESPONSE * 24_000}</problem>".encode,
    "olx_elements": f"<problem>{'<p/>' * 390_000}</problem>".encode,
    "olx_nested": f"{'<vertical>' * 90}{PROBLEM * 90_000}{'</vertical>' * 90}".encode,
    "olx_attributes": ("<problem " + " ".join(f"a{number}='1'" for number in range(300_000)) + "/>").encode,
    "qti_interactions": lambda: QTI.format(f"<itemBody>{ASKED * 30_000}</itemBody>").encode(),
    "qti_entries": lambda: QTI.format("<itemBody/>" + "<x/>" * 390_000).encode(),
    "qti1_items": f"<questestinterop>{'<item/>' * 390_000}</questestinterop>".encode,
    "csv_quotes": lambda: b'stem,key\n"' + b"a,\n" * 190_000,
    "csv_columns": lambda: b"stem,key" + b",a" * 1_900_000,
    "csv_separators": lambda: b",;\t" * 1_200_000,
    "people_rows": lambda: (
        b"name,company,mitigation_method\n" + b"".join(b"A,B,step %d\n" % number for number in range(4_900))
    ),
    "people_nothing": lambda: b"name,company\n" + b"A," + b"no " * 100_000 + b"\n",
    "xlsx_rows": lambda: xlsx.write(
        [["stem", "key", "a", "b"], *([f"Q{row}", "a", "x", "y"] for row in range(1_900))], sheet="s"
    ),
}


@pytest.mark.parametrize("name", SLOW)
def test_nothing_is_slow_and_nothing_breaks(name: str) -> None:
    reader = people.read if name.startswith("people") else read
    data = SLOW[name]()
    with hanging.computing(), contextlib.suppress(ImportFailed):
        reader(data, name=name)


@pytest.mark.parametrize("name", importers())
def test_300_mutated_files_raise_nothing_but_import_failed(name: str) -> None:
    with hanging.computing(at_most=60):
        found = run(importers()[name], 300, seed=7)
    assert found.read
    assert found.refused


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is measured through /proc")
def test_memory_stays_below_300_mb() -> None:
    """In a process of its own, where nothing else counts: the largest inputs that are read at all."""
    script = (
        "from tests.activity.importers.test_hostile import SLOW\n"
        "from tests.activity.importers.mutate import megabytes\n"
        "from cme_xblock.activity.importers import ImportFailed, read\n"
        "for name, make in SLOW.items():\n"
        "    try:\n"
        "        read(make(), name=name)\n"
        "    except ImportFailed:\n"
        "        pass\n"
        "print(megabytes())\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(ended.stdout) < LIMIT_MEGABYTES
