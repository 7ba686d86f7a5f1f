"""Runs inside an environment into which the package was just installed, and prints as JSON what it finds there.

Usage: python -I probe.py FILE..., the files given relative to the package, as the source tree has them. Each is looked
for in every way that a host looks. Nothing from the source tree is importable here.
"""

from __future__ import annotations

import importlib.metadata
import importlib.resources
import json
import sys

import django
from django.conf import settings

GROUPS = (
    "xblock.v1",
    "lms.djangoapp",
    "cms.djangoapp",
    "openedx.user_partition_scheme",
    "openedx.dynamic_partition_generator",
)


def ours(group: str) -> list[importlib.metadata.EntryPoint]:
    """Our entry points in `group`."""
    return [point for point in importlib.metadata.entry_points(group=group) if point.dist.name == "cme-xblock"]


def unreadable(paths: list[str], read: object) -> list[str]:
    """Those of `paths` for which `read(path)` does not give a file's content; with the reason."""
    found = []
    for path in paths:
        try:
            if not read(path):
                found.append(f"{path}: empty")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
            found.append(f"{path}: {type(error).__name__}: {error}")
    return found


def by_django_finder(path: str) -> str:
    """The place where Django's app finder has a static file, as collectstatic would take it."""
    from django.contrib.staticfiles import finders

    return finders.find(path.removeprefix("static/")) or ""


def by_app_templates(path: str) -> bool:
    """Whether the file is where Django looks for the templates of an app."""
    from django.template.utils import get_app_template_dirs

    name = path.removeprefix("templates/")
    return any((folder / name).is_file() for folder in get_app_template_dirs("templates"))


def by_our_engine(path: str) -> object:
    """The template as the parts find and parse it."""
    from cme_xblock.pages import templating

    return templating._template(path.removeprefix("templates/cme_xblock/"))


def local_resource(block: type) -> object:
    """How a runtime serves the files of `block`'s package."""
    return lambda path: block.open_local_resource(path).read()


def report(paths: list[str]) -> dict[str, object]:
    """Everything that is wrong, by the way of looking; empty lists are what one wants."""
    from xblock.utils.resources import ResourceLoader

    package = importlib.resources.files("cme_xblock")
    points = {group: ours(group) for group in GROUPS}
    blocks = [point.load() for point in points["xblock.v1"]]
    # Compiled catalogues are no text.
    texts = [path for path in paths if not path.endswith(".mo")]
    static = [path for path in paths if path.startswith("static/")]
    templates = [path for path in paths if path.startswith("templates/")]
    return {
        "where": str(package),
        "points": {group: sorted(point.name for point in found) for group, found in points.items()},
        "apps": sorted({point.load().__name__ for group in GROUPS[1:3] for point in points[group]}),
        "importlib.resources": unreadable(paths, lambda path: package.joinpath(path).read_bytes()),
        "ResourceLoader": unreadable(texts, ResourceLoader("cme_xblock.cme_block").load_unicode),
        "open_local_resource": [line for block in blocks for line in unreadable(static, local_resource(block))],
        "Django's finder": unreadable(static, by_django_finder),
        "Django's app templates": unreadable(templates, by_app_templates),
        "our template engine": unreadable(templates, by_our_engine),
        "folders": [name for name in ("static", "translations") if not package.joinpath(name).is_dir()],
    }


settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.staticfiles", "cme_xblock.apps.CmeXBlockConfig"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    STATIC_URL="/static/",
    USE_TZ=True,
)
django.setup()
json.dump(report(sys.argv[1:]), sys.stdout)
