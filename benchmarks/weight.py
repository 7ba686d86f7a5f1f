"""Bytes of script and style that a block brings to the page, inline or by address; the workbench's own not counted."""

from __future__ import annotations

import gzip
from dataclasses import dataclass

from django.test import Client
from web_fragments.fragment import Fragment, FragmentResource
from workbench.runtime import WorkbenchRuntime

from benchmarks.scene import Placed

SCRIPT = ("application/javascript", "text/javascript")
STYLE = ("text/css",)
_LEVEL = 6


@dataclass(frozen=True)
class Weight:
    """Bytes as they are and gzipped, each file and each inline piece for itself."""

    script: int = 0
    style: int = 0
    gzipped: int = 0

    @property
    def raw(self) -> int:
        """Script and style together, not compressed."""
        return self.script + self.style


def of(client: Client, block: Placed, student: str) -> Weight:
    """What the student_view of this block brings."""
    found = WorkbenchRuntime(student).get_block(block.usage)
    fragment: Fragment = found.student_view({})
    script = [_bytes(client, one) for one in fragment.resources if one.mimetype in SCRIPT]
    style = [_bytes(client, one) for one in fragment.resources if one.mimetype in STYLE]
    return Weight(
        script=sum(map(len, script)),
        style=sum(map(len, style)),
        gzipped=sum(len(gzip.compress(one, _LEVEL, mtime=0)) for one in script + style),
    )


def _bytes(client: Client, resource: FragmentResource) -> bytes:
    if resource.kind == "text":
        return resource.data.encode()
    answer = client.get(resource.data)
    assert answer.status_code == 200, f"{resource.data}: {answer.status_code}"
    return b"".join(answer.streaming_content) if answer.streaming else answer.content
