"""Making audit files: at once where there are few learners, else by a worker; one at a time for each file."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from django.core.exceptions import ImproperlyConfigured

from cme_xblock.console.evidence.building import Built, Maker, build
from cme_xblock.console.evidence.gathered import Gathered, NoEdition, gather
from cme_xblock.evidence.archive import TooLarge
from cme_xblock.records import anchors, audit_files
from cme_xblock.records.faults import place
from cme_xblock.records.models import AuditFile

__all__ = ["AT_ONCE", "Unsigned", "maker", "run", "write"]

log = logging.getLogger(__name__)
# So many learners are written while somebody waits: a second or two.
AT_ONCE = 300


class Unsigned(ImproperlyConfigured):
    """This site has no key to sign audit files with."""

    def __init__(self) -> None:
        super().__init__("There is no key to sign audit files with: set CME_EVIDENCE_KEYS.")


class _Lost(Exception):  # noqa: N818 - says what is the case
    """Another worker has it, or it was thrown away meanwhile."""


@dataclass(frozen=True)
class Worked:
    """What one run did."""

    made: int = 0
    failed: int = 0


def maker(*, site: str, keys_url: str) -> Maker:
    """Who signs here. Raises Unsigned."""
    signer = anchors.signer()
    if signer is None:
        raise Unsigned
    return Maker(signer, site, keys_url)


def write(activity_key: str, stream: BinaryIO, by: Maker, *, now: datetime) -> tuple[Gathered, Built]:
    """One audit file, straight into a stream. Raises NoEdition and TooLarge."""
    found = gather(activity_key, now=now)
    return found, build(found, stream, by, now=now)


def run(by: Maker, *, now: Callable[[], datetime], uuid: str = "") -> Worked:
    """Make what waits, the oldest first, or that file alone. `now`: gives aware datetimes."""
    made = failed = 0
    while (file := audit_files.take(now=now(), uuid=uuid)) is not None:
        if _make(file, by, now=now):
            made += 1
        else:
            failed += 1
        if uuid:
            break
    return Worked(made, failed)


def _make(file: AuditFile, by: Maker, *, now: Callable[[], datetime]) -> bool:
    try:
        found = gather(file.activity_key, now=now())
        learners = found.learners()

        def page(done: int) -> None:
            if not audit_files.progress(file, done=done, learners=learners, now=now()):
                raise _Lost

        page(0)
        with TemporaryFile() as stream:
            built = build(found, cast("BinaryIO", stream), by, now=now(), page=page)
            page(built.tally.participations)
            return audit_files.finish(file, cast("BinaryIO", stream), missing=len(built.missing), now=now())
    except _Lost:
        log.info("Audit file %s is another worker's now, or was thrown away.", file.uuid)
    except (NoEdition, TooLarge) as error:
        audit_files.fail(file, str(error), now=now())
    except Exception as error:  # noqa: BLE001 - whatever it is, its text may quote a row
        # Its text may quote a row, so the log has its place and not its text.
        log.error("Audit file %s failed (%s).", file.uuid, place(error))
        what = f"It could not be made ({type(error).__name__})."
        text = f"{what} Ask the site's operator to look for {file.uuid} in the log."
        audit_files.fail(file, text, now=now())
    return False
