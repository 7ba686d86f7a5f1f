"""Questions of QTI 1.2, as Canvas and older systems write them, as drafts.

Only what was widely written is read: one `response_lid` with `render_choice`, and a key that `resprocessing` sets.

Source: IMS Question & Test Interoperability 1.2 ASI Best Practice; Canvas exports.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal, InvalidOperation

from lxml import etree

from cme_xblock.activity.codes import ItemKind
from cme_xblock.activity.importers.draft import Choice, Collector, Draft, Unusable
from cme_xblock.activity.importers.plain import from_html, picture_name
from cme_xblock.activity.importers.xmltext import attr, children, descendants, is_vast, local, said
from cme_xblock.activity.message import N_
from cme_xblock.activity.scalars import excerpt

ROOT = "questestinterop"
MOST_ELEMENTS = 5_000

_ANSWERED = ("responselid", "responsestr", "responsenum", "responsexy", "responsegrp", "responseextension")


def take(root: etree._Element, collector: Collector, *, place: str) -> None:
    """Put every item of the file into the collector, as a question or as a problem."""
    for number, one in enumerate(root.iterdescendants("{*}item"), start=1):
        name = attr(one, "ident")
        where = f"{place}#{name}" if place and name else place or name or str(number)
        try:
            collector.add(_draft(one, where))
        except Unusable as reason:
            collector.refuse(where, attr(one, "title") or name, reason.message)


def _draft(item: etree._Element, place: str) -> Draft:
    draft = Draft(place, identifier=attr(item, "ident"), title=attr(item, "title"))
    presentation = next(iter(children(item, "presentation")), None)
    if presentation is None:
        raise Unusable(N_("The item has no body, so it asks nothing."))
    if is_vast(item, most=MOST_ELEMENTS):
        raise Unusable(N_("It is larger than any question. Split it, and import again."))
    asked = _asked(item, presentation)
    draft.stem = "\n\n".join(filter(None, (_material(one, draft) for one in _materials(presentation, asked))))
    names = []
    for label in descendants(asked, "responselabel"):
        names.append(attr(label, "ident"))
        draft.choices.append(Choice(" ".join(_material(one, draft) for one in descendants(label, "material"))))
    several = attr(asked, "rcardinality").lower() == "multiple"
    draft.kind = ItemKind.MULTIPLE if several else ItemKind.SINGLE
    right = _right(item, several=several)
    if unknown := right - set(names):
        shown = ", ".join(excerpt(one) for one in sorted(unknown)[:5])
        raise Unusable(N_("The key names {unknown}, which is none of the options."), unknown=shown)
    for name, choice in zip(names, draft.choices, strict=True):
        choice.correct = name in right
    _feedback(item, draft, names)
    return draft


def _asked(item: etree._Element, presentation: etree._Element) -> etree._Element:
    """The one place where an option is chosen."""
    found = descendants(presentation, *_ANSWERED)
    kinds = Counter(str(one.tag).rpartition("}")[2] for one in found)
    fields = {_field(one, "fieldlabel"): _field(one, "fieldentry") for one in descendants(item, "qtimetadatafield")}
    kind = fields.get("question_type") or fields.get("cc_profile") or ", ".join(kinds) or "–"
    if len(found) != 1 or local(found[0]) != "responselid" or not descendants(found[0], "renderchoice"):
        raise Unusable(N_("It is answered by {names}; only choices can be imported."), names=excerpt(kind, length=80))
    return found[0]


def _field(field: etree._Element, name: str) -> str:
    return next((said(one) for one in children(field, name)), "")


def _materials(presentation: etree._Element, asked: etree._Element) -> list[etree._Element]:
    """What stands before and after the options, not the options themselves."""
    inside = {one for label in descendants(asked, "responselabel") for one in descendants(label, "material")}
    return [one for one in descendants(presentation, "material") if one not in inside]


def _material(material: etree._Element, draft: Draft) -> str:
    parts = []
    for one in material:
        tag = local(one)
        if tag in ("mattext", "matemtext"):
            text = "".join(str(part) for part in one.itertext())
            parts.append(from_html(text).noted(draft) if "html" in attr(one, "texttype").lower() else text.strip())
        elif tag == "matimage":
            source = attr(one, "uri")
            parts.append(f"[{picture_name(source)}]")
            draft.images.append((source[:300], ""))
            draft.dropped(
                N_("The picture {name} was left out; it has no description: write one."), name=picture_name(source)
            )
        elif tag == "matbreak":
            parts.append("\n")
        elif tag:
            draft.dropped(N_("<{tag}> was left out: a question is plain text."), tag=str(one.tag).rpartition("}")[2])
    return " ".join(filter(None, parts)).strip()


def _right(item: etree._Element, *, several: bool) -> set[str]:
    """The options that a condition with points names, and does not forbid."""
    scored: list[tuple[Decimal, list[str]]] = []
    for one in descendants(item, "respcondition"):
        points = max((_points(value) for value in children(one, "setvar")), default=Decimal(0))
        wanted = [
            said(equal)
            for equal in descendants(one, "varequal")
            if not any(True for _ in equal.iterancestors("{*}not"))
        ]
        if points > 0 and wanted:
            scored.append((points, wanted))
    if not scored:
        raise Unusable(N_("No option is marked as right. Mark the right one, and import again."))
    if several:
        return {name for _, wanted in scored for name in wanted}
    best = max(points for points, _ in scored)
    return {name for points, wanted in scored if points == best for name in wanted}


def _points(value: etree._Element) -> Decimal:
    try:
        points = Decimal(said(value)[:40] or "0")
    except InvalidOperation:
        return Decimal(0)
    return points if points.is_finite() else Decimal(0)


def _feedback(item: etree._Element, draft: Draft, names: list[str]) -> None:
    """Feedback that is linked to one option goes there, all other to the rationale."""
    linked: dict[str, str] = {}
    for one in descendants(item, "respcondition"):
        wanted = [said(equal) for equal in descendants(one, "varequal")]
        for shown in children(one, "displayfeedback"):
            if len(wanted) == 1 and wanted[0] in names:
                linked.setdefault(attr(shown, "linkrefid"), wanted[0])
    told = []
    for one in children(item, "itemfeedback"):
        text = "\n\n".join(filter(None, (_material(part, draft) for part in descendants(one, "material"))))
        name = attr(one, "ident")
        if text and name in linked and name not in ("correct_fb", "general_incorrect_fb"):
            draft.choices[names.index(linked[name])].feedback = text
        elif text:
            told.append(text)
    draft.rationale = "\n\n".join(dict.fromkeys(told))
    if told:
        draft.changed(N_("Feedback now stands in the rationale, whatever the answer."))
