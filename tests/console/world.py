"""Two providers with an activity each, and one person in each role: the accounts are real, the teams are a list."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.test import Client

from cme_xblock.activity.model import Activity
from cme_xblock.host import roles
from cme_xblock.host.roles import Reader
from cme_xblock.records import activity_index, audit_files, editions, grants, holds, keys
from cme_xblock.records.models import Delivery
from tests.credit import held
from tests.rules import sample

COURSE_A, COURSE_B = "course-v1:Lake+CME1+2026", "course-v1:Hill+CME2+2026"
PROVIDER_A, PROVIDER_B = "Lakeshore Academic Health", "Hillside Medical School"
OFFICES = {"CME office A": [PROVIDER_A], "CME office B": [PROVIDER_B], "All offices": ["*"]}
# Who is of which course's team, by user name: a test has no LMS.
TEAMS = {"teacher_a": {COURSE_A}, "teacher_b": {COURSE_B}}
GROUPS = {"office_a": "CME office A", "office_b": "CME office B", "every_office": "All offices"}
OTHERS = ("teacher_a", "teacher_b", "surveyor_a", "late_surveyor", "learner")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def reader(request: HttpRequest) -> Reader:
    """CME_ROLES of these tests: the platform's account, and the list of teams."""
    found = roles.of_user(getattr(request, "user", None))
    return replace(found, teaches=lambda course: course in TEAMS.get(found.name, set())) if found.known else found


@dataclass(frozen=True)
class World:
    """The keys of the two activities, and the accounts by name."""

    a: str
    b: str
    users: dict[str, User]
    # By provider (a, b): arguments of addresses beside their place, such as the number of a learner's participation.
    named: dict[str, dict[str, str]]

    # Browsers that a test keeps, by account.
    clients: dict[str, Client] = field(default_factory=dict)

    def client(self, name: str = "", **options: Any) -> Client:
        """The browser of that person; of nobody without a name."""
        client = Client(**options)
        if name:
            client.force_login(self.users[name])
        return client


def made(settings: Any, *, learners: bool = True) -> World:
    """All of it, in the database; with one learner who holds credit in each activity."""
    settings.CME_ADMINISTRATORS = OFFICES
    settings.CME_ROLES = "tests.console.world.reader"
    users = {name: User.objects.create_user(name) for name in (*GROUPS, *OTHERS)}
    for name, group in GROUPS.items():
        users[name].groups.add(Group.objects.get_or_create(name=group)[0])
    users["operator"] = User.objects.create_user("operator", is_staff=True)
    users["superuser"] = User.objects.create_user("superuser", is_staff=True, is_superuser=True)
    a, b = publish(COURSE_A, PROVIDER_A), publish(COURSE_B, PROVIDER_B)
    activity_index.refresh()
    now = datetime.now(UTC)
    for name, since in (("surveyor_a", now), ("late_surveyor", now - timedelta(days=30))):
        grants.give(
            [a],
            reader_id=str(users[name].pk),
            reader_name=name,
            until=since + timedelta(days=7),
            by=str(users["office_a"].pk),
            why="Reaccreditation",
            now=since,
        )
    both = {"a": (COURSE_A, PROVIDER_A), "b": (COURSE_B, PROVIDER_B)} if learners else {}
    return World(a, b, users, {of: _named(*place) for of, place in both.items()})


def _named(course: str, provider: str) -> dict[str, str]:
    """What an activity has that an address can name: a learner with credit, an edition."""
    claim = held.claim(course=course, learner="900", name="Kim Certified", activity=_of(provider))
    row = Delivery.objects.create(
        subject=f"claim:{claim.uuid}", claim=claim, participation=claim.participation, edition=claim.edition,
        activity_key=claim.participation.activity_key, endpoint="gone", kind="cme", state="accepted", created_at=NOW,
        next_attempt_at=NOW, credit_id=f"of {provider}",
    )  # fmt: skip
    return {
        "uuid": claim.participation.uuid,
        "sha256": claim.edition.sha256,
        "way": "attempts",
        "delivery": row.uuid,
        **_kept(claim.participation.activity_key),
    }


def _kept(key: str) -> dict[str, str]:
    """An audit file that was made, and a legal hold."""
    file = audit_files.ask(key, by="1", reason="Survey", now=NOW)
    taken = audit_files.take(now=NOW, uuid=file.uuid)
    assert taken is not None
    audit_files.finish(taken, io.BytesIO(b"PK"), missing=0, now=NOW)
    hold = holds.place("activity", key, name="Hand hygiene", by="1", reason="Case 12", now=NOW)
    return {"file": file.uuid, "hold": hold.uuid}


def _of(provider: str, activity: Activity | None = None) -> Activity:
    made = activity or sample.activity()
    return replace(made, provider=replace(made.provider, name=provider))


def publish(course: str, provider: str, activity: Activity | None = None) -> str:
    """An activity of that provider in that course; its key."""
    made = _of(provider, activity)
    editions.publish(course, made, source="cme@a", now=NOW)
    return keys.activity_key(course, made.activity_id)
