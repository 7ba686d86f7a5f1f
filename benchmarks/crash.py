"""The crash test: deliveries, workers killed with SIGKILL, a receiver that misbehaves; is each there once at the end?

    CME_TEST_DATABASE=mariadb python -m benchmarks.crash --deliveries 20000 --workers 4
    CME_TEST_DATABASE=postgres python -m benchmarks.crash --restart "pg_ctlcluster 15 main restart" --restart-at 30

Makes a database of its own on the server that CME_TEST_DATABASE names, and drops it again. Prints a table; ends with 1
where anything was lost, sent twice or left open.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable


def main() -> int:
    """Run it as the command line says."""
    given = _arguments()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from tests.reporting import crash, world

    os.environ[world.PASSWORD_ENV] = world.PASSWORD
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with crash.receiver(given.misbehaving) as address:
            settings.CME_ENDPOINTS = [crash.settings_of(address)]
            before = time.monotonic()
            crash.seed(given.deliveries)
            print(f"{given.deliveries} deliveries were written in {time.monotonic() - before:.1f} s", flush=True)
            report = crash.run(
                address,
                workers_at_once=given.workers,
                pause=given.pause,
                patience=given.patience,
                disturb=_restarter(given),
                told=lambda line: print(line, flush=True),
            )
    finally:
        connection.creation.destroy_test_db(settings.DATABASES["default"]["NAME"], verbosity=0)
    print(
        f"{connection.vendor}: {given.deliveries} deliveries, {given.workers} workers, {report.kills} killed, "
        f"{given.misbehaving:.0%} of the receiver's answers wrong\n"
        f"  {report.seconds:.0f} s, {given.deliveries / report.seconds:.0f} a second, {report.requests} requests, "
        f"{report.interrupted} sendings interrupted by a kill\n"
        f"  states {report.states}\n  copies at the receiver {report.copies}"
    )
    right = report.states == {"accepted": given.deliveries} and report.copies == {1: given.deliveries}
    print("each is there once" if right else "NOT each is there once")
    return 0 if right else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deliveries", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two kills")
    parser.add_argument("--misbehaving", type=float, default=0.1, help="the share of wrong answers")
    parser.add_argument("--patience", type=float, default=1800.0, help="seconds after which it is given up")
    parser.add_argument("--restart", default="", help="a command that restarts the database")
    parser.add_argument("--restart-at", type=float, default=20.0, help="after so many seconds")
    return parser.parse_args()


def _restarter(given: argparse.Namespace) -> Callable[[float], None]:
    """What restarts the database once, in the middle."""
    done: list[None] = []

    def disturb(seconds: float) -> None:
        if given.restart and seconds >= given.restart_at and not done:
            done.append(None)
            print("restarting the database", flush=True)
            subprocess.run(given.restart, shell=True, check=False)  # noqa: S602 - the operator's own command

    return disturb


if __name__ == "__main__":
    sys.exit(main())
