"""Every way to install brings every resource, and none brings the tests or the demonstration.

And with the dependencies: pip finds here what we declare that we need, and no more, and fetches XBlock: the oldest that
we say we work with, or the newest that there is. All of it works beside both.
"""

from __future__ import annotations

import json
import os
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.packaging.environments import (
    ROOT,
    call,
    copy_source,
    declared,
    dependencies,
    environment,
    install,
    on_index,
    pip,
    tracked,
    zip_source,
)

PROBE = Path(__file__).with_name("probe.py")
BARE = Path(__file__).with_name("bare.py")
ACTIVITY = ROOT / "demo" / "activity.xml"
POINTS = {
    "xblock.v1": ["cme", "cme_content", "cme_part"],
    "lms.djangoapp": ["cme_xblock"],
    "cms.djangoapp": ["cme_xblock"],
    "openedx.user_partition_scheme": ["cme_gate"],
    "openedx.dynamic_partition_generator": ["cme_gate"],
}
WAYS = ("wheel", "sdist", "editable", "editable, strict", "zip of the repository")
LINKED = ("static/cme_xblock/", "translations/")


@dataclass(frozen=True)
class Built:
    """The source tree, copied, and what was built from it."""

    folder: Path
    source: Path
    wheel: Path
    sdist: Path
    needs: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("packaging")
    source = copy_source(folder / "source")
    out = folder / "dist"
    # Each from the source: a wheel made from the sdist would be spared what the sdist has already left out.
    call(sys.executable, "-m", "build", "--sdist", "--wheel", "--no-isolation", "--outdir", out, source, cwd=folder)
    return Built(folder, source, next(out.glob("*.whl")), next(out.glob("*.tar.gz")), dependencies(folder / "needs"))


def resources() -> list[str]:
    """The files that the package reads at run time, relative to the package, as git has them."""
    found = []
    for name in tracked():
        inside = name.removeprefix("cme_xblock/")  # the links themselves are "static" and "translations"
        if name.endswith((".py", "README.md")) or inside in ("static", "translations"):
            continue
        if name.startswith(("cme_xblock/", *LINKED)):
            found.append(inside)
    return found


def what_to_install(built: Built, way: str) -> list[object]:
    """The arguments that make pip install in this `way`."""
    copy = built.folder / way.replace(" ", "-").replace(",", "")
    if way == "wheel":
        return [built.wheel]
    if way == "sdist":
        return [built.sdist]
    if way == "zip of the repository":
        return [zip_source(built.source, built.folder / "repository.zip")]
    strict = ["--config-settings", "editable_mode=strict"] if way.endswith("strict") else []
    return [*strict, "--editable", copy_source(copy)]


def names_in_wheel(built: Built) -> set[str]:
    return set(zipfile.ZipFile(built.wheel).namelist())


def read_in_wheel(built: Built, name: str) -> str:
    with zipfile.ZipFile(built.wheel) as wheel:
        [path] = [one for one in wheel.namelist() if one.endswith(f".dist-info/{name}")]
        return wheel.read(path).decode()


def ours(record: str) -> set[str]:
    """The lines of files of the package itself, with their hashes."""
    return {line for line in record.splitlines() if line.startswith("cme_xblock/") and not line.endswith(".pyc,,")}


def test_there_is_something_of_each_kind_to_lose() -> None:
    """The tests below compare with this list: an empty kind would let them pass for nothing."""
    kinds = {(name.split("/")[0], name.rsplit(".")[-1]) for name in resources()}
    assert {("static", "js"), ("static", "css"), ("templates", "html"), ("rules", "toml"), ("reporting", "toml"),
            ("reporting", "xsd"), ("translations", "po")} <= kinds  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_every_resource_is_found_after_installing(built: Built, way: str) -> None:
    python = install(what_to_install(built, way), built.folder / f"env-{WAYS.index(way)}", built.needs)
    found = json.loads(call(python, "-I", "-W", "ignore", PROBE, *resources(), cwd=built.folder))
    assert str(built.folder) in found.pop("where")
    assert found.pop("points") == POINTS
    assert found.pop("apps") == ["CmeXBlockConfig"]
    assert {way: problems for way, problems in found.items() if problems} == {}
    if way == "sdist":
        # So what is shown below of the wheel holds for both.
        [record] = python.parent.parent.glob("lib/python3.*/site-packages/cme_xblock-*.dist-info/RECORD")
        assert ours(record.read_text()) == ours(read_in_wheel(built, "RECORD"))


@pytest.mark.parametrize(("wanted", "least"), [("XBlock==5.2.*", "5.2."), ("XBlock", "6.")], ids=["5.2", "newest"])
def test_with_all_that_it_needs_it_works_beside_this_xblock(
    built: Built, wanted: str, least: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_CONSTRAINT", raising=False)  # what holds for whoever runs the tests is not for everybody
    version, why = on_index(wanted)
    if not version:
        (pytest.fail if os.environ.get("CME_REQUIRE_ALL") == "1" else pytest.skip)(f"no package index: {why}")
    assert version.startswith(least)
    folder = built.folder / f"beside-{version}"
    python = environment(folder, declared(built.folder / f"declared-{version}", but="XBlock"))
    # Asked for without its version: were our range to leave the newest out, pip would take an older one, and we see it.
    pip(python, "install", "--quiet", built.wheel, wanted)
    assert "No broken requirements found" in pip(python, "check")
    found = json.loads(call(python, "-I", "-W", "ignore", BARE, ACTIVITY, cwd=folder))
    assert found["imported"] == version
    assert all(place.startswith(str(folder)) for place in found["from"])
    assert found["points"] == {"console_scripts": ["cme-xblock"], **POINTS}
    assert "Disclosure of financial relationships" in found["views"]["student_view"]
    assert "The activity is edited in Studio." in found["views"]["studio_view"]  # for this is no Studio
    assert "content_validated_on" in call(python.with_name("cme-xblock"), "lint", ACTIVITY, cwd=folder)


def test_the_wheel_holds_every_file_and_nothing_more(built: Built) -> None:
    code = {name for name in tracked() if name.startswith("cme_xblock/") and name.endswith(".py")}
    wanted = code | {f"cme_xblock/{name}" for name in resources()}
    held = {name for name in names_in_wheel(built) if ".dist-info/" not in name}
    assert held == wanted


def test_the_wheel_holds_no_tests_and_no_demo(built: Built) -> None:
    assert {name.split("/")[0] for name in names_in_wheel(built) if ".dist-info/" not in name} == {"cme_xblock"}
    assert not [name for name in names_in_wheel(built) if name.startswith(("tests/", "demo/")) or "/tests/" in name]


def test_the_sdist_holds_real_files_where_the_repository_has_links(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        members = {name.partition("/")[2]: archive.getmember(name) for name in archive.getnames()}
    assert all(members[name].isfile() for name in resources() if name.startswith(LINKED))
    assert not [name for name in members if name.startswith(("tests/", "demo/", "benchmarks/"))]
    assert {"LICENSE", "README.md", "CHANGELOG.md"} <= set(members)


def test_a_package_index_would_take_both(built: Built) -> None:
    call(sys.executable, "-m", "twine", "check", "--strict", built.wheel, built.sdist, cwd=built.folder)
