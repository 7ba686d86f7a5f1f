"""Which roles the platform's accounts have: by groups and by roles that were given, never by being global staff."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group, User
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory

from cme_xblock.host import roles
from cme_xblock.host.roles import EVERY, NOBODY, Reader
from tests.host import platform

pytestmark = pytest.mark.django_db
COURSE = "course-v1:Lake+CME1+2026"
# (kind of role, place) -> user names.
GIVEN = {
    ("staff", COURSE): {"teacher"},
    ("instructor", COURSE): {"chair"},
    ("org_staff", "Lake"): {"dean"},
    ("org_instructor", "Lake"): {"provost"},
}


@pytest.fixture(autouse=True)
def lms(monkeypatch: pytest.MonkeyPatch) -> None:
    def kind(name: str) -> type:
        class Given:
            def __init__(self, place: object) -> None:
                self.place = str(place)

            def has_user(self, user: User) -> bool:
                return user.username in GIVEN.get((name, self.place), set())

        return Given

    platform._add(
        monkeypatch,
        "common.djangoapps.student.roles",
        {
            "CourseStaffRole": kind("staff"),
            "CourseInstructorRole": kind("instructor"),
            "OrgStaffRole": kind("org_staff"),
            "OrgInstructorRole": kind("org_instructor"),
        },
    )


@pytest.mark.parametrize("name", ["teacher", "chair", "dean", "provost"])
def test_a_role_that_was_given_makes_a_teacher_of_that_course(name: str) -> None:
    found = roles.of_user(User.objects.create_user(name))
    assert found.teaches(COURSE)
    assert not found.teaches("course-v1:Hill+CME1+2026")
    assert not found.teaches("no course key")
    assert not found.is_operator


@pytest.mark.parametrize("more", [{"is_staff": True}, {"is_staff": True, "is_superuser": True}])
def test_global_staff_operates_and_teaches_nobody(more: dict[str, bool]) -> None:
    found = roles.of_user(User.objects.create_user("root", **more))
    assert found.is_operator
    assert not found.teaches(COURSE)
    assert found.providers == frozenset()


def test_members_of_a_mapped_group_administer_its_providers(settings: Any) -> None:
    settings.CME_ADMINISTRATORS = {"A": ["One", "Two"], "B": ["Three"], "C": [EVERY]}
    user = User.objects.create_user("u")
    assert roles.of_user(user).providers == frozenset()
    user.groups.add(Group.objects.create(name="A"), Group.objects.create(name="unmapped"))
    assert roles.of_user(user).providers == {"One", "Two"}


def test_the_setting_for_endpoints_alone_gives_no_learners_away(settings: Any) -> None:
    settings.CME_ENDPOINT_ADMIN = {"providers": {"A": ["One"]}}
    user = User.objects.create_user("u")
    user.groups.add(Group.objects.create(name="A"))
    assert roles.of_user(user).providers == frozenset()


@pytest.mark.parametrize("wrong", [["A"], {"A": "One"}])
def test_a_wrong_setting_is_named(settings: Any, wrong: object) -> None:
    settings.CME_ADMINISTRATORS = wrong
    with pytest.raises(ImproperlyConfigured, match="CME_ADMINISTRATORS"):
        roles.administered(["A"])


def test_nobody_and_whoever_was_shut_out_have_no_role(rf: RequestFactory) -> None:
    request = rf.get("/")
    assert roles.of_request(request) == NOBODY
    request.user = AnonymousUser()
    assert roles.of_request(request) == NOBODY
    request.user = User.objects.create_user("gone", is_active=False, is_staff=True)
    assert roles.of_request(request) == NOBODY


def broken(request: object) -> str:
    return "somebody"


def test_a_function_of_ones_own_must_give_a_reader(settings: Any, rf: RequestFactory) -> None:
    settings.CME_ROLES = "tests.host.test_roles.broken"
    assert roles.of_request(rf.get("/")) == Reader()
