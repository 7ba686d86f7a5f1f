"""What every set of rows that can be exported is made of, and how one that is a query is read at full speed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db import connections
from django.db.models import Q, QuerySet

from cme_xblock.activity.model import Activity
from cme_xblock.console.access import May
from cme_xblock.console.exports.columns import Column, Columns, Form
from cme_xblock.console.exports.scope import PAGE, START, Page, Scope, Stretch, stretches
from cme_xblock.records import editions
from cme_xblock.records.models.base import instant_text

Turn = Callable[[Any], Any]
_REMEMBERED = 20_000


class Dataset(ABC):
    """One kind of rows. `id` stays for good: saved filters and the API name it.

    `may`: what its reader must be permitted. `filters`: which of `filtering.FILTERS` it knows.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    about: ClassVar[str]
    may: ClassVar[May]
    columns: ClassVar[tuple[Column, ...]]
    filters: ClassVar[tuple[str, ...]] = ()
    # So many learners at once; fewer where each of them has many rows.
    page: ClassVar[int] = PAGE

    def pages(self, scope: Scope, cursor: Mapping[str, int] = START) -> Iterator[Page]:
        """The rows from the cursor on. What was handed out before the cursor is not handed out again."""
        for stretch, following in stretches(scope, cursor, most=self.page):
            yield Page(self.read(scope, stretch), following, following["done"])

    @abstractmethod
    def read(self, scope: Scope, stretch: Stretch) -> Columns:
        """The rows of some participations."""


@dataclass(frozen=True)
class Source:
    """Where a column's values come from: the path from the model, and what turns a stored value into the column's."""

    column: Column
    path: str
    turn: Turn | None = None


class QueryDataset(Dataset):
    """Rows that are one query for each page.

    The query is made by Django and run on the bare cursor: what its fields would do to every value is done once for
    each value that there is (`turn`), and that is most of the difference to the speed of the driver.
    """

    sources: ClassVar[tuple[Source, ...]]
    # Where the participation is, from the model.
    person: ClassVar[str] = "participation"

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        if "sources" in cls.__dict__:
            cls.columns = tuple(one.column for one in cls.sources)

    def __init__(self) -> None:
        self._known: list[dict[Any, Any]] = [{} for _ in self.sources]

    @abstractmethod
    def query(self, scope: Scope) -> QuerySet[Any]:
        """The rows of all activities with the filters, without order and columns."""

    def read(self, scope: Scope, stretch: Stretch) -> Columns:
        """The rows of some participations, in their order."""
        path = self.person
        of_them = {f"{path}__activity_key": stretch.activity, f"{path}_id__gt": stretch.after,
                   f"{path}_id__lte": stretch.upto}  # fmt: skip
        rows = self.query(scope).filter(scope.belongs(f"{path}__"), **of_them)
        return self.fetched(rows.order_by(f"{path}_id", "pk"))

    def fetched(self, rows: QuerySet[Any]) -> Columns:
        """The rows of that query as columns."""
        sql, params = rows.values_list(*(one.path for one in self.sources)).query.sql_with_params()
        with connections[rows.db].cursor() as cursor:
            cursor.execute(sql, params)
            found = cursor.fetchall()
        if not found:
            return [[] for _ in self.sources]
        return [
            list(values) if one.turn is None else self._turned(place, one.turn, values)
            for place, (one, values) in enumerate(zip(self.sources, zip(*found, strict=True), strict=True))
        ]

    def _turned(self, place: int, turn: Turn, values: tuple[Any, ...]) -> list[Any]:
        known = self._known[place]
        if len(known) > _REMEMBERED:
            known.clear()
        for one in set(values).difference(known):
            known[one] = turn(one)
        return [known[one] for one in values]


def text(name: str, path: str, meaning: str, *, personal: bool = False, turn: Turn | None = None) -> Source:
    """A column of texts."""
    return Source(Column(name, Form.TEXT, meaning, personal), path, turn)


def instant(name: str, path: str, meaning: str, *, personal: bool = True) -> Source:
    """A column of instants: they are stored as the text that is exported."""
    return Source(Column(name, Form.INSTANT, meaning, personal), path)


def day(name: str, path: str, meaning: str) -> Source:
    """A column of civil dates."""
    return Source(Column(name, Form.DAY, meaning, personal=True), path, as_day)


def number(name: str, path: str, meaning: str) -> Source:
    """A column of decimals."""
    return Source(Column(name, Form.NUMBER, meaning, personal=True), path, as_number)


def count(name: str, path: str, meaning: str) -> Source:
    """A column of whole numbers."""
    return Source(Column(name, Form.COUNT, meaning), path)


def flag(name: str, path: str, meaning: str, *, turn: Turn | None = None) -> Source:
    """A column of yes and no; without `turn`, of what is stored as a truth value."""
    return Source(Column(name, Form.FLAG, meaning), path, turn or as_flag)


def as_day(value: Any) -> str | None:
    """A date as the driver gives it, in ISO's form."""
    return value.isoformat() if isinstance(value, date) else value


def as_number(value: Any) -> Decimal | None:
    """A decimal as the driver gives it, without the zeros that the column's scale adds."""
    if value is None:
        return None
    found = Decimal(str(value))
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found.normalize()


def as_flag(value: Any) -> str:
    """A truth value as the driver gives it."""
    return "yes" if value else "no"


def instant_of(at: Any) -> str | None:
    """An instant as Django gives it, as the text that is stored; a damaged one as it is."""
    return instant_text(at) if isinstance(at, datetime) else at


def is_set(value: Any) -> str:
    """Whether there is anything."""
    return "no" if value is None else "yes"


def title_of(sha256: str) -> str:
    """The title in that edition; empty where the edition is damaged, which `cme_verify` names."""
    found = edition(sha256)
    return found.title if found else ""


def provider_of(sha256: str) -> str:
    """The provider's name in that edition."""
    found = edition(sha256)
    return found.provider.name if found else ""


def edition(sha256: str | None) -> Activity | None:
    """The edition's content, from the process's memory where it is there."""
    if not sha256:
        return None
    try:
        return editions.load(sha256)[sha256]
    except (editions.EditionDamaged, editions.EditionMissing, ValueError):
        return None


def between(filters: Mapping[str, Any], path: str, *, instants: bool = False) -> Q:
    """The filters `since` and `until` (civil dates, both included) on a column of dates, or of instants in UTC."""
    found = Q()
    if filters.get("since"):
        found &= Q(**{f"{path}__gte": f"{filters['since']}T00:00:00.000000Z" if instants else filters["since"]})
    if filters.get("until"):
        found &= Q(**{f"{path}__lte": f"{filters['until']}T23:59:59.999999Z" if instants else filters["until"]})
    return found


def among(filters: Mapping[str, Any], name: str, path: str) -> Q:
    """A filter that is a list of values."""
    return Q(**{f"{path}__in": filters[name]}) if filters.get(name) else Q()
