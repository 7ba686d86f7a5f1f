"""As much of the LMS and its modulestore as the gate touches, written from the platform's behaviour and not its code.

What each stand-in answers like, path and commit of edx-platform where it was read:
- `Group`, `UserPartition`: xmodule/partitions/partitions.py, 21968c5 (named tuples; groups by id; NoSuchGroup error)
- partitions of a course: xmodule/partitions/partitions_service.py, e57a655 (a generator may give None or a list; the
  answer is remembered for the request)
- `Blocks.service`, wrappers: xmodule/modulestore/split_mongo/runtime.py, 99315c9 (`_init_field_data_for_block`: the
  field data is there while a wrapper runs, and each block is wrapped once)
- `Base.merged_group_access`, `may_load`: lms/djangoapps/lms_xblock/mixin.py, e57a655, and courseware/access.py, 7daa33c
  (staff pass; all partitions named must allow; one that does not exist denies, as does False: no group is left)
- `Structure`: lms/djangoapps/course_blocks/transformers/user_partitions.py, e57a655 (collected once, by a process with
  or without the wrapper; it hands numbers of groups to a message where a page hands groups) and
  openedx/core/djangoapps/content/block_structure, api.py, 0baa6f1 (up to date by the course's version alone) and
  block_structure.py, e57a655 (what is reached from the course; the store finds orphans too: split_mongo/split.py)
- masquerade: lms/djangoapps/courseware/masquerade.py, 14f7dc8 (a group that is not there is none); the request's store:
  edx-django-utils cache/utils.py, 1d52355
"""

from __future__ import annotations

import pickle
import sys
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from opaque_keys.edx.keys import CourseKey, UsageKey
from xblock.core import XBlock
from xblock.field_data import DictFieldData, FieldData
from xblock.fields import Dict, Scope, ScopeIds
from xblock.runtime import Runtime

from cme_xblock.activity import canonical
from cme_xblock.activity.model import Activity
from cme_xblock.gate.field_data import GateFieldData

COURSE = CourseKey.from_string("course-v1:Lakeshore+CME+2026")


@dataclass(frozen=True)
class User:
    """Somebody of the platform; without an id, nobody."""

    id: int | None = None
    is_staff: bool = False


class NoSuchGroup(Exception):  # noqa: N818
    """As the platform's error."""


class Group(namedtuple("Group", "id name")):
    """A group: a number and a name."""


class UserPartition(namedtuple("UserPartition", "id name description groups scheme parameters active")):
    """A partition; `get_scheme` finds the scheme that the entry point names, and gives it its name."""

    schemes: dict[str, Any] = {}

    def __new__(cls, id, name, description, groups, scheme=None, parameters=None, active=True):
        return super().__new__(cls, int(id), name, description, groups, scheme, parameters or {}, active)

    @staticmethod
    def get_scheme(name: str) -> Any:
        scheme = UserPartition.schemes[name]
        scheme.name = name
        return scheme

    def get_group(self, group_id: int) -> Group:
        for group in self.groups:
            if group.id == group_id:
                return group
        raise NoSuchGroup(group_id)


class Base(XBlock):
    """What the LMS mixes into each block: the rule, and how rules add up from the root down."""

    has_children = True
    group_access = Dict(scope=Scope.settings, default={})

    @property
    def merged_group_access(self) -> dict[int, Any]:
        parent = self.get_parent()
        merged = dict(parent.merged_group_access) if parent is not None else {}
        for partition_id, groups in self.group_access.items():
            if groups:
                both = set(merged.get(int(partition_id), groups) or ()) & set(groups)
                merged[int(partition_id)] = sorted(both) or False
        return merged


class Blocks(Runtime):
    """One request's runtime: each block's field data is made once, and wrapped where the LMS wraps it."""

    def __init__(self, store: Store, *, wrapped: bool) -> None:
        super().__init__(None, None, services={})
        self.store, self.wrapped = store, wrapped
        self.made: dict[str, FieldData] = {}
        self.loaded: dict[str, XBlock] = {}

    def get_block(self, usage_id: Any, for_parent: Any = None) -> XBlock:
        name = f"{usage_id.block_type}@{usage_id.block_id}"
        if name not in self.store.fields:
            raise self.store.missing(name)
        if name not in self.loaded:
            scope_ids = ScopeIds(None, usage_id.block_type, usage_id, usage_id)
            self.loaded[name] = self.construct_xblock_from_class(Base, scope_ids)
        return self.loaded[name]

    def handler_url(self, *args: Any, **kwargs: Any) -> str:
        raise NotImplementedError

    local_resource_url = resource_url = publish = handler_url

    def service(self, block: XBlock, service_name: str) -> Any:
        if service_name != "field-data":
            return super().service(block, service_name)
        name = f"{block.scope_ids.block_type}@{block.scope_ids.usage_id.block_id}"
        if name not in self.made:
            self.made[name] = DictFieldData(self.store.fields[name])
            if self.wrapped:
                self.made[name] = GateFieldData.wrap(block, self.made[name])
        return self.made[name]


class MissingError(Exception):
    """As xmodule.modulestore.exceptions.ItemNotFoundError."""


@dataclass
class Store:
    """The modulestore with one course in it, in its published branch."""

    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    branches: list[Any] = field(default_factory=list)
    own_partitions: list[Any] = field(default_factory=list)
    missing = MissingError

    def add(self, name: str, parent: str = "", **data: Any) -> str:
        """A block; `data` is what our own blocks hold: `activity` or `activity_id`."""
        self.fields[name] = {"children": []}
        self.data[name] = data
        if parent:
            self.fields[name]["parent"] = self.key(parent)
            self.fields[parent]["children"].append(self.key(name))
        return name

    def key(self, name: str) -> UsageKey:
        block_type, _, block_id = name.partition("@")
        return COURSE.for_branch("published-branch").make_usage_key(block_type, block_id)

    def reached(self, name: str = "course@course") -> list[str]:
        """That block and all below it."""
        below = (f"{one.block_type}@{one.block_id}" for one in self.fields[name]["children"])
        return [name, *(found for one in below if one in self.fields for found in self.reached(one))]

    @contextmanager
    def branch_setting(self, branch: str, course_key: Any) -> Iterator[None]:
        self.branches.append(branch)
        yield

    def get_items(self, course_key: Any, *, qualifiers: dict[str, str]) -> list[XBlock]:
        if course_key.for_branch(None) != COURSE:
            return []
        names = [one for one in self.fields if one.startswith(f"{qualifiers['category']}@")]
        return [self.get_item(self.key(one), wrapped=False) for one in names]

    def get_course(self, course_key: Any, depth: Any = 0) -> XBlock:
        block = self.get_item(self.key("course@course"), wrapped=False)
        block.user_partitions = self.own_partitions
        return block

    def get_item(self, key: Any, *, wrapped: bool = True) -> XBlock:
        block = Blocks(self, wrapped=wrapped).get_block(key)
        name = f"{key.block_type}@{key.block_id}"
        for attribute, value in self.data[name].items():
            setattr(block, attribute, canonical.to_data(value) if isinstance(value, Activity) else value)
        return block


class Structure:
    """A collected structure, which is kept pickled until the course has another version."""

    def __init__(self, lms: Lms, *, wrapped: bool) -> None:
        self.partitions = pickle.loads(pickle.dumps(lms.partitions()))  # noqa: S301 - our own
        self.rules = {
            name: {
                partition: set(groups or ())
                for partition, groups in lms.store.get_item(key, wrapped=wrapped).merged_group_access.items()
                if partition in {one.id for one in self.partitions}
            }
            for name in lms.store.reached()
            for key in [lms.store.key(name)]
        }

    def __contains__(self, key: Any) -> bool:
        return f"{key.block_type}@{key.block_id}" in self.rules

    def get_transformer_block_field(self, key: Any, transformer: Any, name: str) -> Any:
        rule = self.rules.get(f"{key.block_type}@{key.block_id}")
        return None if rule is None else SimpleNamespace(get_allowed_groups=lambda: rule)


@dataclass
class Lms:
    """The LMS: its store, who views as whom, and what the platform does with a rule."""

    store: Store
    viewing: dict[int, Any] = field(default_factory=dict)
    generators: list[Any] = field(default_factory=list)
    stored: dict[str, dict[Any, Any]] = field(default_factory=dict)
    structure: Structure | None = None

    def partitions(self) -> list[UserPartition]:
        """All dynamic partitions of the course, remembered for the request."""
        course = SimpleNamespace(id=COURSE, user_partitions=[])
        kept = self.stored.setdefault("", {})
        if "partitions" not in kept:
            kept["partitions"] = [one for generator in self.generators for one in generator(course) or ()]
        found: list[UserPartition] = kept["partitions"]
        return found

    def block(self, name: str) -> XBlock:
        return self.store.get_item(self.store.key(name))

    def refusal(self, user: User, name: str) -> tuple[UserPartition, Any, list[Any]] | str | None:
        """What denies this user that block: the partition with its groups, "nowhere", "nobody", or None."""
        if user.is_staff and user.id not in self.viewing:
            return None
        known = {one.id: one for one in self.partitions()}
        for partition_id, allowed in self.block(name).merged_group_access.items():
            partition = known.get(partition_id)
            if partition is None:
                return "nowhere"
            group = partition.scheme.get_group_for_user(COURSE, user, partition, assign=False)
            if allowed is False:
                return "nobody"
            if group.id not in allowed:
                return partition, group, [partition.get_group(one) for one in allowed]
        return None

    def may_load(self, user: User, name: str) -> bool:
        return self.refusal(user, name) is None

    def collect(self, *, by_studio: bool = False, here: bool = False) -> None:
        """What the worker does some time after publishing, or this very process (`here`)."""
        if self.structure is None:
            if not here:
                self.next_request()
            self.structure = Structure(self, wrapped=not by_studio)

    def listed(self, user: User, name: str) -> tuple[str, str] | None:
        """What apps are told of a block that this learner may not load: whose it is, and the message; None if open."""
        assert self.structure is not None
        merged = self.structure.get_transformer_block_field(self.store.key(name), None, "merged_group_access")
        for partition in self.structure.partitions:
            allowed = merged.get_allowed_groups().get(partition.id)
            group = partition.scheme.get_group_for_user(COURSE, user, partition)
            if allowed is not None and group.id not in allowed:
                key = self.store.key(name).map_into_course(COURSE)
                return partition.name, partition.access_denied_message(key, user, group, allowed)
        return None

    def next_request(self) -> None:
        """The platform empties its store before each request."""
        self.stored.clear()


def _request_cache(lms: Lms) -> type:
    class RequestCache:
        def __init__(self, namespace: str) -> None:
            self.namespace = namespace

        @property
        def data(self) -> dict[Any, Any]:
            return lms.stored.setdefault(self.namespace, {})

        @classmethod
        def clear_all_namespaces(cls) -> None:
            lms.stored.clear()

    return RequestCache


def install(monkeypatch: pytest.MonkeyPatch, store: Store) -> Lms:
    """Put the platform's modules into `sys.modules`, and the gate's partition module loaded from them."""
    lms = Lms(store)

    def acting(user: User, course_key: Any) -> Any:
        return lms.viewing.get(user.id or 0)

    def group_of(course_key: Any, user: User, partition: UserPartition) -> Group | None:
        found = lms.viewing[user.id]
        try:
            return partition.get_group(found.group_id) if found.user_partition_id == partition.id else None
        except NoSuchGroup:
            return None

    modules: dict[str, dict[str, Any]] = {
        "lms.djangoapps.course_blocks.transformers.user_partitions": {"UserPartitionTransformer": object()},
        "openedx.core.djangoapps.content.block_structure.api": {
            "get_course_in_cache": lambda key: lms.collect(here=True) or lms.structure,
            "update_course_in_cache": lambda key: lms.collect(here=True),
            "clear_course_from_cache": lambda key: setattr(lms, "structure", None),
        },
        "edx_django_utils.cache": {"RequestCache": _request_cache(lms)},
        "xmodule.partitions.partitions": {"Group": Group, "UserPartition": UserPartition},
        "xmodule.modulestore": {"ModuleStoreEnum": SimpleNamespace(Branch=SimpleNamespace(published_only="published"))},
        "xmodule.modulestore.django": {"modulestore": lambda: store},
        "xmodule.modulestore.exceptions": {"ItemNotFoundError": MissingError},
        "lms.djangoapps.courseware.masquerade": {
            "get_course_masquerade": acting,
            "get_masquerading_user_group": group_of,
            "is_masquerading_as_specific_student": lambda user, key: bool(acting(user, key).user_name),
        },
    }
    for name, members in modules.items():
        put(monkeypatch, name, members)
    # Anew each time: it imports the platform at its top.
    monkeypatch.delitem(sys.modules, "cme_xblock.gate.partition", raising=False)
    partition = import_module("cme_xblock.gate.partition")
    monkeypatch.setitem(sys.modules, partition.__name__, partition)
    monkeypatch.setattr(UserPartition, "schemes", {partition.SCHEME: partition.CmeGateScheme})
    lms.generators = [partition.partitions]
    return lms


def put(monkeypatch: pytest.MonkeyPatch, name: str, members: dict[str, Any]) -> None:
    """A module with its packages; `from a.b import c` wants `c` on the package too."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        full = ".".join(parts[:end])
        if full not in sys.modules:
            module = ModuleType(full)
            module.__path__ = []  # type: ignore[attr-defined]
            monkeypatch.setitem(sys.modules, full, module)
        if end > 1:
            monkeypatch.setattr(
                sys.modules[".".join(parts[: end - 1])], parts[end - 1], sys.modules[full], raising=False
            )
    for member, value in members.items():
        monkeypatch.setattr(sys.modules[name], member, value, raising=False)
