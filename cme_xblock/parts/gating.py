"""What a published course keeps closed, and after which stage it opens: decided here, kept by `records.gates`.

Never our own blocks: they are where a learner goes to open the rest. A unit that holds none of them is closed as a
whole, because the learning page then says why; in a unit that does, each of the other components is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cme_xblock.activity.canonical import ActivityError
from cme_xblock.activity.codes import Gates, OpensAfter
from cme_xblock.activity.message import N_, Message
from cme_xblock.activity.model import Activity
from cme_xblock.host.published import Node, PublishedBlock, PublishedCourse
from cme_xblock.participation.stages import Stage
from cme_xblock.parts import editions
from cme_xblock.records import gates
from cme_xblock.records.gates import Planned
from cme_xblock.rules.finding import Finding, Severity

# A subsection is the platform's `sequential`, a section its `chapter`; where one is missing, what is around it counts.
_SCOPES = {
    Gates.SUBSECTION: ("sequential", "chapter", "course"),
    Gates.SECTION: ("chapter", "course"),
    Gates.COURSE: ("course",),
}
_STAGES = {OpensAfter.OVERVIEW: Stage.ACKNOWLEDGED, OpensAfter.BASELINE: Stage.BASELINE}
_OURS = frozenset({"cme", "cme_part", "cme_content"})
# The learner's outline is made of these; what was measured is that units and components can be closed.
_OUTLINE = frozenset({"course", "chapter", "sequential"})


@dataclass
class _Plan:
    """The gates of one course while they are put together."""

    title: dict[str, str] = field(default_factory=dict)
    source: dict[str, str] = field(default_factory=dict)
    blocks: dict[str, dict[str, int]] = field(default_factory=dict)

    def close(self, activity_id: str, nodes: Iterator[Node], stage: Stage) -> None:
        """Keep these closed for that activity; where it does so already, the later stage counts."""
        mine = self.blocks.setdefault(activity_id, {})
        for one in nodes:
            mine[one.local_id] = max(int(stage), mine.get(one.local_id, 0))

    def planned(self) -> list[Planned]:
        """What is to be stored."""
        return [
            Planned(one, blocks, title=self.title.get(one, ""), source=self.source.get(one, ""))
            for one, blocks in sorted(self.blocks.items())
        ]


@dataclass(frozen=True)
class Wanted:
    """The gates that a course should have, and the blocks of activities that could not be read."""

    planned: tuple[Planned, ...]
    unread: frozenset[str]


def record(course: PublishedCourse) -> None:
    """Keep the gates of a course that was published."""
    wanted = plan(course)
    gates.replace(course.course_key, wanted.planned, keep=wanted.unread)


def plan(course: PublishedCourse) -> Wanted:
    """What the course as it is published keeps closed."""
    found, unread = _Plan(), set()
    for block in course.blocks:
        try:
            activity = editions.described(block.data).activity if block.data else Activity()
        except ActivityError:
            unread.add(block.local_id)
            continue
        _activity(found, course, block, activity)
    for content in course.contents():
        # A block that names no activity, or none that can be, opens for nobody; so do the components in it.
        name = content.activity_id
        known = str(name) if editions.is_name(name) else ""
        found.close(known, _closable(Node(content.local_id, content.children)), Stage.CONTENT)
        # What lies in a content block and has no row counts as not published yet, and is closed for everybody. So what
        # holds one of ours has one too, which lets everybody in: what else is in it is closed piece by piece.
        found.close(known, (one for one in content.children if _holds_ours(one)), Stage.CLOSED)
    return Wanted(tuple(found.planned()), frozenset(unread))


def _activity(found: _Plan, course: PublishedCourse, block: PublishedBlock, activity: Activity) -> None:
    known = activity.activity_id if editions.is_name(activity.activity_id) else ""
    if known:
        found.title[known] = activity.title
        found.source[known] = block.local_id
    scopes = _SCOPES.get(activity.content.gates, ())
    around = next((node for scope in scopes if (node := course.around(block.local_id, scope)) is not None), None)
    if around is not None:
        found.close(known, _closable(around), _STAGES[activity.content.opens_after])


def _closable(around: Node) -> Iterator[Node]:
    """The largest blocks in `around` that hold none of ours: units, or components where a unit does hold one."""
    for child in around.children:
        if child.block_type in _OURS:
            continue
        if child.block_type in _OUTLINE or _holds_ours(child):
            yield from _closable(child)
        else:
            yield child


def _holds_ours(node: Node) -> bool:
    return node.block_type not in _OURS and any(one in _OURS for one in _types(node))


def _types(node: Node) -> Iterator[str]:
    for child in node.children:
        yield child.block_type
        yield from _types(child)


def findings(activity: Activity, *, course_key: str) -> tuple[Finding, ...]:
    """That another activity of the course keeps the same component closed: asked of what was published."""
    if not course_key or not editions.is_name(activity.activity_id):
        return ()
    both = [names for names in gates.shared(course_key).values() if activity.activity_id in names]
    others = sorted({one for names in both for one in names} - {activity.activity_id})
    if not others:
        return ()
    params = {"count": str(len(both)), "others": ", ".join(one or "?" for one in others)}
    return (
        Finding(
            code="gated_twice",
            severity=Severity.WARN,
            where="content.gates",
            message=Message(TWICE, params),
            source=OURS,
            source_url="",
            fix=Message(TWICE_FIX, params),
        ),
    )


OURS = "How this software keeps content closed"
TWICE = N_("Another activity of this course ({others}) keeps the same components closed: {count} in all.")
TWICE_FIX = N_(
    "They open only for who is far enough in both. Let one of the two keep less closed, or give each content block one "
    "activity, then publish."
)
