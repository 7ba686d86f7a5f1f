"""Makes copies of the source tree, and environments that hold our package and what it needs, and nothing else."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

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


def install(what: list[object], folder: Path, needs: Path) -> Path:
    """A new environment in `folder` with `what` installed by pip; its interpreter."""
    call(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    site = next((folder / "lib").glob("python3.*/site-packages"))
    (site / "dependencies.pth").write_text(f"{needs}\n", encoding="utf-8")
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "--quiet", "--disable-pip-version-check"]
    call(*pip, "install", "--no-index", "--no-deps", "--no-build-isolation", *what, cwd=folder.parent)
    return python
