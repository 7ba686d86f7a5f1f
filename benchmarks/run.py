"""The benchmarks of `make bench`, all in one run: what a page and a submit take, beside other blocks of their kind.

Prints tables and asserts no time: the figures are for people to read. What is measured, and how: README.md.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
import warnings
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("Django", "XBlock", "xblock-sdk", "xblock-drag-and-drop-v2", "xblock-poll", "cme-xblock")


def set_up() -> None:
    """Make Django ready, with the database that CME_BENCH_DATABASE names."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    # The workbench's own file system service warns of setuptools at every start.
    warnings.filterwarnings("ignore", category=UserWarning)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    import django

    django.setup()


def main() -> None:
    """Measure everything in a fresh database, and print it."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cme-bench-") as folder:
        os.environ["CME_BENCH_DATABASE"] = str(Path(folder) / "bench.sqlite3")
        set_up()
        from django.core.management import call_command

        call_command("migrate", run_syncdb=True, verbosity=0)
        _head()
        from benchmarks import report

        report.everything()
    print(f"\nTook {time.monotonic() - begun:.0f} s.")


def _head() -> None:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} CPUs, {platform.machine()}")
    print(f"Python {platform.python_version()}, {versions}")
    print("The workbench's runtime and settings, debug off, SQLite in a file, one process and one thread.")


if __name__ == "__main__":
    main()
