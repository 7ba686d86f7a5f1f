"""Small stand-ins for what the platform offers: its modules, its people, and its answers about them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest


@dataclass(frozen=True)
class User:
    """A user of the platform, or nobody."""

    id: int | None = None
    is_staff: bool = False

    @property
    def is_authenticated(self) -> bool:
        return self.id is not None


@dataclass(frozen=True)
class Masquerade:
    """What a member of staff looks like to the LMS; `user_name` only for a specific learner."""

    role: str
    user_name: str | None = None
    group_id: int | None = None


@dataclass
class Platform:
    """Who is logged in, who is enrolled, who acts as whom, and who may edit what."""

    actor: User | None = None
    enrolled: set[tuple[int, str]] = field(default_factory=set)
    masquerades: dict[int, Masquerade] = field(default_factory=dict)
    writers: set[int] = field(default_factory=set)
    readers: set[int] = field(default_factory=set)
    asked: list[tuple[str, object]] = field(default_factory=list)

    def is_enrolled(self, user: User, course_key: object) -> bool:
        self.asked.append(("is_enrolled", course_key))
        return (user.id, str(course_key)) in self.enrolled

    def masquerade(self, user: User, course_key: object) -> Masquerade | None:
        self.asked.append(("masquerade", course_key))
        return self.masquerades.get(user.id or 0)

    def may(self, who: set[int], question: str) -> Callable[[User, object], bool]:
        def answer(user: User, key: object) -> bool:
            self.asked.append((question, key))
            return user.id in who

        return answer


class Enrolments:
    """The manager of the platform's enrolments, for the one question that is asked of it."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._found = False

    def filter(self, *, course_id: object, is_active: bool, user_id: int) -> Enrolments:
        self._found = is_active and (user_id, str(course_id)) in self._platform.enrolled
        return self

    def exists(self) -> bool:
        return self._found


class Permissions:
    """Studio's `studio_user_permissions`, which was made for one user."""

    def __init__(self, platform: Platform, user: User) -> None:
        self.can_write = lambda key: platform.may(platform.writers, "can_write")(user, key)
        self.can_read = lambda key: platform.may(platform.readers, "can_read")(user, key)


def install(monkeypatch: pytest.MonkeyPatch) -> Platform:
    """Put the modules that our code imports from the platform into `sys.modules`, with one Platform behind them."""
    platform = Platform()

    class CourseEnrollment:
        is_enrolled = staticmethod(platform.is_enrolled)
        objects = Enrolments(platform)

    class Library:
        can_edit_block = staticmethod(platform.may(platform.writers, "can_edit_block"))
        can_view_block_for_editing = staticmethod(platform.may(platform.readers, "can_view_block_for_editing"))

    modules: dict[str, dict[str, Any]] = {
        "crum": {"get_current_user": lambda: platform.actor},
        "common.djangoapps.student.models": {"CourseEnrollment": CourseEnrollment},
        "lms.djangoapps.courseware.masquerade": {"get_course_masquerade": platform.masquerade},
        "openedx.core.djangoapps.xblock.learning_context.manager": {"get_learning_context_impl": lambda key: Library},
    }
    for name, members in modules.items():
        _add(monkeypatch, name, members)
    return platform


def _add(monkeypatch: pytest.MonkeyPatch, name: str, members: dict[str, Any]) -> None:
    """A module with its packages; `from a.b import c` wants `c` on the package too."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        full = ".".join(parts[:end])
        if full not in sys.modules:
            module = ModuleType(full)
            module.__path__ = []  # type: ignore[attr-defined]
            monkeypatch.setitem(sys.modules, full, module)
        if end > 1:
            package = sys.modules[".".join(parts[: end - 1])]
            monkeypatch.setattr(package, parts[end - 1], sys.modules[full], raising=False)
    for member, value in members.items():
        monkeypatch.setattr(sys.modules[name], member, value, raising=False)
