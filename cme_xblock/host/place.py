"""Where a block stands: its course, its own name in the course, and the address of another block of that course.

.. setting_name: CME_WORKBENCH_LINKS
.. setting_default: {}
.. setting_description: In the workbench, which has no course to jump into: the address by target, where a target is a
    block (`type@block_id`) or a part (`part:assessment`). The LMS does not read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cme_xblock.host import kind

if TYPE_CHECKING:
    from xblock.core import XBlock

_WORKBENCH_LINKS = "CME_WORKBENCH_LINKS"


def course_key_object(block: XBlock) -> Any:
    """The platform's own course key, or None where there is none (workbench)."""
    return getattr(block.scope_ids.usage_id, "context_key", None)


def plain_key(block: XBlock) -> Any:
    """The platform's own course key without branch and version: whom a permission or an address is about."""
    key = course_key_object(block)
    return key.for_branch(None) if hasattr(key, "for_branch") else key


def course_key(block: XBlock) -> str:
    """The course as text, without branch and version. In the workbench each scenario is a course of its own."""
    key = plain_key(block)
    if key is None:
        return f"workbench:{str(block.scope_ids.usage_id).split('.', 1)[0]}"
    return str(key)


def local_id(block: XBlock) -> str:
    """`type@block_id`: the name that survives import and re-run, where a usage key does not."""
    usage = block.scope_ids.usage_id
    block_id = getattr(usage, "block_id", None)
    if block_id is None:
        scenario, _, rest = str(usage).partition(".")
        block_id = rest or scenario
        block_id = block_id.removeprefix(f"{block.scope_ids.block_type}.")
    return f"{block.scope_ids.block_type}@{block_id}"


def link(block: XBlock, target: str) -> str:
    """The address of another block (`type@block_id`) or part (`part:assessment`) of this course; empty if unknown."""
    if kind.of(block) is kind.Host.WORKBENCH:
        from django.conf import settings

        return str(getattr(settings, _WORKBENCH_LINKS, {}).get(target, ""))
    return _jump(plain_key(block), target)


def link_in(course_key: str, target: str) -> str:
    """The same where no block is at hand: the path to a block (`type@block_id`) of that course; empty if unknown."""
    from opaque_keys import InvalidKeyError
    from opaque_keys.edx.keys import CourseKey

    try:
        return _jump(CourseKey.from_string(course_key), target)
    except InvalidKeyError:
        # The workbench's courses have no keys.
        return ""


def _jump(key: Any, target: str) -> str:
    block_type, found, block_id = target.partition("@")
    if not found or key is None or not key.is_course:
        return ""
    from opaque_keys import InvalidKeyError

    try:
        usage_key = key.make_usage_key(block_type, block_id)
    except InvalidKeyError:
        # An author may have written a name that no block can have.
        return ""
    return f"/courses/{key}/jump_to/{usage_key}"
