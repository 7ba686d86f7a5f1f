"""What the record models share: rows that the program cannot change, and instants stored exactly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from django.core.exceptions import ValidationError
from django.db import models


class ImmutableError(RuntimeError):
    """Somebody tried to change or delete a record that is kept as it was written (promise 5)."""

    def __init__(self, model: type[models.Model], action: str) -> None:
        super().__init__(
            f"{model.__name__} rows are kept as they were written, so {action} is refused. "
            f"A correction is a new row that says what it corrects."
        )


_Row = TypeVar("_Row", bound=models.Model)
_Set_contra = TypeVar("_Set_contra", contravariant=True)
_Get_co = TypeVar("_Get_co", covariant=True)
if TYPE_CHECKING:

    class _Text(models.CharField[_Set_contra, _Get_co]):
        """What the type checker's plugin reads of a field: what is put in, what comes out, what is looked up."""

        _pyi_private_set_type: datetime | str  # type: ignore[assignment]
        _pyi_private_get_type: datetime  # type: ignore[assignment]
        _pyi_lookup_exact_type: datetime | str
else:

    class _Text(models.CharField):
        """Django's field classes take no parameter when they run."""

        def __class_getitem__(cls, _item: Any) -> type[models.CharField]:
            return cls


class RecordQuerySet(models.QuerySet[_Row]):
    """A query set that reads and adds, and refuses to change or delete."""

    def update(self, **values: Any) -> NoReturn:
        """Refused."""
        raise ImmutableError(self.model, "update()")

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> NoReturn:
        """Refused."""
        raise ImmutableError(self.model, "bulk_update()")

    def delete(self) -> NoReturn:
        """Refused."""
        raise ImmutableError(self.model, "delete()")

    def update_or_create(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise ImmutableError(self.model, "update_or_create()")

    def bulk_create(self, objs: Any, *args: Any, update_conflicts: bool = False, **kwargs: Any) -> Any:
        """Add many rows; refused where it would change those that are there."""
        if update_conflicts:
            raise ImmutableError(self.model, "bulk_create(update_conflicts=True)")
        return super().bulk_create(objs, *args, **kwargs)

    # What Django marks on its own: a template or a form must not call it, a query set used as a manager may.
    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]
    update.alters_data = True  # type: ignore[attr-defined]
    bulk_update.alters_data = True  # type: ignore[attr-defined]


class Record(models.Model):
    """The base of rows that are written once."""

    objects = models.Manager.from_queryset(RecordQuerySet)()

    class Meta:
        """No table of its own."""

        abstract = True
        # Django takes the base manager for related objects; a plain one would be a way around the refusals.
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row for the first time. Raises ImmutableError ever after."""
        if not self._state.adding:
            raise ImmutableError(type(self), "save()")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise ImmutableError(type(self), "delete()")


class PointerQuerySet(models.QuerySet[_Row]):
    """A query set of rows that may be moved and never deleted."""

    def delete(self) -> NoReturn:
        """Refused."""
        raise ImmutableError(self.model, "delete()")

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]


class Pointer(models.Model):
    """The base of rows that say which record counts. The record stays, the pointer moves, in one module each."""

    objects = models.Manager.from_queryset(PointerQuerySet)()

    class Meta:
        """No table of its own."""

        abstract = True
        base_manager_name = "objects"

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused."""
        raise ImmutableError(type(self), "delete()")


class InstantField(_Text[_Set_contra, _Get_co]):
    """An instant as the text that was hashed: `2026-11-22T12:45:00.123456Z`.

    A hash needs the same microseconds back for decades. A date-time column depends on the precision, the time zone and
    the daylight saving of a connection's settings; this text depends on nothing, and sorts as the instants do.
    """

    _LENGTH = 27

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["max_length"] = self._LENGTH
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """For migrations: the length is fixed, so it is not said there."""
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

    def to_python(self, value: Any) -> Any:
        """An aware UTC datetime from a datetime or from the stored text; None stays None."""
        if value is None or isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
        # `fromisoformat` is many times quicker than `strptime`, and takes other ways to write an instant as well. What
        # `isoformat` gives back from it is quicker had than `instant_text`, and differs from that in its end alone.
        if found is None or f"{found.isoformat(timespec='microseconds')[:-6]}Z" != value or found.utcoffset():
            message = "An instant is written as 2026-11-22T12:45:00.123456Z."
            raise ValidationError(message)
        return found

    def from_db_value(self, value: str | None, *_: Any) -> Any:
        """What a row gives: an aware UTC datetime, or the text as it is where somebody has damaged it."""
        try:
            return self.to_python(value)
        except ValidationError:
            # `verify` has to be able to read a damaged row in order to name it.
            return value

    def get_prep_value(self, value: Any) -> str | None:
        """What is stored and compared. Raises ValueError for a datetime without a zone."""
        return instant_text(value) if isinstance(value, datetime) else value


def utc(at: datetime) -> datetime:
    """The instant in UTC. Raises ValueError for a datetime without a zone, which could mean any of 38 instants."""
    if at.tzinfo is None:
        message = "A time without a zone cannot be recorded: give an aware datetime."
        raise ValueError(message)
    return at.astimezone(UTC)


def instant_text(at: datetime) -> str:
    """The instant in UTC with six digits of a second. Raises ValueError for a datetime without a zone."""
    return utc(at).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")
