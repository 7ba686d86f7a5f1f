"""The keys that make rows unique.

A MySQL column with a usual collation takes "A" and "a" for the same, and an index over three long columns does not fit.
So identity is a lower-case hex SHA-256 of the exact parts, and the parts themselves are stored beside it to be read.
"""

from __future__ import annotations

import hashlib
import unicodedata

MAX_LENGTH = 255
_SEPARATOR = "\0"


def activity_key(course_key: str, activity_id: str) -> str:
    """64 hex digits for one activity in one course.

    Raises ValueError where a part is empty, longer than 255 characters, or holds a NUL.
    """
    return _digest({"course_key": course_key, "activity_id": activity_id})


def participation_key(course_key: str, activity_id: str, learner_id: str) -> str:
    """64 hex digits for one learner in one activity. Raises ValueError as `activity_key` does."""
    return _digest({"course_key": course_key, "activity_id": activity_id, "learner_id": learner_id})


def learner_key(learner_id: str) -> str:
    """64 hex digits for one learner across all activities. Raises ValueError as `activity_key` does."""
    return _digest({"kind": "learner", "learner_id": learner_id})


def live_claim_key(participation_key: str, system: str) -> str:
    """64 hex digits for the one live claim of a participation in a credit system (promise 4)."""
    return _digest({"participation": participation_key, "system": system})


def order_key(owner: str, topic: str) -> str:
    """64 hex digits for what is reported in order: of one participation (its uuid) and credit system, for example."""
    return _digest({"owner": owner, "topic": topic})


def number_key(name: str, activity_key: str) -> str:
    """64 hex digits for the one number of that name that an activity has."""
    return _digest({"number": name, "activity": activity_key})


def provider_key(name: str) -> str:
    """64 hex digits for one provider, by its name however its letters and spaces are written; empty for no name.

    A provider has no number that all accreditors share, and its name stands on every certificate.
    """
    normal = " ".join(unicodedata.normalize("NFC", name).casefold().split())
    return text_sha(f"provider{_SEPARATOR}{normal}") if normal else ""


def desk_key(provider_key: str, email: str) -> str:
    """64 hex digits for one person in control of content at one provider, by an e-mail address in whatever case."""
    return text_sha(_SEPARATOR.join(("desk", provider_key, email.strip().casefold())))


def text_sha(text: str) -> str:
    """The SHA-256 of a text's UTF-8 bytes, 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _digest(parts: dict[str, str]) -> str:
    for name, value in parts.items():
        if not isinstance(value, str):
            message = f"{name} must be a text, not {type(value).__name__}: give the id as a string."
            raise ValueError(message)
        if not value or len(value) > MAX_LENGTH or _SEPARATOR in value:
            message = f"{name} must have 1 to {MAX_LENGTH} characters and no NUL: it has {len(value)} characters."
            raise ValueError(message)
    return text_sha(_SEPARATOR.join(parts.values()))
