"""Settings that hold in every environment: in the LMS the gate's places and the dashboards' links; Studio gets none.

Studio must see every component and store what its authors set, so neither wrapper nor middleware may run there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

WRAPPER = "cme_xblock.gate.field_data:GateFieldData.wrap"
MIDDLEWARE = "cme_xblock.gate.middleware.ClosedDoors"
LMS_URLS = "lms.urls"
# Where the old dashboard finds its section's template, and the pipelines that ask for a section and for a tab.
TEMPLATES = str(Path(__file__).resolve().parent.parent / "templates")
FILTERS = {
    "org.openedx.learning.instructor.dashboard.render.started.v1": "cme_xblock.host.dashboard.AddSection",
    "org.openedx.learning.instructor.dashboard.tabs.requested.v1": "cme_xblock.host.dashboard.AddTab",
}


def plugin_settings(settings: Any) -> None:
    """Add the gate to the LMS's lists, behind what is there. Safe to run again; nothing is taken out or replaced.

    .. setting_name: CME_GATE
    .. setting_default: True
    .. setting_description: False leaves the gate's wrapper and middleware out of the LMS: locked components are then
        hidden by our own blocks alone, and open at every other door. For finding a fault, never for good.
    """
    if getattr(settings, "ROOT_URLCONF", "") != LMS_URLS:
        return
    _link(settings)
    if not getattr(settings, "CME_GATE", True):
        return
    # The platform's own environments go on with `+= (…,)` or `+= [ … ]`, so each list keeps its type.
    settings.XBLOCK_FIELD_DATA_WRAPPERS = _with(settings, "XBLOCK_FIELD_DATA_WRAPPERS", WRAPPER, empty=())
    settings.MIDDLEWARE = _with(settings, "MIDDLEWARE", MIDDLEWARE, empty=[])


def _link(settings: Any) -> None:
    """Our steps behind those of others; what an operator has said of a pipeline stays as it is."""
    if TEMPLATES not in map(str, getattr(settings, "MAKO_TEMPLATE_DIRS_BASE", [])):
        settings.MAKO_TEMPLATE_DIRS_BASE = [*getattr(settings, "MAKO_TEMPLATE_DIRS_BASE", []), TEMPLATES]
    configured = dict(getattr(settings, "OPEN_EDX_FILTERS_CONFIG", None) or {})
    for name, ours in FILTERS.items():
        given = configured.get(name) or {}
        # The library takes a list of steps, or one, in place of the whole. Source: openedx-filters, tooling.py, 3.16.
        given = given if isinstance(given, dict) else {"pipeline": given}
        steps = given.get("pipeline", [])
        steps = [steps] if isinstance(steps, str) else list(steps)
        # A broken link must not break the dashboard; who wants it to has said so.
        steps = steps if ours in steps else [*steps, ours]
        configured[name] = {"fail_silently": True, **given, "pipeline": steps}
    settings.OPEN_EDX_FILTERS_CONFIG = configured


def _with(settings: Any, name: str, ours: str, *, empty: Any) -> Any:
    given = getattr(settings, name, empty)
    return given if ours in given else given + type(given)([ours])
