"""A finding: what one rule says of one activity, where, why, and how to mend it.

And the rule itself: a function with its code, its severity and its source. Adding a rule is adding one function to the
module of its subject and naming it in that module's `RULES`. Knows no subject.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from cme_xblock.activity.message import Message
from cme_xblock.activity.model import Activity, Override

# Where a rule stands in our own specification, as rules write it behind their source: "(spec )", "(R-3.5)".
_NUMBER = re.compile(r"\s*\((?:spec\s|R-\d)[^()]*\)")


class Severity(StrEnum):
    """`block`: the activity can't open. `warn`: the author sees it and decides. `audit`: only for the audit file."""

    BLOCK = "block"
    WARN = "warn"
    AUDIT = "audit"


@dataclass(frozen=True)
class Finding:
    """What a rule says. `where` is a path into the activity: `people[lee].relationships[0]`, empty for the whole.

    `source` is what a reader can look up, at `source_url` where that is known: the accreditor and the standard.
    `overridden` is the provider's reason to let a warning stand; a finding that blocks never has one.
    """

    code: str
    severity: Severity
    where: str
    message: Message
    source: str
    source_url: str
    fix: Message
    overridden: Override | None = None


@dataclass(frozen=True)
class Hit:
    """One place where a rule is broken. `severity` only where this place weighs less than the rule does."""

    where: str
    params: Mapping[str, str] = field(default_factory=dict)
    severity: Severity | None = None


Find = Callable[[Activity, date], Iterable[Hit]]

# How sure we are of a rule, by the tags of the specification; what was not read at its source must not block.
_UNSURE = frozenset({"B", "K"})
_TAGS = frozenset({"S", "S-old", "D"}) | _UNSURE


@dataclass(frozen=True)
class Rule:
    """One rule. `message` and `fix` are sentences with `{places}` that each hit fills; `tag` says how sure we are."""

    code: str
    severity: Severity
    tag: str
    source: str
    source_url: str
    message: str
    fix: str
    find: Find

    def __post_init__(self) -> None:
        if self.tag not in _TAGS:
            raise ValueError(f"rule {self.code}: the tag {self.tag!r} is none of {', '.join(sorted(_TAGS))}")
        if self.tag in _UNSURE and self.severity is Severity.BLOCK:
            raise ValueError(
                f"rule {self.code}: a rule tagged {self.tag} was not read at its source and must not block"
            )

    def findings(self, activity: Activity, today: date) -> Iterator[Finding]:
        """What this rule finds in the activity on that civil date."""
        return (self.finding(hit) for hit in self.find(activity, today))

    def finding(self, hit: Hit) -> Finding:
        """What this rule says of one place."""
        return Finding(
            code=self.code,
            severity=hit.severity or self.severity,
            where=hit.where,
            message=Message(self.message, hit.params),
            source=looked_up(self.source),
            source_url=self.source_url,
            fix=Message(self.fix, hit.params),
        )


def looked_up(source: str) -> str:
    """A source without the numbers of our specification, which only the table of the rules in the docs shows."""
    return _NUMBER.sub("", source)


@dataclass(frozen=True)
class Source:
    """Where a rule stands, and how sure we are of it. `text` ends with the specification's number: `(spec R-1.5)`."""

    text: str
    tag: str
    url: str = ""


def rule(code: str, severity: Severity, *, source: Source, message: str, fix: str) -> Callable[[Find], Rule]:
    """Make a rule of the function below: it yields one Hit for each place where the activity breaks it."""

    def build(find: Find) -> Rule:
        return Rule(
            code=code,
            severity=severity,
            tag=source.tag,
            source=source.text,
            source_url=source.url,
            message=message,
            fix=fix,
            find=find,
        )

    return build


def place(collection: str, identifier: str, index: int) -> str:
    """The path of one member: by its id, or by its index while it has none."""
    return f"{collection}[{identifier or index}]"
