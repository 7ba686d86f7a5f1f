"""Fields of a form that changes something: what each asks for, and reading what was sent, with what is wrong named."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cme_xblock.activity.message import N_
from cme_xblock.records.ledger import LedgerBroken

__all__ = ["LONGEST", "MEANWHILE", "WRONG", "Field", "is_token", "read", "shown", "unwritten"]

LONGEST = 500
_Gettext = Callable[[str], str]


@dataclass(frozen=True)
class Field:
    """One field of a form. `options`: value and title of a choice; empty for a text. `many`: several may be chosen."""

    name: str
    label: str
    hint: str = ""
    required: bool = True
    options: Sequence[tuple[str, str]] = ()
    long: bool = False
    many: bool = False


def read(
    fields: Sequence[Field], sent: Mapping[str, str], gettext: _Gettext
) -> tuple[dict[str, str], dict[str, str]]:
    """What was sent, and what is wrong with it, by field. Of a field with `many`, the values are parted by spaces.

    `sent`: a request's QueryDict, or anything that is like a mapping of texts.
    """
    values: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for one in fields:
        given = sent.getlist(one.name) if one.many and hasattr(sent, "getlist") else [sent.get(one.name, "")]
        value = " ".join(" ".join(given).split())
        values[one.name] = value[: LONGEST + 1]
        known = {code for code, _ in one.options}
        if "\0" in value or len(value) > LONGEST:
            wrong[one.name] = gettext(TOO_LONG).format(most=LONGEST)
        elif one.required and not value:
            wrong[one.name] = gettext(MISSING).format(field=one.label)
        elif one.options and not (set(value.split()) if one.many else {value}) <= known:
            wrong[one.name] = gettext(NO_CHOICE).format(field=one.label)
    return values, wrong


def shown(
    fields: Sequence[Field], values: Mapping[str, str], wrong: Mapping[str, str]
) -> list[dict[str, object]]:
    """The fields as a template wants them: `field`, `value`, `said` (the value in words), `chosen`, `wrong`."""
    rows: list[dict[str, object]] = []
    for one in fields:
        value = values.get(one.name, "")
        chosen = value.split() if one.many else [value]
        titles = dict(one.options)
        rows.append(
            {
                "field": one,
                "value": value,
                "chosen": chosen,
                "said": "; ".join(titles.get(each, each) for each in chosen) if one.options else value,
                "wrong": wrong.get(one.name, ""),
            }
        )
    return rows


def is_token(text: str) -> bool:
    """Whether this is the number of a form that was shown: it becomes that of the access entry."""
    try:
        return str(uuids.UUID(text)) == text
    except ValueError:
        return False


def unwritten(error: Exception, gettext: _Gettext) -> str:
    """Why a record took nothing: others were writing it (LedgerBusy), or it is damaged (LedgerBroken)."""
    return gettext(DAMAGED if isinstance(error, LedgerBroken) else MEANWHILE)


DAMAGED = N_("This ledger is damaged and can't be shown in full. The site's operator finds out where with cme_verify.")
MISSING = N_("{field} is missing.")
TOO_LONG = N_("At most {most} characters, and only text.")
NO_CHOICE = N_("{field}: choose one of the list.")
WRONG = N_("Something is missing or wrong. It is named beside its field. Nothing was changed.")
MEANWHILE = N_("The record has changed since you opened this form. Look at it again first. Nothing was changed.")
