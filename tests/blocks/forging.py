"""What a well-informed attacker sends: for each part what would be right at its time, and each single fault in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cme_xblock.activity import canonical
from cme_xblock.activity.codes import Purpose, QuestionKind
from cme_xblock.activity.model import Activity, Item
from cme_xblock.participation import attestation, evaluation
from cme_xblock.participation.progress import Part
from cme_xblock.reporting import asked as asking
from cme_xblock.rules import disclosure
from tests.blocks.way import IDENTITY, right, thoughts

OTHER_SHA = "0" * 64
WORDING, AMOUNT, ATTESTED = "wording:ama_pra_1", "amount:ama_pra_1", "attested:ama_pra_1"
Body = dict[str, Any]


def bodies(activity: Activity, *, attempt: int = 1) -> dict[Part, Body]:
    """The right body of each part, as if a friend had passed on every hidden field and every answer."""
    edition = {"edition": canonical.sha256(activity)}
    [choice] = [one for one in attestation.options(activity, "md") if one.system.code == "ama_pra_1"]
    asked = asking.of(activity, [(choice.system, "md")]).consents
    return {
        Part.OVERVIEW: {**edition, "disclosure": disclosure.sha256(activity)},
        Part.BASELINE: {**edition, "responses": right(activity.baseline.items)},
        Part.CONTENT: {**edition, "section": next(iter(activity.content.sections), "")},
        # An activity without sessions takes no code at all.
        Part.ATTENDANCE: {**edition, "code": next((one.code for one in activity.sessions), "WARD-2931")},
        Part.ASSESSMENT: {**edition, "attempt": str(attempt), "responses": right(activity.assessment.items)},
        Part.EVALUATION: {**edition, "responses": thoughts(activity)},
        Part.CLAIM: {
            **edition,
            "profession": "md",
            WORDING: choice.wording_sha,
            AMOUNT: "0.5",
            ATTESTED: True,
            "name_certified": "Ana Müller",
            **{f"consent:{one.endpoint}": True for one in asked},
            **{f"version:{one.endpoint}": one.version for one in asked},
            **IDENTITY,
        },
        Part.CERTIFICATE: {**edition},
        Part.FOLLOW_UP: {**edition, "responses": {}},
        Part.RETENTION: {**edition, "responses": right(activity.assessment.items)},
    }


def with_part(found: dict[Part, Body]) -> dict[Part, Body]:
    """The bodies as they are posted."""
    return {part: {"part": part.value, **body} for part, body in found.items()}


def faults(activity: Activity, part: Part, *, attempt: int = 1) -> Iterator[tuple[str, Body]]:
    """The right body of a part with one thing wrong in it, by the name of what is wrong."""
    body = with_part(bodies(activity, attempt=attempt))[part]
    for value in (OTHER_SHA, "", body["edition"].upper(), body["edition"][:-1], [body["edition"]], 7, True, {}):
        yield f"edition {value!r}", {**body, "edition": value}
    yield from (one for one in _FAULTS[part](activity, body, attempt))


def _overview(activity: Activity, body: Body, attempt: int) -> Iterator[tuple[str, Body]]:
    right_one = body["disclosure"]
    for value in (None, "", OTHER_SHA, right_one.upper(), right_one + " ", [right_one], {"sha": right_one}, True, 0):
        yield f"disclosure {value!r}", {**body, "disclosure": value}
    yield "no disclosure", {name: value for name, value in body.items() if name != "disclosure"}


def _baseline(activity: Activity, body: Body, attempt: int) -> Iterator[tuple[str, Body]]:
    for name, value in _responses(activity.baseline.items, activity.assessment.items):
        yield name, {**body, "responses": value}


def _content(activity: Activity, body: Body, attempt: int) -> Iterator[tuple[str, Body]]:
    # The block names the section by itself, so nothing else in the request can be wrong.
    yield from ()


def _attendance(activity: Activity, body: Body, attempt: int) -> Iterator[tuple[str, Body]]:
    code = body["code"]
    for value in (None, "", " ", "-", 0, True, 2931, [], [code], [[code]], {}, {"code": code}, "x" * 5000, code * 100):
        yield f"code {value!r:.40}", {**body, "code": value}
    # Guesses, after which nobody may guess for a while.
    for value in (code[:-1], f"{code}0", code[::-1], f"{code}|{code}", f"{code[:-1]}%"):
        yield f"code {value!r}", {**body, "code": value}
    yield "no code", {name: value for name, value in body.items() if name != "code"}


def _assessment(activity: Activity, body: Body, attempt: int) -> Iterator[tuple[str, Body]]:
    others = (attempt + 1, attempt - 1, f" {attempt}", f"{attempt}.0")
    for value in (None, 0, -1, 99, 1.0, True, "", "１", [1], {}, *others):
        yield f"attempt {value!r}", {**body, "attempt": value}
    for name, value in _responses(activity.assessment.items, activity.baseline.items):
        yield name, {**body, "responses": value}


def _evaluation(activity: Activity, body: Body, attempt: int) -> Iterator[tuple[str, Body]]:
    good = body["responses"]
    asked = evaluation.questions(activity)
    rated = next(one.id for one in asked if one.kind is QuestionKind.RATING and one.required)
    bias = next(one for one in asked if one.purpose is Purpose.BIAS)
    minutes = next(one.id for one in asked if one.kind is QuestionKind.NUMBER)
    written = next(one.id for one in asked if one.kind is QuestionKind.TEXT)
    for value in (None, [], "", 0, True, {}, list(good.items()), [good], "x" * 1000):
        yield f"responses {value!r:.40}", {**body, "responses": value}
    wrong: dict[str, tuple[Any, ...]] = {
        rated: (None, [], "", 0, True, ["6"], ["5", "4"], ["5", "5"], [5], [None], [["5"]], {"0": "5"}, ["5 "]),
        bias.id: (["yes"], ["no", "yes"], ["YES"]),
        minutes: (["-1"], ["1.5"], ["٢٥"], ["9" * 5000], ["25", "25"], [25], [None], ["6001"], ["1e3"], ["0x1"]),
        written: (["x" * 2001], ["a\x00b"], ["\ud800"], ["a", "b"], [7], "text", {"0": "text"}),
        "unknown": (["a"], []),
    }
    for name, values in wrong.items():
        for value in values:
            yield f"{name} {value!r:.40}", {**body, "responses": {**good, name: value}}
    for value in (None, [], [""], ["  "], [7], "because", ["a", "b"], ["x" * 2001]):
        yield f"bias because {value!r:.40}", {**body, "responses": {**good, bias.id: ["yes"], bias.why: value}}


def _claim(activity: Activity, body: Body, attempt: int) -> Iterator[tuple[str, Body]]:
    values: dict[str, tuple[Any, ...]] = {
        AMOUNT: AMOUNTS,
        # A nurse may claim a certificate of participation, no physician's credit.
        "profession": (
            None,
            "",
            "rn",
            "MD",
            "md ",
            "doctor",
            "other",
            "md,rn,md,",
            ["md", 7],
            [["md"]],
            [],
            {"md": 1},
            1,
            True,
        ),
        "amount:ancc": ("0.5",),
        "amount:participation": ("0.5",),
        "amount:AMA_PRA_1": ("0.5",),
        "amount:": ("0.5",),
        WORDING: (None, "", OTHER_SHA, body[WORDING].upper(), [body[WORDING]], 1, True),
        ATTESTED: (None, False, "true", "yes", 1, "on", [True], {}),
        "name_certified": (None, "", " ", 7, True, ["Ana"], "Ana\x00", "Ana\u202e", "A" * 201, "\ud800", "\x1b[31m"),
        "birth_month_day": ("13/01", "02/30", "05/17/1980", "1980", ["02/29"]),
        "npi": ("1234567890", "123456789", "abc", 7, ["1234567893"]),
        "year": ("1980",),
        "given_name": ("7", ["Ana"], "A" * 101),
    }
    for field, found in values.items():
        for value in found:
            yield f"{field} {value!r}", {**body, field: value}
    for field in [name for name in body if name.startswith("consent:")]:
        for value in ("true", "yes", 1, 0, [True], {}):
            yield f"{field} {value!r}", {**body, field: value}
    for field in [name for name in body if name.startswith("version:")]:
        for value in (None, "", OTHER_SHA, body[field].upper(), [body[field]]):
            yield f"{field} {value!r}", {**body, field: value}


def _certificate(activity: Activity, body: Body, attempt: int) -> Iterator[tuple[str, Body]]:
    yield "nothing wrong", body


def _retention(activity: Activity, body: Body, attempt: int) -> Iterator[tuple[str, Body]]:
    for name, value in _responses(activity.assessment.items, activity.baseline.items):
        yield name, {**body, "responses": value}
    for value in ("maybe", None, "", [], True, "ON"):
        yield f"mails {value!r}", {**body, "door": "mails", "mails": value}


def _follow_up(activity: Activity, body: Body, attempt: int) -> Iterator[tuple[str, Body]]:
    for value in (None, [], "", 1, True, {"x": ["fully"]}, {"": []}, {"x#why": ["So."]}, [["x", "fully"]]):
        yield f"responses {value!r}", {**body, "responses": value}
    for value in (None, "", True, "ON", ["off"], {}):
        yield f"mails {value!r}", {**body, "door": "mails", "mails": value}


_FAULTS = {
    Part.OVERVIEW: _overview,
    Part.BASELINE: _baseline,
    Part.CONTENT: _content,
    Part.ATTENDANCE: _attendance,
    Part.ASSESSMENT: _assessment,
    Part.EVALUATION: _evaluation,
    Part.CLAIM: _claim,
    Part.CERTIFICATE: _certificate,
    Part.FOLLOW_UP: _follow_up,
    Part.RETENTION: _retention,
}

AMOUNTS: tuple[Any, ...] = (
    None, "", "1.3", "0", "0.0", "00", "0.3", "0.75", "1", "99", "99.5", "-1", "-0.5", "+0.5", "NaN", "nan",
    "Infinity", "inf", "sNaN", "1e0", "5e-1", "0.5e0", ".5", "0.", "0,5", " 0.5", "0.5 ", "0.5\n", "0 .5", "٠٫٥", "٠.٥",
    "０.５", "½", "0x1", "1/2", "0.5.0", "0.50000000000", "9" * 400, "0." + "5" * 400, "__import__('os')", "null",
    0.5, 1, 0, -1, True, False, ["0.5"], {"amount": "0.5"}, {"$gt": ""},
)  # fmt: skip


def _responses(items: tuple[Item, ...], others: tuple[Item, ...]) -> Iterator[tuple[str, Any]]:
    """Answers to these items with one thing wrong. `others` are the items of the other test."""
    good = right(items)
    first = next(one for one in items if len(one.key) == 1)
    answer = good[first.id]
    for value in (None, [], "", 0, True, {}, list(good.items()), [good], "x" * 1000):
        yield f"responses {value!r:.40}", value
    yield "one item missing", {name: one for name, one in good.items() if name != first.id}
    yield "an unknown item", {**good, "unknown": ["a"]}
    yield "the other test's items", right(others)
    yield "both tests' items", {**good, **right(others)}
    for value in (
        None, [], "", answer[0], 0, True, {}, [[]], [None], [0], [True], [answer], [answer[0].upper()], ["unknown"],
        answer * 2, [answer[0] + " "], [one.id for one in first.options], [others[0].options[0].id], ["a"] * 2000,
        {"0": answer},
    ):  # fmt: skip
        if value != answer:
            yield f"an answer of {value!r:.40}", {**good, first.id: value}
