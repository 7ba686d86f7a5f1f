"""The demonstration course in the workbench: its blocks under names of their own, and loaded once.

The workbench numbers its blocks and forgets the numbers when the process ends. Here each block is known by the
`url_name` of the course file, as in an LMS (`cme_content@guideline`), and what an author changed outlives a restart.
"""

from __future__ import annotations

import threading
from functools import cache

from django.db import transaction
from lxml import etree
from workbench.runtime import ID_MANAGER, WORKBENCH_KVS, WorkbenchRuntime
from workbench.scenarios import get_scenarios
from xblock.core import XBlock
from xblock.fields import ScopeIds

from demo import course_file
from demo.course_file import Course
from demo.models import LoadedCourse

_LOADING = threading.Lock()

# Blocks that begin empty, for authors who try the form; no unit of the course, so learners never meet them.
DRAFTS = {"new": "A new activity", "second": "A second activity"}


class _Loader(WorkbenchRuntime):
    """Reads blocks from XML under the names the file gives them."""

    def __init__(self, scenario: str) -> None:
        super().__init__()
        self.scenario = scenario

    def place(self, node: etree._Element, parent: str | None) -> None:
        """Make the block of this element, and its children."""
        usage_id = course_file.usage_id(self.scenario, node)
        keys = ScopeIds(None, node.tag, usage_id, usage_id)
        del node.attrib["url_name"]
        block = self.load_block_type(node.tag).parse_xml(node, self, keys)
        block.parent = parent
        block.save()

    def add_node_as_child(self, block: XBlock, node: etree._Element) -> None:
        """Called by XBlock.parse_xml for each child element."""
        usage_id = course_file.usage_id(self.scenario, node)
        self.place(node, block.scope_ids.usage_id)
        block.children.append(usage_id)


def load() -> Course:
    """The course: its blocks known to this process, its data in the database, read anew only when its files changed."""
    root = course_file.read()
    course = course_file.course(root)
    digest = course_file.digest(root)
    with _LOADING, transaction.atomic():
        # The workbench would otherwise load the scenarios of every installed block.
        get_scenarios.initialized = True
        for node in course_file.blocks(root):
            _make_known(course_file.usage_id(course.scenario, node), node.tag)
        for slug in DRAFTS:
            _make_known(draft_id(slug), "cme")
        known, _ = LoadedCourse.objects.get_or_create(scenario=course.scenario)
        if known.digest != digest:
            WORKBENCH_KVS.prep_for_scenario_loading()
            loader = _Loader(course.scenario)
            for node in root.findall("unit/*"):
                loader.place(node, None)
            known.digest = digest
            known.save()
    return course


@cache
def loaded() -> Course:
    """The course, loaded by this process at the first call."""
    return load()


def block(usage_id: str, student_id: str) -> XBlock:
    """The block, for one learner."""
    return WorkbenchRuntime(student_id).get_block(usage_id)


def draft_id(slug: str) -> str:
    """The usage id of a draft."""
    return f"drafts.cme.{slug}"


def _make_known(usage_id: str, block_type: str) -> None:
    """Enter the block in the workbench's two tables: its own way to do so gives out numbers only."""
    # Imports the block's code now: what is broken should be heard of at the start and not by the first learner.
    XBlock.load_class(block_type)
    ID_MANAGER._usages[usage_id] = usage_id
    ID_MANAGER._definitions[usage_id] = block_type
