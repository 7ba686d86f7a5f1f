"""Every way into our blocks, found by looking at the classes, so that a new one can't be forgotten."""

from __future__ import annotations

from xblock.core import XBlock

from cme_xblock.cme_block import CmeXBlock
from cme_xblock.cme_content_block import CmeContentXBlock
from cme_xblock.cme_part_block import CmePartXBlock

BLOCKS: dict[str, type[XBlock]] = {"ACTIVITY": CmeXBlock, "PART": CmePartXBlock, "CONTENT": CmeContentXBlock}

# What the platform asks a block for beside its views; `cme` has them all.
DATA = ("student_view_data", "index_dictionary", "max_score")

# The author's handlers, all behind one door; what they answer is tested in `tests/studio`.
AUTHORS = {
    "save_source",
    "save_form",
    "compare_form",
    "check_form",
    "show_source",
    "read_source",
    "import_file",
    "import_template",
    "renew",
    "desk_people",
    "desk_take",
}

# Handlers for which the tests of this room have cases. A new handler needs some, then its name here.
HANDLERS = {
    "ACTIVITY": {"submit", "show", "save_draft", *AUTHORS},
    "PART": {"submit", "show", "save_draft"},
    "CONTENT": {"submit", "show"},
}


def handlers(block: str) -> set[str]:
    """The handlers that a block's class really has."""
    owner = BLOCKS[block]
    return {name for name in dir(owner) if getattr(getattr(owner, name), "_is_xblock_handler", False)}


def views(block: str) -> list[str]:
    """Everything that looks like a view of ours, and the names by which the platform asks."""
    owner = BLOCKS[block]
    known = {"student_view", "public_view", "author_view", "studio_view", "learner_view", "visibility_view"}
    return sorted(known | {name for name in dir(owner) if name.endswith("_view")})


def names(block: str) -> list[str]:
    """Every name of the class: a runtime takes any of them for a view."""
    return sorted(name for name in dir(BLOCKS[block]) if not name.startswith("__"))
