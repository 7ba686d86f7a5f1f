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
    """English text with `{named}` places, and what goes into them."""

    text: str
    params: Mapping[str, str] = field(default_factory=dict)

    def format(self, gettext: Callable[[str], str] = str) -> str:
        """The sentence in the reader's language."""
        return gettext(self.text).format(**self.params) if self.params else gettext(self.text)

    def __str__(self) -> str:
        return self.format()
