"""Rotation of the vault's keys: every identifier and stored secret under the first key, while learners go on writing.

A row is written only if it still is what was read, so that a value which the learner corrects in that moment is never
put back to the old one. What was done stays done: an interrupted run is taken up by running it again. The report has
numbers of rows, never a value. Source: spec R-6.8.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import router
from django.db.models import Count
from django.views.decorators.debug import sensitive_variables

from cme_xblock.records import contention, endpoint_secrets, keyring, vault
from cme_xblock.records.keyring import Key
from cme_xblock.records.models import EndpointSecret, Identifier

__all__ = ["Report", "Shut", "rotate"]

# Rows in one transaction: few enough that a learner who writes one of them hardly waits.
_PAGE = 100
_MOST = 100


@dataclass(frozen=True)
class Shut:
    """One row that cannot be opened: its number, its kind and the key that it names.

    A secret of an endpoint has the kind "endpoint <name>: <field>".
    """

    row: int
    kind: str
    key_id: str


@dataclass
class Report:
    """What one run found and did.

    `before`, `after`: rows by the id of the key that encrypts them. `rotated`: rows that were, or in a dry run would
    be, written anew. `overtaken`: rows that somebody else wrote or deleted meanwhile. `shut` keeps the first 100 rows
    that cannot be opened, `shut_count` counts all.
    """

    before: Mapping[str, int]
    after: Mapping[str, int] = field(default_factory=dict)
    seen: int = 0
    rotated: int = 0
    overtaken: int = 0
    shut_count: int = 0
    shut: list[Shut] = field(default_factory=list)


def rotate(*, dry_run: bool) -> Report:
    """Encrypt every identifier, and every endpoint's secret, under the first of CME_IDENTIFIER_KEYS; index identifiers.

    Opens every row, those that need nothing too: after a run without findings the other keys are needed by no row in
    `after`. `dry_run` does all of it but writing. Raises ImproperlyConfigured without usable keys, LedgerBusy.
    """
    keys = keyring.load()
    report = Report(before=_by_key())
    last = 0
    while page := list(Identifier.objects.filter(pk__gt=last).order_by("pk")[:_PAGE]):
        last = page[-1].pk
        report.seen += len(page)
        _page(page, keys, report, dry_run=dry_run)
    for secret in EndpointSecret.objects.select_related("endpoint").order_by("pk"):
        report.seen += 1
        _secret(secret, keys, report, dry_run=dry_run)
    report.after = _by_key()
    return report


@sensitive_variables()
def _page(page: list[Identifier], keys: list[Key], report: Report, *, dry_run: bool) -> None:
    changes: list[tuple[Identifier, Mapping[str, object]]] = []
    for row in page:
        try:
            columns = vault.resealed(row, keys=keys)
        except vault.VaultError:
            _is_shut(report, Shut(row.pk, row.kind, row.key_id))
            continue
        if columns is not None:
            changes.append((row, columns))
    if not changes:
        return
    if dry_run:
        report.rotated += len(changes)
        return
    # Prepared before the transaction begins, so that it is short.
    written = contention.run(lambda: sum(_write(*one) for one in changes), using=router.db_for_write(Identifier))
    report.rotated += written
    report.overtaken += len(changes) - written


@sensitive_variables()
def _secret(row: EndpointSecret, keys: list[Key], report: Report, *, dry_run: bool) -> None:
    """As `_page`. They are few, so each is written alone."""
    try:
        columns = endpoint_secrets.resealed(row, keys=keys)
    except vault.VaultError:
        _is_shut(report, Shut(row.pk, f"endpoint {row.endpoint.name}: {row.field}", row.key_id))
        return
    if columns is None:
        return
    unchanged = EndpointSecret.objects.filter(pk=row.pk, key_id=row.key_id, ciphertext=bytes(row.ciphertext))
    written = 1 if dry_run else unchanged.update(**columns)
    report.rotated += written
    report.overtaken += 1 - written


def _is_shut(report: Report, one: Shut) -> None:
    report.shut_count += 1
    if len(report.shut) < _MOST:
        report.shut.append(one)


def _write(row: Identifier, columns: Mapping[str, object]) -> int:
    """1 where the row still was what was read. A new value has a new nonce, so equal bytes are the same value."""
    return Identifier.objects.filter(pk=row.pk, key_id=row.key_id, ciphertext=bytes(row.ciphertext)).update(**columns)


def _by_key() -> Mapping[str, int]:
    counted: Counter[str] = Counter()
    for model in (Identifier, EndpointSecret):
        counted.update(dict(model.objects.order_by("key_id").values_list("key_id").annotate(Count("pk"))))
    return dict(counted)
