"""CE Broker's messages as bytes: rosters of attendees, and questions about licences. PURE.

The upload key is not in here: `with_credentials` puts it in at the moment of sending, so that no document that is kept,
hashed or shown ever held it. Source: spec endpoints, part 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from cme_xblock.reporting.endpoints.base import Record
from cme_xblock.reporting.endpoints.markup import attribute, text

FIRST_NAME, LAST_NAME = "given_name", "family_name"
PROFESSION, STATE, LICENCE = "cebroker_profession", "cebroker_state", "cebroker_licence"
ASKED = (FIRST_NAME, LAST_NAME, PROFESSION, STATE, LICENCE)

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def rosters(records: Sequence[Record], wire: Mapping[str, Any], *, provider: str) -> bytes:
    """One message with a roster for each course, the attendees in the order of the records within it.

    `provider`: our own number at CE Broker (id_provider), without its prefix. Raises markup.UnwritableError.
    """
    parts = [_DECLARATION, "<rosters>"]
    for course, group in groupby(ordered(records, wire), key=lambda one: course_of(one, wire)):
        parts += ["<roster>", _element("id_provider", provider), _element(*course), "<attendees>"]
        parts += [part for record in group for part in _attendee(record, wire)]
        parts += ["</attendees>", "</roster>"]
    return "".join((*parts, "</rosters>")).encode()


def licensees(records: Sequence[Record]) -> bytes:
    """The question whether these licences are known. Raises markup.UnwritableError."""
    parts = [_DECLARATION, "<licensees>"]
    for record in records:
        given = record.identifiers
        parts += [
            "<licensee>", _element("licensee_profession", given[PROFESSION]), _element("cebroker_state", given[STATE]),
            _element("license", given[LICENCE]), "</licensee>",
        ]  # fmt: skip
    return "".join((*parts, "</licensees>")).encode()


def with_credentials(document: bytes, wire: Mapping[str, Any], *, provider: str, key: str) -> bytes:
    """The document with provider and upload key as attributes of its root."""
    names = wire["credentials"]
    attributes = f' {names["provider"]}="{attribute(provider)}" {names["key"]}="{attribute(key)}"'
    head, root, rest = document.partition(b"?><")
    name, bracket, body = rest.partition(b">")
    return head + root + name + attributes.encode() + bracket + body


def ordered(records: Sequence[Record], wire: Mapping[str, Any]) -> list[Record]:
    """The records as they stand in the message: course by course, each course's in the order given."""
    return sorted(records, key=lambda one: course_of(one, wire))


def course_of(record: Record, wire: Mapping[str, Any]) -> tuple[str, str]:
    """Which element names the course, and what it holds: CE Broker's own number, or our activity id."""
    number = record.numbers.get(wire["course"]["number_name"], "")
    if number:
        return "id_course", bare(number, wire)
    return "provider_course_code", record.activity_id


def bare(number: str, wire: Mapping[str, Any]) -> str:
    """A number of CE Broker's without its prefix, which XML leaves out."""
    for prefix in wire["course"]["prefixes"]:
        if number.startswith(prefix):
            return number.removeprefix(prefix)
    return number


def whole_credit(record: Record) -> Decimal | None:
    """What the activity designates in that system, or None where it says nothing."""
    offering = record.activity.offering(record.system)
    return offering.amount if offering else None


def is_partial(record: Record) -> bool:
    """Whether less than the designated credit was claimed."""
    whole = whole_credit(record)
    return whole is not None and record.amount < whole


def area_of(record: Record, wire: Mapping[str, Any]) -> str:
    """The subject area that a partial credit is reported in; "" where none is set."""
    return record.numbers.get(wire["partial"]["area_name"], "") or str(wire["partial"]["default_area"])


def _attendee(record: Record, wire: Mapping[str, Any]) -> Iterator[str]:
    given = record.identifiers
    yield "<attendee>"
    yield _element("licensee_profession", given[PROFESSION])
    yield _element("license", given[LICENCE])
    yield _element("cebroker_state", given[STATE])
    yield _element("first_name", given[FIRST_NAME])
    yield _element("last_name", given[LAST_NAME])
    yield _element("date_completed", record.completed_on.strftime(wire["dates"]["format"]))
    if is_partial(record):
        yield "<partial_credits><partial_credit>"
        yield _element("cd_profession", given[PROFESSION])
        yield _element("cd_subject_area", area_of(record, wire))
        yield _element("partial_credit_hours", format(record.amount.normalize(), "f"))
        yield "</partial_credit></partial_credits>"
    yield "</attendee>"


def _element(name: str, value: str) -> str:
    return f"<{name}>{text(value)}</{name}>"
