"""Every setting is annotated, listed and described; what the plugin adds, and that it replaces nothing."""

from __future__ import annotations

import ast
from importlib import import_module
from importlib.metadata import distribution
from types import SimpleNamespace
from typing import Any

import pytest

from cme_xblock.apps import CmeXBlockConfig
from cme_xblock.settings import NAMES, common, production
from tests.plugin import annotations

AGAIN = "write list and page anew: python -m tests.plugin.annotations"


def lms(**more: Any) -> SimpleNamespace:
    """As lms/envs/common.py of the platform (Teak) has them when plugins are asked."""
    given: dict[str, Any] = {
        "ROOT_URLCONF": "lms.urls",
        "XBLOCK_FIELD_DATA_WRAPPERS": (),
        "MIDDLEWARE": ["django.middleware.security.SecurityMiddleware"],
    }
    return SimpleNamespace(**(given | more))


def asked(where: SimpleNamespace) -> tuple[Any, Any]:
    return where.XBLOCK_FIELD_DATA_WRAPPERS, where.MIDDLEWARE


def test_tutors_plugin_knows_every_setting_that_is_a_secret() -> None:
    """It gives them to the LMS alone; Studio's file is read by more people and processes."""
    source = (annotations.ROOT / "deploy" / "tutor" / "tutor_cme" / "plugin.py").read_text(encoding="utf-8")
    [named] = [line for line in source.splitlines() if line.startswith("_SECRET = ")]
    secret = {one for one in NAMES if one.rpartition("_")[2] in ("KEY", "KEYS", "TOKEN", "SECRET", "PASSWORD")}
    assert set(ast.literal_eval(named.removeprefix("_SECRET = "))) == secret


class TestAnnotations:
    """One source: the docstring beside the line that reads the setting."""

    def test_what_the_code_names_is_annotated_once_and_listed(self) -> None:
        annotated = [one.name for one in annotations.settings()]
        assert sorted(annotated) == sorted(set(annotated)), "annotated twice"
        # The names in cme_xblock/settings/__init__.py are in the code too.
        assert sorted(annotations.named_in_code()) == annotated, "annotate it with `.. setting_name:`"
        assert list(NAMES) == annotated, AGAIN

    def test_each_says_its_default_and_what_it_is_for(self) -> None:
        assert [one.name for one in annotations.settings() if not (one.default and len(one.description) > 30)] == []

    def test_a_default_that_is_code_can_be_read(self) -> None:
        for one in annotations.settings():
            if one.default[0] in "[{\"'(" or one.default.split()[0] in ("True", "False", "None"):
                ast.literal_eval(one.default)

    def test_the_reference_is_what_the_code_says(self) -> None:
        assert annotations.PAGE.read_text(encoding="utf-8") == annotations.page(), AGAIN


class TestPlugin:
    """The platform finds three modules, and what they do can be done twice."""

    def test_every_environment_of_lms_and_studio_has_its_settings(self) -> None:
        projects = CmeXBlockConfig.plugin_app["settings_config"]
        assert set(projects) == {"lms.djangoapp", "cms.djangoapp"}
        for environments in projects.values():
            assert set(environments) == {"common", "production", "test"}
            for environment in environments.values():
                assert callable(import_module(f"cme_xblock.{environment['relative_path']}").plugin_settings)

    @pytest.mark.parametrize("environment", ["common", "production", "test"])
    def test_the_gate_is_added_behind_what_is_there(self, environment) -> None:
        given = lms(XBLOCK_FIELD_DATA_WRAPPERS=("other:Wrapper.wrap",), MIDDLEWARE=("first",))
        add = import_module(f"cme_xblock.settings.{environment}").plugin_settings
        for _ in range(2):
            add(given)
            assert asked(given) == (("other:Wrapper.wrap", common.WRAPPER), ("first", common.MIDDLEWARE))

    def test_a_list_stays_a_list_and_is_not_the_one_that_was_given(self) -> None:
        middleware = ["first"]
        given = lms(MIDDLEWARE=middleware)
        common.plugin_settings(given)
        assert given.MIDDLEWARE == ["first", common.MIDDLEWARE]
        assert middleware == ["first"]

    def test_studio_gets_nothing(self) -> None:
        for environment in ("common", "production", "test"):
            given = lms(ROOT_URLCONF="cms.urls")
            before = dict(vars(given))
            import_module(f"cme_xblock.settings.{environment}").plugin_settings(given)
            assert vars(given) == before

    def test_whatever_an_operator_set_stays(self) -> None:
        """Including every setting of ours: none is written at all."""
        theirs = {name: object() for name in NAMES if name != "CME_GATE"}
        given = lms(**theirs)
        common.plugin_settings(given)
        production.plugin_settings(given)
        assert {name: getattr(given, name) for name in theirs} == theirs
        bare = lms()
        common.plugin_settings(bare)
        assert [name for name in vars(bare) if name.startswith("CME_")] == []

    def test_an_operators_file_that_replaced_a_list_gets_the_gate_again(self) -> None:
        given = lms()
        common.plugin_settings(given)
        given.MIDDLEWARE = ["theirs"]
        production.plugin_settings(given)
        assert given.MIDDLEWARE == ["theirs", common.MIDDLEWARE]

    def test_an_operator_can_take_the_gate_out(self) -> None:
        given = lms()
        common.plugin_settings(given)
        given.CME_GATE = False
        production.plugin_settings(given)
        assert asked(given) == ((), ["django.middleware.security.SecurityMiddleware"])

    def test_what_is_named_to_the_platform_is_there(self) -> None:
        module, _, path = common.WRAPPER.partition(":")
        holder, _, method = path.partition(".")
        assert callable(getattr(getattr(import_module(module), holder), method))
        module, _, holder = common.MIDDLEWARE.rpartition(".")
        assert isinstance(getattr(import_module(module), holder), type)

    def test_every_entry_point_of_the_platform_is_named(self) -> None:
        groups = {one.group for one in distribution("cme-xblock").entry_points if one.name.startswith("cme")}
        assert {"xblock.v1", "lms.djangoapp", "cms.djangoapp"} <= groups
        source = (annotations.ROOT / "setup.py").read_text(encoding="utf-8")
        for line in (
            "cme_gate = cme_xblock.gate.partition:CmeGateScheme",
            "cme_gate = cme_xblock.gate.partition:partitions",
        ):
            assert line in source
