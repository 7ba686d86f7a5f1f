"""Reading the classes of `model.py` from elements: strict, and plain about what is wrong.

Child elements may come in any order. Comments and processing instructions are skipped. Everything else that the model
does not declare is an error, for what is skipped in silence is lost at the next export.
This module knows nothing of what the fields mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from lxml import etree

from cme_xblock.activity import scalars
from cme_xblock.activity.fields import ATTRIBUTE, BODY, MANY, TEXT
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.shapes import Kind, Shape, shapes
from cme_xblock.activity.source import OlxError, line_of, tag_of


@dataclass(frozen=True)
class _Plan:
    """What may stand in an element: attributes by name, child elements by tag, or text of its own."""

    attributes: dict[str, Shape]
    children: dict[str, Shape]
    body: Shape | None


_NO_NAMESPACE = Message(N_("expected an element without a namespace: remove xmlns and prefix"))

_READ: dict[Kind, Callable[[str], Any]] = {
    Kind.FLAG: scalars.flag_of,
    Kind.INTEGER: scalars.integer_of,
    Kind.DECIMAL: scalars.decimal_of,
    Kind.DATE: scalars.date_of,
    Kind.MOMENT: scalars.moment_of,
}


def read(element: etree._Element, cls: type, *, ignore: frozenset[str] = frozenset()) -> Any:
    """The value of that class which the element describes. `ignore` names attributes to skip. Raises OlxError."""
    plan = _plan(cls)
    given = _attributes(element, plan, ignore)
    if plan.body:
        given[plan.body.name] = _text(element)
    else:
        given |= _children(element, plan)
    return cls(**given)


def refuse_tag(element: etree._Element, tag: str) -> None:
    """Raise OlxError unless the element has that tag."""
    if etree.QName(element).namespace:
        raise _error(element, _NO_NAMESPACE)
    if element.tag != tag:
        problem = Message(N_("expected <{tag}> as the outermost element"), {"tag": tag})
        raise OlxError(problem, element=tag_of(element), line=line_of(element))


@cache
def _plan(cls: type) -> _Plan:
    declared = shapes(cls)
    return _Plan(
        attributes={one.name: one for one in declared if one.how == ATTRIBUTE},
        children={one.wrapper or one.tag: one for one in declared if one.how not in (ATTRIBUTE, BODY)},
        body=next((one for one in declared if one.how == BODY), None),
    )


def _attributes(element: etree._Element, plan: _Plan, ignore: frozenset[str]) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name, value in _written(element):
        shape = plan.attributes.get(name)
        if shape:
            try:
                given[name] = _scalar(value, shape)
            except scalars.UnfitError as error:
                raise OlxError(error.message, element=_shown(element, name, value), line=line_of(element)) from None
        elif name not in ignore:
            raise OlxError(_unknown_attribute(name, plan), element=_shown(element, name, value), line=line_of(element))
    return given


def _children(element: etree._Element, plan: _Plan) -> dict[str, Any]:
    given: dict[str, Any] = {}
    first: dict[str, etree._Element] = {}
    for child in _elements(element):
        tag = str(child.tag)
        shape = plan.children.get(tag)
        if shape is None:
            raise _error(child, _unknown_element(element, child, plan))
        if shape.how == MANY and not shape.wrapper:
            given.setdefault(shape.name, []).append(_single(child, shape))
            continue
        if tag in first:
            raise _error(child, _twice(element, child, first[tag]))
        first[tag] = child
        given[shape.name] = _wrapped(child, shape) if shape.how == MANY else _single(child, shape)
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def _wrapped(element: etree._Element, shape: Shape) -> list[Any]:
    _refuse_attributes(element)
    found = []
    for child in _elements(element):
        if child.tag != shape.tag:
            params = {"parent": tag_of(element), "tag": shape.tag}
            raise _error(child, Message(N_("in {parent} there can be <{tag}> only"), params))
        found.append(_single(child, shape))
    return found


def _single(element: etree._Element, shape: Shape) -> Any:
    if shape.kind is Kind.NESTED:
        return read(element, shape.holds)
    _refuse_attributes(element)
    text = _text(element)
    if shape.how == TEXT:
        return text
    try:
        return _scalar(text, shape)
    except scalars.UnfitError as error:
        shown = f"{tag_of(element)}{scalars.excerpt(text)}</{tag_of(element)[1:]}"
        raise OlxError(error.message, element=shown, line=line_of(element)) from None


def _scalar(text: str, shape: Shape) -> Any:
    text = scalars.text_of(text)
    if shape.kind is Kind.STRING:
        return text
    if shape.kind is Kind.CODE:
        codes: Any = shape.holds
        return scalars.code_of(codes, text)
    return _READ[shape.kind](text)


# --- what XML puts between the elements ---


def _written(element: etree._Element) -> list[tuple[str, str]]:
    """The attributes, by name."""
    return [(str(name), str(value)) for name, value in element.attrib.items()]


def _elements(element: etree._Element) -> Iterator[etree._Element]:
    """The child elements. Raises OlxError for text beside them."""
    if _is_stray(element.text):
        raise _stray(element, str(element.text), line_of(element))
    for child in element:
        if _is_element(child):
            yield child
        if _is_stray(child.tail):
            raise _stray(element, str(child.tail), _last_line(child))


def _text(element: etree._Element) -> str:
    """The text of an element that holds nothing else."""
    parts = [element.text or ""]
    for child in element:
        if _is_element(child):
            text = N_("{parent} holds plain text only; write < as &lt; where the text itself has it")
            raise _error(child, Message(text, {"parent": tag_of(element)}))
        parts.append(child.tail or "")
    try:
        return scalars.text_of("".join(parts))
    except scalars.UnfitError as error:
        raise _error(element, error.message) from None


def _is_element(node: etree._Element) -> bool:
    """False for comments and processing instructions. Raises OlxError for an entity that a parser left standing."""
    if isinstance(node.tag, str):
        return True
    if isinstance(node, etree._Entity):
        text = N_("the entity {name} can't stand here: write the character itself")
        raise OlxError(Message(text, {"name": str(node.text)}), line=line_of(node))
    return False


def _refuse_attributes(element: etree._Element) -> None:
    for name, value in _written(element):
        problem = Message(N_("expected no attribute here"))
        raise OlxError(problem, element=_shown(element, name, value), line=line_of(element))


def _last_line(node: etree._Element) -> int | None:
    line = line_of(node)
    if not line or not _is_element(node):
        # The parser counts a comment where it ends, and an element where its start tag ends.
        return line
    return line + etree.tostring(node, with_tail=False, encoding="unicode").count("\n")


# --- errors ---


def _is_stray(text: str | None) -> bool:
    return bool(text) and not str(text).isspace()


def _stray(element: etree._Element, text: str, line: int | None) -> OlxError:
    """The error of text between elements, which began in that line."""
    stray = text.strip()
    if line:
        line += text[: text.index(stray)].count("\n")
    problem = Message(N_("text can't stand between the elements here: “{text}”"), {"text": scalars.excerpt(stray)})
    return OlxError(problem, element=tag_of(element), line=line)


def _error(element: etree._Element, problem: Message) -> OlxError:
    return OlxError(problem, element=tag_of(element), line=line_of(element))


def _shown(element: etree._Element, name: str, value: str) -> str:
    return f'{tag_of(element)[:-1]} {etree.QName(name).localname}="{scalars.excerpt(value)}">'


def _unknown_attribute(name: str, plan: _Plan) -> Message:
    if name in plan.children and plan.children[name].how == TEXT:
        return Message(N_("expected {name} as an element of its own: <{name}>…</{name}>"), {"name": name})
    if not plan.attributes:
        return Message(N_("expected no attribute here"))
    hint = scalars.allowed(name, plan.attributes)
    return Message(N_("there is no attribute {name} here: {hint}"), {"name": scalars.excerpt(name), "hint": hint})


def _unknown_element(parent: etree._Element, child: etree._Element, plan: _Plan) -> Message:
    name = etree.QName(child).localname
    if name in plan.attributes:
        params = {"parent": tag_of(parent), "name": name}
        return Message(N_('expected {name} as an attribute of {parent}: {name}="…"'), params)
    if etree.QName(child).namespace:
        return _NO_NAMESPACE
    for shape in plan.children.values():
        if shape.wrapper and shape.tag == name:
            return Message(N_("expected <{tag}> inside <{wrapper}>"), {"tag": shape.tag, "wrapper": shape.wrapper})
    hint = scalars.allowed(name, plan.children)
    return Message(N_("unknown element in {parent}: {hint}"), {"parent": tag_of(parent), "hint": hint})


def _twice(parent: etree._Element, child: etree._Element, before: etree._Element) -> Message:
    params = {"parent": tag_of(parent), "tag": tag_of(child), "line": str(line_of(before) or "?")}
    return Message(N_("expected {tag} once in {parent}; it stands in line {line} already"), params)
