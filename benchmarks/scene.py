"""The blocks to compare, put into the workbench under names of their own; and its addresses, called as by a browser."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.http import HttpResponse
from django.test import Client
from lxml import etree
from workbench.runtime import ID_MANAGER, WorkbenchRuntime
from workbench.scenarios import SCENARIOS, Scenario, get_scenarios
from xblock.core import XBlock
from xblock.fields import ScopeIds

from cme_xblock.activity import olx
from cme_xblock.activity.model import Activity

ROOT = Path(__file__).resolve().parent.parent
SCENARIO = "bench"
COURSE = f"workbench:{SCENARIO}"


@dataclass(frozen=True)
class Placed:
    """One block in the workbench. `label` is what the tables call it."""

    label: str
    tag: str
    name: str

    @property
    def usage(self) -> str:
        """Its usage id, in the workbench's form."""
        return f"{SCENARIO}.{self.tag}.{self.name}"


HELLO = Placed("hello-world of the SDK", "helloworld_demo", "hello")
DRAG = Placed("drag-and-drop-v2", "drag-and-drop-v2", "standard")
DRAG_GRADED = Placed("drag-and-drop-v2, assessment mode", "drag-and-drop-v2", "graded")
POLL = Placed("poll", "poll", "poll")
SURVEY = Placed("survey (xblock-poll)", "survey", "survey")
CME = Placed("cme", "cme", "activity")
CME_PART = Placed("cme_part", "cme_part", "credit")
CME_CONTENT = Placed("cme_content", "cme_content", "guideline")
CME_CONTENT_PAGE = Placed("a page of the content", "html_demo", "page")

PEERS = (DRAG, POLL, SURVEY)
BLOCKS = (HELLO, DRAG, DRAG_GRADED, POLL, SURVEY, CME, CME_PART, CME_CONTENT)


class _Loader(WorkbenchRuntime):
    """Reads blocks under the names we give them; the workbench's own way gives out numbers."""

    def place(self, node: etree._Element) -> str:
        """Make the block of this element, and its children."""
        usage = f"{SCENARIO}.{node.tag}.{node.attrib.pop('url_name')}"
        _make_known(usage, node.tag)
        block = self.load_block_type(node.tag).parse_xml(node, self, ScopeIds(None, node.tag, usage, usage))
        block.save()
        return usage

    def add_node_as_child(self, block: XBlock, node: etree._Element) -> None:
        """Called by XBlock.parse_xml for each child element."""
        block.children.append(self.place(node))


def activity(*, now: datetime | None = None) -> Activity:
    """The demonstration activity at its real size, open today whenever today is."""
    described = olx.from_xml((ROOT / "demo" / "activity.xml").read_bytes())
    today = (now or datetime.now(UTC)).date()
    begun = today - timedelta(days=30)
    return dataclasses.replace(described, release=begun, last_review=begun, expiry=today + timedelta(days=365))


def install(described: Activity) -> None:
    """Write all blocks to the workbench's database, each with its default content; ours with the activity."""
    loader = _Loader()
    for block in BLOCKS:
        loader.place(_element(block, described))
    make_known()


def make_known() -> None:
    """Enter the blocks in the workbench's tables of this process, which it keeps in memory only."""
    # The workbench would otherwise load the scenarios of every installed block.
    get_scenarios.initialized = True
    for block in (*BLOCKS, CME_CONTENT_PAGE):
        _make_known(block.usage, block.tag)
        # The XML is what its debug panel prints.
        SCENARIOS[block.usage] = Scenario(description=block.label, usage_id=block.usage, xml="")


def view(client: Client, block: Placed, student: str, *, door: str = "view") -> HttpResponse:
    """A student's page with this one block. `door`: "view" has the block alone, "scenario" the debug panel as well."""
    return client.get(f"/{door}/{block.usage}/student_view/", {"student": student})


def call(client: Client, block: Placed, student: str, handler: str, body: object) -> HttpResponse:
    """A handler's answer, called as the block's script does."""
    url = f"/handler/{block.usage}/{handler}/?student={student}"
    return client.post(url, data=json.dumps(body), content_type="application/json")


def _make_known(usage: str, tag: str) -> None:
    ID_MANAGER._definitions[usage] = tag
    ID_MANAGER._usages[usage] = usage


def _element(block: Placed, described: Activity) -> etree._Element:
    node = etree.Element(block.tag, url_name=block.name)
    if block is DRAG_GRADED:
        node.set("mode", "assessment")
    if block is CME:
        node.set("display_name", described.title)
        node.append(olx.to_element(described, tag="activity"))
    if block in (CME_PART, CME_CONTENT):
        node.set("activity_id", described.activity_id)
    if block is CME_CONTENT:
        page = etree.SubElement(node, CME_CONTENT_PAGE.tag, url_name=CME_CONTENT_PAGE.name)
        etree.SubElement(page, "p").text = "The content."
    return node
