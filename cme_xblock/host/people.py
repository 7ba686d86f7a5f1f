"""Which account a name on a list means: the platform's id, a user name or an e-mail address."""

from __future__ import annotations

from django.apps import apps

_LONGEST = 255


def learner_id(named: str) -> str:
    """The host's id of the one active account that this names; empty where there is none, or more than one.

    In the workbench, which has no accounts, every name is a student's id.
    """
    name = named.strip()
    if not name or len(name) > _LONGEST or "\0" in name:
        return ""
    if apps.is_installed("workbench"):
        return name
    return _account(name)


def _account(name: str) -> str:
    from django.contrib.auth import get_user_model

    users = get_user_model().objects.filter(is_active=True)
    if "@" in name:
        found = users.filter(email__iexact=name)
    elif name.isascii() and name.isdigit() and len(name) <= 18:
        # A number is an id before it is a user name: the platform lets nobody choose another one's id.
        found = users.filter(pk=int(name)) or users.filter(username=name)
    else:
        found = users.filter(username=name)
    keys = list(found.values_list("pk", flat=True)[:2])
    return str(keys[0]) if len(keys) == 1 else ""
