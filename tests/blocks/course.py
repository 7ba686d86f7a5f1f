"""A course in the workbench's own runtime: its three blocks, learners, views, and handlers called as by a browser."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from lxml import etree
from webob import Request
from workbench.runtime import ID_MANAGER, WorkbenchRuntime
from xblock.core import XBlock
from xblock.fields import ScopeIds

from cme_xblock.activity import olx
from cme_xblock.activity.model import Activity
from tests.rules import sample

SCENARIO = "ward"
COURSE = f"workbench:{SCENARIO}"
ACTIVITY = f"{SCENARIO}.cme.activity"
CONTENT = f"{SCENARIO}.cme_content.reading"
PART = f"{SCENARIO}.cme_part.credit"
SECRET = "Only who has answered the baseline may read this sentence of the content."


@dataclass(frozen=True)
class Answer:
    """What a handler answered."""

    status: int
    text: str

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.text)


class _Loader(WorkbenchRuntime):
    """Reads blocks under names of their own, as an LMS gives them."""

    def place(self, node: etree._Element) -> str:
        usage = f"{SCENARIO}.{node.tag}.{node.attrib.pop('url_name')}"
        ID_MANAGER._definitions[usage] = node.tag
        ID_MANAGER._usages[usage] = usage
        block = self.load_block_type(node.tag).parse_xml(node, self, ScopeIds(None, node.tag, usage, usage))
        block.save()
        return usage

    def add_node_as_child(self, block: XBlock, node: etree._Element) -> None:
        block.children.append(self.place(node))


def install(activity: Activity | None = None, *, parts: str = "[]") -> None:
    """Put the course into the workbench: `cme`, `cme_content` with one page, `cme_part`."""
    described = activity or sample.activity()
    root = etree.Element("cme", url_name="activity", display_name="Ward", parts=parts)
    root.append(olx.to_element(described, tag="activity"))
    loader = _Loader()
    loader.place(root)
    content = etree.Element("cme_content", url_name="reading", activity_id=described.activity_id)
    page = etree.SubElement(content, "html_demo", url_name="page")
    etree.SubElement(page, "p").text = SECRET
    loader.place(content)
    loader.place(etree.Element("cme_part", url_name="credit", activity_id=described.activity_id))


def block(usage: str, student: str) -> XBlock:
    return WorkbenchRuntime(student).get_block(usage)


def view(usage: str, student: str, name: str = "student_view") -> str:
    """The HTML of a view, with everything that goes to the browser beside it."""
    found = block(usage, student)
    fragment = found.render(name, {})
    found.save()
    return str(fragment.content) + json.dumps(fragment.to_dict())


def call(
    usage: str, student: str, handler: str, body: object, *, path: str = "/handler/", method: str = "POST"
) -> Answer:
    """A handler's answer. `body` is sent as JSON, bytes as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request.blank(f"{path}{usage}/{handler}/", method=method, body=raw, content_type="application/json")
    found = block(usage, student)
    answer = found.runtime.handle(found, handler, request)
    found.save()
    return Answer(answer.status_int, answer.text)
