"""The Tutor plugin, rendered by Tutor itself in an environment of its own: what LMS, Studio and services are given.

CME_TUTOR names a Python that has Tutor; `make test` installs one. Nothing is started: no containers, no network.
"""

from __future__ import annotations

import ast
import base64
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from cme_xblock.management import commands
from cme_xblock.settings import NAMES

PYTHON = os.environ.get("CME_TUTOR", "")
ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "deploy" / "tutor"

pytestmark = pytest.mark.skipif(not PYTHON, reason="CME_TUTOR names no Python that has Tutor (docs/how-to/tutor.md)")


class Site:
    """One rendered environment."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.tutor("plugins", "enable", "cme")
        self.tutor("config", "save", *(word for one in options for word in ("--set", one)))

    def tutor(self, *words: str) -> str:
        project = tomllib.loads((PLUGIN / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        # As pip would say it of an installed plugin; nothing is installed here.
        info = self.folder / "installed" / "tutor_cme-0.1.0.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.1.0\n")
        [(group, points)] = project["entry-points"].items()
        lines = [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
        (info / "entry_points.txt").write_text("\n".join(lines))
        found = {
            "TUTOR_ROOT": str(self.folder / "root"),
            "TUTOR_PLUGINS_ROOT": str(self.folder / "plugins"),
            "PYTHONPATH": f"{info.parent}{os.pathsep}{PLUGIN}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
        }
        command = [PYTHON, "-c", "from tutor.commands.cli import main; main()", *words]
        done = subprocess.run(command, env=found, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def text(self, *path: str) -> str:
        return (self.folder / "root" / "env" / Path(*path)).read_text(encoding="utf-8")

    def settings(self, name: str) -> dict[str, Any]:
        """Our settings in the file that LMS or Studio reads at its start."""
        found = yaml.safe_load(self.text("apps", "openedx", "config", f"{name}.env.yml"))
        return {key: value for key, value in found.items() if key.startswith("CME_")}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site as the plugin makes it by itself."""
    return Site(tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site whose operator has set much of it."""
    return Site(
        tmp_path_factory.mktemp("own"),
        'CME_SETTINGS={"CME_RETAIN_YEARS": 10, "CME_PUBLIC_URL": "https://cme.example.org", '
        '"CME_METRICS_TOKEN": "token", "CME_IDENTIFIER_KEYS": [{"id": "mine", "key": "abc"}]}',
        """CME_ENVIRONMENT={"PARS_PASSWORD": "it's \\"quoted\\" odd"}""",
        "CME_REQUIREMENT=cme-xblock==1.2.3",
        "CME_METRICS_OUTSIDE=true",
        "CME_NIGHTLY_HOUR=4",
        "CME_DELIVERY_INTERVAL=5",
        "ENABLE_HTTPS=true",
    )


def test_the_lms_gets_usable_keys_and_studio_gets_none(site: Site) -> None:
    lms, cms = site.settings("lms"), site.settings("cms")
    [key] = lms["CME_IDENTIFIER_KEYS"]
    assert len(base64.urlsafe_b64decode(key["key"])) == 32
    assert len(lms["CME_PSEUDONYM_KEY"]) == 40
    assert lms["CME_PUBLIC_URL"] == cms["CME_PUBLIC_URL"]
    assert set(cms) == {"CME_PUBLIC_URL"}


def test_keys_stay_when_the_environment_is_made_again(site: Site) -> None:
    before = site.settings("lms")
    site.tutor("config", "save")
    assert site.settings("lms") == before


def test_only_settings_that_there_are_are_set(site: Site) -> None:
    assert set(site.settings("lms")) <= set(NAMES)


def test_what_an_operator_sets_stands_and_secrets_stay_with_the_lms(own: Site) -> None:
    lms, cms = own.settings("lms"), own.settings("cms")
    assert lms["CME_IDENTIFIER_KEYS"] == [{"id": "mine", "key": "abc"}]
    assert lms["CME_RETAIN_YEARS"] == cms["CME_RETAIN_YEARS"] == 10
    assert lms["CME_PUBLIC_URL"] == cms["CME_PUBLIC_URL"] == "https://cme.example.org"
    assert lms["CME_METRICS_TOKEN"] == "token"
    assert not {"CME_IDENTIFIER_KEYS", "CME_METRICS_TOKEN", "CME_PSEUDONYM_KEY"} & set(cms)


def test_what_endpoints_read_from_the_environment_is_there_for_the_lms_alone(own: Site) -> None:
    source = own.text("apps", "openedx", "settings", "lms", "production.py")
    ast.parse(source)
    [line] = [one for one in source.splitlines() if "PARS_PASSWORD" in one]
    assert ast.literal_eval(line.removeprefix("os.environ.setdefault")) == (
        "PARS_PASSWORD",
        'it\'s "quoted" odd',
    )
    assert "PARS_PASSWORD" not in own.text("apps", "openedx", "settings", "cms", "production.py")


def test_libraries_offer_the_blocks_that_can_live_there(site: Site) -> None:
    source = site.text("apps", "openedx", "settings", "cms", "production.py")
    [line] = [one for one in source.splitlines() if one.startswith("LIBRARY_ENABLED_BLOCKS = ")]
    names = {"LIBRARY_ENABLED_BLOCKS": ["problem", "cme"]}
    exec(line, names)  # noqa: S102 - one line of our own
    assert names["LIBRARY_ENABLED_BLOCKS"] == ["problem", "cme", "cme_part"]
    assert "LIBRARY_ENABLED_BLOCKS" not in site.text("apps", "openedx", "settings", "lms", "production.py")


def test_every_setting_of_the_plugin_is_in_its_guide() -> None:
    source = (PLUGIN / "tutor_cme" / "plugin.py").read_text(encoding="utf-8")
    guide = (ROOT / "docs" / "how-to" / "tutor.md").read_text(encoding="utf-8")
    block = source[source.index("_DEFAULTS") : source.index("_SECRET")]
    assert [one for one in re.findall(r'\("(CME_\w+)"', block) if f"`{one}`" not in guide] == []


def test_the_image_has_the_package_and_fonts(site: Site, own: Site) -> None:
    for one, requirement in ((site, "cme-xblock"), (own, "cme-xblock==1.2.3")):
        lines = one.text("build", "openedx", "Dockerfile").splitlines()
        assert [line for line in lines if line.endswith(f'pip install "{requirement}"')]
        assert [line for line in lines if "fonts-noto-core fonts-noto-cjk" in line]


@pytest.mark.parametrize(("which", "seconds"), [("site", "30"), ("own", "5")])
def test_a_worker_runs_as_a_service_on_one_machine(which, seconds, request) -> None:
    services = yaml.safe_load(request.getfixturevalue(which).text("local", "docker-compose.prod.yml"))["services"]
    worker, schedule = services["cme-delivery"], services["cme-schedule"]
    assert worker["command"] == ["./manage.py", "lms", "cme_deliver", "--watch", "--interval", seconds]
    assert schedule["command"] == ["sh", "/openedx/cme/loop.sh"]
    for one in (worker, schedule):
        assert one["restart"] == "unless-stopped"
        assert one["environment"]["SERVICE_VARIANT"] == "lms"
        assert one["image"] == services["lms-worker"]["image"]
        places = [volume.split(":")[1] for volume in one["volumes"]]
        assert {volume.split(":")[1] for volume in services["lms-worker"]["volumes"]} <= set(places)
        assert "/openedx/cme" in places


def test_a_worker_and_a_schedule_run_in_a_cluster(own: Site) -> None:
    found = {one["metadata"]["name"]: one for one in yaml.safe_load_all(own.text("k8s", "deployments.yml")) if one}
    pod = found["cme-delivery"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["args"][2:] == ["cme_deliver", "--watch", "--interval", "5"]
    assert found["cme-hourly"]["spec"]["schedule"] == "17 * * * *"
    assert found["cme-nightly"]["spec"]["schedule"] == "5 4 * * *"
    for name in ("cme-hourly", "cme-nightly"):
        inner = found[name]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        volumes = {one["name"] for one in inner["volumes"]}
        assert {one["name"] for one in inner["containers"][0]["volumeMounts"]} == volumes
        assert found[name]["spec"]["concurrencyPolicy"] == "Forbid"
    maps = yaml.safe_load(own.text("kustomization.yml"))["configMapGenerator"]
    [ours] = [one for one in maps if one["name"] == "cme-schedule"]
    assert all((own.folder / "root" / "env" / one).is_file() for one in ours["files"])


def test_the_schedule_names_commands_that_there_are(own: Site) -> None:
    known = {path.stem for path in Path(next(iter(commands.__path__))).glob("cme_*.py")}
    text = "".join(own.text("plugins", "cme", "apps", "schedule", name) for name in ("hourly.sh", "nightly.sh"))
    named = set(re.findall(r"manage\.py lms (\w+)", text))
    assert named <= known
    assert {"cme_deliver", "cme_purge", "cme_verify", "cme_follow_up"} <= named
    loop = own.folder / "root" / "env" / "plugins" / "cme" / "apps" / "schedule" / "loop.sh"
    assert subprocess.run(["sh", "-n", str(loop)], check=False).returncode == 0
    assert '= "4"' in loop.read_text(encoding="utf-8")


def test_the_console_is_reached_through_the_lms_and_numbers_only_where_wanted(site: Site, own: Site) -> None:
    """Tutor's web server passes everything of the LMS's host on; only the monitor's page is kept inside."""
    assert "respond @cme_metrics 404" in site.text("apps", "caddy", "Caddyfile")
    assert "cme_metrics" not in own.text("apps", "caddy", "Caddyfile")
    assert "/cme" not in own.text("apps", "caddy", "Caddyfile")


def test_the_doctor_can_be_called(site: Site) -> None:
    assert "--repair" in site.tutor("local", "do", "cme-doctor", "--help")
