"""Which names can stand on a certificate: those of people in every script, and nothing that hides or turns letters."""

from __future__ import annotations

import pytest

from cme_xblock.activity.message import Message
from cme_xblock.participation import names


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  Ana   Müller ", "Ana Müller"),
        ("Ana\tMüller\n", "Ana Müller"),
        ("Sukarno", "Sukarno"),
        ("Siobhán O'Neill-Łukasiewicz III", "Siobhán O'Neill-Łukasiewicz III"),
        ("علی\u200cرضا حسینی", "علی\u200cرضا حسینی"),
        ("क\u094d\u200dषितिज शर्मा", "क\u094d\u200dषितिज शर्मा"),
        ("රන්\u200dජන්", "රන්\u200dජන්"),
        ("山田 たろう", "山田 たろう"),
        ("a" * 200, "a" * 200),
    ],
)
def test_a_name_is_taken_as_it_is_spelt(typed: str, name: str) -> None:
    assert names.certified(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        *("", "   ", None, 7, True, ["Ana"], {"name": "Ana"}, "a" * 201),
        *(
            "Ana \u202emoc.live",
            "\u2066Ana\u2069",
            "\u200fAna",
            "Ana\u200b",
            "Ana\ufeff",
            "Ana\x00",
            "\ud800",
            "\ue000",
        ),
        # A joiner in Latin letters only hides itself: two names would look the same.
        *("An\u200da", "\u200cعلی", "علی\u200c\u200cرضا", "Ana\u200c"),
    ],
)
def test_what_is_no_name_or_hides_something_is_refused_with_what_to_do(typed: object) -> None:
    assert isinstance(names.certified(typed), Message)
