"""An activity for PARS: word for word as agreed, valid by both schemas, in XML and in the draft's JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from lxml import etree

from cme_xblock.activity.model import MocOffering
from cme_xblock.reporting.endpoints import pars_activity_document, pars_facts
from cme_xblock.reporting.endpoints.pars_facts import Facts
from cme_xblock.reporting.endpoints.pars_sheet import Sheet, categories, sheet
from tests.reporting import pars_world as world
from tests.reporting.pars_world import BARE, FULL, HOSTILE, TEAM, facts, wire

COUNTS = {"md": 40, "do": 2, "mbbs": 1, "np": 7, "": 3, "student": 1}
PLACE = {"delivery": ["in_person", "live_streamed"], "location": {"city": "San Juan", "state": "PR", "country": "USA"}}
PHARMACY = {"type": "Knowledge", "topic": "08-Pain Management"}
JA = {"portal": {"kind": "ja"}}
GOLDEN = {
    "activity": (FULL, facts(), "", "add", {}),
    "activity-update": (FULL, facts(), "202600001", "update", {}),
    "activity-close": (FULL, facts(), "202600001", "close", {}),
    "activity-delete-bare": (BARE, Facts(), "202600002", "delete", {}),
    "activity-hostile-in-person": (HOSTILE, facts(**PLACE), "", "add", {}),
    "activity-joint-accreditation": (TEAM, facts(interprofessional=True, pharmacy=PHARMACY), "", "add", JA),
    "activity-other-wire": (
        BARE,
        Facts(),
        "",
        "add",
        {"namespaces": {"wrapper": "urn:w", "metrics": "urn:m"}, "credentials": {"placement": "body"}},
    ),
}


def made(name: str) -> tuple[Sheet, dict, str]:
    activity, said, number, operation, over = GOLDEN[name]
    one = sheet(
        activity, key=world.KEY, number=number, provider_id="0000000", counts=COUNTS, facts=said, wire=wire(**over)
    )
    return one, wire(**over), operation


def rendered(name: str = "activity") -> bytes:
    one, words, operation = made(name)
    credentials = {"User": "u"} if words["credentials"]["placement"] == "body" else {}
    return pars_activity_document.render(one, words, operation=operation, credentials=credentials)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_document_is_the_agreed_one(name):
    assert rendered(name).decode() == (world.GOLDEN / f"pars-{name}.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["activity", "activity-update", "activity-joint-accreditation"])
def test_the_drafts_json_is_the_agreed_one(name):
    one, words, operation = made(name)
    found = pars_activity_document.json_data(one, words, operation=operation)
    assert found == json.loads((world.GOLDEN / f"pars-{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", GOLDEN)
def test_every_document_is_valid_by_our_schema(name):
    assert pars_activity_document.problem(rendered(name), made(name)[1]) == ""


@pytest.mark.skipif(not world.MEDBIQ.exists(), reason="MedBiquitous' schemas do not lie beside this checkout")
@pytest.mark.parametrize("name", [name for name in GOLDEN if "other" not in name])
def test_the_inner_report_is_valid_by_medbiquitous(name):
    inner = etree.fromstring(rendered(name)).find("{*}MedicalEducationMetrics")
    schema = world.medbiq("metrics/v1/medicaleducationmetrics.xsd")
    schema.assertValid(etree.fromstring(etree.tostring(inner)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b">yes<", b">true<"),
        (b">5000<", b">5000.50<"),
        (b'<lom:string language="en">Enduring Material</lom:string>', b"Enduring Material"),
        (b"2026-01-15T00:00:00", b"2026-01-15"),
        (b">2026-01-15<", b">2026<"),
        (b">1.50<", b">1.30<"),
        (b">joint<", b">jointly<"),
        (b"<x:activityRecordAction", b"<activityRecordAction"),
        (b">43<", b">-1<"),
        (b"ACCMEActivities", b"ACCMELearnerReports"),
        (b"<lom:catalog>", b"<lom:kind>"),
    ],
)
def test_what_breaks_a_rule_is_found(old, new):
    document = rendered().replace(old, new)
    assert document != rendered()
    assert pars_activity_document.problem(document, wire()) != ""


def test_a_resident_is_a_physician_and_who_said_nothing_is_not():
    assert categories({"md": 2, "mbbs": 1, "": 5, "rn": 1}, wire()) == {"physician": 3, "non-physician": 6}
    assert categories({}, wire()) == {"physician": 0, "non-physician": 0}
    ja = categories({"md": 2, "rn": 1, "np": 1, "student": 4}, wire(**JA))
    assert (ja["physician"], ja["nurse"], ja["other"], ja["dentist"]) == (2, 2, 4, 0)


def test_a_live_activity_ends_with_its_last_session():
    one, _, _ = made("activity-delete-bare")
    assert one.guarded == {
        "format": "Regularly Scheduled Series (RSS)",
        "start": "2026-01-06",
        "end": "2026-12-29",
        "provider_activity_id": world.KEY,
    }


def test_a_type_of_credit_without_a_word_is_left_open():
    moc = (MocOffering("abpmr", None, None, ("cme",)),)
    strange = replace(FULL, offerings=(replace(FULL.offerings[0], moc=moc),))
    one = sheet(strange, key="k", number="", provider_id="", counts={}, facts=Facts(), wire=wire())
    assert [each.types for each in one.moc] == [()]


def test_facts_go_there_and_back():
    assert pars_facts.parse(pars_facts.to_data(facts(**PLACE)), wire()) == facts(**PLACE)
    assert pars_facts.to_data(Facts()) == {}


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"deliver": []}, "deliver:"),
        ({"delivery": ["post"]}, "delivery: must be one of in_person"),
        ({"delivery": "online"}, "delivery: must be a list"),
        ({"public": "yes"}, "public: must be true or false"),
        ({"location": {"country": "US"}}, "location.country:"),
        ({"location": {"country": "USA", "state": "Illinois"}}, "location.state:"),
        ({"location": []}, "location: must be a table"),
        ({"url": "javascript:alert(1)"}, "url: must be an address"),
        ({"outcomes": [{"outcome": "joy"}]}, "outcomes[0].outcome:"),
        ({"outcomes": [{}]}, "outcomes[0].outcome:"),
        ({"moc": [{"board": "abc"}]}, "moc[0].board:"),
        ({"fee": "a\nb"}, "fee: must be a text"),
        ({"rems_id": "x" * 501}, "rems_id: must be a text"),
        ({"pharmacy": {"sequence": 10000}}, "pharmacy.sequence:"),
        ({"pharmacy": {"topic": "8"}}, "pharmacy.topic:"),
    ],
)
def test_a_fact_that_can_not_be_is_named_with_what_is_wanted(said, names):
    found = pars_facts.parse(said, wire())
    assert isinstance(found, tuple)
    assert found[0].startswith(names)
