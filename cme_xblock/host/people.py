"""Which account a name on a list means: the platform's id, a user name or an e-mail address."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist

_LONGEST = 255
_LONGEST_NUMBER = 18


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


def names(learner_ids: Collection[str]) -> Mapping[str, str]:
    """What the platform calls these accounts, by id: full name, or user name. One query; {} in the workbench."""
    from django.contrib.auth import get_user_model

    wanted = [int(one) for one in learner_ids if one.isascii() and one.isdigit() and len(one) <= _LONGEST_NUMBER]
    if not wanted or apps.is_installed("workbench"):
        return {}
    model = get_user_model()
    rows = model.objects.filter(pk__in=wanted)
    if any(one.name == "profile" for one in model._meta.get_fields()):
        rows = rows.select_related("profile")
    return {str(one.pk): str(_full_name(one) or one.get_username()) for one in rows}


def accounts(learner_ids: Collection[str]) -> Mapping[str, str]:
    """The names of these learners' active accounts, by id; whoever has none is left out. One query.

    In the workbench, which has no accounts, the student's id is the name.
    """
    if apps.is_installed("workbench"):
        return {one: one for one in learner_ids}
    from django.contrib.auth import get_user_model

    wanted = [int(one) for one in learner_ids if one.isdecimal() and len(one) <= 18]
    users = get_user_model().objects.filter(pk__in=wanted, is_active=True)
    return {str(pk): str(name) for pk, name in users.values_list("pk", "username")}


def _full_name(user: Any) -> str:
    """The platform's profile has the name that a learner gave; Django's own fields are usually empty there."""
    try:
        return str((getattr(user, "profile", None) and user.profile.name) or user.get_full_name())
    except ObjectDoesNotExist:
        return str(user.get_full_name())


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
