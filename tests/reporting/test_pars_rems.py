"""REMS reports: another schema, a consent of its own, and nobody's name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from cme_xblock.reporting import asked, identifiers
from cme_xblock.reporting.endpoints import data, pars_rems_document
from cme_xblock.reporting.endpoints.base import About, EndpointConfig, Subject
from cme_xblock.reporting.endpoints.pars_rems import ParsRems
from cme_xblock.rules import credit_system
from tests.reporting import pars_world, world
from tests.reporting.test_document import NOW, wire
from tests.reporting.test_pars_learners import BASE

PLACE = "course-v1:Example+CME+2026/opioids"
REGULATION = "https://example.org/rems-blueprint"
ASKED = {
    "licence_state": "IL", "rems_dea": "Individual", "rems_practice_area": "Internal Medicine",
    "rems_surgical": "false", "rems_time_in_practice": "6-10 years",
}  # fmt: skip
RECORD = replace(BASE, kind="rems", profession="md", activity_id="opioids", identity=None, identifiers=ASKED)
GOLDEN = {
    "rems": (RECORD, {}),
    "rems-bare-delete": (replace(RECORD, operation="delete", profession="dietitian", identifiers={}), {}),
    "rems-with-credit-id": (RECORD, {"rems": {"send_credit_id": True}, "extension": {"send_provider": True}}),
}


def endpoint(options: dict | None = None, **over: object) -> ParsRems:
    values = {"provider_id": "0000000", "user": "rehearsal", "password_env": world.PASSWORD_ENV}
    config = EndpointConfig(
        name="rems",
        kind="pars_rems",
        label="PARS",
        ccid_domain="lms.example.org",
        options={"rems": {PLACE: REGULATION}} if options is None else options,
        wire={"namespaces": {"extension": world.EXTENSION}, **over},
        **values,
    )
    return ParsRems.from_config(config)


def rendered(name: str) -> bytes:
    record, over = GOLDEN[name]
    return endpoint(**over).render([record], now=NOW)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_document_is_the_agreed_one_and_valid(name):
    document = rendered(name)
    assert document.decode() == (pars_world.GOLDEN / f"pars-{name}.xml").read_text(encoding="utf-8")
    assert pars_rems_document.problem(document, wire()) == ""


@pytest.mark.skipif(not pars_world.MEDBIQ.exists(), reason="MedBiquitous' schemas do not lie beside this checkout")
@pytest.mark.parametrize("name", GOLDEN)
def test_the_inner_report_is_valid_by_medbiquitous(name):
    inner = etree.fromstring(rendered(name)).find("{*}ActivityReports")
    pars_world.medbiq("activityreport/v2/activityreport.xsd").assertValid(etree.fromstring(etree.tostring(inner)))


def test_nobody_is_named_even_when_the_identity_is_at_hand():
    document = endpoint().render([replace(RECORD, identity=BASE.identity)], now=NOW).decode()
    assert [one for one in ("Avery", "Sample", "05-17", "1234567893", "036000001") if one in document] == []
    assert endpoint().capabilities().needs_identity is False
    assert endpoint().purpose() != data.defaults("pars")["consent"]["purpose"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b">Physician<", b">Doctor<"),
        (b"idd:lms.example.org:learner", b"lms.example.org"),
        (b"<ReportingStartDate>2026-03-01</ReportingStartDate>", b""),
        (b">Individual<", b">Yes<"),
        (b"2026-03-01T00:00:00", b"2026-03-01"),
        (b' label="Opioid REMS"', b""),
    ],
)
def test_what_breaks_a_rule_is_not_sent(old, new):
    document = rendered("rems").replace(old, new)
    assert document != rendered("rems")
    outcome = endpoint().send(document, [RECORD])[RECORD.key]
    assert (outcome.result, outcome.reason, outcome.http_status) == ("refused", "document", None)


def test_only_rems_education_is_reported_and_of_every_profession():
    about = About(Subject.CLAIM, world.activity(), system="ancc", profession="rn")
    assert endpoint().kinds(about) == ("rems",)
    assert endpoint({"rems": {"*": REGULATION}}).kinds(about) == ("rems",)
    assert endpoint({"rems": {"c/other": REGULATION}}).kinds(about) == ()
    assert endpoint({}).kinds(about) == ()
    assert endpoint().kinds(replace(about, system="moc_abim")) == ()


def test_an_activity_without_a_regulation_is_held(monkeypatch):
    elsewhere = replace(RECORD, course_key="course-v1:Other+CME+1")
    assert [one.code for one in endpoint().validate(elsewhere)][-1] == "setting_missing"


def test_without_a_credit_id_nobody_claims_to_know_what_became_of_it():
    outcome = endpoint().reconcile([RECORD])[RECORD.key]
    assert (outcome.result, outcome.reason) == ("unknown", "no_readback")


def test_every_answer_that_a_learner_can_choose_is_valid_in_the_report():
    """And what a form keeps is what is sent: nobody translates in between."""
    for kind in pars_rems_document.ASKED[1:]:
        for choice in identifiers.kind(kind).choices:
            one = replace(RECORD, identifiers={kind: identifiers.kind(kind).read(choice)})
            assert pars_rems_document.problem(endpoint().render([one], now=NOW), wire()) == "", choice


@pytest.mark.skipif(not pars_world.MEDBIQ.exists(), reason="MedBiquitous' schemas do not lie beside this checkout")
def test_the_lists_are_medbiquitous_own():
    schema = etree.parse(str(pars_world.MEDBIQ / "activityreport" / "v2" / "activityreport.xsd"))
    names = {"rems_dea": "DEARegsitrationType", "rems_practice_area": "PracticeAreaType",
             "rems_time_in_practice": "TimeInPracticeType"}  # fmt: skip
    for kind, name in names.items():
        (found,) = schema.iterfind(f"{{*}}simpleType[@name='{name}']")
        assert [one.get("value") for one in found.iter("{*}enumeration")] == list(identifiers.kind(kind).choices)


def test_a_learner_is_asked_for_them_beside_a_claim(settings):
    """The page of a claim with a REMS endpoint: its own permission, and four questions, none of them needed."""
    settings.CME_ENDPOINTS = [
        {
            "name": "rems", "kind": "pars_rems", "label": "PARS", "url": "https://pars.example.org",
            "provider_id": "0000000", "user": "u", "password_env": world.PASSWORD_ENV, "ccid_domain": "lms.example.org",
            "options": {"rems": {"*": REGULATION}}, "wire": {"namespaces": {"extension": world.EXTENSION}},
        }
    ]  # fmt: skip
    wanted = asked.of(world.activity(), [(credit_system.load()[world.SYSTEM], "md")])
    assert [one.name for one in wanted.fields] == list(pars_rems_document.ASKED)
    assert [one.purpose for one in wanted.consents] == [endpoint().purpose()]


def test_without_a_credit_id_nobody_can_be_asked_so_they_go_one_by_one():
    assert not endpoint().capabilities().readback
    assert endpoint(rems={"send_credit_id": True}).capabilities().readback


@pytest.mark.parametrize("options", [{"rem": {}}, {"rems": []}])
def test_a_slip_in_the_options_is_named(options):
    with pytest.raises(data.WireError, match="options"):
        endpoint(options)
