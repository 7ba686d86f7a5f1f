"""The document for PARS: word for word as agreed, valid by both schemas, and never with a year of birth."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from cme_xblock.reporting.endpoints import data, pars_document, xml
from cme_xblock.reporting.endpoints.base import EndpointConfig, Record
from cme_xblock.reporting.endpoints.pars_learners import ParsLearners
from cme_xblock.reporting.identity import Identity
from tests.reporting import world

CASES = Path(__file__).parent / "cases"
MEDBIQ = Path(__file__).parents[3] / "shared" / "contracts" / "medbiq" / "activityreport" / "v1" / "activityreport.xsd"
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=-6)))
PERSON = Identity("Avery", "Sample", 5, 17, "1234567893", "IL", "036000001")
RECORD = Record(
    operation="add",
    credit_id="ccid:lms.example.org:0f5c2a7e-cme",
    kind="cme",
    system="ama_pra_1",
    amount=Decimal("1.5"),
    completed_on=date(2026, 3, 1),
    completed_at=NOW,
    claimed_at=NOW,
    activity=world.activity(),
    activity_title="Safe Opioid Tapering: A Case Series",
    activity_number="202600001",
    provider_name="Example Academic Medical Center",
    provider_number="0000000",
    identity=PERSON,
)
HOSTILE = replace(
    RECORD,
    operation="delete",
    activity_title="“Pain” & <b>opioids</b> ]]> – Grüße 🩺",
    identity=Identity("Zoë & <Ana>", "O'Brien-Müller", 2, 29, "", "DC", "MD 036-A/1"),
)
GOLDEN = {
    "learner.xml": (RECORD, {}),
    "learner-npi-only.xml": (replace(RECORD, identity=Identity("Avery", "Sample", 12, 1, "1234567893")), {}),
    "learner-hostile-delete.xml": (HOSTILE, {}),
    "learner-other-wire.xml": (
        RECORD,
        {
            "namespaces": {"wrapper": "urn:w", "report": "urn:r"},
            "credentials": {"placement": "body"},
            "dates": {"completed": "date"},
            "extension": {"send_provider": True},
            "identifiers": {"order": ["licence", "npi"]},
        },
    ),
}


def wire(**over: object) -> dict:
    namespaces = {"extension": world.EXTENSION, **over.get("namespaces", {})}
    return dict(data.merged("pars", {**over, "namespaces": namespaces}))


def endpoint(**over: object) -> ParsLearners:
    values = {"provider_id": "0000000", "user": "rehearsal", "password_env": world.PASSWORD_ENV}
    return ParsLearners(EndpointConfig(name="pars", kind="pars_learners", **values), wire(**over))


def rendered(record: Record = RECORD, **over: object) -> bytes:
    return endpoint(**over).render([record], now=NOW)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_document_is_the_agreed_one(name):
    record, over = GOLDEN[name]
    assert rendered(record, **over).decode() == (CASES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", GOLDEN)
def test_every_document_is_valid_by_our_schema(name):
    record, over = GOLDEN[name]
    assert pars_document.problem(rendered(record, **over), wire(**over)) == ""


@pytest.mark.skipif(not MEDBIQ.exists(), reason="MedBiquitous' schemas do not lie beside this checkout")
@pytest.mark.parametrize("name", [name for name in GOLDEN if "other" not in name])
def test_the_inner_report_is_valid_by_medbiquitous(name):
    inner = etree.fromstring(rendered(*GOLDEN[name][:1])).find("{*}ActivityReports")
    schema = etree.XMLSchema(etree.parse(str(MEDBIQ), etree.XMLParser(no_network=True)))
    schema.assertValid(etree.fromstring(etree.tostring(inner)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"1.50", b"1.30"),
        (b"1.50", b"0.00"),
        (b"1.50", b"NaN"),
        (b">Point<", b">Hour<"),
        (b">Completed<", b">completed<"),
        (b"2026-03-01T00:00:00", b"2026-03-01T23:30:00"),
        (b"2026-03-01T00:00:00", b"2026-03-01T00:00:00Z"),
        (b"2026-03-02T09:30:00-06:00", b"2026-03-02T09:30:00"),
        (b"1900-05-17", b"05-17"),
        (b"1900-05-17", b"1900-02-29"),
        (b"ccid:lms.example.org:0f5c2a7e-cme", b"ccid:lms.example.org:a:b"),
        (b"ccid:lms.example.org:0f5c2a7e-cme", b"ccid:lms:" + b"a" * 292),
        (b"<n:GivenName>Avery</n:GivenName>", b""),
        (b"<n:GivenName>Avery</n:GivenName>", b"<n:GivenName> </n:GivenName>"),
        (b' moduleID="202600001"', b""),
        (b"<m:PersonalInfo>\n          <m:BirthDate>1900-05-17</m:BirthDate>\n        </m:PersonalInfo>", b""),
        (b"m:UniqueID", b"m:OtherID"),
        (b"x:LearnerRecordAction", b"LearnerRecordAction"),
        (b"ACCMELearnerReports", b"ACCMEActivities"),
        (b"</ACCMELearnerReports>", b""),
    ],
)
def test_what_breaks_a_rule_is_not_sent_and_the_reason_quotes_no_value(old, new):
    document = rendered().replace(old, new)
    assert document != rendered()
    problem = pars_document.problem(document, wire())
    assert problem
    assert [one for one in ("Avery", "Sample", "1234567893", "036000001", "05-17") if one in problem] == []
    outcome = endpoint().send(document, [RECORD])[RECORD.key]
    assert (outcome.result, outcome.reason, outcome.http_status) == ("refused", "document", None)


def test_the_same_record_gives_the_same_bytes():
    assert rendered() == rendered()


def test_the_year_of_birth_is_always_the_filler():
    text = rendered(HOSTILE).decode() + rendered().decode()
    assert "<m:BirthDate>1904-02-29</m:BirthDate>" in text
    assert "<m:BirthDate>1900-05-17</m:BirthDate>" in text


def test_no_secret_is_in_the_document_unless_it_belongs_there():
    assert world.PASSWORD not in rendered().decode()
    assert world.PASSWORD in rendered(credentials={"placement": "body"}).decode()


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<a>",
        b"\xff\xfe\x00",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" * 5000 + b"</a>" * 5000,
        b"<a>" + b"b" * 11_000_000 + b"</a>",
    ],
)
def test_hostile_xml_is_refused(document):
    with pytest.raises(xml.XmlError):
        xml.parse(document)


def test_an_unknown_or_mistyped_override_is_refused_by_name():
    for over, named in [
        ({"paths": {"sav": "x"}}, "wire.paths.sav"),
        ({"path": {}}, "wire.path"),
        ({"paths": "x"}, "wire.paths"),
        ({"birth": {"filler_year": "1900"}}, "wire.birth.filler_year"),
    ]:
        with pytest.raises(data.WireError, match=named):
            data.merged("pars", over)
