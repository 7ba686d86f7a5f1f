"""Catalogues and code agree; what is shipped is complete, says the same, and is what hosts load."""

from __future__ import annotations

import gettext
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cme_xblock.host import language
from tests.languages import pseudo

# Spoken by the readers whom the product is made for first; each complete or not shipped.
LOCALES = ("ar", "de", "es_419", "fr")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    return pseudo.catalogues()


def test_catalogues_are_what_is_in_the_code(tool: ModuleType) -> None:
    assert list(tool.problems()) == []


def test_the_promised_languages_are_there_and_complete(tool: ModuleType) -> None:
    assert set(tool.locales()) >= set(LOCALES)
    lacking = {locale: tool.missing(locale) for locale in LOCALES}
    assert {locale: len(texts) for locale, texts in lacking.items() if texts} == {}, lacking


@pytest.mark.parametrize("code", ["ar", "de", "de-at", "es-419", "es", "es-mx", "fr", "fr-ca"])
def test_hosts_load_what_is_shipped(code: str) -> None:
    """Through our own door; that of the XBlock service is a folder named as Django names the locale, domain `text`."""
    speaks = language.named(code)
    assert speaks.gettext("Your certificate") != "Your certificate"
    assert speaks.gettext("") == ""
    assert speaks.direction == ("rtl" if code == "ar" else "ltr")


def test_every_compiled_catalogue_can_be_read() -> None:
    for locale in LOCALES:
        found = gettext.translation("text", str(pseudo.ROOT / "translations"), [locale])
        assert found.info()["content-type"] == "text/plain; charset=utf-8"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A tree of its own with one marked sentence, to be spoiled."""
    catalogues = [f"translations/{locale}/LC_MESSAGES" for locale in ("en", "ar", "de")]
    for folder in (".ci", "cme_xblock/templates", "cme_xblock/rules", *catalogues):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(pseudo.ROOT / ".ci" / "catalogues.py", tmp_path / ".ci")
    for name in ("professions.toml", "identifiers.toml", "library.toml"):
        (tmp_path / "cme_xblock" / "rules" / name).write_text("")
    (tmp_path / "cme_xblock" / "one.py").write_text('A = N_("Up to {most} of it.")\n')
    (tmp_path / "cme_xblock" / "templates" / "one.html").write_text('{% trans "Say \\"yes\\"" %}{% trans \'Page\' %}')
    for locale in ("en", "ar", "de"):
        (tmp_path / "translations" / locale / "LC_MESSAGES" / "text.po").touch()
    run(tmp_path, "extract")
    run(tmp_path, "compile")
    return tmp_path


def run(root: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, str(root / ".ci" / "catalogues.py"), *arguments], capture_output=True, text=True, check=False
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def fill(root: Path, *, locale: str = "de", **said: Any) -> tuple[int, str]:
    (root / "said.json").write_text(json.dumps(said), encoding="utf-8")
    return run(root, "fill", locale, str(root / "said.json"))


def test_what_is_marked_is_found(copy: Path) -> None:
    assert run(copy, "check") == (0, "\n")
    assert json.loads(run(copy, "missing", "de")[1]) == ["Page", 'Say "yes"', "Up to {most} of it."]


def test_a_changed_sentence_is_a_new_one_and_shows(copy: Path) -> None:
    assert fill(copy, **{"Page": "Seite", "Up to {most} of it.": "Bis zu {most} davon."})[0] == 0
    (copy / "cme_xblock" / "one.py").write_text('A = N_("At most {most} of it.")\n')
    status, said = run(copy, "check")
    assert status == 1
    assert said.count("run `make extract-translations`") == 3  # in all three locales
    assert "run `make compile-translations`" in said
    run(copy, "extract")
    run(copy, "compile")
    assert run(copy, "check") == (0, "\n")
    assert json.loads(run(copy, "missing", "de")[1]) == ["At most {most} of it.", 'Say "yes"']


@pytest.mark.parametrize("wrong", ["Bis zu {mehr} davon.", "Bis zu davon.", "Bis zu {most davon.", "Bis <b>{most}</b>"])
def test_a_translation_that_would_break_a_page_is_refused(copy: Path, wrong: str) -> None:
    status, said = fill(copy, **{"Up to {most} of it.": wrong})
    assert (status, "Up to {most} of it." in said) == (1, True)
    assert "3 missing" in said


def test_what_is_not_in_the_code_is_not_taken(copy: Path) -> None:
    status, said = fill(copy, Nonsense="Unsinn")
    assert (status, "not in the code" in said) == (1, True)


ONE, MANY = "{count} learner of {all}", "{count} learners of {all}"
ARABIC = ["لا متعلّم من {all}", "متعلّم واحد من {all}", "متعلّمان من {all}", *("{count} متعلّمًا من {all}",) * 3]


@pytest.fixture(params=["python", "template"])
def counted(copy: Path, request: pytest.FixtureRequest) -> Path:
    """The same tree with a sentence that has a number in it, marked in either way."""
    if request.param == "python":
        (copy / "cme_xblock" / "two.py").write_text(f'A = NP_(\n    "{ONE}",\n    "{MANY}",\n)\n')
    else:
        written = f"{{% trans_count \"{ONE}\" '{MANY}' count=n all=a %}}"
        (copy / "cme_xblock" / "templates" / "two.html").write_text(written)
    run(copy, "extract")
    run(copy, "compile")
    return copy


def test_a_sentence_with_a_number_has_the_forms_of_each_language(counted: Path) -> None:
    assert [ONE, MANY] in json.loads(run(counted, "missing", "ar")[1])
    assert fill(counted, locale="ar", **{ONE: ARABIC})[0] == 0
    assert [ONE, MANY] not in json.loads(run(counted, "missing", "ar")[1])
    assert fill(counted, **{ONE: ["{count} von {all}", "{count} Teilnehmende von {all}"]})[0] == 0
    run(counted, "compile")
    assert run(counted, "check") == (0, "\n")
    found = gettext.translation("text", str(counted / "translations"), ["ar"])
    said = [found.ngettext(ONE, MANY, number) for number in (0, 1, 2, 3, 10, 11, 99, 100, 103)]
    assert said == [ARABIC[form] for form in (0, 1, 2, 3, 3, 4, 4, 5, 3)]


@pytest.mark.parametrize(
    ("locale", "forms", "why"),
    [
        ("ar", ARABIC[:5], "has 5 forms; the language has 6"),
        ("ar", "{count} متعلّم من {all}", "a text in one form"),
        ("ar", [*ARABIC[:5], "متعلّمون من {all}"], "has the places"),
        # French says nought and one in one form: its number is not in its words.
        ("fr", ["un participant sur {all}", "{count} participants sur {all}"], "has the places"),
    ],
)
def test_forms_that_would_lose_the_number_are_refused(counted: Path, locale: str, forms: Any, why: str) -> None:
    (counted / "translations" / "fr" / "LC_MESSAGES").mkdir(parents=True)
    status, said = fill(counted, locale=locale, **{ONE: forms})
    assert (status, why in said) == (1, True), said


def test_a_form_left_empty_is_missing_and_one_sentence_is_marked_in_one_way(counted: Path) -> None:
    assert fill(counted, locale="ar", **{ONE: [*ARABIC[:5], ""]})[0] == 0
    assert [ONE, MANY] in json.loads(run(counted, "missing", "ar")[1])
    (counted / "cme_xblock" / "three.py").write_text(f'A = N_("{ONE}")\nB = NP_("One.", "Many.")\n')
    said = run(counted, "check")[1]
    assert "is marked in one form and in two" in said
    assert "has no place {count}" in said


def test_every_counted_sentence_has_all_forms_of_its_language(tool: ModuleType) -> None:
    counted = tool.plurals()
    assert counted
    for locale in LOCALES:
        found, wanted = gettext.translation("text", str(pseudo.ROOT / "translations"), [locale]), tool.read(locale)
        for one, many in counted.items():
            english = {one.replace("{count}", "7"), many.replace("{count}", "7")}
            for number in range(112):
                said = found.ngettext(one, many, number)
                assert said, (locale, one, number)
                assert said.replace("{count}", "7") not in english, (locale, one, number)
        assert wanted.num_plurals == (6 if locale == "ar" else 2)
