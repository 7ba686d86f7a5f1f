"""The list that says which badges were revoked: one bit for each claim, signed anew whenever it is asked for.

A verifier fetches the whole list, so nobody can tell which badge was looked at. Source: W3C Bitstring Status List 1.0.
"""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta

from django.db.models import Q

from cme_xblock.credit.badge import CONTEXTS, KIND, instant
from cme_xblock.credit.badge_keys import Issuer, base64url
from cme_xblock.records.models import Claim

# The least that the standard allows: a badge must not stand out in a short list.
SIZE = 131_072
# For how long a copy of the list may be believed.
FRESH = timedelta(hours=24)


def place(claim: Claim) -> tuple[int, int]:
    """The number of the list that a claim is in, and its index there. It never moves."""
    return divmod(claim.pk, SIZE)


def exists(number: int) -> bool:
    """Whether any claim is in that list. One query."""
    return Claim.objects.filter(pk__gte=number * SIZE, pk__lt=(number + 1) * SIZE).exists()


def issue(number: int, *, issuer: Issuer, address: str, now: datetime) -> str:
    """The list as a compact JWS. `address` is where it can be fetched. One query."""
    first = number * SIZE
    revoked = Q(live__isnull=True) | Q(participation__is_test=True)
    gone = Claim.objects.filter(revoked, pk__gte=first, pk__lt=first + SIZE)
    bits = bytearray(SIZE // 8)
    for pk in gone.values_list("pk", flat=True).iterator():
        bits[(pk - first) // 8] |= 0x80 >> (pk - first) % 8
    subject = {
        "id": f"{address}#list",
        "type": "BitstringStatusList",
        "statusPurpose": "revocation",
        "encodedList": f"u{base64url(gzip.compress(bytes(bits), mtime=0))}",
    }
    body = {
        "@context": [CONTEXTS[0]],
        "id": address,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.did,
        "validFrom": instant(now),
        "validUntil": instant(now + FRESH),
        "credentialSubject": subject,
    }
    registered = {
        "iss": issuer.did,
        "jti": address,
        "nbf": int(now.timestamp()),
        "exp": int((now + FRESH).timestamp()),
    }
    return issuer.sign({**body, **registered}, kind=KIND)
