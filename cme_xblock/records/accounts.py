"""Accounts of one person: which belong together, so that their credit is read as one learner's.

A merge links and moves nothing: every entry, claim and hash stays where it was earned (docs/decisions/0027).
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from cme_xblock.records.models import AccountLink

__all__ = ["MergeRefused", "link", "of"]


class MergeRefused(ValueError):  # noqa: N818 - says what is the case
    """These two accounts can't be linked; the text says why."""


def of(learner_key: str) -> tuple[str, ...]:
    """The learner keys of that person: this account, and all that are linked to it, itself first. One query."""
    found = {learner_key: None}
    into = AccountLink.objects.filter(key=learner_key).values("into_key")
    rows = AccountLink.objects.filter(Q(key=learner_key) | Q(into_key=learner_key) | Q(into_key__in=into))
    for key, into_key in rows.order_by("pk").values_list("key", "into_key"):
        found |= {into_key: None, key: None}
    return tuple(found)


def link(given_up: str, kept: str, *, by: str, reason: str, now: datetime) -> AccountLink:
    """Link the account that is given up to the one that is kept; both by their learner keys. Call it in a transaction.

    What was linked to the former follows. Doing it again changes nothing. Raises MergeRefused.
    """
    if given_up == kept:
        raise MergeRefused("An account can't be merged into itself: name two.")
    there = {row.key: row for row in AccountLink.objects.select_for_update().filter(key__in=(given_up, kept))}
    if given_up in there:
        if there[given_up].into_key == kept:
            return there[given_up]
        raise MergeRefused("The account that is to be given up was merged into another one before.")
    if kept in there:
        raise MergeRefused("The account that is to be kept was given up before: name the one that it was merged into.")
    AccountLink.objects.filter(into_key=given_up).update(into_key=kept)
    return AccountLink.objects.create(key=given_up, into_key=kept, by=by, reason=reason, at=now)
