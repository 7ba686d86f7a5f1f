"""The house rules that a machine can hold: sizes, who imports what, personal data declared, money never a float."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
import yaml
from django.apps import apps

import cme_xblock

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE = 400
MAX_FUNCTION = 50
SIZED = (".py", ".js", ".css", ".html")
# Rooms where a number may become an amount of credit or a score.
EXACT = ("activity", "rules", "participation", "records", "credit")
# Not amounts: seconds to wait before another try, and how alike two words must be to suggest one.
INEXACT_FILES = ("cme_xblock/records/contention.py",)
INEXACT_KEYWORDS = ("cutoff",)
# Where the platform, and whatever else may be absent, is imported inside functions (docs/decisions/0009).
ASKS_THE_PLATFORM = ("host", "gate")
# Loaded by Celery alone, and nothing of ours imports it where Celery is not.
LOADED_BY_CELERY = "cme_xblock/tasks.py"
# Loaded where Django REST framework is, and nothing else of ours imports it (setup.py, extra `api`).
LOADED_WITH_REST = "cme_xblock/console/api/rest/"
# Loaded by the platform alone, through entry points; nothing of ours imports it.
LOADED_BY_THE_PLATFORM = "cme_xblock/gate/partition.py"
SECTIONS = ("Status", "Context", "Decision", "Consequences", "Rejected")
MADE = re.compile(r"(^|/)(site-packages|__pycache__|\.?venv[^/]*|node_modules|var|build|dist|[^/]*\.egg-info)/")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


@cache
def is_environment(folder: Path) -> bool:
    """Whether a folder is a virtual environment, or inside one."""
    if folder == ROOT or not folder.is_relative_to(ROOT):
        return False
    return (folder / "pyvenv.cfg").exists() or is_environment(folder.parent)


def is_made(name: str) -> bool:
    """Whether a file was made by a tool: a virtual environment's, a cache's, a build's."""
    return bool(MADE.search(name)) or is_environment((ROOT / name).parent)


def project_files() -> list[Path]:
    """All files of the project, those not yet committed too; links and what lies behind them only once."""
    names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    paths = (ROOT / name for name in sorted(set(names)) if name and not is_made(name))
    return [path for path in paths if path.is_file() and not path.is_symlink()]


FILES = project_files()
CODE = [path for path in FILES if path.suffix == ".py" and "migrations" not in path.parts]
PACKAGE = [path for path in CODE if path.is_relative_to(ROOT / "cme_xblock")]
TREES = {path: ast.parse(path.read_text(encoding="utf-8"), filename=str(path)) for path in CODE}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def in_rooms(*rooms: str) -> list[Path]:
    return [path for path in PACKAGE if any(path.is_relative_to(ROOT / "cme_xblock" / room) for room in rooms)]


def test_no_file_is_400_lines_long() -> None:
    sized = [path for path in FILES if path.suffix in SIZED and "migrations" not in path.parts]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sized}
    assert {name: lines for name, lines in lengths.items() if lines >= MAX_FILE} == {}


def test_no_function_is_50_lines_long() -> None:
    lengths = {
        f"{name_of(path)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, Function)
    }
    assert {name: lines for name, lines in lengths.items() if lines >= MAX_FUNCTION} == {}


def test_the_package_itself_imports_nothing() -> None:
    """Open edX imports it before its settings are ready."""
    tree = TREES[ROOT / "cme_xblock" / "__init__.py"]
    assert [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)] == []


def inexact(tree: ast.AST) -> Iterator[int]:
    """Lines that make a binary fraction: a literal like 0.25, or a call of float()."""
    excused = {node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg in INEXACT_KEYWORDS}
    for node in ast.walk(tree):
        if node in excused:
            continue
        literal = isinstance(node, ast.Constant) and isinstance(node.value, float | complex)
        call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
        if literal or call:
            yield node.lineno


def test_credit_and_scores_are_never_floats() -> None:
    paths = [path for path in in_rooms(*EXACT) if name_of(path) not in INEXACT_FILES]
    assert [f"{name_of(path)}:{line}" for path in paths for line in inexact(TREES[path])] == []


@pytest.mark.parametrize("source", ["amount = 0.25", "amount = float(text)", "amount = 1e3"])
def test_the_search_for_floats_finds_one(source: str) -> None:
    assert list(inexact(ast.parse(source))) == [1]


def test_what_remains_to_be_done_has_an_issue() -> None:
    word = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))")
    found = [
        f"{name_of(path)}:{number}"
        for path in FILES
        if path.suffix in (*SIZED, ".toml", ".sh", ".cfg") and path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if word.search(line)
    ]
    assert found == []


def imports_at_load(tree: ast.Module) -> Iterator[ast.stmt]:
    """Import statements that run when the module is loaded, not those inside functions or for type checkers."""
    todo: list[ast.stmt] = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            todo += [*node.body, *node.orelse]
        elif isinstance(node, ast.Try | ast.With | ast.ClassDef):
            todo += node.body


def top_names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    assert isinstance(node, ast.ImportFrom)
    assert node.level == 0, "relative import"
    return {(node.module or "").split(".")[0]}


def declared() -> set[str]:
    """The import names of what setup.py requires, and of what XBlock[django] promises to bring."""
    lines = [line for line in requires("cme-xblock") or () if "extra ==" not in line]
    wanted = {re.split(r"[\[<>=!~; ]", line)[0].lower() for line in lines}
    brought = {"webob", "web-fragments", "web_fragments", "xblock"}
    return {
        name
        for name, distributions in packages_distributions().items()
        if {distribution.lower() for distribution in distributions} & (wanted | brought)
    }


def test_every_import_at_load_is_a_declared_requirement() -> None:
    known = declared() | set(sys.stdlib_module_names) | {"cme_xblock"}
    found = [
        f"{name_of(path)}:{node.lineno} {name}"
        for path in PACKAGE
        if name_of(path) not in (LOADED_BY_CELERY, LOADED_BY_THE_PLATFORM)
        and not name_of(path).startswith(LOADED_WITH_REST)
        for node in imports_at_load(TREES[path])
        for name in top_names(node)
        if name not in known
    ]
    assert found == []


def test_what_is_imported_inside_functions_is_declared_or_asked_of_the_platform() -> None:
    known = declared() | set(sys.stdlib_module_names) | {"cme_xblock"}
    asks = set(in_rooms(*ASKS_THE_PLATFORM))
    found = [
        f"{name_of(path)}:{node.lineno} {name}"
        for path in PACKAGE
        if path not in asks and name_of(path) != LOADED_BY_CELERY and not name_of(path).startswith(LOADED_WITH_REST)
        for node in ast.walk(TREES[path])
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in top_names(node)
        if name not in known
    ]
    assert found == []


def our_models() -> list[type]:
    return list(apps.get_app_config("cme_xblock").get_models(include_auto_created=True))


def pii_choices() -> dict[str, list[str]]:
    """From .pii_annotations.yml: for each annotation of the group, what it may say."""
    group = yaml.safe_load((ROOT / ".pii_annotations.yml").read_text(encoding="utf-8"))["annotations"]["pii_group"]
    return {
        name: (rule or {}).get("choices", []) for entry in group for name, rule in entry.items()
    }  # fmt: skip


def pii_fault(docstring: str) -> str:
    """What is wrong with the OEP-30 annotation in a model's docstring; empty if nothing is."""
    found = dict(re.findall(r"^\s*(\.\. (?:no_)?pii\w*:)[ \t]*(.*)$", docstring, re.MULTILINE))
    if ".. no_pii:" in found:
        return "both pii and no_pii" if len(found) > 1 else ""
    for annotation, choices in pii_choices().items():
        if not found.get(annotation):
            return f"{annotation} is missing or empty"
        said = [word.strip() for word in found[annotation].split(",")]
        if choices and not set(said) <= set(choices):
            return f"{annotation} says {said}, may say {choices}"
    return ""


def test_every_model_says_what_personal_data_it_keeps() -> None:
    models = our_models()
    assert models
    faults = {model.__name__: pii_fault(model.__doc__ or "") for model in models}
    assert {name: fault for name, fault in faults.items() if fault} == {}


@pytest.mark.parametrize(
    ("docstring", "fault"),
    [
        ("One row is one claim.", ".. pii: is missing"),
        (".. no_pii: counters", ""),
        (".. pii: name\n.. pii_types: name\n.. pii_retirement: retained", ""),
        (".. pii: name\n.. pii_types: nickname\n.. pii_retirement: retained", ".. pii_types: says"),
        (".. pii: name\n.. pii_types: name", ".. pii_retirement: is missing"),
    ],
)
def test_a_missing_or_wrong_annotation_is_found(docstring: str, fault: str) -> None:
    found = pii_fault(docstring)
    assert found.startswith(fault)
    assert bool(found) is bool(fault)


def test_no_model_has_a_foreign_key_to_the_user_table() -> None:
    """Learners are strings given by the host (docs/decisions/0006)."""
    ours = set(our_models())
    strangers = [
        f"{model.__name__}.{field.name}"
        for model in ours
        for field in model._meta.get_fields()
        if field.is_relation and field.related_model not in ours
    ]
    assert strangers == []


def test_the_two_folders_are_links_in_git() -> None:
    """A checkout that cannot make links would install without static files when it is editable."""
    listed = git("ls-files", "--stage", "cme_xblock/static", "cme_xblock/translations").splitlines()
    assert [line.split()[0] for line in listed] == ["120000", "120000"]
    for name in ("static", "translations"):
        assert (ROOT / "cme_xblock" / name).readlink() == Path("..") / name


def test_nothing_that_was_made_by_a_tool_is_in_git() -> None:
    assert sorted({name.split("/")[0] for name in git("ls-files").splitlines() if is_made(name)}) == []


def test_every_decision_has_its_sections_and_number() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        headings = re.findall(r"^## (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == list(SECTIONS), path.name


def test_every_decision_that_is_referred_to_exists() -> None:
    numbers = {path.name[:4] for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")}
    pattern = re.compile(r"(?:ADR |docs/decisions/)(\d{4})")
    texts = [path for path in FILES if path.suffix in (*SIZED, ".md", ".toml", ".txt")]
    found = {
        f"{name_of(path)}: {number}"
        for path in texts
        for number in pattern.findall(path.read_text(encoding="utf-8"))
        if number not in numbers
    }
    assert found == set()


def test_pages_carry_no_inline_style_and_no_inline_script() -> None:
    """A strict content security policy refuses both; the host theme cannot override the first."""
    inline = re.compile(r"\s(style|on[a-z]+)\s*=\s*[\"']|<style|<script(?![^>]*\bsrc=)", re.IGNORECASE)
    pages = [path for path in FILES if path.suffix == ".html" and "templates" in path.parts]
    assert [name_of(path) for path in pages if inline.search(path.read_text(encoding="utf-8"))] == []


def test_styles_work_from_right_to_left() -> None:
    physical = re.compile(r"\b(margin|padding|border|inset)-(left|right)\b|(text-align|float):\s*(left|right)")
    sheets = [path for path in FILES if path.suffix == ".css"]
    assert [name_of(path) for path in sheets if physical.search(path.read_text(encoding="utf-8"))] == []


def test_the_changelog_knows_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in text or f"## [{cme_xblock.__version__}]" in text
