"""The texts that an edition showed, taken from the edition itself: the same years later and without the course."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cme_xblock.activity import richtext
from cme_xblock.activity.model import Activity, Item
from cme_xblock.participation import scoring
from cme_xblock.rules import disclosure, statements
from cme_xblock.rules.disclosure import DisclosedPerson, DisclosedSupport

__all__ = ["Answered", "Shown", "answers", "before_beginning", "statements_of"]


@dataclass(frozen=True)
class Shown:
    """One text with its heading, line by line. `lang`: of the lines; empty where they are in the reader's language."""

    heading: str
    lines: Sequence[str]
    lang: str = ""


@dataclass(frozen=True)
class Answered:
    """One question as it was asked and what was answered. `right`: None where it is not scored."""

    question: str
    given: Sequence[str]
    right: bool | None = None
    options: Sequence[tuple[str, bool]] = field(default_factory=tuple)


def before_beginning(activity: Activity, gettext: Callable[[str], str]) -> Sequence[Shown]:
    """What a learner of that edition read before beginning: disclosure, support, credit, objectives."""
    told = disclosure.build(activity)
    own = activity.language
    found = [
        Shown(gettext("Relevant financial relationships"), [_person(one) for one in told.relevant], own),
        Shown(
            gettext("Disclosure statements"),
            [one for one in (told.mitigated_sentence, told.none_sentence) if one],
            "en",
        ),
        Shown(gettext("Nothing to disclose"), [one.name for one in told.none], own),
        Shown(gettext("Commercial support"), [told.support_sentence, *map(_support, told.support)], "en"),
        Shown(gettext("Accreditation and credit"), statements_of(activity), "en"),
        Shown(gettext("Objectives"), [one.text for one in activity.objectives], own),
    ]
    return [one for one in found if any(one.lines)]


def statements_of(activity: Activity) -> Sequence[str]:
    """The accreditation statement and each designation, word for word."""
    made = [statements.accreditation(activity)]
    for offering in activity.offerings:
        try:
            made.append(statements.designation(activity, offering))
        except (KeyError, LookupError):
            # A credit system of the site that is not there any more: its text is in the claims.
            continue
    return [one for one in made if one]


def answers(items: Sequence[Item], given: object) -> Sequence[Answered]:
    """Each question with what was answered, in the order of the edition."""
    said = given if isinstance(given, Mapping) else {}
    return list(_answers(items, said))


def _answers(items: Sequence[Item], said: Mapping[str, object]) -> Iterator[Answered]:
    score = scoring.score(items, {key: value for key, value in said.items() if isinstance(value, list)})
    for item in items:
        chosen = said.get(item.id)
        picked = [str(one) for one in chosen] if isinstance(chosen, list) else []
        texts = {one.id: richtext.plain(one.text) for one in item.options}
        yield Answered(
            question=richtext.plain(item.stem),
            given=[texts.get(one, one) for one in picked],
            right=score.per_item.get(item.id) if item.scored else None,
            options=[(texts[one.id], one.correct) for one in item.options],
        )


def _person(one: DisclosedPerson) -> str:
    related = "; ".join(f"{each.company}: {each.nature}" for each in one.relationships)
    return f"{one.name}, {one.credentials}: {related}" if one.credentials else f"{one.name}: {related}"


def _support(one: DisclosedSupport) -> str:
    return f"{one.company}: {one.nature}" if one.nature else one.company
