"""The reference names every setting, kind, state and reason that the program has, as it has them."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from cme_xblock.records.models.delivery import State
from cme_xblock.reporting import config, oversight, stored
from cme_xblock.reporting.endpoints.base import EndpointConfig

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "reference"
ENDPOINTS = (DOCS / "endpoints.md").read_text(encoding="utf-8")
REFERENCE = ENDPOINTS + (DOCS / "deliveries.md").read_text(encoding="utf-8")
ROOM = ROOT / "cme_xblock" / "reporting"
IN_CODE = re.compile(r'(?:Problem\(|(?:Outcome|Verdict)\(\s*Result\.\w+,)\s*"([a-z_]+)"')
IN_DATA = re.compile(r'\breason = "([a-z_]+)"')


def described() -> dict[str, str]:
    """What the docstring of `config` says of each setting, in one line."""
    found: dict[str, str] = {}
    names: list[str] = []
    for line in (config.__doc__ or "").splitlines():
        head = re.fullmatch(r"    ([a-z_]+(?:, [a-z_]+)*) {2,}(\S.*)", line)
        if head:
            names = head[1].split(", ")
            found |= dict.fromkeys(names, head[2])
        elif line.startswith(" " * 22) and names:
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def settings_table() -> str:
    """The table of settings as the program has them; a failing test prints it, to be copied."""
    said = described()
    lines = ["| setting | default | meaning |", "|---|---|---|"]
    for field in dataclasses.fields(EndpointConfig):
        if field.name in config.OURS:
            continue
        given = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
        default = "–" if given is dataclasses.MISSING else f"`{[] if given == () else given!r}`"
        lines.append(f"| `{field.name}` | {default} | {said[field.name]} |")
    return "\n".join(lines)


def reasons() -> set[str]:
    found: set[str] = set()
    for path in ROOM.rglob("*"):
        if path.suffix in (".py", ".toml") and "sandbox" not in path.parts:
            found.update((IN_CODE if path.suffix == ".py" else IN_DATA).findall(path.read_text(encoding="utf-8")))
    return found


def test_the_table_of_settings_is_what_the_program_has() -> None:
    assert settings_table() in ENDPOINTS, settings_table()


@pytest.mark.parametrize("kind", config.KINDS)
def test_every_kind_is_there_with_its_guide(kind) -> None:
    (row,) = (line for line in ENDPOINTS.splitlines() if line.startswith(f"| `{kind}` |"))
    guide = re.search(r"\]\(\.\./how-to/([a-z-]+\.md)\)", row)
    assert guide
    assert (ROOT / "docs" / "how-to" / guide[1]).is_file()


@pytest.mark.parametrize("state", State.values)
def test_every_state_is_there(state) -> None:
    assert f"| `{state}` |" in REFERENCE


def test_every_reason_is_there() -> None:
    found = reasons()
    assert len(found) > 40
    assert sorted(one for one in found if f"`{one}`" not in REFERENCE) == []


def test_the_team_reads_only_reasons_that_there_are() -> None:
    known = reasons() | {"by_hand", "resend"}
    assert (oversight.HELD.keys() | oversight.REFUSED.keys()) - known == set()


def test_every_part_of_the_admins_setting_is_there() -> None:
    assert all(f"`{part}`" in ENDPOINTS for part in stored.PARTS)
