"""What a log may say of an error that nobody foresaw: its type and where it was raised.

Its text is not said, for it may quote a row, a person or a secret. Source: architecture, promise 7.
"""

from __future__ import annotations

import traceback

__all__ = ["place"]


def place(error: BaseException) -> str:
    """Such as `ValueError at claims.py:120`."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where
