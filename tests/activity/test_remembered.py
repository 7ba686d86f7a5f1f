"""What was made of an activity is remembered by the object, and never given for another one."""

from __future__ import annotations

import dataclasses

from cme_xblock.activity.model import Activity
from cme_xblock.activity.remembered import remembered


def counted() -> tuple[list[str], object]:
    asked: list[str] = []

    @remembered
    def title(activity: Activity) -> str:
        asked.append(activity.title)
        return activity.title

    return asked, title


def test_the_same_object_is_asked_once() -> None:
    asked, title = counted()
    one = Activity(title="One")
    assert [title(one), title(one)] == ["One", "One"]
    assert asked == ["One"]


def test_another_activity_gets_its_own_answer_even_if_it_lies_where_one_lay_before() -> None:
    _, title = counted()
    # Each object is dropped at once, so that memory, and with it the id, is used again.
    assert [title(Activity(title=str(number))) for number in range(500)] == [str(number) for number in range(500)]


def test_an_equal_activity_is_asked_itself() -> None:
    asked, title = counted()
    one = Activity(title="One")
    assert title(one) == title(dataclasses.replace(one))
    assert asked == ["One", "One"]
