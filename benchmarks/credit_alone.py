"""Only certificates and transcripts, in a fresh database. Usage: python -m benchmarks.credit_alone."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks import run


def main() -> None:
    """Measure, and print it."""
    with tempfile.TemporaryDirectory(prefix="cme-bench-") as folder:
        os.environ["CME_BENCH_DATABASE"] = str(Path(folder) / "bench.sqlite3")
        run.set_up()
        from django.core.management import call_command
        from django.test import Client

        call_command("migrate", run_syncdb=True, verbosity=0)
        from benchmarks import credit, scene

        credit.show(Client(), scene.activity())


if __name__ == "__main__":
    main()
