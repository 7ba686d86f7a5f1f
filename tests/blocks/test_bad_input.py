"""Bad input: whatever is sent to a handler, the answer is a 4xx with a sentence, and nothing is written."""

from __future__ import annotations

import html
import itertools
import json
from functools import cache
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from webob import Request

from cme_xblock.activity import olx
from cme_xblock.participation.entries import Kind
from cme_xblock.participation.progress import Part
from cme_xblock.records import claims, keys
from tests.blocks import course, entrances, forging, kept, sessions
from tests.blocks.course import Answer
from tests.blocks.way import IDENTITY, Way
from tests.rules import sample

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:Runtime.user_id is deprecated"),
]

DEEP = b'{"part": ' + b"[" * 5000 + b"]" * 5000 + b"}"
BODIES: dict[str, bytes] = {
    "empty": b"",
    "blank": b"  \n ",
    "null": b"null",
    "true": b"true",
    "a number": b"7",
    "a string": b'"part"',
    "a list": b'[{"part": "overview"}]',
    "an empty object": b"{}",
    "a form": b"part=overview&edition=1",
    "XML": b"<part>overview</part>",
    "cut off": b'{"part": "overview", "disclosure": "',
    "a trailing comma": b'{"part": "overview",}',
    "two objects": b'{"part": "overview"}{"part": "claim"}',
    "single quotes": b"{'part': 'overview'}",
    "a comment": b'{"part": "overview"} // yes',
    "invalid UTF-8": b'{"part": "overview\xff\xfe"}',
    "overlong UTF-8": b'{"part": "over\xc0\xaeview"}',
    "UTF-16 without its mark": '{"part": "\ud83d"}'.encode("utf-16-le", "surrogatepass")[:-1],
    "NUL": b'{"part": "overview\x00"}',
    "a raw control character": b'{"part": "over\nview"}',
    "NaN": b'{"part": "overview", "x": NaN}',
    "Infinity": b'{"part": "overview", "x": Infinity}',
    "minus Infinity": b'{"part": "overview", "x": [-Infinity]}',
    "a name twice": b'{"part": "overview", "part": "overview"}',
    "a name twice, deeper": b'{"part": "baseline", "responses": {"b1": ["a"], "b1": ["b"]}}',
    "too deep": DEEP,
    "a number of 5000 digits": b'{"part": "overview", "attempt": ' + b"9" * 5000 + b"}",
    "300 kB": json.dumps({"part": "overview", "x": "y" * 300_000}).encode(),
    "300 kB of nothing": b" " * 300_000,
}
WRONG: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**30, [], [[]], {}, {"a": {}}),
    *("", "x" * 5000, "\x00", "\ud800"),
)

HANDLERS = [(block, handler) for block in entrances.BLOCKS for handler in sorted(entrances.HANDLERS[block])]
# With these the workbench's author is asked for too: what an author sends may be broken as well.
STUDENTS = ("ana", "author")


@pytest.fixture(autouse=True)
def ward(settings: Any) -> None:
    settings.CME_ENDPOINTS = kept.ENDPOINTS
    course.install()
    for student in STUDENTS:
        course.view(course.ACTIVITY, student)


def is_clear(answer: Answer) -> None:
    """A refusal that a person can do something with: a status of 4xx, JSON, whole sentences, nothing of ours inside."""
    assert 400 <= answer.status < 500, answer
    assert "Traceback" not in answer.text
    message = answer.data["error"]["message"]
    assert len(message.split()) >= 3, message
    # What can't be read is told with the parser's own words.
    assert message[-1] in ".)#" or "line" in answer.data["error"], message
    assert "{" not in message, message
    assert "!" not in message, message


def refused(block: str, handler: str, body: object, student: str = "ana", **how: Any) -> Answer:
    before = kept.rows()
    answer = course.call(getattr(course, block), student, handler, body, **how)
    is_clear(answer)
    assert kept.rows() == before
    return answer


@pytest.mark.parametrize(("block", "handler"), HANDLERS)
def test_a_body_that_is_no_request_of_ours_is_refused(block, handler) -> None:
    for name, body in BODIES.items():
        if (name, handler) != ("an empty object", "show"):
            refused(block, handler, body, "author" if handler in entrances.AUTHORS else "ana")


@pytest.mark.parametrize(("block", "handler"), HANDLERS)
def test_only_a_post_is_taken(block, handler) -> None:
    body = {**forging.bodies(sample.activity())[Part.OVERVIEW], "part": "overview"}
    before = kept.rows()
    for method in ("GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "post", "BREW"):
        assert course.call(getattr(course, block), "ana", handler, body, method=method).status == 405, method
    assert kept.rows() == before


def test_a_length_that_lies_is_of_no_use() -> None:
    """A request that claims to be short and is long is cut off; one that claims nothing is counted."""
    before = kept.rows()
    for length in ("10", "0", "-5", "abc", "99999999999", None):
        found = course.block(course.ACTIVITY, "ana")
        request = Request.blank("/handler/x/submit/", method="POST", body=BODIES["300 kB"])
        if length is None:
            request.environ.pop("CONTENT_LENGTH")
        else:
            request.environ["CONTENT_LENGTH"] = length
        answer = found.runtime.handle(found, "submit", request)
        is_clear(Answer(answer.status_int, answer.text))
    assert kept.rows() == before


def test_a_body_that_comes_in_pieces_is_counted() -> None:
    """Sent without a length, and right but for the blanks behind it."""
    right = json.dumps(forging.with_part(forging.bodies(sample.activity()))[Part.OVERVIEW]).encode()
    for blanks, status in ((300_000, 413), (100, 200)):
        found = course.block(course.ACTIVITY, "ana")
        request = Request.blank("/handler/x/submit/", method="POST", body=right + b" " * blanks)
        request.environ.pop("CONTENT_LENGTH")
        request.environ["wsgi.input_terminated"] = True
        assert found.runtime.handle(found, "submit", request).status_int == status


@pytest.mark.parametrize("field", ["part", "view", "only", "profession", "preview", "edition"])
def test_no_field_of_a_look_breaks_it(field) -> None:
    before = kept.rows()
    for value, block in itertools.product(WRONG, entrances.BLOCKS):
        answer = course.call(getattr(course, block), "ana", "show", {"part": "overview", field: value})
        assert answer.status in (200, 400, 409), (value, answer)
    assert kept.rows() == before


# What has to be done before each part is open, in order. Attendance is of live activities, which have nothing else.
STEPS: dict[Part, tuple[str, ...]] = {
    Part.OVERVIEW: (),
    Part.BASELINE: ("acknowledge",),
    Part.CONTENT: ("acknowledge", "baseline"),
    Part.ATTENDANCE: ("acknowledge",),
    Part.ASSESSMENT: ("acknowledge", "baseline", "content"),
    Part.EVALUATION: ("acknowledge", "baseline", "content", "assessment"),
    Part.CLAIM: ("acknowledge", "baseline", "content", "assessment"),
    Part.CERTIFICATE: ("acknowledge", "baseline", "content", "assessment"),
    Part.FOLLOW_UP: ("acknowledge", "baseline", "content", "assessment"),
    Part.RETENTION: ("acknowledge", "baseline", "content", "assessment"),
}


class TestOnTheWay:
    """Each part, at the very moment when its right answer would be taken."""

    def reach(self, part: Part) -> Way:
        activity = sample.activity()
        if part is Part.ATTENDANCE:
            activity = sessions.running()
            course.install(activity)
        way = Way("ana", activity=activity)
        for step in STEPS[part]:
            assert getattr(way, step)().status == 200
        return way

    def untouched(self, part: Part, before: dict[str, list[Any]]) -> None:
        """Nothing is written, but that a wrong code was entered: nobody guesses for long."""
        after = kept.rows()
        if part is Part.ATTENDANCE:
            after["EntryRow"] = [one for one in after["EntryRow"] if one["kind"] != Kind.ATTENDANCE_REFUSED]
            # It counts its entries.
            assert len(after.pop("Participation")) == len(before.pop("Participation")) == 1
        assert after == before

    @pytest.mark.parametrize("part", list(Part))
    def test_a_wrong_type_in_any_field_is_refused(self, part) -> None:
        way = self.reach(part)
        right = forging.with_part(forging.bodies(way.activity))[part]
        block = "CONTENT" if part is Part.CONTENT else "ACTIVITY"
        optional = {"licence_state", "licence_number", "section"}
        before = kept.rows()
        for field, value in itertools.product([one for one in right if one not in optional], WRONG):
            # No permission is an answer too, and who does not know the edition gets the one there is.
            fine = field.startswith("consent:") and (value is None or value is False)
            # A credit never waits for an identifier.
            fine = fine or (field in IDENTITY and value in (None, ""))
            if not fine and (field, value) != ("edition", None) and value is not right[field]:
                is_clear(course.call(getattr(course, block), "ana", "submit", {**right, field: value}))
        self.untouched(part, before)

    @pytest.mark.parametrize("part", list(Part))
    def test_every_single_fault_is_refused(self, part) -> None:
        way = self.reach(part)
        block = "CONTENT" if part is Part.CONTENT else "ACTIVITY"
        before = kept.rows()
        for name, body in forging.faults(way.activity, part):
            answer = course.call(getattr(course, block), "ana", "submit", body)
            assert 400 <= answer.status < 500, name
            is_clear(answer)
        self.untouched(part, before)

    @pytest.mark.parametrize("amount", forging.AMOUNTS, ids=lambda one: f"{one!r:.20}")
    def test_an_amount_that_is_none_is_refused_with_what_would_be_one(self, amount) -> None:
        self.reach(Part.CLAIM)
        body = forging.with_part(forging.bodies(sample.activity()))[Part.CLAIM]
        answer = refused("ACTIVITY", "submit", {**body, forging.AMOUNT: amount})
        said = answer.data["error"]["fields"][forging.AMOUNT]
        assert len(said) < 300
        assert "0.5" in said or "0.25" in said or not amount, said
        assert kept.count("Claim", "Delivery") == 0

    def test_all_faults_of_a_claim_are_told_together(self) -> None:
        self.reach(Part.CLAIM)
        body = forging.with_part(forging.bodies(sample.activity()))[Part.CLAIM]
        bad = {forging.AMOUNT: "1.3", "name_certified": "", forging.ATTESTED: False}
        bad |= {"npi": "1", "birth_month_day": "13/13"}
        answer = refused("ACTIVITY", "submit", {**body, **bad})
        assert set(answer.data["error"]["fields"]) == set(bad)

    def test_what_was_typed_is_never_said_back_at_length_or_as_markup(self) -> None:
        self.reach(Part.CLAIM)
        body = forging.with_part(forging.bodies(sample.activity()))[Part.CLAIM]
        for field in body:
            for typed in ("<script>alert(1)</script>" * 200, "{0.__class__}{wording}%s%n\n\x00"):
                answer = course.call(course.ACTIVITY, "ana", "submit", {**body, field: typed})
                assert 400 <= answer.status < 500, field
                assert len(answer.text) < 1500, field
                assert "<class" not in answer.text

    def test_a_name_is_a_text_and_nothing_else(self) -> None:
        """Whatever stands on the certificate stands there as it was typed."""
        self.reach(Part.CLAIM)
        body = forging.with_part(forging.bodies(sample.activity()))[Part.CLAIM]
        name = "{name} {0.__class__} %s <b>O'Neil</b> &amp; Sons"
        assert course.call(course.ACTIVITY, "ana", "submit", {**body, "name_certified": name}).status == 200
        [claim] = claims.live(keys.participation_key(course.COURSE, sample.activity().activity_id, "ana"))
        page = Client().get(f"/cme/certificates/{claim.certificate_code}/").content.decode()
        assert claim.name_certified == name
        assert html.escape(name).replace("&#x27;", "'") in page.replace("&#x27;", "'")
        assert "<b>O" not in page

    def test_identifiers_are_not_said_back(self) -> None:
        self.reach(Part.CLAIM)
        body = forging.with_part(forging.bodies(sample.activity()))[Part.CLAIM]
        typed_in = {"npi": "1987654321", "licence_number": "SECRET-77?", "birth_month_day": "31/12/1961"}
        for field, typed in typed_in.items():
            assert typed not in refused("ACTIVITY", "submit", {**body, field: typed}).text

    def test_after_all_this_the_right_answer_is_still_taken(self) -> None:
        self.reach(Part.CLAIM)
        body = forging.with_part(forging.bodies(sample.activity()))[Part.CLAIM]
        answer = course.call(course.ACTIVITY, "ana", "submit", body)
        assert answer.status == 200, answer.text
        assert kept.count("Claim", "Delivery") == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MORE = {"view", "only", "source", "birth_month", "birth_day"}


@cache
def right() -> list[forging.Body]:
    """What the page sends for each part. Not at import: which endpoints there are is a question to the database."""
    return list(forging.with_part(forging.bodies(sample.activity())).values())


@cache
def near() -> st.SearchStrategy[forging.Body]:
    """The page's fields, with values from anywhere."""
    names = sorted({name for body in right() for name in body} | MORE)
    values = [value for body in right() for value in body.values() if isinstance(value, str | bool)]
    return st.dictionaries(
        st.sampled_from(names) | st.text(max_size=8),
        JSON | st.sampled_from(values) | st.just({"b1": ["a"], "b2": ["a"]}),
        max_size=8,
    )


@st.composite
def posted(draw: st.DrawFn) -> bytes:
    """Bytes, any JSON, or something near to what the page sends; but never a claim or evaluation that is right."""
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return draw(st.binary(max_size=60))
    if kind == 1:
        return json.dumps(draw(JSON)).encode()
    body = draw(near())
    if kind > 3:
        attested = draw(st.sampled_from([None, False, 1, "true", [True]]))
        body = {**draw(st.sampled_from(right())), **body, forging.ATTESTED: attested, "responses": draw(JSON)}
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    ("block", "handler", "student"),
    [(*one, "ana") for one in HANDLERS] + [("ACTIVITY", one, "author") for one in sorted(entrances.AUTHORS)],
)
def test_bodies_that_nobody_thought_of(block, handler, student) -> None:
    """For a learner at the claim, the stage at which most can be reached. For authors see tests/studio/mutated.py."""
    Way("ana").all_before_claim()
    before = kept.rows()

    often = 30 if handler in entrances.AUTHORS else 200

    @settings(max_examples=often, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(posted())
    def run(raw: bytes) -> None:
        answer = course.call(getattr(course, block), student, handler, raw)
        assert answer.status < 500
        if answer.status >= 400:
            is_clear(answer)
        else:
            assert handler == "show", raw

    run()
    assert kept.rows() == before


def test_the_source_is_there_to_be_refused() -> None:
    """`save_source` answers a body that is right with 200, so that the refusals above are refusals of what is wrong."""
    source = olx.to_xml(sample.activity())
    assert course.call(course.ACTIVITY, "author", "save_source", {"source": source}).status == 200
