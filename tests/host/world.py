"""A course (or library) in a runtime that answers as the platform does: the same doors as in `tests.blocks.course`."""

from __future__ import annotations

import json
import tomllib
from datetime import datetime
from pathlib import Path
from types import NoneType
from typing import Any

from lxml import etree
from opaque_keys import OpaqueKey
from opaque_keys.edx.keys import UsageKey
from web_fragments.fragment import Fragment
from webob import Request
from xblock.core import XBlock
from xblock.exceptions import InvalidScopeError
from xblock.field_data import FieldData
from xblock.fields import ScopeIds, UserScope
from xblock.reference.user_service import UserService, XBlockUser
from xblock.runtime import Runtime

from cme_xblock.activity import olx
from cme_xblock.activity.model import Activity
from tests.blocks.course import SECRET, Answer
from tests.host.platform import Permissions, Platform, User
from tests.rules import sample

HOSTS: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "cases" / "hosts.toml").read_text())


class Store(FieldData):
    """Authors' fields for everybody, learners' fields by learner, or an error where the host keeps none.

    As in the platform, what a handler or a view of a learner sets in an author's field is refused.
    """

    def __init__(self, world: World) -> None:
        self.world = world

    def _place(self, block: XBlock, name: str, *, write: bool) -> dict[str, Any]:
        scope = block.fields[name].scope
        key = str(block.scope_ids.usage_id)
        if getattr(scope, "user", UserScope.NONE) is UserScope.NONE:
            if write and not self.world.authoring:
                raise InvalidScopeError(f"{name}: authors' fields are read only here")
            return self.world.authored.setdefault(key, {})
        if self.world.host["learner_fields"] == "refused" or block.scope_ids.user_id is None:
            raise InvalidScopeError(f"{name}: there are no learners here")
        return self.world.learners.setdefault((key, block.scope_ids.user_id), {})

    def get(self, block: XBlock, name: str) -> Any:
        return json.loads(self._place(block, name, write=False)[name])

    def set(self, block: XBlock, name: str, value: Any) -> None:
        place = self._place(block, name, write=True)
        if getattr(block.fields[name].scope, "user", UserScope.NONE) is UserScope.NONE:
            storable(value, name)
        place[name] = json.dumps(value, default=str)

    def delete(self, block: XBlock, name: str) -> None:
        self._place(block, name, write=True).pop(name, None)

    def has(self, block: XBlock, name: str) -> bool:
        return name in self._place(block, name, write=False)

    def default(self, block: XBlock, name: str) -> Any:
        raise KeyError(name)


# What Mongo's encoder takes of Python's types. Source: PyMongo, bson/__init__.py, _ENCODERS; a key of the platform is
# written as text before (edx-platform, xmodule/modulestore/split_mongo/split.py).
_BSON = (bool, int, float, str, bytes, datetime, NoneType, OpaqueKey)


def storable(value: Any, where: str) -> None:
    """Raise TypeError, as Studio's store does, for what it can't keep: a key that is no text, Decimal, tuple, date."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{where}: documents must have only string keys, key was {key!r}")
            storable(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            storable(inner, f"{where}[{number}]")
    elif type(value) is tuple or not isinstance(value, _BSON):
        raise TypeError(f"{where}: cannot encode object {value!r}, of type {type(value)}")


class Users(UserService):
    """The platform's user service: a user that has an id only when logged in."""

    def __init__(self, user: User | None, role: str) -> None:
        super().__init__()
        self._user, self._role = user, role

    def get_current_user(self) -> XBlockUser:
        found = XBlockUser(is_current_user=True)
        known = self._user is not None and self._user.is_authenticated
        found.full_name = f"Learner {self._user.id}" if known and self._user else None
        found.opt_attrs = {
            "edx-platform.is_authenticated": known,
            "edx-platform.user_id": self._user.id if known and self._user else None,
            "edx-platform.user_role": self._role,
            "edx-platform.anonymous_user_id": "0" * 32,
        }
        return found


class HostRuntime(Runtime):
    """One request's runtime for one visitor."""

    def __init__(self, world: World, user: User | None) -> None:
        self.world, self.user = world, user
        there: dict[str, Any] = {name: object() for name in world.host["services"]}
        if "studio_user_permissions" in there:
            there["studio_user_permissions"] = Permissions(world.platform, user or User())
        there |= {"user": Users(user, world.host["role"]), "field-data": Store(world)}
        there.pop("i18n", None)
        if user is None or not user.is_authenticated:
            # Source: edx-platform, lms/djangoapps/courseware/block_render.py, 95e2990, prepare_runtime_for_user.
            there.pop("completion", None)
        super().__init__(None, None, services=there)

    def get_block(self, usage_id: Any, for_parent: Any = None) -> XBlock:
        usage_id = UsageKey.from_string(str(usage_id))
        known = self.user is not None and self.user.is_authenticated and self.world.host["scope_user"]
        user_id = self.user.id if known and self.user else None
        return self.construct_xblock(usage_id.block_type, ScopeIds(user_id, usage_id.block_type, usage_id, usage_id))

    def add_node_as_child(self, block: XBlock, node: etree._Element) -> None:
        block.children.append(self.world.place(node))

    def handler_url(self, block: XBlock, handler_name: str, *more: Any, **named: Any) -> str:
        return f"/courses/c/xblock/{block.scope_ids.usage_id}/handler/{handler_name}"

    def resource_url(self, resource: str) -> str:
        return f"/static/{resource}"

    def local_resource_url(self, block: XBlock, uri: str) -> str:
        package = block.unmixed_class.__module__.rpartition(".")[0]
        # As the collector lays a package's files out. Source: edx-platform, openedx/core/lib/xblock_pipeline/finder.py.
        return f"/static/xblock/resources/{package}/{uri}"

    def publish(self, block: XBlock, event_type: str, event_data: dict[str, Any]) -> None:
        self.world.published.append((str(block.scope_ids.usage_id), event_type, event_data))

    def applicable_aside_types(self, block: XBlock) -> list[str]:
        return []


class World:
    """One host with our three blocks in it. `student` is a platform id as text, or "" for somebody anonymous."""

    def __init__(self, name: str, platform: Platform, *, run: str = "2026") -> None:
        self.name, self.host, self.platform, self.run = name, HOSTS[name], platform, run
        self.authored: dict[str, dict[str, Any]] = {}
        self.learners: dict[tuple[str, Any], dict[str, Any]] = {}
        self.published: list[tuple[str, str, dict[str, Any]]] = []
        self.authoring = self.host["authors_fields"] == "writable"
        self.ACTIVITY, self.CONTENT, self.PART = (
            self.key(*one) for one in (("cme", "activity"), ("cme_content", "reading"), ("cme_part", "credit"))
        )
        self.COURSE = str(UsageKey.from_string(self.ACTIVITY).context_key.for_branch(None))

    def key(self, block_type: str, name: str) -> str:
        return str(self.host["usage_key"].format(type=block_type, name=name)).replace("2026", self.run)

    def install(self, activity: Activity | None = None) -> None:
        """The course of `tests.blocks.course`, written by its author."""
        described = activity or sample.activity()
        root = etree.Element("cme", url_name="activity", display_name="Ward")
        root.append(olx.to_element(described, tag="activity"))
        content = etree.Element("cme_content", url_name="reading", activity_id=described.activity_id)
        page = etree.SubElement(content, "html_demo", url_name="page")
        etree.SubElement(page, "p").text = SECRET
        for one in (root, content, etree.Element("cme_part", url_name="credit", activity_id=described.activity_id)):
            self.place(one)

    def place(self, node: etree._Element) -> Any:
        usage = UsageKey.from_string(self.key(node.tag, node.attrib.pop("url_name")))
        runtime = HostRuntime(self, None)
        block = runtime.load_block_type(node.tag).parse_xml(node, runtime, ScopeIds(None, node.tag, usage, usage))
        before, self.authoring = self.authoring, True
        block.save()
        self.authoring = before
        return usage

    def user(self, student: str | None) -> User | None:
        return User(int(student)) if student else User()

    def enrol(self, student: str) -> None:
        self.platform.enrolled.add((int(student), self.COURSE))

    def block(self, usage: str, student: str | None) -> XBlock:
        self.platform.actor = self.user(student)
        return HostRuntime(self, self.user(student)).get_block(UsageKey.from_string(usage))

    def view(self, usage: str, student: str | None, name: str = "student_view") -> str:
        """The HTML of a view, with everything that goes to the browser beside it."""
        found = self.block(usage, student).render(name, {})
        return str(found.content) + json.dumps(found.to_dict()) if isinstance(found, Fragment) else str(found)

    def call(
        self,
        usage: str,
        student: str | None,
        handler: str,
        body: object,
        *,
        path: str = "/handler/",
        method: str = "POST",
    ) -> Answer:
        """A handler's answer. `body` is sent as JSON, bytes as they are."""
        return send(self.block(usage, student), handler, body, path=path, method=method)


def send(block: XBlock, handler: str, body: object, *, path: str = "/handler/", method: str = "POST") -> Answer:
    """A request to one block, as the platform passes it on."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    address = f"/courses/c/xblock/{block.scope_ids.usage_id}{path}{handler}/"
    request = Request.blank(address, method=method, body=raw, content_type="application/json")
    answer = block.handle(handler, request)
    return Answer(answer.status_int, answer.text)
