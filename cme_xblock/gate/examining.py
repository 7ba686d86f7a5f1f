"""What is said of gates: to the health page in a moment, to `cme_doctor` course by course."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from importlib.metadata import entry_points
from importlib.util import find_spec

from django.conf import settings

from cme_xblock.activity.message import N_, NP_, Message
from cme_xblock.console.health.found import Found, State
from cme_xblock.gate import repairing
from cme_xblock.host import language
from cme_xblock.records import editions
from cme_xblock.records.models import Gate
from cme_xblock.settings import common

_GROUPS = ("openedx.user_partition_scheme", "openedx.dynamic_partition_generator")


def is_possible() -> bool:
    """Whether this is the LMS: nothing else has what is compared."""
    return getattr(settings, "ROOT_URLCONF", "") == common.LMS_URLS and find_spec("xmodule") is not None


def installed(now: datetime) -> Iterator[Found]:
    """Whether the LMS was told of the gate at all: without wrapper, middleware or entry points it is open."""
    if not is_possible():
        return
    for name, ours in (("XBLOCK_FIELD_DATA_WRAPPERS", common.WRAPPER), ("MIDDLEWARE", common.MIDDLEWARE)):
        if ours not in getattr(settings, name, ()):
            yield Found(State.BAD, Message(NOT_WIRED, {"name": name}), Message(NOT_WIRED_FIX))
    for group in _GROUPS:
        if not any(one.name == "cme_gate" for one in entry_points(group=group)):
            yield Found(State.BAD, Message(NO_ENTRY, {"group": group}), Message(NO_ENTRY_FIX))


def courses() -> Sequence[str]:
    """The courses that have a published activity or a gate."""
    published = {one.course_key for one in editions.all_published()}
    return sorted(published | set(Gate.objects.order_by().values_list("course_key", flat=True).distinct()))


def examine(course_key: str, *, repair: bool) -> Iterator[tuple[State, str, str]]:
    """What is to be said of one course's gate: state, sentence, and what to do. Raises ValueError for no course key."""
    from opaque_keys import InvalidKeyError
    from xmodule.modulestore.exceptions import ItemNotFoundError

    gettext = language.current().gettext
    try:
        found = repairing.look(course_key)
        stale = found.is_stale
        if stale and repair:
            found = repairing.repair(course_key)
    except InvalidKeyError:
        message = f"{course_key} is no course key: write it as course-v1:Org+Number+Run."
        raise ValueError(message) from None
    except ItemNotFoundError:
        yield State.LOOK, gettext(GONE), gettext(GONE_FIX)
        return
    if stale and not found.is_stale:
        yield State.WELL, gettext(REPAIRED), ""
    yield from ((state, said.format(gettext), do.format(gettext)) for state, said, do in _said(found))


def _said(found: repairing.Looked) -> Iterator[tuple[State, Message, Message]]:
    if found.rows_differ:
        yield State.BAD, Message(DIFFER), Message(REPAIR)
    if found.left_open:
        params = {"count": str(len(found.left_open)), "first": found.left_open[0]}
        yield State.BAD, Message(LEFT_OPEN, params), Message(REPAIR)
    if found.shared:
        params = {"count": str(len(found.shared)), "first": found.shared[0]}
        yield State.LOOK, Message(SHARED, params), Message(SHARED_FIX)
    if found.numbers:
        yield State.BAD, Message(TAKEN, {"number": str(found.numbers[0])}), Message(TAKEN_FIX)


NOT_WIRED = N_("{name} does not have the gate: locked content is open at the LMS's own doors.")
NOT_WIRED_FIX = N_("Leave CME_GATE alone, and see that the plugin's settings are loaded: docs/how-to/gate.md")
NO_ENTRY = N_("The entry point cme_gate of {group} is not installed.")
NO_ENTRY_FIX = N_("Install the package anew, so that its entry points are registered.")
GONE = N_("The course is not there any more. Its records are kept.")
GONE_FIX = N_("Nothing to do.")
REPAIRED = N_("The gate was stale, and was made anew.")
DIFFER = N_("What is kept closed is not what the published course says.")
LEFT_OPEN = NP_(
    "The structure that the LMS collected leaves {count} block open for apps and grades: {first}.",
    "The structure that the LMS collected leaves {count} blocks open for apps and grades, such as {first}.",
)
REPAIR = N_(
    "Run: manage.py lms cme_doctor --repair. If it comes back, see that Studio's workers collect no structures."
)
SHARED = NP_(
    "Two activities keep {count} block closed: {first}.",
    "Two activities keep {count} blocks closed, such as {first}.",
)
SHARED_FIX = N_("Tell the course's authors: their activities show it as a finding.")
TAKEN = N_("A group configuration of the course has the number of a gate, {number}.")
TAKEN_FIX = N_("Delete that group configuration in Studio and make it anew: it gets another number.")
