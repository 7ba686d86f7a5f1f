"""The first request of a new process: everything is imported, read, compiled and parsed for it. Prints milliseconds.

Usage: python -m benchmarks.cold USAGE STUDENT, with the database of a bench that has put its blocks in place.
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks import run


def measure(usage: str, student: str) -> float:
    """Ask a new process; its own start and Django's set-up are not counted."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.cold", usage, student]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=run.ROOT).stdout)


def main() -> None:
    """Be that process."""
    run.set_up()
    from django.test import Client

    from benchmarks import scene, timing

    scene.make_known()
    usage, student = sys.argv[1:]
    block = next(one for one in scene.BLOCKS if one.usage == usage)
    nanoseconds, _ = timing.call(lambda: scene.view(Client(), block, student))
    print(nanoseconds / 1e6)


if __name__ == "__main__":
    main()
