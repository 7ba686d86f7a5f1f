"""Keys to the API: made, shown once, found by their hash, used, and taken back."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from cme_xblock.activity.message import N_, Message
from cme_xblock.console.access import Forbidden, May
from cme_xblock.console.api.scopes import SCOPES
from cme_xblock.console.exports import permitted
from cme_xblock.host.roles import Reader
from cme_xblock.records import access_log
from cme_xblock.records.models import ApiToken

__all__ = ["LONGEST_DAYS", "Made", "TokenError", "find", "make", "mine", "revoke"]

LONGEST_DAYS = 366
_FORM = re.compile(r"cme_[A-Za-z0-9_-]{43}")
_MOST, _LONGEST = 50, 100
# Seen to the minute: a write for each request would be more than the request.
_SEEN = timedelta(minutes=1)


class TokenError(ValueError):
    """The key cannot be made like this. `problems`: by field, what is wrong and what to do."""

    def __init__(self, problems: dict[str, Message]) -> None:
        super().__init__("; ".join(one.format() for one in problems.values()))
        self.problems = problems


@dataclass(frozen=True)
class Made:
    """A new key. `secret` is known now and never again."""

    token: ApiToken
    secret: str = field(repr=False)


def make(reader: Reader, *, provider_key: str, name: str, scopes: Iterable[str], days: int, now: datetime) -> Made:
    """Make a key of this reader for one provider; an entry in the access log.

    Raises TokenError for what is wrong, Forbidden where the reader may export nothing of that provider.
    """
    wanted = sorted(set(scopes))
    problems: dict[str, Message] = {}
    if not name.strip() or len(name.strip()) > _LONGEST or not name.strip().isprintable():
        problems["name"] = Message(N_("Give it a name of 1 to 100 letters: what uses it."))
    if not wanted or not set(wanted) <= SCOPES.keys():
        problems["scopes"] = Message(N_("Choose what it may be used for: {known}."), {"known": ", ".join(SCOPES)})
    if not 1 <= days <= LONGEST_DAYS:
        problems["days"] = Message(N_("A key is valid for 1 to {most} days."), {"most": str(LONGEST_DAYS)})
    if mine(reader).filter(revoked_at=None, expires_at__gt=now).count() >= _MOST:
        problems["name"] = Message(N_("You have 50 keys already: take one back first."))
    if problems:
        raise TokenError(problems)
    allowed = permitted.activities(reader, [May.EXPORT_AGGREGATE], now=now)
    # An empty one stands for activities that name no provider, and for a key it would stand for all providers.
    if not provider_key or provider_key not in permitted.providers(allowed):
        raise Forbidden
    secret = f"cme_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        sha256=_sha(secret), hint=secret[-4:], name=name.strip(), provider_key=provider_key, scopes=" ".join(wanted),
        reader_id=reader.id, reader_name=reader.name[:255], created_at=now, expires_at=now + timedelta(days=days),
    )  # fmt: skip
    _note(token, reader, "token:made", now=now)
    return Made(token, secret)


def find(secret: str, *, now: datetime) -> ApiToken | None:
    """The key that this is, valid now; None otherwise. One query, and once in a minute a second one."""
    if not _FORM.fullmatch(secret):
        return None
    token = ApiToken.objects.filter(sha256=_sha(secret), revoked_at=None, expires_at__gt=now).first()
    if token is not None:
        old = Q(last_used_at=None) | Q(last_used_at__lte=now - _SEEN)
        ApiToken.objects.filter(old, pk=token.pk).update(last_used_at=now)
    return token


def mine(reader: Reader) -> QuerySet[ApiToken]:
    """This reader's keys, the newest first; also those that are over."""
    return ApiToken.objects.filter(reader_id=reader.id).order_by("-created_at", "-pk")


def revoke(uuid: str, reader: Reader, *, now: datetime) -> bool:
    """Take a key of one's own back, at once and for good; False where there is none that is valid."""
    token = mine(reader).filter(uuid=uuid, revoked_at=None).first()
    if token is None or not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(
        revoked_at=now, revoked_by=reader.id
    ):
        return False
    _note(token, reader, "token:revoked", now=now)
    return True


def _sha(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _note(token: ApiToken, reader: Reader, what: str, *, now: datetime) -> None:
    access_log.append(
        access_log.Look(
            chain=token.provider_key or access_log.SITE, reader_id=reader.id, reader_name=reader.name, role="",
            what=what, count=0, why=f"Key {token.uuid} for: {token.scopes}",
        ),
        now=now,
    )  # fmt: skip
