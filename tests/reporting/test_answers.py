"""What an answer means: an ambiguous success is never a success. Cases in cases/answers.json."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cme_xblock.reporting.endpoints import data, pars_answers
from cme_xblock.reporting.endpoints.base import Result
from cme_xblock.reporting.endpoints.exchange import Answer

CASES = json.loads((Path(__file__).parent / "cases" / "answers.json").read_text(encoding="utf-8"))
WIRE = data.defaults("pars")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_an_answer_means_what_the_table_says(case):
    answer = Answer(case["status"], {}, case["body"].encode(), case.get("whole", True))
    sent = pars_answers.after_sending(answer, WIRE, credit_id="ccid:a:b")
    asked = pars_answers.after_asking(answer, WIRE, credit_id="ccid:a:b")
    assert [sent.result, sent.reason] == case["send"]
    assert [asked.result, asked.reason] == case["ask"]


_BODIES = some.binary(max_size=200) | some.text(max_size=100).map(lambda text: f"<R>{text}</R>".encode())


@given(some.integers(200, 599), _BODIES)
def test_no_answer_breaks_the_reader_or_counts_as_taken_by_chance(status, body):
    answer = Answer(status, {}, body, True)
    for judge in (pars_answers.after_sending, pars_answers.after_asking):
        verdict = judge(answer, WIRE, credit_id="ccid:a:b")
        assert verdict.result not in (Result.ACCEPTED, Result.PENDING, Result.NOT_FOUND)


def test_every_result_and_reason_of_the_data_is_known():
    for entry in [*WIRE["errors"], *WIRE["http"].values()]:
        assert Result(entry["result"]) in (Result.REFUSED, Result.RETRY, Result.UNKNOWN)
        assert entry["reason"]
    for entry in WIRE["errors"]:
        assert all(phrase == phrase.lower() for phrase in entry["phrases"])
