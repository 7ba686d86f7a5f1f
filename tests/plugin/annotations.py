"""The annotated settings of the program, and the page of the reference that is made of them.

`python -m tests.plugin.annotations` writes docs/reference/settings.md anew, and the list in cme_xblock/settings.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "cme_xblock"
LIST = PACKAGE / "settings" / "__init__.py"
PAGE = ROOT / "docs" / "reference" / "settings.md"
NAME = re.compile(r"CME_[A-Z][A-Z_]*[A-Z]")
_FIELD = re.compile(r"\.\. setting_(name|default|description|warning): ?(.*)")

HEAD = """# Settings

For operators. Every setting of ours, as the code that reads it describes it. All are optional: where one is absent, its
default holds, and nothing that you set is ever replaced. With Tutor, put them into a plugin of yours or use
[the one that ships](../how-to/tutor.md); without it, into the file that `LMS_CFG` and `CMS_CFG` name, or into a Django
settings module. Set them for the LMS and for Studio alike.

Beside these the plugin adds to four settings of the platform, in the LMS only and behind what is there already: a
wrapper to `XBLOCK_FIELD_DATA_WRAPPERS` and a middleware to `MIDDLEWARE` for [the gate](../how-to/gate.md); a folder to
`MAKO_TEMPLATE_DIRS_BASE` and steps to `OPEN_EDX_FILTERS_CONFIG` for the entry in the instructor dashboards.

(This page is made from the code: `python -m tests.plugin.annotations`. Where it is out of date, a test fails.)
"""


@dataclass
class Setting:
    """One annotated setting; `where` is the file that reads it."""

    name: str
    where: str
    default: str = ""
    description: str = ""
    warning: str = ""


def sources() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)


def _docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            yield ast.get_docstring(node) or ""


def _parse(text: str, where: str) -> Iterator[Setting]:
    found: Setting | None = None
    field = ""
    for line in text.splitlines():
        head = _FIELD.fullmatch(line)
        if head and head[1] == "name":
            if found:
                yield found
            found, field = Setting(head[2].strip(), where), ""
        elif head and found:
            field = head[1]
            setattr(found, field, head[2].strip())
        elif found and field and (line.startswith("    ") or not line.strip()):
            # What stands further in is a table of its own, and stays as it was laid out.
            setattr(found, field, f"{getattr(found, field)}\n{line[4:]}")
        else:
            field = ""
    if found:
        yield found


def settings() -> list[Setting]:
    """All of them, by name."""
    found = [
        one
        for path in sources()
        for text in _docstrings(path)
        for one in _parse(text, str(path.relative_to(ROOT)))
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.name)


def named_in_code() -> dict[str, str]:
    """Every setting that a line of the program names, and one file that does; what stands in docstrings is left out."""
    found: dict[str, str] = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = node.value if isinstance(node, ast.Constant) else getattr(node, "attr", None)
            if isinstance(name, str) and NAME.fullmatch(name):
                found.setdefault(name, str(path.relative_to(ROOT)))
    return found


def _text(value: str) -> str:
    """Running lines joined into paragraphs; a table (lines with two spaces and more between columns) as it stands."""
    paragraphs = re.split(r"\n\s*\n", value.strip())
    return "\n\n".join(_table(one) or " ".join(one.split()) for one in paragraphs)


def _table(paragraph: str) -> str:
    return f"```text\n{paragraph}\n```" if re.search(r"^\S.* {2,}\S", paragraph, re.MULTILINE) else ""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for one in settings():
        parts.append(f"## `{one.name}`\n")
        parts.append(f"Default: `{one.default.strip()}`\n")
        parts.append(f"{_text(one.description)}\n")
        if one.warning:
            parts.append(f"> **Careful.** {_text(one.warning)}\n")
    return "\n".join(parts)


def names() -> str:
    """The list in cme_xblock/settings/__init__.py."""
    return "NAMES = (\n" + "".join(f'    "{one.name}",\n' for one in settings()) + ")"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    source = LIST.read_text(encoding="utf-8")
    LIST.write_text(re.sub(r"NAMES = \(\n.*?\n\)", lambda _: names(), source, flags=re.DOTALL), encoding="utf-8")
