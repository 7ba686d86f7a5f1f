"""The library of evaluation items: what is shipped, that its words stay, and a wrong file names itself."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from cme_xblock.activity.codes import Purpose
from cme_xblock.rules import data, library

PINNED = Path(__file__).parent / "cases" / "library.sha256"


def test_the_recommended_core_set_is_there() -> None:
    """Source: spec R-6.2."""
    assert {one.purpose for one in library.load().items.values()} == set(Purpose) - {Purpose.OTHER}
    assert all(one.evidence == "subjective" for one in library.load().items.values())


def test_a_released_item_keeps_its_words() -> None:
    """Editions name the codes: who reads one years later must read what was asked. A better text is a new code."""
    found = [
        f"{hashlib.sha256(json.dumps(asdict(one), sort_keys=True).encode()).hexdigest()} {code}"
        for code, one in sorted(library.load().items.items())
    ]
    assert found == PINNED.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("code", "objective_met", "is given twice"),
        ("kind", "stars", "must be one of"),
        ("scale", "unknown", "must name a scale"),
        ("scale", None, "must name a scale"),
        ("about", ["me"], "must be of team, patients"),
        ("level", "1", "must be one of"),
        ("evidence", "hearsay", "must be one of"),
        ("required", "yes", "must be true or false"),
        ("text", " ", "must not be empty"),
        ("colour", "red", "is not known here"),
    ],
)
def test_a_wrong_file_names_the_key_and_the_reason(key: str, value: Any, said: str) -> None:
    content = copy.deepcopy(data.read("library.toml"))
    row = content["item"][1]
    row.pop(key, None) if value is None else row.update({key: value})
    with pytest.raises(data.DataError, match=said) as caught:
        library.parse("library.toml", content)
    assert caught.value.key == f"item[1].{key}"
