"""The content: where it is, and the learner's word that it was worked through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cme_xblock.activity.message import N_
from cme_xblock.participation import decide
from cme_xblock.participation.decide import Refusal
from cme_xblock.participation.entries import Draft
from cme_xblock.participation.progress import Part, Status
from cme_xblock.parts.visit import Visit

TEMPLATE = "content.html"
SECTION = N_("Section {number}")
OPEN = N_("Open the content")
ELSEWHERE = N_("Go on in the course, work through the content, and mark it as done there.")


def context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object]:
    """The sections with their addresses; a content block adds its own button."""
    content = visit.activity.content
    several = len(content.sections) > 1
    sections = [
        {
            "name": visit.text(SECTION, {"number": number}) if several else visit.text(OPEN),
            "url": visit.setting.link(section),
            "done": section in visit.progress.sections_done,
        }
        for number, section in enumerate(content.sections, start=1)
    ]
    return {
        "minutes": content.minutes,
        "done": visit.progress.state(Part.CONTENT).status is Status.DONE,
        "sections": sections,
        "one_section": None if several or not sections else sections[0],
        "elsewhere": visit.text(ELSEWHERE),
    }


def accept(visit: Visit, data: Mapping[str, Any]) -> Draft | Refusal:
    """The learner's word for one section. The section is named by the block itself, never by the request."""
    return decide.complete_content(
        visit.progress, visit.activity, visit.edition, visit.setting.section, visit.setting.now
    )
