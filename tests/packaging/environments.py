"""Makes copies of the source tree, and environments that hold our package and what it needs, and nothing else."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import stat
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent.parent
# What a build reads. tests and demo are there to prove that a build leaves them out.
SOURCES = (
    "CHANGELOG.md", "LICENSE", "MANIFEST.in", "README.md", "cme_xblock", "demo", "pyproject.toml", "setup.py", "static",
    "tests", "translations",
)  # fmt: skip


def call(*command: object, cwd: Path) -> str:
    """Run `command`; its output, or an error that shows all of it."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def tracked() -> list[str]:
    """The files of the project by git's word, those not yet committed too, relative to the root."""
    listed = call("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *SOURCES, cwd=ROOT)
    return sorted(name for name in set(listed.split("\0")) if name and (ROOT / name).exists())


def copy_source(target: Path) -> Path:
    """A copy of what git has, links as links, so that a build cannot leave anything behind in the checkout."""
    for name in tracked():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name, follow_symlinks=False)
    return target


def zip_source(source: Path, archive: Path) -> Path:
    """The source as hosting sites zip it: a link becomes an entry that pip unpacks as a file with the link's text."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in sorted(source.rglob("*")):
            entry = zipfile.ZipInfo(f"cme_xblock-main/{path.relative_to(source)}")
            if path.is_symlink():
                entry.external_attr = (stat.S_IFLNK | 0o777) << 16
                bundle.writestr(entry, str(path.readlink()))
            elif path.is_file() and not any(parent.is_symlink() for parent in path.parents):
                entry.external_attr = (stat.S_IFREG | 0o644) << 16
                bundle.writestr(entry, path.read_bytes())
    return archive


def dependencies(target: Path) -> Path:
    """A folder of links to all that is installed beside us here, but not to us: no download, and no way back to us."""
    target.mkdir()
    for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        for item in Path(place).iterdir():
            ours = "cme_xblock" in item.name.replace("-", "_").lower()
            if not ours and item.suffix != ".pth" and not (target / item.name).exists():
                (target / item.name).symlink_to(item)
    return target


def declared(target: Path, *, but: str) -> Path:
    """A folder of links to what our package says that it needs, and what that needs, without `but`, and nothing else.

    What somebody needs and does not declare is missing there.
    """
    target.mkdir()
    wanted, seen = [Requirement("cme-xblock")], set()
    while wanted:
        one = wanted.pop()
        name = canonicalize_name(one.name)
        known = importlib.metadata.distribution(name)
        if name not in seen and name not in ("cme-xblock", canonicalize_name(but)):
            for top in {file.parts[0] for file in known.files or ()} - {"..", "__pycache__"}:
                (target / top).symlink_to(Path(str(known.locate_file(top))))
        for extra in {"", *one.extras} - {said for said in ("", *one.extras) if (name, said) in seen}:
            wanted += [more for more in map(Requirement, known.requires or ()) if _applies(more, extra)]
        seen |= {name, *((name, extra) for extra in ("", *one.extras))}
    return target


def _applies(one: Requirement, extra: str) -> bool:
    return one.marker is None or bool(one.marker.evaluate({"extra": extra}))


def environment(folder: Path, needs: Path) -> Path:
    """A new environment in `folder` that finds what is in `needs`; its interpreter."""
    call(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    site = next((folder / "lib").glob("python3.*/site-packages"))
    (site / "dependencies.pth").write_text(f"{needs}\n", encoding="utf-8")
    return folder / "bin" / "python"


def pip(python: Path, *words: object) -> str:
    """Our pip, at work in the environment of another interpreter."""
    ours = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    return call(*ours, *words, cwd=python.parent)


def on_index(wanted: str) -> tuple[str, str]:
    """The version that the package index has of `wanted` for this Python; or nothing, and what pip said."""
    ask = ["install", "--dry-run", "--ignore-installed", "--no-deps", "--quiet", "--report", "-", "--retries", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", *ask, "--timeout", "20", wanted], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return "", (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
    return str(json.loads(done.stdout)["install"][0]["metadata"]["version"]), ""


def install(what: list[object], folder: Path, needs: Path) -> Path:
    """A new environment in `folder` with `what` installed by pip, and nothing looked for elsewhere; its interpreter."""
    python = environment(folder, needs)
    pip(python, "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", *what)
    return python
