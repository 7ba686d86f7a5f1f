"""The learner report of PARS as a document, for one record and for very many. PURE.

Written as text, a piece at a time, so that a million records need no more memory than one; what is sent is checked by a
parser and a schema before it leaves. Source: spec pars, 3.1, 3.2, 1.9 and 5; MedBiquitous Activity Report v1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from lxml import etree

from cme_xblock.reporting.endpoints import data, pars_credit, xml
from cme_xblock.reporting.endpoints.base import Problem, Record
from cme_xblock.reporting.endpoints.markup import attribute, text
from cme_xblock.reporting.endpoints.pars_credit import Credit
from cme_xblock.reporting.identity import Identity

SCHEMA = "pars-learner"
_DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>\n"
# Pieces of about this many records: few enough to be small, many enough that joining them costs nothing.
_PIECE = 256


def render(
    records: Sequence[Record], wire: Mapping[str, Any], *, now: datetime, credentials: Mapping[str, str]
) -> bytes:
    """The records in their wrapper, UTF-8, with a declaration. `credentials` go into the body; {} for none.

    Raises markup.UnwritableError for a character that XML can't carry, ValueError for a record without its words.
    """
    return b"".join(stream(records, wire, now=now, credentials=credentials))


def stream(
    records: Iterable[Record], wire: Mapping[str, Any], *, now: datetime, credentials: Mapping[str, str] | None = None
) -> Iterator[bytes]:
    """The same document in pieces, in constant memory. Raises as `render` does, in the middle of it."""
    yield _head(wire, now, credentials or {}).encode()
    report = _Report(wire)
    piece: list[str] = []
    for group in _together(records, join=wire["batch"]["join"]):
        piece.append(report.written(group))
        if len(piece) >= _PIECE:
            yield "".join(piece).encode()
            piece.clear()
    yield f"{''.join(piece)}  </ActivityReports>\n</ACCMELearnerReports>\n".encode()


def problem(document: bytes, wire: Mapping[str, Any]) -> str:
    """What the project's own schema has against the document, without values; "" if nothing."""
    return parsed(document, wire)[1]


def parsed(document: bytes, wire: Mapping[str, Any]) -> tuple[etree._Element | None, str]:
    """The document's root where nothing is wrong with it; else None and what is (`problem`)."""
    return xml.judged(document, lambda root: tree_problem(root, wire))


def tree_problem(root: etree._Element, wire: Mapping[str, Any]) -> str:
    """As `problem`, for a parsed document."""
    ours, theirs = data.defaults("pars")["namespaces"], wire["namespaces"]
    names = ("wrapper", "report", "member", "name", "healthcare")
    return xml.schema_problem(root, SCHEMA, namespaces={theirs[name]: ours[name] for name in names})


def birth_date(identity: Identity, wire: Mapping[str, Any]) -> str:
    """Month and day with the filler year: `1900-05-17`. Nobody's year of birth."""
    leap = (identity.birth_month, identity.birth_day) == (2, 29)
    year = wire["birth"]["filler_leap_year" if leap else "filler_year"]
    return date(year, identity.birth_month, identity.birth_day).isoformat()


def amount_text(amount: Decimal) -> str:
    """Credit with two places: 1.50. The record was checked to be a multiple of 0.25, so nothing is rounded away."""
    return f"{amount:.2f}"


def credit_of(record: Record, wire: Mapping[str, Any]) -> Credit | Problem:
    """The one credit of its claim that this record stands for, by its kind."""
    found = pars_credit.credits_of(record.activity, record.system, record.amount, wire)
    if isinstance(found, Problem):
        return found
    for one in found:
        if one.kind == record.kind:
            return one
    return Problem("not_registered", "The activity is no longer registered for this credit.", hold=False)


def unique_ids(record: Record, wire: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The numbers that a learner is found by, as pairs of domain and number, in their order (spec pars 3.1, 3.2)."""
    identity = record.identity
    if identity is None:
        return ()
    numbers = {
        "npi": (wire["identifiers"]["npi_domain"], identity.npi),
        "licence": (identity.licence_state, identity.licence_number),
    }
    general = tuple(numbers[one] for one in wire["identifiers"]["order"] if numbers[one][1])
    board = pars_credit.board_of(record.system, wire)
    number = record.identifiers.get(f"board_{board}", "") if board else ""
    if not number:
        return general
    own = (wire["board"][board]["name"], number)
    return (own,) if wire["identifiers"]["board"] == "alone" else (own, *general)


class _Report:
    """Writes one ActivityReport after another: what is the same in all of them is made ready once."""

    def __init__(self, wire: Mapping[str, Any]) -> None:
        words, space = wire["extension"], attribute(wire["namespaces"]["extension"])
        self._wire = wire
        self._midnight = "T00:00:00" if wire["dates"]["completed"] == "datetime" else ""
        self._completed, self._unit = text(wire["values"]["completed"]), text(wire["values"]["unit"])
        self._actions = {
            operation: _extended(words["action"], space, text(words[operation])) for operation in ("add", "delete")
        }
        self._provider = (words["provider"], space) if words["send_provider"] else None

    def written(self, group: Sequence[Record]) -> str:
        """One ActivityReport with a certificate for each record of the group."""
        first = group[0]
        provider = text(first.provider_number)
        title = text(first.activity_title)
        sent = _extended(*self._provider, provider) if self._provider else ""
        certificates = "".join([self._certificate(one) for one in group])
        return (
            "    <ActivityReport>\n"
            f"      <ReportingOrganization>{text(first.provider_name)}</ReportingOrganization>\n"
            f"{self._member(group)}"
            "      <Activity>\n"
            f"        <ProviderOrganization>{provider}</ProviderOrganization>\n"
            f"        <ActivityName>{title}</ActivityName>\n"
            "        <Module>\n"
            f'          <ModuleName moduleID="{attribute(first.activity_number)}">{title}</ModuleName>\n'
            f"          <Status>{self._completed}</Status>\n"
            f"          <CompletedDateTime>{first.completed_on.isoformat()}{self._midnight}</CompletedDateTime>\n"
            f"{certificates}"
            "        </Module>\n"
            "      </Activity>\n"
            f"      <XtensibleInfo>\n{sent}{self._actions[first.operation]}      </XtensibleInfo>\n"
            "    </ActivityReport>\n"
        )

    def _member(self, group: Sequence[Record]) -> str:
        identity = group[0].identity
        if identity is None:
            raise ValueError("a learner report needs the learner's identity")
        numbers = "".join(
            [
                f'        <m:UniqueID domain="{attribute(domain)}">{text(number)}</m:UniqueID>\n'
                for domain, number in dict.fromkeys(pair for one in group for pair in unique_ids(one, self._wire))
            ]
        )
        return (
            "      <Member>\n"
            f"{numbers}"
            "        <m:Name>\n"
            f"          <n:GivenName>{text(identity.given_name)}</n:GivenName>\n"
            f"          <n:FamilyName>{text(identity.family_name)}</n:FamilyName>\n"
            "        </m:Name>\n"
            "        <m:PersonalInfo>\n"
            f"          <m:BirthDate>{birth_date(identity, self._wire)}</m:BirthDate>\n"
            "        </m:PersonalInfo>\n"
            "      </Member>\n"
        )

    def _certificate(self, record: Record) -> str:
        credit = credit_of(record, self._wire)
        if isinstance(credit, Problem):
            raise ValueError(credit.detail)
        return (
            "          <CreditCertificate>\n"
            "            <CreditReceived>\n"
            f"              <hx:activityCertification>{text(credit.certification)}</hx:activityCertification>\n"
            f"              <hx:creditUnit>{self._unit}</hx:creditUnit>\n"
            f"              <hx:numberOfCredits>{amount_text(credit.amount)}</hx:numberOfCredits>\n"
            "            </CreditReceived>\n"
            f"            <CreditID>{text(record.credit_id)}</CreditID>\n"
            "          </CreditCertificate>\n"
        )


def _together(records: Iterable[Record], *, join: bool) -> Iterator[Sequence[Record]]:
    """Each record alone, or neighbours of one learner, activity and day together."""
    if not join:
        for one in records:
            yield (one,)
        return
    for _, group in groupby(
        records, key=lambda one: (one.operation, one.learner, one.course_key, one.activity_number, one.completed_on)
    ):
        yield tuple(group)


def _head(wire: Mapping[str, Any], now: datetime, credentials: Mapping[str, str]) -> str:
    spaces = wire["namespaces"]
    own = f' xmlns="{attribute(spaces["wrapper"])}"' if spaces["wrapper"] else ""
    box = ""
    if credentials:
        name = wire["credentials"]["body_element"]
        inside = "".join(f"    <{key}>{text(value)}</{key}>\n" for key, value in credentials.items())
        box = f"  <{name}>\n{inside}  </{name}>\n"
    prefixes = {"m": "member", "n": "name", "hx": "healthcare"}
    declared = "".join(f' xmlns:{prefix}="{attribute(spaces[key])}"' for prefix, key in prefixes.items())
    return (
        f"{_DECLARATION}<ACCMELearnerReports{own}>\n{box}"
        f'  <ActivityReports xmlns="{attribute(spaces["report"])}"{declared}>\n'
        f"    <DateTimeCreated>{now.isoformat(timespec='seconds')}</DateTimeCreated>\n"
    )


def _extended(name: str, space: str, value: str) -> str:
    """One element of the accreditor's own namespace; without one it is unqualified, which no schema takes."""
    if not space:
        return f'        <{name} xmlns="">{value}</{name}>\n'
    return f'        <x:{name} xmlns:x="{space}">{value}</x:{name}>\n'
