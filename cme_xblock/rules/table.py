"""The table of all rules as a page of the documentation: `python -m cme_xblock.rules.table > docs/reference/rules.md`.

Everything on the page is said elsewhere in this room; a test holds the page to it. Knows the rules, decides nothing.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cme_xblock.rules import amounts, boards, credit_system, data, identifiers
from cme_xblock.rules.check import RULES, SUBJECTS
from cme_xblock.rules.credit_system import CreditSystem
from cme_xblock.rules.finding import Rule, Severity

_CHECK_KEYS = frozenset({"at", "asks", "rules", "elsewhere"})

HEAD = """# Rules

<!-- Made by `python -m cme_xblock.rules.table`; edit the rules, not this page. -->

What the compliance check says of an activity. It runs in Studio, when a course is published, and on the command line:

    cme-xblock lint activity.xml
    cme-xblock lint --format json --today 2026-01-31 activity.xml other.xml
    … | cme-xblock lint -

The file holds an `<activity>`, or a `<cme>` block with one inside. The exit status is 0 if nothing blocks, 1 if
something does, and 2 if a file can't be read. Neither Django nor Open edX is needed.

**Severity.** `block`: the activity can't open. `warn`: the author decides; a reason lets it stand and is kept.
`audit`: only for the audit file. A rule may weigh less in one place than it does in general: where an exception from
Standard 3 is justified, and where a credit system's detail was not read at its source.

**Confidence.** S: read at its source. S-old: read in an older edition. D: our own design. B and K: background
knowledge, which never blocks (a test holds the table to that). S-old blocks only for the front matter and dates of
enduring material: the AMA and Joint Accreditation keep the substance of the ACCME's older list.

A warning is let stand by an `<override>` in the activity, with the finding's code and place:

    <overrides>
      <override code="disclosure_old" where="people[lee].disclosed_on" by="M. Holloway">She left.</override>
    </overrides>

"""

JSON = """## The JSON of `lint`

One object. `format` is 1; a change that takes a key away or gives it another meaning counts it up.

| key | value |
|---|---|
| `format` | 1 |
| `files[]` | one object for each file, in the order given |
| `files[].file` | the name as given, or `(standard input)` |
| `files[].error` | why the file can't be read, else null |
| `files[].today` | the civil date judged by: today in the activity's zone, or `--today`; null after an error |
| `files[].activity_id`, `.title` | as in the activity; null after an error |
| `files[].open` | whether learners may begin: readable, and nothing blocks |
| `files[].counts` | how many findings of each severity: `block`, `warn`, `audit` |
| `files[].findings[]` | one object for each finding, in the order of the rules below |
| `….code`, `.severity` | the rule and what this finding weighs |
| `….where`, `.line` | the place in the activity, empty for the whole, and its line in the file or null |
| `….message`, `.fix` | what is wrong, and what to do, in English |
| `….source`, `.source_url` | where the rule stands; the address may be empty |
| `….overridden` | null, or `by`, `on` (or null) and `reason` of the override that lets the warning stand |

"""


@dataclass(frozen=True)
class Check:
    """One CHECK of the specification: the rules that make it, or why the activity alone can't answer it; or both."""

    at: str
    asks: str
    rules: tuple[str, ...]
    elsewhere: str


@cache
def checks() -> tuple[Check, ...]:
    """The CHECKs of `checks.toml`, in the specification's order. Raises data.DataError when the file is wrong."""
    return parse("checks.toml", data.read("checks.toml"))


def parse(file: str, content: dict[str, Any]) -> tuple[Check, ...]:
    """The CHECKs of one file's content."""
    known = {one.code for one in RULES}
    rows = data.table(file, content, keys=frozenset({"check"})).values.get("check", [])
    found = []
    for index, row in enumerate(rows):
        read = data.table(file, row, keys=_CHECK_KEYS, prefix=f"check[{index}].")
        one = Check(
            at=read.filled("at"),
            asks=read.filled("asks"),
            rules=read.texts("rules") if "rules" in row else (),
            elsewhere=read.optional(read.filled, "elsewhere", ""),
        )
        if not one.rules and not one.elsewhere:
            raise read.error("rules", "must name a rule, or elsewhere must say why there is none")
        for code in one.rules:
            if code not in known:
                raise read.error("rules", f"there is no rule {code!r}")
        found.append(one)
    return tuple(found)


def page() -> str:
    """The whole page, as Markdown."""
    counts = Counter(one.severity for one in RULES)
    numbers = ", ".join(f"{counts[one]} `{one.value}`" for one in Severity)
    parts = [HEAD, f"There are {len(RULES)} rules: {numbers}.\n\n"]
    for subject, rules in SUBJECTS.items():
        parts += [f"## {subject}\n\n", *_rules(rules), "\n"]
    parts += [JSON, *_systems(), *_boards(), *_checks()]
    return "".join(parts)


def _rules(rules: tuple[Rule, ...]) -> Iterator[str]:
    yield "| code | severity | confidence | what it asks | source |\n|---|---|---|---|---|\n"
    for one in rules:
        source = f"[{_cell(one.source)}]({one.source_url})" if one.source_url else _cell(one.source)
        yield f"| `{one.code}` | {one.severity.value} | {one.tag} | {_cell(_asks(one))} | {source} |\n"


def _asks(rule: Rule) -> str:
    own = (rule.find.__doc__ or "").split("\n")[0].strip()
    return own if not own.startswith("What these rules") else rule.message


def _systems() -> Iterator[str]:
    yield "## Credit systems\n\nThe profiles of `cme_xblock/rules/systems/`. "
    yield "What stands in brackets was not read at its source, and only warns.\n\n"
    yield "| code | credit | minutes | step, least | rounding | asks | confidence |\n|---|---|---|---|---|---|---|\n"
    for code, one in sorted(credit_system.load().items()):
        step = f"{amounts.number(one.increment)}, {amounts.number(one.minimum)}"
        step = step if one.sure("increment", "minimum") else f"({step})"
        confidence = one.confidence if one.verified else f"{one.confidence}, to be confirmed by the site"
        rounding = one.rounding.value.replace("_", " ")
        cells = (f"`{code}`", one.name_many, str(one.unit_minutes), step, rounding, _demands(one), confidence)
        yield f"| {' | '.join(map(_cell, cells))} |\n"
    yield "\n"


def _demands(one: CreditSystem) -> str:
    labels = identifiers.load()
    said: Mapping[str, str] = {
        "required_identifiers": ", ".join(labels[name].label for name in one.required_identifiers),
        "provider_identifiers": ", ".join(labels[name].label for name in one.provider_identifiers),
        "minimum_pass": f"{one.minimum_pass} right" if one.minimum_pass else "",
        "max_attempts": f"{one.max_attempts} attempts" if one.max_attempts else "",
        "items_per_unit": f"{one.items_per_unit} questions for each" if one.items_per_unit else "",
        "explained": one.explained.value.replace("_", " "),
        "daily_maximum": f"{amounts.number(one.daily_maximum)} a day" if one.daily_maximum else "",
        "activity_types": ", ".join(name.replace("_", " ") for name, _ in one.activity_types),
        "formats": ", ".join(one.formats),
        "accreditations": ", ".join(one.accreditations),
        "needs_approval_expiry": "end of the approval" if one.needs_approval_expiry else "",
        "verbatim": "statement of the letter" if one.verbatim else "",
        "partial": "" if one.partial else "no partial credit",
        "claim_within_days": f"claim within {one.claim_within_days} days" if one.claim_within_days else "",
        "goes_with": f"goes with {', '.join(one.goes_with)}" if one.goes_with else "",
    }
    return "; ".join(text if one.sure(key) else f"({text})" for key, text in said.items() if text) or "–"


def _boards() -> Iterator[str]:
    yield "## Boards\n\n| code | board | types of credit | confidence |\n|---|---|---|---|\n"
    for one in boards.load().values():
        kinds = ", ".join(kind.replace("_", " ") for kind in one.credit_types) or "any"
        yield f"| `{one.code}` | {one.name} | {kinds} | {one.confidence} |\n"
    yield "\n"


def _checks() -> Iterator[str]:
    covered = sum(bool(one.rules) for one in checks())
    yield "## Where each CHECK of the specification went\n\n"
    yield f"Of {len(checks())} lines, {covered} have rules. The others can't be answered from the activity alone.\n\n"
    yield "| CHECK | asks | rules | elsewhere |\n|---|---|---|---|\n"
    for one in checks():
        rules = ", ".join(f"`{code}`" for code in one.rules)
        yield f"| {one.at} | {_cell(one.asks)} | {rules or '–'} | {_cell(one.elsewhere)} |\n"


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


if __name__ == "__main__":
    sys.stdout.write(page())
