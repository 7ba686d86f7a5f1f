"""A sentence for a person, kept apart from its values until it is shown, so that it can be translated there.

Pure rooms write `Message(N_("Credit {amount} is …"), {"amount": "1.3"})`; the page formats it with its own gettext.
Where a number stands with a noun the text is `NP_("{count} learner", "{count} learners")`: some languages know one form
of a noun after a number, Arabic six. The number is always the value named `count`.
"""

from __future__ import annotations

import gettext as stdlib_gettext
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Plural:
    """An English text in both its forms, each with the place `{count}`; where `one` has none it means exactly one."""

    one: str
    many: str

    def of(self, count: str | int, gettext: Callable[[str], str] = str) -> str:
        """The form for that number, in the reader's language. What is no whole number is said as many are."""
        number = int(count) if str(count).isdecimal() else _MANY
        if isinstance(gettext, Catalogue):
            return gettext.plural(self, number)
        return gettext(self.one if number == 1 else self.many)


# The form that every language takes for a hundred is the one for quantities that are not counted.
_MANY = 100


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's extractors know
    """Mark English text for the catalogue; it is translated where it is shown."""
    return text


def NP_(one: str, many: str) -> Plural:  # noqa: N802 - the same, of a text with a number
    """Mark English text in two forms for the catalogue; the language's own form is chosen where it is shown."""
    return Plural(one, many)


class Catalogue:
    """One language's sentences: called with English text as gettext is, and asked for the form of a number."""

    def __init__(self, translations: stdlib_gettext.NullTranslations) -> None:
        self._translations = translations

    def __call__(self, text: str) -> str:
        """The text in this language, or as it is."""
        # Of the empty text gettext gives the catalogue's header.
        return self._translations.gettext(text) if text else ""

    def plural(self, text: Plural, number: int) -> str:
        """The language's form of the text for that number; an English one, where it is not translated."""
        return self._translations.ngettext(text.one, text.many, number)


@dataclass(frozen=True)
class Message:
    """English text with `{named}` places, and what goes into them: text, or another message, translated likewise.

    A text in several forms needs the value `count`.
    """

    text: str | Plural
    params: Mapping[str, str | Message] = field(default_factory=dict)

    def format(self, gettext: Callable[[str], str] = str) -> str:
        """The sentence in the reader's language."""
        filled = {name: one if isinstance(one, str) else one.format(gettext) for name, one in self.params.items()}
        if isinstance(self.text, Plural):
            return self.text.of(filled["count"], gettext).format(**filled)
        said = gettext(self.text)
        return said.format(**filled) if self.params else said

    def __str__(self) -> str:
        return self.format()
