"""What PARS asks of an activity beyond what its author wrote: delivery, listing, measured outcomes and the like.

Read from a file or a form that may hold anything, into values or into sentences that say what is wanted. PURE.
Source: spec pars, 2.2 (XtensibleInfo), 2.3, 2.6 and 4.1.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TEXT_MAX = 500
_COUNTRY, _STATE = re.compile(r"[A-Z]{3}"), re.compile(r"[A-Z]{2}")


@dataclass(frozen=True)
class Location:
    """Where an activity in person takes place. `country` by its three ISO letters, `state` by two where it is USA."""

    city: str = ""
    state: str = ""
    country: str = ""


@dataclass(frozen=True)
class Outcome:
    """One thing that was measured: codes of `[outcomes]`, and of `[measurement]` for how."""

    outcome: str
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moc:
    """What a registration for MOC asks beyond the activity's own `moc` element.

    `practice_areas` in the board's own words, `attested` whether the provider has given the board's attestation.
    """

    board: str
    practice_areas: tuple[str, ...] = ()
    attested: bool = False


@dataclass(frozen=True)
class Pharmacy:
    """What JA-PARS asks of pharmacy education. Source: spec pars, 4.1."""

    type: str = ""
    topic: str = ""
    sequence: int = 0
    uan_pharmacist: str = ""
    uan_technician: str = ""


@dataclass(frozen=True)
class Facts:
    """All of it. None, or empty, means: nobody has said. `url` is the page that learners register on."""

    delivery: tuple[str, ...] = ()
    location: Location = Location()
    public: bool | None = None
    fee: str = ""
    registration: str = ""
    url: str = ""
    outcomes: tuple[Outcome, ...] = ()
    commendations: tuple[str, ...] = ()
    mips: bool | None = None
    moc: tuple[Moc, ...] = ()
    content_areas: tuple[str, ...] = ()
    rems_type: str = ""
    rems_id: str = ""
    state_content: tuple[tuple[str, str], ...] = ()
    interprofessional: bool | None = None
    pharmacy: Pharmacy = Pharmacy()

    def moc_of(self, board: str) -> Moc:
        """What was said for that board."""
        return next((one for one in self.moc if one.board == board), Moc(board))


@dataclass
class _Reader:
    """Reads one table and gathers what is wrong with it."""

    data: Mapping[str, Any]
    path: str = ""
    problems: list[str] = field(default_factory=list)

    def refuse(self, key: str, wanted: str) -> None:
        self.problems.append(f"{self.path}{key}: {wanted}")

    def text(self, key: str, known: Mapping[str, str] | None = None) -> str:
        value = self.data.get(key, "")
        if not isinstance(value, str) or len(value) > _TEXT_MAX or not value.isprintable():
            self.refuse(key, f"must be a text of at most {_TEXT_MAX} characters on one line")
            return ""
        if known is not None and value and value not in known:
            self.refuse(key, f"must be one of {', '.join(known)}")
            return ""
        return " ".join(value.split())

    def texts(self, key: str, known: Mapping[str, str] | None = None) -> tuple[str, ...]:
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            self.refuse(key, "must be a list of texts")
            return ()
        found = (_Reader({key: one}, self.path, self.problems).text(key, known) for one in value)
        return tuple(dict.fromkeys(one for one in found if one))

    def truth(self, key: str) -> bool | None:
        value = self.data.get(key)
        if value is not None and not isinstance(value, bool):
            self.refuse(key, "must be true or false")
            return None
        return value

    def table(self, key: str) -> _Reader:
        value = self.data.get(key, {})
        if not isinstance(value, Mapping):
            self.refuse(key, "must be a table")
            value = {}
        return _Reader(value, f"{self.path}{key}.", self.problems)

    def tables(self, key: str) -> list[_Reader]:
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            self.refuse(key, "must be a list of tables")
            return []
        return [_Reader(one, f"{self.path}{key}[{number}].", self.problems) for number, one in enumerate(value)]

    def only(self, known: tuple[str, ...]) -> None:
        for key in self.data:
            if key not in known:
                self.refuse(str(key)[:40], f"is not known here; known are {', '.join(known)}")


def parse(data: Mapping[str, Any], wire: Mapping[str, Any]) -> Facts | tuple[str, ...]:
    """The facts that a TOML or JSON document gives, by the codes of `wire`; or one sentence for each thing wrong.

    Sentences name the place and what is wanted, never the value.
    """
    read = _Reader(data)
    read.only(tuple(one.name for one in dataclasses.fields(Facts)))
    facts = Facts(
        delivery=read.texts("delivery", wire["delivery"]),
        location=_location(read.table("location")),
        public=read.truth("public"),
        fee=read.text("fee", wire["fee"]),
        registration=read.text("registration", wire["registration"]),
        url=_url(read),
        outcomes=tuple(_outcome(one, wire) for one in read.tables("outcomes")),
        commendations=read.texts("commendations"),
        mips=read.truth("mips"),
        moc=tuple(_moc(one, wire) for one in read.tables("moc")),
        content_areas=read.texts("content_areas"),
        rems_type=read.text("rems_type", wire["rems"]),
        rems_id=read.text("rems_id"),
        state_content=tuple(_pair(one) for one in read.tables("state_content")),
        interprofessional=read.truth("interprofessional"),
        pharmacy=_pharmacy(read.table("pharmacy"), wire),
    )
    return tuple(read.problems) if read.problems else facts


def to_data(facts: Facts) -> dict[str, Any]:
    """The facts as JSON-able data that `parse` reads back, without what nobody has said."""
    data: dict[str, Any] = dataclasses.asdict(facts)
    data["state_content"] = [{"domain": domain, "topic": topic} for domain, topic in facts.state_content]
    return {key: _listed(value) for key, value in data.items() if value not in (None, "", (), []) and not _blank(value)}


def _blank(value: object) -> bool:
    return isinstance(value, dict) and not any(value.values())


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _listed(one) for key, one in value.items()}
    return [_listed(one) for one in value] if isinstance(value, list | tuple) else value


def _location(read: _Reader) -> Location:
    read.only(("city", "state", "country"))
    place = Location(read.text("city"), read.text("state"), read.text("country"))
    _matching(read, "country", place.country, _COUNTRY.fullmatch, "must be the country's three ISO letters, as USA")
    if place.country == "USA":
        _matching(read, "state", place.state, _STATE.fullmatch, "must be the state's two letters")
    return place


def _matching(read: _Reader, key: str, value: str, test: Callable[[str], object], wanted: str) -> None:
    if value and not test(value):
        read.refuse(key, wanted)


def _url(read: _Reader) -> str:
    url = read.text("url")
    _matching(read, "url", url, re.compile(r"https?://[^\s/]+\S*").fullmatch, "must be an address: https://host/path")
    return url


def _outcome(read: _Reader, wire: Mapping[str, Any]) -> Outcome:
    read.only(("outcome", "types"))
    outcome = read.text("outcome", wire["outcomes"])
    if not outcome:
        read.refuse("outcome", f"must be one of {', '.join(wire['outcomes'])}")
    return Outcome(outcome, read.texts("types", wire["measurement"]))


def _moc(read: _Reader, wire: Mapping[str, Any]) -> Moc:
    read.only(("board", "practice_areas", "attested"))
    return Moc(read.text("board", wire["board"]), read.texts("practice_areas"), bool(read.truth("attested")))


def _pair(read: _Reader) -> tuple[str, str]:
    read.only(("domain", "topic"))
    return read.text("domain"), read.text("topic")


def _pharmacy(read: _Reader, wire: Mapping[str, Any]) -> Pharmacy:
    read.only(tuple(one.name for one in dataclasses.fields(Pharmacy)))
    words = wire["pharmacy"]
    sequence = read.data.get("sequence", 0)
    if type(sequence) is not int or not 0 <= sequence <= 9999:
        read.refuse("sequence", "must be a whole number from 1 to 9999")
        sequence = 0
    return Pharmacy(
        type=read.text("type", dict.fromkeys(words["types"], "")),
        topic=read.text("topic", dict.fromkeys(words["topics"], "")),
        sequence=sequence,
        uan_pharmacist=read.text("uan_pharmacist"),
        uan_technician=read.text("uan_technician"),
    )
