"""From what the form sent to an activity: strict, total, and with each mistake told at its field.

What is sent may be anything that JSON can say. A page that does not fit the model (a field missing, an index left out)
is refused as a whole; a value that is no date or no number is the author's mistake, told beside its field. Rules of
accreditors are not asked here: a draft that breaks one is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cme_xblock.activity import richtext, scalars
from cme_xblock.activity.fields import plain
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.activity.scalars import UnfitError
from cme_xblock.activity.shapes import Kind, Shape, shapes
from cme_xblock.studio.described import Field, Widget
from cme_xblock.studio.layout import table

# More than any activity has, and few enough to be read at once.
MOST_FIELDS = 60_000
_PATH = re.compile(r"[a-z_0-9]{1,40}(?:\.[a-z_0-9]{1,40}){0,7}")
_PERCENT = re.compile(r"-?[0-9]{1,14}(?:\.[0-9]{1,10})?")

_TYPED: Mapping[Kind, Callable[[str], Any]] = {
    Kind.DATE: scalars.date_of,
    Kind.MOMENT: scalars.moment_of,
    Kind.INTEGER: scalars.integer_of,
}

STALE = Message(
    N_("This page does not fit the program any more: nothing was saved. Copy what you typed, reload and try again.")
)


class StaleError(Exception):
    """What was sent has another shape than the form."""


@dataclass(frozen=True)
class Parsed:
    """An activity; or, with `activity` None, why not: a `problem` with all of it, or `errors` by path."""

    activity: Activity | None
    errors: Mapping[str, Message] = field(default_factory=dict)
    problem: Message | None = None


def parse(sent: object) -> Parsed:
    """The activity in the form's flat mapping. Never raises."""
    errors: dict[str, Message] = {}
    try:
        activity = _group(Activity, _tree(sent), "", errors)
    except StaleError:
        return Parsed(None, problem=STALE)
    return Parsed(None, errors=errors) if errors else Parsed(activity)


def _tree(sent: object) -> dict[str, Any]:
    """The flat mapping as nested ones."""
    if not isinstance(sent, dict) or len(sent) > MOST_FIELDS:
        raise StaleError
    tree: dict[str, Any] = {}
    for path, value in sent.items():
        if type(path) is not str or type(value) not in (str, bool) or not _PATH.fullmatch(path):
            raise StaleError
        *outer, last = path.split(".")
        node = tree
        for name in outer:
            node = node.setdefault(name, {})
            if type(node) is not dict:
                raise StaleError
        if last in node:
            raise StaleError
        node[last] = value
    return tree


def _group(cls: type, node: object, path: str, errors: dict[str, Message]) -> Any:
    """One value with fields of its own. With errors, a value that is thrown away."""
    known = shapes(cls)
    if not isinstance(node, dict) or not node.keys() <= {one.name for one in known}:
        raise StaleError
    words = table(cls)
    given: dict[str, Any] = {}
    for shape in known:
        here = f"{path}{shape.name}"
        found = node.get(shape.name)
        if shape.repeated:
            given[shape.name] = _list(shape, found, here, errors)
        elif shape.kind is Kind.NESTED:
            given[shape.name] = _group(shape.holds, found, f"{here}.", errors)
        else:
            given[shape.name] = _value(shape, words[shape.name], found, here, errors)
    return cls(**given)


def _list(shape: Shape, node: object, path: str, errors: dict[str, Message]) -> tuple[Any, ...]:
    if node is None:
        return ()
    if not isinstance(node, dict):
        raise StaleError
    done = []
    for index in range(len(node)):
        member, here = node.get(str(index)), f"{path}.{index}"
        if shape.kind is Kind.NESTED:
            done.append(_group(shape.holds, member, f"{here}.", errors))
        else:
            done.append(_value(shape, None, member, here, errors))
    return tuple(done)


def _value(shape: Shape, words: Field | None, sent: object, path: str, errors: dict[str, Message]) -> Any:
    if type(sent) is not (bool if shape.kind is Kind.FLAG else str):
        raise StaleError
    if isinstance(sent, bool):
        return sent
    try:
        return _read(shape, words, str(sent))
    except UnfitError as unfit:
        errors[path] = unfit.message
        return shape.default if not shape.repeated else ""


def _read(shape: Shape, words: Field | None, sent: str) -> Any:
    """The value that somebody typed. Raises UnfitError."""
    if shape.kind is Kind.STRING:
        return _rich(sent) if words is not None and words.widget is Widget.RICH else scalars.text_of(sent)
    if shape.kind is Kind.CODE:
        codes: Any = shape.holds
        return scalars.code_of(codes, sent)
    typed = sent.strip()
    if not typed:
        return shape.default
    if shape.kind in _TYPED:
        return _TYPED[shape.kind](typed)
    return share_of(typed) if words is not None and words.widget is Widget.PERCENT else scalars.decimal_of(typed)


def share_of(typed: str) -> Decimal:
    """A share of 1 from per cent: 72.5, or 72.5 %, as 0.725."""
    bare = typed.removesuffix("%").strip()
    if not _PERCENT.fullmatch(bare):
        raise UnfitError(Message(N_("expected a number of per cent such as 75")))
    return plain(Decimal(bare).scaleb(-2))


def _rich(sent: str) -> str:
    try:
        return richtext.clean(sent)
    except ValueError as error:
        raise UnfitError(Message("{problem}", {"problem": str(error)})) from None
