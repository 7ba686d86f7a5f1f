"""The tracking events as a JSON schema and as a page, made from the program.

`python -m tests.host.told` writes docs/reference/events.schema.json and docs/reference/events.md anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cme_xblock.host.events import COMMON, EVENTS

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "docs" / "reference" / "events.schema.json"
PAGE = ROOT / "docs" / "reference" / "events.md"

HEAD = """# Tracking events

For operators and analysts. Each is told to the platform once, after the entry was written, through the `publish`
service: it stands in the tracking log under its name, with the platform's own context (who, which course, which block).
Ids and scores only; no name, no answer, no number of a licence. An event is no evidence: it can be lost, the ledger
cannot. `test` is true for accounts that only test.

Beside these, `completion` and `grade` are told as every block tells them. What staff or the program writes (corrections
from the console, regrading, withdrawn attendance) is told to no analytics: see the access log.

[events.schema.json](events.schema.json) is the JSON schema of `name` and `data` together. (Page and schema are made
from the code: `python -m tests.host.told`. Where they are out of date, a test fails.)
"""


def schema() -> dict[str, Any]:
    """One object for each event: its name, and its data with nothing else in it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tracking events of cme_xblock",
        "oneOf": [
            {
                "title": one.when,
                "type": "object",
                "properties": {
                    "name": {"const": one.full_name},
                    "data": {
                        "type": "object",
                        "properties": {name: {"type": of} for name, of in {**COMMON, **one.fields}.items()},
                        "required": [*COMMON, *one.fields],
                        "additionalProperties": False,
                    },
                },
                "required": ["name", "data"],
                "additionalProperties": False,
            }
            for one in EVENTS.values()
        ],
    }


def page() -> str:
    """The whole page."""
    common = ", ".join(f"`{name}`" for name in COMMON)
    more = [", ".join(f"`{name}` ({of})" for name, of in one.fields.items()) or "–" for one in EVENTS.values()]
    rows = [f"| `{one.full_name}` | {one.when} | {said} |" for one, said in zip(EVENTS.values(), more, strict=True)]
    return "\n".join(
        [HEAD, f"Every event says {common}; some say more:", "", "| event | when | more |", "|---|---|---|", *rows, ""]
    )


def schema_text() -> str:
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")
