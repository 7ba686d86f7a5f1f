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


def context(visit: Visit, view: Mapping[str, Any]) -> dict[str, object]:
    """The sections with their addresses; a content block adds its own button."""
    content = visit.activity.content
    done = visit.progress.state(Part.CONTENT).status is Status.DONE
    several = len(content.sections) > 1
    return {
        "minutes": content.minutes,
        "done": done,
        "sections": [
            {
                "name": visit.text(SECTION, {"number": number}) if several else visit.text(N_("Open the content")),
                "url": visit.setting.link(section),
                "done": section in visit.progress.sections_done,
            }
            for number, section in enumerate(content.sections, start=1)
        ],
    }


def accept(visit: Visit, data: Mapping[str, Any]) -> Draft | Refusal:
    """The learner's word for one section. The section is named by the block itself, never by the request."""
    return decide.complete_content(
        visit.progress, visit.activity, visit.edition, visit.setting.section, visit.setting.now
    )
