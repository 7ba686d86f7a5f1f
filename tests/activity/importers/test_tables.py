"""Tables as people really send them: encodings, separators, Excel's dates, names of columns, ways to say nothing."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest

from cme_xblock.activity.codes import Eligibility, ItemKind, Relevance
from cme_xblock.activity.importers import ImportFailed, dates, people, read, template, xlsx

SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
STYLES = (
    '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts><numFmt numFmtId="164" '
    'formatCode="[$-409]d\\-mmm\\-yyyy"/><numFmt numFmtId="165" formatCode="0.0&quot;days&quot;"/></numFmts><cellXfs>'
    '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>'
)
STRINGS = (
    '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>name</t></si>'
    "<si><r><t>disc</t></r><r><t>losed_on</t></r><rPh><t>x</t></rPh></si></sst>"
)


def workbook(rows: str, *, date1904: str = "0", sheets: str = "") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr(
            xlsx.WORKBOOK,
            '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="r">'
            f'<workbookPr date1904="{date1904}"/><sheets><sheet name="One" r:id="rId1"/>{sheets}</sheets></workbook>',
        )
        packed.writestr("xl/worksheets/sheet1.xml", SHEET.format(rows))
        packed.writestr("xl/styles.xml", STYLES)
        packed.writestr("xl/sharedStrings.xml", STRINGS)
    return made.getvalue()


HEAD = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ('<c r="B2" s="1"><v>46170</v></c>', "2026-05-28"),
        ('<c r="B2" s="2"><v>46170.75</v></c>', "2026-05-28"),
        ('<c r="B2" t="d"><v>2026-05-28T00:00:00</v></c>', "2026-05-28"),
        ('<c r="B2" t="inlineStr"><is><t>5/28/2026</t></is></c>', "2026-05-28"),
        ('<c r="B2" t="str"><f>TODAY()</f><v>28 May 2026</v></c>', "2026-05-28"),
    ],
)
def test_a_date_in_excel_is_a_date_however_it_is_kept(cell: str, day: str) -> None:
    name = '<c r="A2" t="inlineStr"><is><t>Ana</t></is></c>'
    found = people.read(workbook(f'{HEAD}<row r="2">{name}{cell}</row>'), name="people.xlsx")
    assert str(found.people[0].person.disclosed_on) == day


def test_the_calendar_of_old_macs_is_known() -> None:
    name = '<c r="A2" t="inlineStr"><is><t>Ana</t></is></c>'
    data = workbook(f'{HEAD}<row r="2">{name}<c r="B2" s="1"><v>44708</v></c></row>', date1904="1")
    assert people.read(data).people[0].person.disclosed_on == date(2026, 5, 28)


def test_a_number_that_only_looks_like_a_date_stays_a_number() -> None:
    rows = '<row r="1"><c r="A1"><v>46170.0</v></c><c r="B1" s="3"><v>1.50</v></c><c r="C1" t="b"><v>1</v></c></row>'
    assert xlsx.read(workbook(rows), name="x").rows == ((1, ("46170", "1.5", "TRUE")),)


def test_sheets_that_are_not_read_are_named_and_hidden_ones_are_passed_over() -> None:
    more = '<sheet name="Two" r:id="rId2"/><sheet name="Three" state="hidden" r:id="rId3"/>'
    name = '<c r="A2" t="inlineStr"><is><t>Ana</t></is></c>'
    found = people.read(workbook(f'{HEAD}<row r="2">{name}</row>', sheets=more))
    assert "Only the first sheet is read; the sheet Two was left out." in [str(one.message) for one in found.notes]
    assert not any("Three" in str(one.message) for one in found.notes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_every_unicode_encoding_with_its_mark_is_read(encoding: str) -> None:
    text = "stem,option_a,option_b,key\nÉtat « é »?,oui,non,A\n"
    data = text.encode(encoding)
    data = b"\xfe\xff" + data if encoding == "utf-16-be" else data
    assert read(data, name="a.csv").items[0].item.stem == "État « é »?"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_every_separator_is_found(mark: str) -> None:
    text = f'Title above\n\nstem{mark}a{mark}b{mark}answer\n"One{mark}\ntwo?"{mark}x{mark}y{mark}2\n'
    item = read(text.encode(), name="a.csv").items[0].item
    assert (item.stem, [one.text for one in item.options if one.correct]) == (
        f"One{mark}\ntwo?".replace("\t", "\t"),
        ["y"],
    )


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("A", "a"),
        ("b", "b"),
        ("a,c", "ac"),
        ("A; C", "ac"),
        ("AC", "ac"),
        ("1 & 3", "ac"),
        ("option_b", "b"),
        ("Yes", "b"),
    ],
)
def test_a_key_is_a_letter_a_number_or_the_text_of_an_option(key: str, right: str) -> None:
    item = read(f'stem,a,b,c,key\nQ?,No,Yes,Maybe,"{key}"\n'.encode(), name="a.csv").items[0].item
    assert "".join(sorted(item.key)) == right
    assert item.kind is (ItemKind.MULTIPLE if len(right) > 1 else ItemKind.SINGLE)


NOTHING = (
    (
        "None",
        "none.",
        "N/A",
        "n/a",
        "Nothing to disclose",
        "NOTHING TO REPORT",
        "No",
        "-",
        "—",
        "Not applicable",
        "nil",
    ),
    ("No relevant financial relationships", "I have no financial relationships to disclose", "no disclosures"),
    ("Has nothing to disclose", "No conflict of interest"),
)


@pytest.mark.parametrize("said", [one for line in NOTHING for one in line])
def test_every_way_to_say_nothing_is_understood(said: str) -> None:
    found = people.read(f'name,company\nAna,"{said}"\n'.encode())
    assert found.people[0].person.relationships == ()
    assert found.rows[0].gave == ("person", "nothing_to_disclose") or said in ("-", "—")


@pytest.mark.parametrize("said", ["Nova Pharma", "Nobel Biocare", "None Such Records LLC", "Nilfisk", "NA Pharma"])
def test_a_company_that_begins_like_nothing_is_a_company(said: str) -> None:
    found = people.read(f"name,company\nAna,{said}\n".encode())
    assert [one.company for one in found.people[0].person.relationships] == [said]


@pytest.mark.parametrize(
    ("said", "day", "remark"),
    [
        ("2026-05-28", "2026-05-28", ""),
        ("2026-5-8", "2026-05-08", ""),
        ("2026-05-28 00:00:00", "2026-05-28", ""),
        ("05/28/2026", "2026-05-28", ""),
        ("5/28/26", "2026-05-28", ""),
        ("5/5/2026", "2026-05-05", ""),
        ("05/06/2026", "2026-05-06", "month first"),
        ("28/05/2026", "2026-05-28", "day first"),
        ("28.5.2026", "2026-05-28", "day first"),
        ("May 28, 2026", "2026-05-28", ""),
        ("28 Sept 2026", "2026-09-28", ""),
        ("2nd of May", "", ""),
        ("02/30/2026", "", ""),
        ("May 2026", "", ""),
        ("46170", "", ""),
        ("²/1/2026", "", ""),
    ],
)
def test_dates_are_read_as_people_write_them(said: str, day: str, remark: str) -> None:
    if not day:
        with pytest.raises(dates.UnreadableDateError) as caught:
            dates.read(said)
        assert "year-month-day" in str(caught.value.message)
        return
    found, note = dates.read(said)
    assert str(found) == day
    assert remark in str(note) if remark else note is None


def test_what_a_table_does_not_say_stays_undetermined() -> None:
    found = people.read(b"name,company,nature\nAna,Pharma A,Stock\n").people[0].person
    assert found.disclosed_on is None
    assert found.relationships[0].eligibility is Eligibility.UNDETERMINED
    assert found.relationships[0].relevance is Relevance.UNDETERMINED


def test_rows_of_one_person_are_joined_whatever_the_title_and_case() -> None:
    rows = b"name,company\nDr. Ana Example,A\nANA EXAMPLE,B\nana  example,A\n"
    found = people.read(rows)
    assert [one.rows for one in found.people] == [(2, 3, 4)]
    assert [one.company for one in found.people[0].person.relationships] == ["A", "B"]
    assert len(found.rows) == 3


def test_where_rows_contradict_each_other_the_first_stands_and_the_other_is_named() -> None:
    rows = b"name,disclosed_on,affiliation\nAna,2026-05-28,A\nAna,2026-05-29,B\nAna,2026-05-28,A\n"
    found = people.read(rows)
    assert (str(found.people[0].person.disclosed_on), found.people[0].person.affiliation) == ("2026-05-28", "A")
    assert [len(one.notes) for one in found.rows] == [0, 2, 0]


@pytest.mark.parametrize("kind", ["", "xls", "pdf"])
def test_a_template_is_csv_or_xlsx(kind: str) -> None:
    with pytest.raises(ValueError, match="csv or xlsx"):
        template(kind)


def test_a_workbook_that_is_none_is_refused() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr("a.txt", "x")
    with pytest.raises(ImportFailed, match="no Excel workbook"):
        read(made.getvalue(), name="a.xlsx", kind="xlsx")
