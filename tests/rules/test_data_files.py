"""Credit systems, professions and texts are data, and a wrong file names itself, the key and the reason."""

from __future__ import annotations

import dataclasses
import tomllib
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from cme_xblock.rules import (
    boards,
    credit_system,
    credit_system_file,
    data,
    disclosing,
    identifiers,
    marketing,
    professions,
    texts,
)
from cme_xblock.rules.credit_system import EVERYONE, Rounding
from tests.rules.variant import cases

AMA = tomllib.loads(files("cme_xblock.rules").joinpath("systems/ama_pra_1.toml").read_text(encoding="utf-8"))
BROKEN = cases(Path(__file__).parent / "cases" / "broken_systems.toml")


def test_ama_credit_is_in_quarters_of_an_hour_for_physicians_only() -> None:
    ama = credit_system.load()["ama_pra_1"]
    assert (ama.unit_minutes, ama.increment, ama.minimum, ama.partial) == (60, Decimal("0.25"), Decimal("0.25"), True)
    assert ama.rounding is Rounding.NEAREST_HALF_UP
    assert {code for code in professions.load() if ama.accepts(code)} == {"md", "do", "mbbs"}
    assert ama.needs_assessment_for == ("enduring", "journal")


def test_the_certificate_of_participation_is_for_every_known_profession_that_has_nothing_else() -> None:
    participation = credit_system.load()["participation"]
    assert participation.professions == (EVERYONE,)
    assert all(participation.accepts(code) for code in professions.load())
    assert not participation.accepts("wizard")
    assert participation.fallback_for == ("ama_pra_1",)


def test_physicians_are_those_with_the_degree() -> None:
    assert {one.code for one in professions.load().values() if one.physician} == {"md", "do", "mbbs"}
    assert len(professions.load()) > 20


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: f"{case['key']} {case['value']}")
def test_a_wrong_profile_names_file_key_and_reason(case: dict[str, Any]) -> None:
    changed = {**AMA, case["key"]: case["value"]}
    if case["value"] == "none!":
        del changed[case["key"]]
    with pytest.raises(data.DataError) as caught:
        credit_system_file.parse("systems/broken.toml", changed)
    assert str(caught.value).startswith(f"systems/broken.toml: {case['says']}")


def test_the_shipped_profile_parses_as_it_is() -> None:
    assert credit_system_file.parse("systems/ama_pra_1.toml", AMA) == credit_system.load()["ama_pra_1"]


def test_an_edition_keeps_the_profile_of_the_day_of_its_review() -> None:
    ama = credit_system.load()["ama_pra_1"]
    ended = dataclasses.replace(ama, effective_to=date(2029, 12, 31))
    later = dataclasses.replace(ama, increment=Decimal("0.5"), effective_from=date(2030, 1, 1))
    for versions in ((ended, later), (later, ended)):
        for day, one in (
            (None, later),
            (date(2030, 1, 1), later),
            (date(2029, 12, 31), ended),
            (date(2017, 1, 1), ended),
            (date(2010, 1, 1), ended),
        ):
            assert credit_system.in_effect(versions, day) == {"ama_pra_1": one}
    assert credit_system.in_effect((ended,), date(2030, 1, 1)) == {}
    assert credit_system.in_effect((ended,), None) == {"ama_pra_1": ended}


def test_a_file_that_is_no_toml_says_so() -> None:
    with pytest.raises(data.DataError, match=r"systems/x\.toml: \(the file\): is not TOML"):
        data.parse("systems/x.toml", "code = ")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({}, "profession: must be given at least once"),
        ({"profession": []}, "profession: must be given at least once"),
        ({"profession": ["md"]}, r"profession\[0\]: must be a table"),
        ({"profession": [{"code": "md", "label": "MD"}]}, r"profession\[0\]\.physician: is missing"),
        (
            {"profession": [{"code": "md", "label": "MD", "physician": True}] * 2},
            r"profession\[1\]\.code: 'md' is given",
        ),
    ],
)
def test_a_wrong_list_of_professions_says_where(content: dict[str, Any], says: str) -> None:
    with pytest.raises(data.DataError, match=rf"^professions\.toml: {says}"):
        professions.parse("professions.toml", content)


TEXT = {
    "key": "k",
    "valid_from": date(2020, 1, 1),
    "text": "The {provider}.",
    "source": "s",
    "source_url": "",
    "confidence": "D",
}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"text": "The {unheard_of}."}, "text: the place {unheard_of} is not known"),
        ({"text": "The {provider.name}."}, "text: the place {provider.name} is not known"),
        ({"text": "The {provider."}, "text: has a brace without its partner"),
        ({"valid_to": date(2019, 1, 1)}, "valid_to: must not lie before valid_from"),
        ({"key": ""}, "key: must not be empty"),
    ],
)
def test_a_wrong_text_says_where(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(data.DataError) as caught:
        texts.parse("texts/x.toml", {"text": [{**TEXT, **changes}]})
    assert str(caught.value).startswith(f"texts/x.toml: text[0].{says}")
    assert len(texts.parse("texts/x.toml", {"text": [TEXT]})) == 1


# The profile table of the specification, 3.1: what stands there as read, and what as background.
PROFILES = cases(Path(__file__).parent / "cases" / "profiles.toml")


@pytest.mark.parametrize("case", PROFILES, ids=lambda case: str(case["code"]))
def test_a_profile_says_what_the_specification_says(case: dict[str, Any]) -> None:
    system = credit_system.load()[case["code"]]
    for key, value in case["is"].items():
        given = getattr(system, key)
        assert (str(given) if isinstance(value, str) else list(given) if isinstance(value, list) else given) == value, (
            key
        )
    for key in case.get("unsure", []):
        assert not system.sure(key), key
    for key in case.get("sure", []):
        assert system.sure(key), key


def test_every_profile_of_the_table_is_there() -> None:
    assert {case["code"] for case in PROFILES} == set(credit_system.load())


def test_a_profile_that_is_background_is_told_to_be_unverified() -> None:
    for one in credit_system.load().values():
        assert one.verified == (one.confidence in ("S", "D")), one.code


NUMBER = {"name": "n", "owner": "offering", "label": "number", "pattern": "[0-9]+", "example": "1"}


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], r"identifier: must be given at least once"),
        ([{**NUMBER, "owner": "nobody"}], r"identifier\[0\]\.owner: must be one of"),
        ([{**NUMBER, "pattern": "["}], r"identifier\[0\]\.pattern: is no regular expression"),
        ([{**NUMBER, "example": "x"}], r"identifier\[0\]\.example: does not match the pattern"),
        ([NUMBER, NUMBER], r"identifier\[1\]\.name: 'n' is given twice"),
    ],
)
def test_a_wrong_list_of_numbers_says_where(rows: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(data.DataError, match=rf"^identifiers\.toml: {says}"):
        identifiers.parse("identifiers.toml", {"identifier": rows})


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        ("0798-9999-18-246-H04-P", True),
        ("0798-9999-18-246-H04", False),
        ("0798-9999-18-246-h04-p", False),
        ("0798-9999-18-246-H04-P\n", False),
        (" 0798-9999-18-246-H04-P", False),
        ("०७९८-9999-18-246-H04-P", False),
    ],
)
def test_a_uan_has_its_form(number: str, fits: bool) -> None:
    assert identifiers.load()["uan"].fits(number) is fits


BOARD = {"code": "b", "name": "Board", "short_name": "B", "credit_types": ["sa"], "confidence": "S"}


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], r"board: must be given at least once"),
        (
            [{**BOARD, "minimum_pass": {"cme": "0.75"}}],
            r"board\[0\]\.minimum_pass: 'cme' is not among the credit types",
        ),
        ([{**BOARD, "reviewers": 0}], r"board\[0\]\.reviewers: must be a whole number above 0"),
        ([BOARD, BOARD], r"board\[1\]\.code: 'b' is given twice"),
    ],
)
def test_a_wrong_list_of_boards_says_where(rows: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(data.DataError, match=rf"^boards\.toml: {says}"):
        boards.parse("boards.toml", {"board": rows})


def test_the_boards_are_those_that_take_data_from_pars() -> None:
    known = boards.load()
    assert {code for code, one in known.items() if one.confidence == "B"} == {"abo"}
    assert set(known) == {"aba", "abim", "abos", "abohns", "abpath", "abp", "abs", "abts", "abpmr", "abo"}


def test_the_lists_of_names_are_read() -> None:
    assert "humira" in disclosing.trade_names()
    assert "pfizer.com" in marketing.company_hosts()
    assert all(host == host.lower() and not host.startswith("www.") for host in marketing.company_hosts())
