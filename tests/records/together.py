"""Many requests at once, each in a thread and a connection of its own, let go at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connections

MANY = 16


def at_once(work: Callable[[int], object], many: int = MANY) -> list[object]:
    """What `work(number)` gave in each thread, or the exception that it raised."""
    gate = threading.Barrier(many, timeout=30)

    def one(number: int) -> object:
        try:
            gate.wait()
            return work(number)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(one, range(many)))
