"""A sentence for a person, kept apart from its values until it is shown, so that it can be translated there.

Pure rooms write `Message(N_("Credit {amount} is …"), {"amount": "1.3"})`; the page formats it with its own gettext.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's extractors know
    """Mark English text for the catalogue; it is translated where it is shown."""
    return text


@dataclass(frozen=True)
class Message:
    """English text with `{named}` places, and what goes into them: text, or another message, translated likewise."""

    text: str
    params: Mapping[str, str | Message] = field(default_factory=dict)

    def format(self, gettext: Callable[[str], str] = str) -> str:
        """The sentence in the reader's language."""
        if not self.params:
            return gettext(self.text)
        filled = {name: one if isinstance(one, str) else one.format(gettext) for name, one in self.params.items()}
        return gettext(self.text).format(**filled)

    def __str__(self) -> str:
        return self.format()
