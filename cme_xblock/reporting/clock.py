"""What time it is for all workers: the database's, for their leases are in its tables.

A machine whose clock is ahead would take over what another worker has in hand, and send it a second time. So a run asks
the database once, and counts on from there by the monotonic clock, which no adjustment moves.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from django.db import connections, router

from cme_xblock.records.models import Delivery

__all__ = ["of_the_database"]

log = logging.getLogger(__name__)

# No standard SQL says how many seconds it is since 1970; every other form of the time is in some session's zone. SQLite
# is on this machine, and has its clock.
_EPOCH: Mapping[str, str] = {
    "postgresql": "SELECT EXTRACT(EPOCH FROM clock_timestamp())",
    "mysql": "SELECT UNIX_TIMESTAMP(SYSDATE(6))",
}
# Beyond that somebody should look at the machine, although nothing depends on it.
_WORTH_TELLING = timedelta(seconds=10)


def _here() -> datetime:
    return datetime.now(UTC)


def of_the_database(
    *, here: Callable[[], datetime] = _here, since: Callable[[], float] = time.monotonic
) -> Callable[[], datetime]:
    """A clock for one run, aware, in UTC. One query. Raises what a database raises that is not there.

    `here`: this machine's clock. `since`: seconds that only ever grow.
    """
    connection = connections[router.db_for_write(Delivery)]
    begun = since()
    at = here()
    sql = _EPOCH.get(connection.vendor)
    if sql is not None:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            told = datetime.fromtimestamp(float(cursor.fetchone()[0]), UTC)
        if abs(told - at) > _WORTH_TELLING:
            seconds = (at - told).total_seconds()
            log.warning("This machine's clock is %.0f seconds ahead of the database's: set it by NTP.", seconds)
        at = told
    return lambda: at + timedelta(seconds=since() - begun)
