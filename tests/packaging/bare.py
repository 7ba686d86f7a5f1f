"""Runs inside an environment into which pip has just installed the package, and prints as JSON what works there.

Usage: python -I bare.py ACTIVITY.xml. All entry points are loaded, and the views of an activity are rendered in a
runtime that is XBlock's own class with the least that it leaves open. Nothing from the source tree is importable here.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any

import django
import xblock
from django.conf import settings
from django.core.management import call_command
from lxml import etree
from xblock.field_data import DictFieldData
from xblock.fields import ScopeIds
from xblock.reference.user_service import UserService, XBlockUser
from xblock.runtime import Runtime

import cme_xblock


class Nobody(UserService):
    """The user service, which our blocks need, in front of somebody who is not logged in."""

    def get_current_user(self) -> XBlockUser:
        return XBlockUser(is_current_user=True)


class Bare(Runtime):
    """Fields in a dictionary, and of services the two that every runtime has."""

    def __init__(self) -> None:
        super().__init__(None, None, services={"field-data": DictFieldData({}), "user": Nobody()})

    def get_block(self, usage_id: Any, for_parent: Any = None) -> Any:
        raise NotImplementedError

    def handler_url(self, block: Any, handler_name: str, *more: Any, **named: Any) -> str:
        return f"/handler/{handler_name}"

    def resource_url(self, resource: str) -> str:
        return f"/static/{resource}"

    def local_resource_url(self, block: Any, uri: str) -> str:
        return f"/static/{uri}"

    def publish(self, block: Any, event_type: str, event_data: dict[str, Any]) -> None:
        raise NotImplementedError


def owner(file: str, name: str) -> str:
    """The version of the distribution that brought this file. (XBlock 6.3.4 still says of itself that it is 6.2.0.)"""
    found = importlib.metadata.distribution(name)
    theirs = {str(found.locate_file(one)) for one in found.files or ()}
    return found.version if file in theirs else f"{file} is not of {name} {found.version}"


def loaded() -> dict[str, list[str]]:
    """Every entry point of ours by its group; loaded, but for those that stand on the platform's own code."""
    found: dict[str, list[str]] = {}
    for point in importlib.metadata.distribution("cme-xblock").entry_points:
        if not point.group.startswith("openedx."):
            point.load()
        found.setdefault(point.group, []).append(point.name)
    return {group: sorted(names) for group, names in found.items()}


def rendered(activity: Path) -> dict[str, str]:
    """What the learner's and the author's view of the activity say."""
    runtime = Bare()
    node = etree.fromstring(b'<cme display_name="A ward"/>')
    node.append(etree.parse(activity).getroot())
    keys = ScopeIds(None, "cme", "definition", "usage")
    block = runtime.load_block_type("cme").parse_xml(node, runtime, keys)
    return {view: block.render(view, {}).content for view in ("student_view", "studio_view")}


# No page of ours: what a runtime without the app's addresses shows.
urlpatterns: list[object] = []
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.staticfiles", "cme_xblock.apps.CmeXBlockConfig"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    ROOT_URLCONF=__name__,
    STATIC_URL="/static/",
    SECRET_KEY="none",
    USE_TZ=True,
)
django.setup()
call_command("migrate", verbosity=0)
json.dump(
    {
        "imported": owner(xblock.__file__, "XBlock"),
        "from": [one.__file__ for one in (xblock, cme_xblock)],
        "points": loaded(),
        "views": rendered(Path(sys.argv[1])),
    },
    sys.stdout,
)
