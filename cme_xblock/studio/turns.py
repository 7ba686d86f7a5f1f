"""One save upon another: of two that began from the same version in the same instant, the second is told.

A block has no lock, and Studio writes it only after its handler has answered, so a handler that compares hashes can be
given a version which is already being replaced. The cache that all processes of Studio share decides instead: upon one
version one save is taken. It remembers that no longer than a save needs, and keeps hashes alone.
Decision: docs/decisions/0018.
"""

from __future__ import annotations

import hashlib

from django.core.cache import cache

from cme_xblock.parts.visit import Setting

# Longer than from reading a block to having written it, and short enough to be waited out.
SECONDS = 15


def take(setting: Setting, *, base: str, new: str) -> bool:
    """Whether this block may be saved as `new` upon `base`; both are hashes, `base` empty for an empty block.

    False when somebody has just saved something else upon it. The same save sent twice is taken twice.
    """
    if not cache.add(_key(setting, base), new, SECONDS) and cache.get(_key(setting, base)) != new:
        return False
    # The way back is open: what was changed can be changed back, and then changed again.
    if new != base:
        cache.delete(_key(setting, new))
    return True


def stands(setting: Setting, base: str) -> None:
    """This version is what the block holds, by whatever way it came back: saves upon it are taken again."""
    cache.delete(_key(setting, base))


def _key(setting: Setting, base: str) -> str:
    name = "\0".join((setting.course_key, setting.home, base))
    return f"cme-turn-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()}"
