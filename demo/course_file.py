"""The demonstration course as its two files describe it. Imports no workbench, so that settings may ask it too."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

HERE = Path(__file__).resolve().parent
_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
)


@dataclass(frozen=True)
class Unit:
    """One unit of the course: a page with one block."""

    slug: str
    title: str
    usage_id: str


@dataclass(frozen=True)
class Course:
    """The course: its title, the scenario its blocks are filed under, and its units in order."""

    title: str
    scenario: str
    units: tuple[Unit, ...]

    def unit(self, slug: str) -> Unit | None:
        """The unit of that slug."""
        return next((one for one in self.units if one.slug == slug), None)

    def beside(self, unit: Unit) -> tuple[Unit | None, Unit | None]:
        """The units before and after."""
        index = self.units.index(unit)
        before = self.units[index - 1] if index else None
        return before, self.units[index + 1] if index + 1 < len(self.units) else None


def read() -> etree._Element:
    """The course file, with the activity's file in its place."""
    root = etree.parse(str(HERE / "course.xml"), _PARSER).getroot()
    activity = etree.parse(str(HERE / "activity.xml"), _PARSER).getroot()
    activity.tag = "activity"
    place = root.find(".//activity")
    place.getparent().replace(place, activity)
    return root


def course(root: etree._Element) -> Course:
    """The units of the file."""
    scenario = root.get("scenario", "")
    units = tuple(
        Unit(unit.get("slug", ""), unit.get("title", ""), usage_id(scenario, node)) for unit, node in _placed(root)
    )
    return Course(root.get("title", ""), scenario, units)


def blocks(root: etree._Element) -> Iterator[etree._Element]:
    """The elements that are blocks: those with a name of their own."""
    return (node for node in root.iter(etree.Element) if node.get("url_name"))


def usage_id(scenario: str, node: etree._Element) -> str:
    """The block's id in the workbench's form: scenario, block type, name."""
    return f"{scenario}.{node.tag}.{node.get('url_name')}"


def digest(root: etree._Element) -> str:
    """SHA-256 over everything that the files say."""
    return hashlib.sha256(etree.tostring(root, method="c14n2")).hexdigest()


def links() -> dict[str, str]:
    """Where blocks and parts are, for CME_WORKBENCH_LINKS. Relative, so that a learner stays the same learner."""
    found: dict[str, str] = {}
    for unit, node in _placed(read()):
        address = f"../{unit.get('slug')}/"
        found[f"{node.tag}@{node.get('url_name')}"] = address
        found |= {f"part:{part}": address for part in json.loads(node.get("parts", "[]"))}
    return found


def _placed(root: etree._Element) -> Iterator[tuple[etree._Element, etree._Element]]:
    return ((unit, node) for unit in root.iterfind("unit") for node in unit)
