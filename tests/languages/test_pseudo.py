"""Every sentence that somebody reads comes from the catalogue, or says whose language it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from cme_xblock.activity.evaluation import Evaluation, EvaluationItem
from cme_xblock.credit import certificate
from cme_xblock.records.models import Claim
from cme_xblock.rules import check as rule_list
from cme_xblock.rules import library
from tests.blocks import course, kept
from tests.blocks.clock import NOON, Clock
from tests.blocks.test_claim import AGREED, accepted, described
from tests.blocks.way import IDENTITY, Way
from tests.languages import pseudo
from tests.participation import live

pytestmark = pytest.mark.django_db(transaction=True)
# What is the same in every language: the names of a learner, an endpoint and a block; time zones.
NAMES = ("Ana Müller", "(EST)", "(EDT)", "PARS", "Ward")


@pytest.fixture(autouse=True)
def reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> Any:
    Clock(monkeypatch).at(NOON)
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    pseudo.install(monkeypatch, tmp_path)
    with translation.override(pseudo.LOCALE):
        yield
    pseudo.language._language.cache_clear()


@pytest.fixture
def way() -> Way:
    activity = described()
    course.install(activity)
    return Way("ana", activity=activity)


def check(page: str, where: str) -> None:
    found = [one for one in pseudo.bare(page) if not one.endswith(NAMES)]
    assert found == [], where
    assert pseudo.misplaced(page) == [], where


def test_the_test_sees_what_was_never_marked() -> None:
    page = '<p>⟦Marked⟧ but not this</p><p lang="en">Theirs</p><p title="Nor that">⟦a ⟦b⟧ c⟧ 12</p>'
    assert pseudo.bare(page) == ["Nor that", "but not this"]


def test_a_learners_way(way: Way) -> None:
    check(str(course.block(course.ACTIVITY, "ana").render("student_view", {}).content), "first look")
    steps = [way.acknowledge, way.baseline, way.content, lambda: way.assessment(pass_it=False), way.assessment]
    for number, step in enumerate(steps):
        answer = step()
        check(accepted(answer), f"after step {number}")
    for part in ("overview", "baseline", "content", "assessment"):
        check(way.show(part=part), part)
    check(way.show(part="claim"), "who")
    check(way.show(part="claim", view="amount", profession=["md", "pharmd"]), "how much")
    answer = way.claim_all({"ama_pra_1": "0.3"})
    assert answer.status == 400
    check(f"<p>{answer.data['error']['message']}</p>", "refused")
    check(accepted(way.claim_all({"ama_pra_1": "0.5"}, **AGREED, **IDENTITY)), "claimed")
    check(way.show(part="certificate"), "certificate")
    check(way.show(part="certificate", view="sharing"), "sharing")
    check(way.show(part="claim", view="amount", profession=["md"]), "more credit")


def test_what_a_learner_keeps(way: Way) -> None:
    way.all_before_claim()
    accepted(way.claim_all({"ama_pra_1": "0.5"}))
    claim = Claim.objects.get()
    client = Client(headers={"Accept-Language": pseudo.LOCALE})
    number = certificate.number(claim)
    for path in (f"certificates/{claim.certificate_code}", f"verify/{number}", "verify", "transcript", "verify/0000"):
        check(client.get(f"/cme/{path}/").content.decode(), path)
    page = way.show(part="certificate", view="correct", claim=claim.uuid)
    assert 'name="withdraw"' in page
    check(page, "correct")


def test_a_live_activity_and_what_comes_after() -> None:
    activity = live.activity()
    course.install(activity)
    one = Way("ana", activity=activity)
    one.acknowledge()
    check(one.show(part="attendance"), "attendance")
    check(str(course.block(course.ACTIVITY, "ana").render("student_view", {}).content), "live")


def test_an_evaluation_with_everything() -> None:
    items = tuple(EvaluationItem(id=f"e{place}", library=code) for place, code in enumerate(library.load().items))
    activity = replace(described(), evaluation=Evaluation(items=items))
    course.install(activity)
    one = Way("ana", activity=activity)
    one.all_before_claim()
    check(one.show(part="evaluation"), "evaluation")


def test_studio(way: Way) -> None:
    check(str(course.block(course.ACTIVITY, "staff").render("studio_view", {}).content), "form")
    check(str(course.block(course.ACTIVITY, "staff").render("author_view", {}).content), "author")


def test_every_finding_is_in_the_catalogue() -> None:
    known = pseudo.catalogues().messages()
    missing = {
        text
        for title, rules in rule_list.SUBJECTS.items()
        for text in (title, *(text for one in rules for text in (one.message, one.fix)))
        if text not in known
    }
    assert missing == set()
