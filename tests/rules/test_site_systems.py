"""A site adds and replaces credit systems by files of its own; a wrong one names itself, the key and the reason."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from cme_xblock.activity import olx
from cme_xblock.credit import site_systems
from cme_xblock.rules import amounts, credit_system, data, lint, statements, texts
from tests.rules import sample
from tests.rules.variant import cases, vary

HERE = Path(__file__).parent / "cases"
GOOD = HERE / "site_systems"
ADDED = (GOOD / "good_added.toml").read_text(encoding="utf-8")
WRONG = cases(HERE / "site_systems.toml")
EXAMPLE = {"system": "example_points", "amount": "2", "designated_on": "2026-01-12"}


@pytest.fixture(autouse=True)
def as_it_ships() -> Iterator[None]:
    yield
    credit_system.use(())
    assert "example_points" not in credit_system.load()
    assert "designation_example" not in texts.load()


def changed(replace: dict[str, str]) -> str:
    text = ADDED
    for old, new in replace.items():
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def test_a_folder_of_files_adds_replaces_and_changes_from_a_day_on() -> None:
    before = dict(credit_system.load())
    credit_system.use([GOOD])
    systems = credit_system.load()
    assert set(systems) - set(before) == {"example_points"}
    example = systems["example_points"]
    assert amounts.round_minutes(example, 100) == Decimal(2)
    assert example.report_within_days == 20
    # The same day: in the place of ours.
    assert (before["cdr"].minimum, systems["cdr"].minimum) == (Decimal("0.25"), Decimal("0.5"))
    # A later day: from then on, and no edition of before changes.
    assert credit_system.load(date(2029, 12, 31))["ama_pra_1"] == before["ama_pra_1"]
    assert credit_system.load(date(2030, 1, 1))["ama_pra_1"].increment == Decimal("0.5")
    assert credit_system.for_activity(sample.activity())["ama_pra_1"] == before["ama_pra_1"]
    unchanged = set(before) - {"cdr", "ama_pra_1"}
    assert {code: systems[code] for code in unchanged} == {code: before[code] for code in unchanged}


def test_a_site_says_its_own_words() -> None:
    credit_system.use([str(GOOD / "good_added.toml")])
    activity = vary({"offerings.+": EXAMPLE})
    assert statements.designation(activity, activity.offerings[1]) == (
        "The University of Example grants up to 2.0 points of the Example chamber for this enduring material."
    )


@pytest.mark.parametrize("case", WRONG, ids=lambda case: str(case["name"]))
def test_a_wrong_file_names_itself_the_key_and_the_reason(case: dict[str, Any], tmp_path: Path) -> None:
    before = credit_system.load()
    file = tmp_path / "example.toml"
    file.write_text(changed(case.get("replace", {})), encoding="utf-8")
    paths = [file]
    if "other" in case:
        other = changed(case["other"]).split("[[text]]")[0]
        paths.append(tmp_path / "other.toml")
        paths[1].write_text(other, encoding="utf-8")
    with pytest.raises(data.DataError) as caught:
        credit_system.use(paths)
    assert str(caught.value).startswith((f"{file}: {case['says']}", f"{paths[-1]}: {case['says']}"))
    # And nothing has changed.
    assert credit_system.load() == before
    assert "designation_example" not in texts.load()


def test_a_path_that_is_none_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "latin.toml").write_bytes('name = "Größe"'.encode("latin-1"))
    (tmp_path / "large.toml").write_text("#" * 1_000_001, encoding="utf-8")
    for paths, says in (
        ([tmp_path / "none.toml"], r"none\.toml: \(the file\): can't be read: No such file"),
        ([tmp_path / "empty"], r"empty: \(the folder\): holds no file that ends in \.toml"),
        ([tmp_path / "latin.toml"], r"latin\.toml: \(the file\): is not UTF-8"),
        ([tmp_path / "large.toml"], r"large\.toml: \(the file\): is larger than 1000000 bytes"),
        (["a\0b"], r"\(the file\): can't be read"),
        (str(tmp_path), r"CME_CREDIT_SYSTEMS: \(the setting\): must be a list"),
        ([7], r"CME_CREDIT_SYSTEMS: \(the setting\): must be a list"),
    ):
        with pytest.raises(data.DataError, match=says):
            credit_system.use(paths)  # type: ignore[arg-type]


def test_the_site_starts_with_its_systems_or_not_at_all(settings: Any, tmp_path: Path) -> None:
    settings.CME_CREDIT_SYSTEMS = [str(GOOD)]
    site_systems.take()
    assert "example_points" in credit_system.load()
    file = tmp_path / "wrong.toml"
    file.write_text(changed({"unit_minutes = 45": "unit_minutes = 0"}), encoding="utf-8")
    settings.CME_CREDIT_SYSTEMS = [str(file)]
    with pytest.raises(ImproperlyConfigured) as caught:
        site_systems.take()
    assert str(caught.value) == (f"CME_CREDIT_SYSTEMS: {file}: unit_minutes: must be a whole number above 0")
    [error] = site_systems.look(None)
    assert (error.id, error.level) == ("cme_xblock.E001", checks.ERROR)
    assert str(file) in error.msg


def test_the_systems_check_asks_to_confirm_what_nobody_has_confirmed(settings: Any, tmp_path: Path) -> None:
    settings.CME_CREDIT_SYSTEMS = [str(GOOD)]
    assert site_systems.look(None) == []
    file = tmp_path / "unsure.toml"
    unsure = {
        'code = "example_points"': 'code = "example_points"\nverified = false',
        'confidence = "S"': 'confidence = "B"',
    }
    file.write_text(changed(unsure), encoding="utf-8")
    settings.CME_CREDIT_SYSTEMS = [str(file)]
    [warning] = site_systems.look(None)
    assert (warning.id, warning.level) == ("cme_xblock.W001", checks.WARNING)
    assert "'example_points' (B)" in warning.msg


def test_the_check_is_registered_and_the_app_takes_the_setting() -> None:
    assert site_systems.look in checks.registry.registry.registered_checks
    assert [one for one in checks.run_checks() if one.id and one.id.startswith("cme_xblock.E")] == []


def test_lint_takes_the_sites_systems(tmp_path: Path) -> None:
    file = tmp_path / "activity.xml"
    activity = vary({"offerings.+": {**EXAMPLE, "amount": "1"}, "estimated_minutes": 45, "offerings.0.amount": "0.75"})
    file.write_text(olx.to_xml(activity), encoding="utf-8")

    def call(*arguments: str) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        return lint.run([*arguments, "--today", "2026-06-01", str(file)], out, err), out.getvalue(), err.getvalue()

    status, out, err = call()
    assert status == 1
    assert 'There is no credit system "example_points".' in out
    assert call("--systems", str(GOOD))[0] == 0
    status, out, err = call("--systems", str(tmp_path / "none"))
    assert (status, out) == (2, "")
    assert err.startswith(os.fspath(tmp_path / "none"))
