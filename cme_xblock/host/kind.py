"""Which of the five hosts a block runs in.

Source: the measured table of services (ADR 0003): the LMS alone has both `completion` and `publish` in a course; Studio
alone has `studio_user_permissions`, and its editor has no user in the scope ids; a library key is no course key. In the
LMS whoever is not signed in has no `completion`: edx-platform, lms/djangoapps/courseware/block_render.py, 95e2990,
prepare_runtime_for_user.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xblock.core import XBlock


# The LMS shows drafts to course staff under its preview address; nobody takes part in a draft.
_DRAFT = "draft-branch"


class Host(StrEnum):
    """Where the block's code runs."""

    LMS = "lms"
    PREVIEW = "preview"
    EDITOR = "editor"
    LIBRARY = "library"
    WORKBENCH = "workbench"


def of(block: XBlock) -> Host:
    """The host of this block. An unknown runtime is treated as an editor: it shows, and records nothing."""
    if type(block.runtime).__module__.startswith("workbench."):
        return Host.WORKBENCH
    context_key = getattr(block.scope_ids.usage_id, "context_key", None)
    if context_key is not None and not context_key.is_course:
        return Host.LIBRARY
    if block.runtime.service(block, "studio_user_permissions") is not None:
        return Host.PREVIEW if block.scope_ids.user_id is not None else Host.EDITOR
    if getattr(context_key, "branch", None) == _DRAFT:
        return Host.PREVIEW
    nobody = block.scope_ids.user_id is None
    if (nobody or block.runtime.service(block, "completion") is not None) and (
        block.runtime.service(block, "publish") is not None
    ):
        return Host.LMS
    return Host.EDITOR
