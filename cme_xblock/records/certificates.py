"""Certificates of deletion: what says of a row that it is gone by rule, and not by somebody's hand.

They name nobody. They are a chain, signed where the site has keys (CME_EVIDENCE_KEYS), and anchored with the others, so
that none can be written afterwards for rows that vanished. Who deletes is `deletion`, and the desk's own purge.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, router, transaction

from cme_xblock.activity import canonical
from cme_xblock.evidence import keys as public_keys
from cme_xblock.participation.entries import GENESIS
from cme_xblock.records import contention, keys, signing
from cme_xblock.records.models import DeletedChain, DeletionCertificate
from cme_xblock.records.models.base import instant_text, utc
from cme_xblock.records.verify_claims import Finding

__all__ = ["certify", "explained", "fingerprint", "gone_key", "verify"]

_PAGE = 100
_SAID = b"cme_xblock certificate of deletion\n"


def gone_key(name: str) -> str:
    """The name under which a certificate has a chain that is gone: of a participation's uuid, or of `desk:` and one."""
    return keys.text_sha(name)


def explained(names: Collection[str]) -> set[str]:
    """Those of these chains that a certificate names. One query."""
    by_key = {gone_key(one): one for one in names}
    found = DeletedChain.objects.filter(key__in=list(by_key)).values_list("key", flat=True) if by_key else ()
    return {by_key[one] for one in found}


def certify(facts: dict[str, Any], chains: Sequence[tuple[str, int, str]], *, now: datetime) -> DeletionCertificate:
    """Write a certificate, at the end of their chain, in the transaction that deletes.

    `facts`: JSON without floats, and without anything about a person; `chains`: `gone_key`, number and hash of the last
    entry of each chain that ends. Raises contention.Conflict where another one was written at this moment.
    """
    last = DeletionCertificate.objects.select_for_update().order_by("-seq").first()
    text = canonical.dumps({**facts, "chains": len(chains), "chains_sha256": canonical.digest(sorted(chains))}).decode()
    made = DeletionCertificate(
        seq=last.seq + 1 if last else 1, at=utc(now), facts=text, prev=last.hash if last else GENESIS
    )
    made.hash = fingerprint(made)
    keyring = signing.evidence()
    if keyring and keyring[0].private is not None:
        made.key_id = keyring[0].id
        made.signature = signing.base64url(keyring[0].private.sign(_SAID + made.hash.encode()))
    try:
        with transaction.atomic(using=router.db_for_write(DeletionCertificate)):
            made.save()
    except IntegrityError as error:
        raise contention.Conflict from error
    DeletedChain.objects.bulk_create(
        DeletedChain(certificate=made, key=key, head_seq=seq, head_hash=sha256) for key, seq, sha256 in chains
    )
    return made


def fingerprint(certificate: DeletionCertificate) -> str:
    """The hash of a certificate: of its number, time, facts and the one before."""
    at = certificate.at
    return canonical.digest(
        {
            "seq": certificate.seq,
            "at": instant_text(at) if isinstance(at, datetime) else str(at),
            "facts": certificate.facts,
            "prev": certificate.prev,
        }
    )


def verify() -> Iterator[Finding]:
    """What is wrong with the certificates: their chain, their signatures, and the chains that they name."""
    known = {one.id: one.public for one in signing.evidence()}
    seq, prev = 0, GENESIS
    for one in DeletionCertificate.objects.order_by("seq").iterator(chunk_size=_PAGE):
        where = f"certificate of deletion {one.seq}"
        if one.seq != seq + 1 or one.prev != prev:
            yield Finding("deletion_chain", where, "The certificate does not follow the one before it.")
        if fingerprint(one) != one.hash:
            yield Finding("deletion_changed", where, "The certificate was changed.")
        signature = public_keys.decode(one.signature, size=64)
        if one.signature and one.key_id in known:
            if signature is None or not public_keys.is_signed(known[one.key_id], signature, _SAID + one.hash.encode()):
                yield Finding("deletion_signature", where, "The certificate's signature does not hold.")
        elif known:
            yield Finding("deletion_signature", where, "The certificate is not signed with a key of this site.")
        chains = sorted(one.chains.values_list("key", "head_seq", "head_hash"))
        if _said(one).get("chains_sha256") != canonical.digest([list(chain) for chain in chains]):
            yield Finding("deletion_chains", where, "The chains that it names are not those that it was written for.")
        seq, prev = one.seq, one.hash


def _said(certificate: DeletionCertificate) -> dict[str, Any]:
    try:
        found = json.loads(certificate.facts)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
