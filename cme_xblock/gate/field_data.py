"""The rule on each closed block, set while the LMS loads it: what its author wrote, and our partitions beside it.

A wrapper and not a provider of overrides: there the first answer wins, so that ours and the one of paid content would
put each other out of force. Nothing is ever stored; Studio does not have this wrapper.
Source: edx-platform, xmodule/modulestore/split_mongo/runtime.py, 99315c9, _init_field_data_for_block.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xblock.core import XBlock
from xblock.field_data import FieldData

from cme_xblock.gate import rows
from cme_xblock.host import place

_NAME = "group_access"


class GateFieldData(FieldData):
    """The field data of one closed block, with its rule."""

    def __init__(self, inner: FieldData, access: Mapping[int, list[int]]) -> None:
        self._inner = inner
        self._access = access

    @classmethod
    def wrap(cls, block: XBlock, field_data: FieldData) -> FieldData:
        """The field data to use instead: the same one for whatever is not closed. Called for every block loaded."""
        key = getattr(block.scope_ids.usage_id, "context_key", None)
        if key is None or not key.is_course:
            return field_data
        access = rows.access(rows.course_of(key), place.local_id(block), _parent(block, field_data))
        return cls(field_data, access) if access else field_data

    def get(self, block: XBlock, name: str) -> Any:
        """The field's value; of the rule, both together: who may see it has to be in a group of each partition."""
        if name != _NAME:
            return self._inner.get(block, name)
        raw = self._inner.get(block, name) if self._inner.has(block, name) else {}
        return {**(block.fields[name].from_json(raw) or {}), **{pid: list(ids) for pid, ids in self._access.items()}}

    def has(self, block: XBlock, name: str) -> bool:
        """Whether the field is set; the rule is."""
        return name == _NAME or bool(self._inner.has(block, name))

    def set(self, block: XBlock, name: str, value: Any) -> None:
        """Passed on."""
        self._inner.set(block, name, value)

    def set_many(self, block: XBlock, update_dict: Mapping[str, Any]) -> None:
        """Passed on."""
        self._inner.set_many(block, update_dict)

    def delete(self, block: XBlock, name: str) -> None:
        """Passed on."""
        self._inner.delete(block, name)

    def default(self, block: XBlock, name: str) -> Any:
        """Passed on."""
        return self._inner.default(block, name)


def _parent(block: XBlock, field_data: FieldData) -> str:
    """The block's parent as `type@block_id`, from the data at hand: nothing may be loaded here."""
    parent = field_data.get(block, "parent") if field_data.has(block, "parent") else None
    return f"{parent.block_type}@{parent.block_id}" if parent is not None else ""
