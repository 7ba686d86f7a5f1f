"""The certificate as a PDF: tagged, named, readable by a machine, the same bytes always, and honest about letters."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.test import Client

from cme_xblock.credit import certificate, pdf, printed
from cme_xblock.credit.printed import Addresses
from cme_xblock.credit.standing import Standing
from cme_xblock.records.models import Claim
from tests.credit import held
from tests.credit.reading import read
from tests.rules import sample

pytestmark = pytest.mark.django_db(transaction=True)

NOTO = [one for one in ("/usr/share/fonts/truetype/noto", "/usr/share/fonts/opentype/noto") if Path(one).is_dir()]
HAS_NOTO = all((Path(one) / name).exists() for one, name in zip(
    ("/usr/share/fonts/truetype/noto", "/usr/share/fonts/opentype/noto"),
    ("NotoSerifDevanagari-Regular.ttf", "NotoSerifCJK-Regular.ttc"), strict=True,
))  # fmt: skip
NAMES = {
    "Latin": "Dr Đặng Müller-Łukasiewicz",
    "Arabic": "د. علي الحسن",
    "Hebrew": "משה כהן",
    "Devanagari": "अनीता शर्मा",
    "Chinese": "王小明",
    "Japanese": "山田 たろう",
    "Korean": "김철수",
}
ADDRESSES = Addresses("https://cme.example.org/c/", "https://cme.example.org/v/")


def made(claim: Claim, standing: Standing = Standing.VALID) -> pdf.Printed:
    return printed.render(claim, standing=standing, addresses=ADDRESSES, gettext=str)


def test_it_is_tagged_titled_and_in_the_activitys_language() -> None:
    found = read(made(held.claim()).content)
    assert found.marked
    assert found.conforms_to == "1"
    assert found.language.startswith("en")
    assert found.title == "Certificate of credit: Hand hygiene on the ward"
    assert found.title_shown
    assert found.fonts_embedded
    assert found.pages == 1
    assert found.tags.count("H1") == 1
    assert "L" in found.tags
    assert found.alternatives == ["To verify this certificate, visit https://cme.example.org/v/"]


def test_the_credit_is_said_in_english_whatever_the_activitys_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its name is mandated: a screen reader that speaks French must not read it as French."""
    render = pdf.render
    monkeypatch.setattr(
        pdf, "render", lambda sheet: render(dataclasses.replace(sheet, data={**sheet.data, "lang": "fr", "region": ""}))
    )
    found = read(made(held.claim(amount="0.25")).content)
    assert found.language == "fr"
    # The number is a run and the name with its sign another; the rest are three whole statements.
    assert found.spoken["en"] == 2 + 3


def test_it_is_read_in_the_order_in_which_it_is_written() -> None:
    claim = held.claim(amount="0.25")
    text = " ".join(read(made(claim).content).text.split())
    wanted = [
        "The University of Example", "Certificate of credit", "This is to state that", "Ana Müller",
        "took part in the enduring material", "Hand hygiene on the ward", "0.25 AMA PRA Category 1 Credits™",
        "Date of completion", "Nov. 21, 2026", "Internet (online)", "is accredited by",
        "designates this enduring material", certificate.number(claim),
    ]  # fmt: skip
    places = [text.find(one) for one in wanted]
    assert -1 not in places, dict(zip(wanted, places, strict=True))
    assert places == sorted(places)


def test_case_33_the_number_is_in_the_text_layer_and_the_code_is_not() -> None:
    claim = held.claim()
    text = read(made(claim).content).text
    assert certificate.number(claim) in text
    assert claim.certificate_code not in text


def test_its_time_is_that_of_the_claim_and_no_clocks() -> None:
    claim = held.claim()
    assert read(made(claim).content).created.startswith(f"D:{claim.claimed_at:%Y%m%d%H%M%S}")


def test_the_download_is_the_pdf_of_this_claim() -> None:
    claim = held.claim()
    answer = Client().get(f"/cme/certificates/{claim.certificate_code}.pdf")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="certificate-{certificate.number(claim)}.pdf"'
    assert "no-store" in answer["Cache-Control"]
    assert "Ana Müller" in read(answer.content).text
    assert f"http://testserver/cme/verify/{certificate.number(claim)}/" in read(answer.content).text.replace("\n", "")


def test_the_address_on_paper_is_the_sites_own_whatever_the_request_says(settings) -> None:
    settings.CME_PUBLIC_URL = "https://courses.example.org/"
    claim = held.claim()
    content = Client(headers={"host": "testserver"}).get(f"/cme/certificates/{claim.certificate_code}.pdf").content
    text = read(content).text.replace("\n", "")
    assert f"https://courses.example.org/cme/verify/{certificate.number(claim)}/" in text
    assert "testserver" not in text


@pytest.mark.parametrize("standing", [Standing.SUPERSEDED, Standing.VOID])
def test_a_claim_that_no_longer_counts_says_so_before_the_name(standing: Standing) -> None:
    text = read(made(held.claim(), standing).content).text
    assert "no longer counts" in text
    assert text.index("no longer counts") < text.index("Ana Müller")


def test_the_same_claim_gives_the_same_bytes_in_another_process_at_another_time(tmp_path: Path) -> None:
    claim = held.claim(name="Ana Müller")
    here = made(claim).content
    assert made(claim).content == here
    data = tmp_path / "claim.json"
    sheet = _sheet(claim)
    data.write_bytes(sheet)
    for zone, language in (("Pacific/Auckland", "C"), ("America/New_York", "de_DE.UTF-8")):
        environment = {**os.environ, "TZ": zone, "LC_ALL": language, "PYTHONHASHSEED": "7"}
        command = [sys.executable, "-W", "ignore", "-m", "tests.credit.elsewhere", str(data)]
        told = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
        assert told.stdout.strip() == hashlib.sha256(here).hexdigest()


def test_a_process_forked_after_printing_prints_nothing_rather_than_wait_for_ever(tmp_path: Path) -> None:
    data = tmp_path / "sheet"
    data.write_bytes(_sheet(held.claim()))
    command = [sys.executable, "-W", "ignore", "-m", "tests.credit.elsewhere", str(data), "fork"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


def _sheet(claim: Claim) -> bytes:
    import pickle

    built = certificate.build(claim, standing=Standing.VALID, completed_on="Nov. 21, 2026")
    return pickle.dumps(printed._sheet(claim, built, built.looks, addresses=ADDRESSES, gettext=str))


@pytest.mark.skipif(not HAS_NOTO, reason="fonts-noto-core and fonts-noto-cjk (Debian) are not installed")
@pytest.mark.parametrize("script", NAMES)
def test_names_of_seven_scripts_are_printed(script: str, settings) -> None:
    settings.CME_FONT_PATHS = NOTO
    found = made(held.claim(name=NAMES[script]))
    assert not found.incomplete
    text = read(found.content)
    assert text.fonts_embedded
    if script not in ("Arabic", "Hebrew", "Devanagari"):
        # These come back in the order of the eye or in parts from most readers.
        assert NAMES[script] in text.text


@pytest.mark.parametrize("script", ["Chinese", "Japanese", "Korean"])
def test_without_a_font_the_pdf_says_so_and_names_the_page_that_shows_it(script: str, settings) -> None:
    settings.CME_FONT_PATHS = []
    claim = held.claim(name=NAMES[script])
    found = made(claim)
    assert found.incomplete
    text = " ".join(read(found.content).text.split())
    assert "Some letters are in no font of this server" in text
    assert ADDRESSES.page in text.replace(" ", "")
    assert "[see the web page]" in text
    assert "0.5 AMA PRA Category 1 Credits™" in text
    page = Client().get(f"/cme/certificates/{claim.certificate_code}/").content.decode()
    assert NAMES[script] in page


@pytest.mark.parametrize(
    "name",
    [
        '#panic("x")', "$x$ *b* _i_ `r`", '"; #read("/etc/passwd")', "\\ / @ref <label> = h", "A\u0001B", "{{ 7*7 }}",
        "🙂",
    ],
)
def test_a_name_is_text_and_never_a_command(name: str) -> None:
    found = made(held.claim(name=name))
    text = " ".join(read(found.content).text.split())
    assert found.incomplete or " ".join(name.split()) in text


def test_it_holds_however_much_an_author_writes() -> None:
    activity = sample.activity()
    provider = dataclasses.replace(activity.provider, name="The Very Long " * 12 + "University")
    activity = dataclasses.replace(activity, title="A title of many words " * 20, provider=provider)
    found = read(made(held.claim(activity=activity, name="Wolfeschlegelsteinhausenbergerdorff " * 7)).content)
    assert found.pages <= 2
    assert "of many words A title" in " ".join(found.text.split())


def test_many_threads_print_at_once() -> None:
    claims = [held.claim(name=f"Learner {number}", learner=str(number)) for number in range(4)]
    sheets = [_sheet(one) for one in claims]
    texts: dict[int, str] = {}

    def work(number: int) -> None:
        import pickle

        for _ in range(5):
            texts[number] = read(pdf.render(pickle.loads(sheets[number])).content).text  # noqa: S301 - made above

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [f"Learner {number}" in texts[number] for number in range(4)] == [True] * 4


def test_a_providers_template_logo_and_text_are_used(settings, tmp_path: Path) -> None:
    (tmp_path / "own.typ").write_text(
        '#let d = json(bytes(sys.inputs.data))\n#set document(title: d.title)\n'
        '= Our own: #d.name\n#d.provider_text\n#image(d.logo, alt: d.provider)'
    )
    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9"><path d="M0 0h9v9z"/></svg>')
    entry = {"template": str(tmp_path / "own.typ"), "logo": str(tmp_path / "logo.svg"), "text": "Our text."}
    settings.CME_CERTIFICATES = {"*": entry}
    found = read(made(held.claim()).content)
    assert "Our own: Ana Müller" in found.text
    assert "Our text." in found.text
    assert found.alternatives == ["The University of Example"]


def test_a_providers_template_that_does_not_compile_is_logged_and_ours_is_used(settings, tmp_path, caplog) -> None:
    (tmp_path / "own.typ").write_text("#let broken = (")
    settings.CME_CERTIFICATES = {"*": {"template": str(tmp_path / "own.typ")}}
    assert "Ana Müller" in read(made(held.claim()).content).text
    assert "CME_CERTIFICATES" in caplog.text


def test_a_template_reads_nothing_outside_its_folder(settings, tmp_path, caplog) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("NOT FOR PAPER")
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "own.typ").write_text('#set document(title: "t")\n#read("../secret.txt")')
    settings.CME_CERTIFICATES = {"*": {"template": str(folder / "own.typ")}}
    assert "NOT FOR PAPER" not in read(made(held.claim()).content).text
    assert "does not compile" in caplog.text


@pytest.mark.parametrize(
    ("entry", "key"),
    [({"logo": "/nowhere/x.png"}, "logo"), ({"logos": "x"}, "keys"), ({"text": "x" * 501}, "text"), ("x", "dict")],
)
def test_a_wrong_setting_is_named(entry: object, key: str, settings) -> None:
    from django.core.exceptions import ImproperlyConfigured

    settings.CME_CERTIFICATES = {"*": entry}
    with pytest.raises(ImproperlyConfigured, match=rf"CME_CERTIFICATES\['\*'\].*{key}"):
        made(held.claim())
