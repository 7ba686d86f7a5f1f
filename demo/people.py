"""Who takes part in the demonstration, and what the workbench tells blocks about them."""

from __future__ import annotations

import unicodedata

from django.conf import settings
from django.http import HttpRequest
from django.utils.text import slugify
from xblock.reference.user_service import UserService, XBlockUser

from cme_xblock.host.roles import EVERY, NOBODY, Reader, Role
from demo.models import Learner

# The workbench's own word for somebody it does not know.
ANONYMOUS = "none"
LONGEST = 100

INVENTED = (
    ("avery-sample", "Avery Sample", "Dr Avery Sample, physician (MD)"),
    ("jordan-example", "Jordan Example", "Jordan Example, registered nurse"),
    ("robin-specimen", "Robin Specimen", "Robin Specimen, pharmacist"),
)


# Which learner this browser was last.
COOKIE = "cme_demo_learner"


# Whether this browser was at the author's pages last.
AUTHOR_COOKIE = "cme_demo_author"


# In which role this browser reads the console.
ROLE_COOKIE = "cme_demo_role"


class UnfitName(ValueError):  # noqa: N818 - says what is the case
    """A name that nobody can be listed under; the message says what is wanted."""


def settle() -> None:
    """Have the invented learners in the database."""
    for student_id, full_name, note in INVENTED:
        Learner.objects.get_or_create(student_id=student_id, defaults={"full_name": full_name, "note": note})


def find(student_id: str) -> Learner | None:
    """The learner of that id."""
    return Learner.objects.filter(student_id=student_id).first()


def admit(full_name: str) -> Learner:
    """The learner of that name, new or known. Raises UnfitName."""
    name = " ".join(unicodedata.normalize("NFC", full_name).split())
    if not name or len(name) > LONGEST or not name.isprintable():
        raise UnfitName(f"Enter a name of 1 to {LONGEST} characters, such as Avery Sample.")
    stem = slugify(name, allow_unicode=False)[:50] or "learner"
    for number in range(1, 1000):
        student_id = stem if number == 1 else f"{stem}-{number}"
        if student_id in (*settings.CME_WORKBENCH_AUTHORS, ANONYMOUS):
            continue
        learner, _ = Learner.objects.get_or_create(student_id=student_id, defaults={"full_name": name})
        if learner.full_name == name:
            return learner
    raise UnfitName("Too many learners have a name like this. Enter another one.")


def reader(request: HttpRequest) -> str:
    """CME_READER of the demonstration: nobody signs in here, so it is whoever this browser was last."""
    learner = find(request.COOKIES.get(COOKIE, ""))
    return learner.student_id if learner else ""


def team(request: HttpRequest, course_key: str) -> bool:
    """Whether this browser is the course team's: the author is, and a learner is not."""
    return request.COOKIES.get(AUTHOR_COOKIE) == "yes"


def roles_of(reader_id: str) -> Reader:
    """CME_ROLES_OF of the demonstration: the offices by their ids; a schedule or a token acts as one of them."""
    offices = {
        "office": Reader(id="office", name="office", providers=frozenset({EVERY})),
        "operator": Reader(id="operator", name="operator", is_operator=True),
        "surveyor": Reader(id="surveyor", name="surveyor"),
        "author": Reader(id="author", name="author", teaches=lambda _: True),
    }
    return offices.get(reader_id, NOBODY)


def roles(request: HttpRequest) -> Reader:
    """CME_ROLES of the demonstration: whom the start page made of this browser; learners have no role."""
    learner = reader(request)
    role = request.COOKIES.get(ROLE_COOKIE, "")
    ids = {Role.ADMINISTRATOR: "office", Role.OPERATOR: "operator", Role.SURVEYOR: "surveyor"}
    if role in set(ids):
        return roles_of(ids[Role(role)])
    if team(request, ""):
        return roles_of("author")
    return Reader(id=learner, name=learner) if learner else NOBODY


class DemoUserService(UserService):
    """The workbench's user service with real names: a certificate needs one. Made by the runtime, for one request."""

    def get_current_user(self) -> XBlockUser:
        """The learner of this runtime; a stranger's name is empty."""
        student_id = str(getattr(self.runtime, "user_id", "") or "")
        learner = find(student_id)
        user = XBlockUser(is_current_user=True, emails=[], full_name=learner.full_name if learner else "")
        user.opt_attrs["xblock-workbench.user_id"] = student_id
        return user
