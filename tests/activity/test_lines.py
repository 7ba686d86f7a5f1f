"""A finding's place is told as a line of the source that the author sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from cme_xblock.activity import lines, olx

SOURCE = (Path(__file__).parent / "cases" / "golden.xml").read_text(encoding="utf-8")


def line_with(text: str) -> int:
    """The line in which the tag that holds this text ends."""
    at = SOURCE.index(text)
    return SOURCE.count("\n", 0, SOURCE.index(">", at)) + 1


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("", "<activity "),
        ("title", "<title"),
        ("expiry", "<activity "),
        ("provider.joint_providers[1]", "<joint_provider>"),
        ("people", "<people"),
        ("people[dr-lee]", "<person "),
        ("people[dr-lee].disclosed_on", "<person "),
        ("people[dr-lee].relationships[0].mitigations[0]", "<mitigation "),
        ("people[dr-lee].relationships[Acme Pharma]", "<relationship "),
        ("people[dr-nobody].relationships[0]", "<people"),
        ("offerings[ama_pra_1].moc[0].points", "<moc "),
        ("assessment.items[a1].options[b]", '<option id="b">Wait'),
        ("assessment.items[7].stem", "<assessment "),
        ("no.such[place]", "<activity "),
    ],
)
def test_a_place_is_the_line_of_its_element_or_of_the_nearest_around_it(where: str, text: str) -> None:
    assert lines.line_of(olx.parse(SOURCE), where) == line_with(text)


def test_an_element_without_source_has_no_line() -> None:
    assert lines.line_of(olx.to_element(olx.from_xml(SOURCE)), "title") is None
